"""Loops over dyads of states."""

from typing import NamedTuple

import numpy as np

from citysim.model.compiled import compiled
from citysim.model.state import ROUNDING
from citysim.model.streams import uniform_at
from citysim.world.world import Bools, Floats, Ints


@compiled
def trust_by_dyad(pair: Ints, trust: Floats, live: Bools, dyads: int) -> Floats:
    """Summed trust of the live ties between the two states of each dyad, (D,)."""
    sums = np.zeros(dyads)
    for e in range(len(pair)):
        if live[e] and pair[e] >= 0:
            sums[pair[e]] += trust[e]
    return sums


class Relaxation(NamedTuple):
    """How tension is driven, and how it moves in a step."""

    contact_effect: float
    diplomacy_effect: float
    from_conflict: float
    kept: float  # of the distance to the target
    noise: float  # standard deviation


@compiled
def relaxed_tension(
    tension: Floats,
    mean: Floats,
    contact: Floats,
    capacity: Floats,
    conflict: Bools,
    xi: Floats,
    r: Relaxation,
) -> Floats:
    """Tension after a step towards its target, within [0, 1], (D,); ``xi`` is standard normal.

    The target is the mean tension, less what contact and diplomacy of both states take from it, and more in
    conflict.
    """
    moved = np.empty(len(mean))
    d = 0
    for s in range(len(capacity)):
        own = capacity[s]
        for other in range(s + 1, len(capacity)):
            diplomacy = own * capacity[other]
            target = mean[d] * (1.0 - r.contact_effect * contact[d]) * (1.0 - r.diplomacy_effect * diplomacy)
            if conflict[d]:
                target += r.from_conflict
            value = target + (tension[d] - target) * r.kept + r.noise * xi[d]
            moved[d] = min(max(value, 0.0), 1.0)
            d += 1
    return moved


@compiled
def onsets(
    hazard: Floats,
    weight: Floats,
    past: Bools,
    conflict: Bools,
    after_past: float,
    word: np.uint64,
    dt: float,
) -> tuple[Ints, float]:
    """Dyads at peace in which a conflict breaks out within a step, and the expected number of them.

    ``hazard`` (D,) per year is to be multiplied by ``weight`` and, where there was a conflict in the past, by
    ``after_past``.
    """
    out = np.empty(len(hazard), dtype=np.int64)
    count, expected = 0, 0.0
    for d in range(len(hazard)):
        if conflict[d]:
            continue
        mean = hazard[d] * weight[d] * dt
        if past[d]:
            mean *= after_past
        expected += mean
        u = uniform_at(word, d)
        if u < mean * ROUNDING and u < -np.expm1(-mean):  # 1 − e^−x ≤ x
            out[count] = d
            count += 1
    return out[:count].copy(), expected


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
