"""Loops over ties of cities, sorted by key a · N + b."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.events import MOST_TRIES, happens, kept
from citysim.model.state import ROUNDING
from citysim.model.streams import uniform_at


class TieRates(NamedTuple):
    """How ties are suspended, resume, gain and lose trust, and end; rates per year."""

    suspension: float  # per quarter of conflict, without trust
    suspension_trust: float  # how far full trust lowers it
    resumption: float  # at full trust
    distrust_kept: float  # share of 1 − v left after a step of a live tie
    trust_kept: float  # share of v left after a step of a suspended one
    floor: float  # of trust, below which a suspended tie ends
    ending: float  # of a live tie within the attention budget
    overload: float  # rise of it per unit of overload
    dt: float  # years


@compiled
def in_conflict(pair: Ints, conflict_left: Ints) -> Bools:
    """Whether the two states of each tie are in conflict, (E,)."""
    conflict = np.zeros(len(pair), dtype=np.bool_)
    for e in range(len(pair)):
        conflict[e] = pair[e] >= 0 and conflict_left[pair[e]] > 0
    return conflict


@compiled
def tie_dynamics(
    key: Ints,
    a: Ints,
    b: Ints,
    pair: Ints,
    trust: Floats,
    suspended: Bools,
    conflict_left: Ints,
    divided: Floats,
    overload: Floats,
    suspend_word: np.uint64,
    end_word: np.uint64,
    rates: TieRates,
) -> tuple[Floats, Bools, Bools]:
    """Trust, suspension, and whether it lasts, of every tie after a step, (E,) each.

    ``divided`` (D,): suspension between a third state and a side of a conflict, relative to the sides' own.
    """
    ties = len(key)
    held, rests, lasts = np.empty(ties), np.empty(ties, dtype=np.bool_), np.empty(ties, dtype=np.bool_)
    for e in range(ties):
        v, strain = trust[e], 0.0
        if pair[e] >= 0:
            strain = 1.0 if conflict_left[pair[e]] > 0 else divided[pair[e]]
        rest = suspended[e]
        if rest != (strain > 0.0):  # a live tie across a front, or a suspended one at peace
            u = uniform_at(suspend_word, key[e])
            if strain > 0.0:
                rest = u < strain * rates.suspension * (1.0 - rates.suspension_trust * v)
            else:
                rest = not happens(rates.resumption * v * rates.dt, u)
        rests[e] = rest
        if rest:
            held[e] = v * rates.trust_kept
            lasts[e] = held[e] >= rates.floor
        else:
            held[e] = 1.0 - (1.0 - v) * rates.distrust_kept
            load = overload[a[e]] + overload[b[e]]
            hazard = rates.ending * (1.0 + rates.overload * load / 2)
            lasts[e] = not happens(hazard * rates.dt, uniform_at(end_word, key[e]))
    return held, rests, lasts


@compiled
def renewed(
    key: Ints,
    a: Ints,
    b: Ints,
    pair: Ints,
    trust: Floats,
    suspended: Bools,
    start: Ints,
    lasts: Bools,
    new: Ints,
    home: Ints,
    dyad: Ints,
    trust_start: float,
    step: int,
) -> tuple[Ints, Ints, Ints, Ints, Floats, Bools, Ints]:
    """The ties that last and the ``new`` ones, in order of their keys.

    ``new``: sorted keys, where one may come twice; a tie that there was, also one that ends, is not new.
    """
    room, cities = len(key) + len(new), len(home)
    key_, start_ = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    a_, b_ = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    pair_ = np.empty(room, dtype=np.int64)
    trust_, suspended_ = np.empty(room), np.empty(room, dtype=np.bool_)
    count = e = 0
    for place in range(len(new) + 1):
        while e < len(key) and (place == len(new) or key[e] < new[place]):
            if lasts[e]:
                key_[count], a_[count], b_[count], pair_[count] = key[e], a[e], b[e], pair[e]
                trust_[count], suspended_[count], start_[count] = trust[e], suspended[e], start[e]
                count += 1
            e += 1
        if place == len(new):
            break
        known = (e < len(key) and key[e] == new[place]) or (place > 0 and new[place] == new[place - 1])
        if not known:
            i, j = new[place] // cities, new[place] % cities
            key_[count], a_[count], b_[count], pair_[count] = new[place], i, j, dyad[home[i], home[j]]
            trust_[count], suspended_[count], start_[count] = trust_start, False, step
            count += 1
    return (
        key_[:count],
        a_[:count],
        b_[:count],
        pair_[:count],
        trust_[:count],
        suspended_[:count],
        start_[:count],
    )


@compiled
def live_rows(n: int, a: Ints, b: Ints, suspended: Bools) -> tuple[Ints, Ints, Ints]:
    """Live ties as compressed rows: row pointers (N + 1,), partners and ties (2 · live ties,).

    A row's partners come sorted.
    """
    start = np.zeros(n + 1, dtype=np.int64)
    for e in range(len(a)):
        if not suspended[e]:
            start[a[e] + 1] += 1
            start[b[e] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    place = start[:-1].copy()
    partner, tie = np.empty(start[n], dtype=np.int64), np.empty(start[n], dtype=np.int64)
    for e in range(len(a)):
        if not suspended[e]:
            i, j = a[e], b[e]
            of_i, of_j = place[i], place[j]
            partner[of_i], partner[of_j] = j, i
            tie[of_i] = tie[of_j] = e
            place[i] += 1
            place[j] += 1
    return start, partner, tie


@compiled
def introductions(
    start: Ints,
    partner: Ints,
    weight: Floats,  # (N,)
    home: Ints,  # (N,)
    at_home: float,  # share kept of pairs within one state; at most 1
    rate: float,
    meet: np.uint64,
    choose: np.uint64,
) -> tuple[Ints, Ints, Ints]:
    """Pairs of partners that a common one brings together in a step: key, and the two, by rows of ties.

    Two partners i ≠ j of a city meet as a Poisson process of rate · weight_i · weight_j a step, by thinning:
    each is drawn by its weight, and one that meets itself is lost.
    """
    rows, count = np.empty((3, 64), dtype=np.int64), 0
    for k in range(len(start) - 1):
        whole = 0.0
        for place in range(start[k], start[k + 1]):
            whole += weight[partner[place]]
        expected, passed = rate * whole**2 / 2, 0.0
        if not uniform_at(meet, k * MOST_TRIES) < expected * ROUNDING:
            continue
        for attempt in range(k * MOST_TRIES, (k + 1) * MOST_TRIES):
            passed -= np.log1p(-uniform_at(meet, attempt))
            if passed >= expected:
                break
            i = drawn(partner[start[k] : start[k + 1]], weight, uniform_at(choose, 3 * attempt) * whole)
            j = drawn(partner[start[k] : start[k + 1]], weight, uniform_at(choose, 3 * attempt + 1) * whole)
            if i == j or (home[i] == home[j] and not uniform_at(choose, 3 * attempt + 2) < at_home):
                continue
            rows = kept(rows, count, attempt, i, j)
            count += 1
    return rows[0, :count].copy(), rows[1, :count].copy(), rows[2, :count].copy()


@compiled
def drawn(city: Ints, weight: Floats, aim: float) -> int:
    """The first of some cities at which the running sum of weights exceeds ``aim``, or the last."""
    running = 0.0
    for place in range(len(city) - 1):
        running += weight[city[place]]
        if running > aim:
            return int(city[place])
    return int(city[-1])


@compiled
def accepted(key: Ints, proposer: Ints, partner: Ints, engagement: Floats, word: np.uint64) -> Ints:
    """Keys of the ties that the two cities of a proposal make, with probability e_i e_j.

    ``key``: of the draw of each proposal.
    """
    ties = np.empty(len(proposer), dtype=np.int64)
    count = 0
    for place in range(len(proposer)):
        i, j = proposer[place], partner[place]
        if uniform_at(word, key[place]) < engagement[i] * engagement[j]:
            ties[count] = min(i, j) * len(engagement) + max(i, j)
            count += 1
    return ties[:count].copy()


@compiled
def degrees(n: int, a: Ints, b: Ints) -> Ints:
    """Ties of each city, (N,)."""
    count = np.zeros(n, dtype=np.int64)
    for e in range(len(a)):
        count[a[e]] += 1
        count[b[e]] += 1
    return count


@compiled
def tie_counts(n: int, a: Ints, b: Ints, pair: Ints, suspended: Bools) -> tuple[Floats, Floats, Floats]:
    """Ties of each city: all, live ones across a border, and suspended ones, (N,) each."""
    ties, live_foreign, resting = np.zeros(n), np.zeros(n), np.zeros(n)
    for e in range(len(a)):
        for i in (a[e], b[e]):
            ties[i] += 1.0
            if suspended[e]:
                resting[i] += 1.0
            elif pair[e] >= 0:
                live_foreign[i] += 1.0
    return ties, live_foreign, resting
