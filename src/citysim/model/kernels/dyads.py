"""Loops over dyads of states."""

import numpy as np

from citysim.model.compiled import compiled
from citysim.world.world import Bools, Floats, Ints


@compiled
def trust_by_dyad(pair: Ints, trust: Floats, live: Bools, dyads: int) -> Floats:
    """Summed trust of the live ties between the two states of each dyad, (D,)."""
    sums = np.zeros(dyads)
    for e in range(len(pair)):
        if live[e] and pair[e] >= 0:
            sums[pair[e]] += trust[e]
    return sums


@compiled
def tension_target(
    mean: Floats,
    contact: Floats,
    capacity: Floats,
    contact_effect: float,
    diplomacy_effect: float,
) -> Floats:
    """Mean tension, less what contact and diplomacy of both states take from it, (D,)."""
    target = np.empty(len(mean))
    d = 0
    for s in range(len(capacity)):
        own = capacity[s]
        for r in range(s + 1, len(capacity)):
            diplomacy = own * capacity[r]
            target[d] = mean[d] * (1.0 - contact_effect * contact[d]) * (1.0 - diplomacy_effect * diplomacy)
            d += 1
    return target


@compiled
def relaxed(value: Floats, target: Floats, kept: float, noise: Floats) -> Floats:
    """``value`` moved towards ``target`` with noise, within [0, 1], (D,)."""
    moved = np.empty(len(value))
    for d in range(len(value)):
        moved[d] = min(max(target[d] + (value[d] - target[d]) * kept + noise[d], 0.0), 1.0)
    return moved


@compiled
def state_sums(values: Floats, states: int) -> Floats:
    """Sum of a dyads' value (D,) over each state's dyads, (S,)."""
    sums = np.zeros(states)
    d = 0
    for s in range(states):  # in the order of Dyads: (0, 1), (0, 2), …, (1, 2), …
        own = 0.0
        for r in range(s + 1, states):
            own += values[d]
            sums[r] += values[d]
            d += 1
        sums[s] += own
    return sums
