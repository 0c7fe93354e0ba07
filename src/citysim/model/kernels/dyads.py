"""Loops over dyads of states."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.state import ROUNDING
from citysim.model.streams import uniform_at

#: Difference of alignment below which a third state stands with neither side of a conflict. Assumed.
TAKES_SIDES = 0.25


@compiled
def trust_by_dyad(pair: Ints, trust: Floats, suspended: Bools, dyads: int) -> Floats:
    """Summed trust of the live ties between the two states of each dyad, (D,)."""
    sums = np.zeros(dyads)
    for e in range(len(pair)):
        if not suspended[e] and pair[e] >= 0:
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
    contact_effect, diplomacy_effect, from_conflict, kept, noise = r
    moved = np.empty(len(mean))
    first = 0
    for s in range(len(capacity)):
        own, others = capacity[s], capacity[s + 1 :]
        # a row of dyads (s, s + 1), (s, s + 2), …, without branches, so that it runs in vectors
        after, before, rest = moved[first:], tension[first:], mean[first:]
        trusted, fights, shock = contact[first:], conflict[first:], xi[first:]
        for r_ in range(len(others)):
            diplomacy = own * others[r_]
            target = rest[r_] * (1.0 - contact_effect * trusted[r_]) * (1.0 - diplomacy_effect * diplomacy)
            target += from_conflict if fights[r_] else 0.0
            value = target + (before[r_] - target) * kept + noise * shock[r_]
            after[r_] = min(max(value, 0.0), 1.0)
        first += len(others)
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


@compiled
def states_at_war(conflict_left: Ints, first: Ints, second: Ints, states: int) -> Bools:
    """Whether each state is in any conflict, (S,)."""
    war = np.zeros(states, dtype=np.bool_)
    for d in range(len(conflict_left)):
        if conflict_left[d] > 0:
            war[first[d]] = war[second[d]] = True
    return war


@compiled
def sides_taken(conflict_left: Ints, first: Ints, second: Ints, index: Ints, aligned: Floats) -> Floats:
    """How far a third state stands with the other side of a conflict of its partner's, (D,) ∈ [0, 1].

    A third state takes the side that it is more ``aligned`` (S, S) with, by the difference, unless that is
    below ``TAKES_SIDES``; where several conflicts touch a dyad, by the largest.
    """
    side = np.zeros(len(conflict_left))
    for d in range(len(conflict_left)):
        if conflict_left[d] > 0:
            a, b = first[d], second[d]
            for s in range(len(aligned)):
                lean = aligned[s, a] - aligned[s, b]
                if s in (a, b) or abs(lean) < TAKES_SIDES:
                    continue
                other = index[s, b] if lean > 0.0 else index[s, a]
                side[other] = max(side[other], abs(lean))
    return side


@compiled
def retreated(capacity: Floats, reference: Floats) -> Floats:
    """How far each state's capacity to act is below its ``reference``, as share of it, (S,) ∈ [0, 1]."""
    away = np.zeros(len(capacity))
    for s in range(len(capacity)):
        if reference[s] > 0.0:
            away[s] = min(max(1.0 - capacity[s] / reference[s], 0.0), 1.0)
    return away
