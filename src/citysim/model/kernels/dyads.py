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
    first: Ints,
    second: Ints,
    contact_effect: float,
    diplomacy_effect: float,
) -> Floats:
    """Mean tension, less what contact and diplomacy of both states take from it, (D,)."""
    target = np.empty(len(mean))
    for d in range(len(mean)):
        diplomacy = capacity[first[d]] * capacity[second[d]]
        target[d] = mean[d] * (1.0 - contact_effect * contact[d]) * (1.0 - diplomacy_effect * diplomacy)
    return target


@compiled
def relaxed(value: Floats, target: Floats, kept: float, noise: Floats) -> Floats:
    """``value`` moved towards ``target`` with noise, within [0, 1], (D,)."""
    moved = np.empty(len(value))
    for d in range(len(value)):
        moved[d] = min(max(target[d] + (value[d] - target[d]) * kept + noise[d], 0.0), 1.0)
    return moved


@compiled
def state_sums(first: Ints, second: Ints, values: Floats, states: int) -> Floats:
    """Sum of a dyads' value over each state's dyads, (S,)."""
    sums = np.zeros(states)
    for d in range(len(values)):
        sums[first[d]] += values[d]
        sums[second[d]] += values[d]
    return sums
