"""Loops over dyads of states."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.state import ROUNDING
from citysim.model.streams import uniform_at

#: Difference of alignment below which a third state stands with neither side of a conflict. Assumed.
TAKES_SIDES = 0.25
#: Dyads that are gone through together where the processor can take several at a time.
BLOCK = 256


@compiled
def trust_by_dyad(
    pair: Ints, trust: Floats, suspended: Bools, dyads: int, scale: float
) -> tuple[Ints, Floats]:
    """Dyads (J,) with a live tie between their two states, and −(summed trust of their live ties) / scale."""
    sums = np.zeros(dyads)
    joined = np.empty(len(pair), dtype=np.int64)
    count = 0
    for e in range(len(pair)):
        if not suspended[e] and pair[e] >= 0:
            if sums[pair[e]] == 0.0:  # once more where trust is 0, which does no harm
                joined[count] = pair[e]
                count += 1
            sums[pair[e]] += trust[e]
    exponent = np.empty(count)
    for place in range(count):
        exponent[place] = -sums[joined[place]] / scale
    return joined[:count].copy(), exponent


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
    joined: Ints,
    contact: Floats,
    capacity: Floats,
    conflict_left: Ints,
    xi: Floats,
    r: Relaxation,
) -> Floats:
    """Tension after a step towards its target, within [0, 1], (D,), in place of ``xi``, standard normal.

    The target is the mean tension, less what contact and diplomacy of both states take from it, and more in
    conflict. ``contact`` is that of the ``joined`` dyads, (J,); the others have none.
    """
    contact_effect, diplomacy_effect, from_conflict, kept, noise = r
    all_contact = np.zeros(len(mean))
    for place in range(len(joined)):
        all_contact[joined[place]] = contact[place]
    first = 0
    for s in range(len(capacity)):
        own, others = capacity[s], capacity[s + 1 :]
        # a row of dyads (s, s + 1), (s, s + 2), …, without branches, so that it runs in vectors
        before, rest, moved = tension[first:], mean[first:], xi[first:]
        trusted, fights = all_contact[first:], conflict_left[first:]
        for r_ in range(len(others)):
            diplomacy = own * others[r_]
            target = rest[r_] * (1.0 - contact_effect * trusted[r_]) * (1.0 - diplomacy_effect * diplomacy)
            target += from_conflict if fights[r_] > 0 else 0.0
            value = target + (before[r_] - target) * kept + noise * moved[r_]
            moved[r_] = min(max(value, 0.0), 1.0)
        first += len(others)
    return xi


@compiled
def onsets(
    hazard: Floats,
    weight: Floats,
    past: Bools,
    conflict_left: Ints,
    after_past: float,
    word: np.uint64,
    dt: float,
) -> tuple[Ints, float]:
    """Dyads at peace in which a conflict breaks out within a quarter, and the expected number of them.

    Takes a quarter off what the conflicts under way last, ``conflict_left`` (D,).

    ``hazard`` (D,) per year is to be multiplied by ``weight`` and, where there was a conflict in the past, by
    ``after_past``.
    """
    out = np.empty(len(hazard), dtype=np.int64)
    expected_of = np.empty(BLOCK)
    count, total = 0, 0.0
    for first in range(0, len(hazard), BLOCK):
        rate, factor = hazard[first : first + BLOCK], weight[first : first + BLOCK]
        fought, fights = past[first : first + BLOCK], conflict_left[first : first + BLOCK]
        near = 0  # dyads where u is below a bound: hardly ever any; without branches, as above
        for r in range(len(rate)):
            mean = rate[r] * factor[r] * dt * (after_past if fought[r] else 1.0)
            expected_of[r] = 0.0 if fights[r] > 0 else mean
            fights[r] -= 1 if fights[r] > 0 else 0
            near += 1 if uniform_at(word, first + r) < expected_of[r] * ROUNDING else 0  # 1 − e^−x ≤ x
        for r in range(len(rate)):
            total += expected_of[r]
            if near > 0 and uniform_at(word, first + r) < -np.expm1(-expected_of[r]):
                out[count] = first + r
                count += 1
    return out[:count].copy(), total


@compiled
def action_capacity(tension: Floats, able: Floats, stall: Floats) -> Floats:
    """φ = (1 − stall) κ (1 − mean tension with all others) within [0, 1], (S,); ``able`` is κ."""
    states = len(able)
    mean = state_sums(tension, states)
    acting = np.empty(states)
    for s in range(states):
        value = (1.0 - stall[s]) * able[s] * (1.0 - mean[s] / max(states - 1, 1))
        acting[s] = min(max(value, 0.0), 1.0)
    return acting


@compiled
def state_sums(values: Floats, states: int) -> Floats:
    """Sum of a dyads' value (D,) over each state's dyads, (S,), in the order of Dyads.

    Four rows (s, s + 1), (s, s + 2), … at a time, whose sums do not wait for each other.
    """
    sums, own, place = np.zeros(states), np.zeros(4), np.zeros(4, dtype=np.int64)
    d = 0
    for s in range(0, states, 4):
        for k in range(min(4, states - s)):
            place[k], own[k] = d - (s + k + 1), 0.0  # dyad (s + k, r) is at place[k] + r
            d += states - (s + k + 1)
            for r in range(s + k + 1, min(s + 4, states)):
                own[k] += values[place[k] + r]
                sums[r] += values[place[k] + r]
        rest = sums[s + 4 :]
        first, second = values[place[0] + s + 4 :], values[place[1] + s + 4 :]
        third, fourth = values[place[2] + s + 4 :], values[place[3] + s + 4 :]
        own_0, own_1, own_2, own_3 = own[0], own[1], own[2], own[3]
        for r in range(len(rest)):
            own_0 += first[r]
            own_1 += second[r]
            own_2 += third[r]
            own_3 += fourth[r]
            rest[r] = rest[r] + first[r] + second[r] + third[r] + fourth[r]
        for k, total in enumerate((own_0, own_1, own_2, own_3)):
            if s + k < states:
                sums[s + k] += total
    return sums


@compiled
def fighting(conflict_left: Ints) -> Ints:
    """Dyads in conflict, in order; few are, so that most blocks are passed over."""
    found = np.empty(len(conflict_left), dtype=np.int64)
    count = 0
    for first in range(0, len(conflict_left), BLOCK):
        block = conflict_left[first : first + BLOCK]
        any_left = 0
        for r in range(len(block)):
            any_left |= block[r]
        if any_left == 0:
            continue
        for r in range(len(block)):
            if block[r] > 0:
                found[count] = first + r
                count += 1
    return found[:count].copy()


@compiled
def states_at_war(conflict_left: Ints, first: Ints, second: Ints, states: int) -> Bools:
    """Whether each state is in any conflict, (S,)."""
    war = np.zeros(states, dtype=np.bool_)
    for d in fighting(conflict_left):
        war[first[d]] = war[second[d]] = True
    return war


@compiled
def sides_taken(
    conflict_left: Ints, first: Ints, second: Ints, index: Ints, aligned: Floats, begun: Ints, fade: float
) -> tuple[Floats, Floats]:
    """How far a third state stands with the other side of a conflict of its partner's, (D,) ∈ [0, 1].

    A third state takes the side that it is more ``aligned`` (S, S) with, by the difference, unless that is
    below ``TAKES_SIDES``; where several conflicts touch a dyad, by the largest. And the same where conflicts
    other than those that have ``begun`` (dyads) in this quarter count ``fade`` times.
    """
    side, pressing = np.zeros(len(conflict_left)), np.zeros(len(conflict_left))
    for d in fighting(conflict_left):
        weight = fade
        for new in begun:
            if new == d:
                weight = 1.0
        a, b = first[d], second[d]
        for s in range(len(aligned)):
            lean = aligned[s, a] - aligned[s, b]
            if s in (a, b) or abs(lean) < TAKES_SIDES:
                continue
            other = index[s, b] if lean > 0.0 else index[s, a]
            side[other] = max(side[other], abs(lean))
            pressing[other] = max(pressing[other], weight * abs(lean))
    return side, pressing


@compiled
def retreated(capacity: Floats, reference: Floats) -> Floats:
    """How far each state's capacity to act is below its ``reference``, as share of it, (S,) ∈ [0, 1]."""
    away = np.zeros(len(capacity))
    for s in range(len(capacity)):
        if reference[s] > 0.0:
            away[s] = min(max(1.0 - capacity[s] / reference[s], 0.0), 1.0)
    return away
