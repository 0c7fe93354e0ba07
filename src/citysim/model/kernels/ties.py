"""Loops over ties of cities, sorted by key a · N + b."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.dyads import sides_taken
from citysim.model.kernels.events import MOST_TRIES, first_tries, happens, kept
from citysim.model.state import ROUNDING
from citysim.model.streams import Words, uniform_at


class TieRates(NamedTuple):
    """How ties are suspended, resume, gain and lose trust, and end; rates per year."""

    suspension: float  # per quarter of conflict, without trust
    suspension_trust: float  # how far full trust lowers it
    rupture: float  # share of it between a side and a third state that stands wholly with the other
    fade: float  # of that in the quarters after the first of a conflict
    resumption: float  # at full trust
    distrust_kept: float  # share of 1 − v left after a step of a live tie
    trust_kept: float  # share of v left after a step of a suspended one
    floor: float  # of trust, below which a suspended tie ends
    ending: float  # of a live tie within the attention budget
    overload: float  # rise of it per unit of overload
    embedding: float  # power by which it falls with 1 + common partners
    dt: float  # years
    trust_start: float  # of a new tie


@compiled
def hazard_of_ending(load: float, rates: TieRates) -> float:
    """Per year, of a live tie of two cities without a common partner, by their overload together."""
    return rates.ending * (1.0 + rates.overload * load / 2)


@compiled
def tie_after(
    v: float,
    rest: bool,
    front: bool,  # between its two states, by a conflict of theirs or of others
    strain: float,  # relative to a conflict of theirs
    load: float,  # overload of its two cities
    key: int,
    suspend: np.uint64,
    slowed: float,  # factor of ending by common partners
    luck: float,  # number by which it ends
    rates: TieRates,
) -> tuple[float, bool, bool]:
    """Trust, suspension, and whether it lasts, of a tie after a step."""
    if rest != front:  # a live tie across a front, or a suspended one at peace
        u = uniform_at(suspend, key)
        if front:
            rest = u < strain * rates.suspension * (1.0 - rates.suspension_trust * v)
        else:
            rest = not happens(rates.resumption * v * rates.dt, u)
    if rest:
        held = v * rates.trust_kept
        return held, rest, held >= rates.floor
    ends = happens(hazard_of_ending(load, rates) * slowed * rates.dt, luck)
    return 1.0 - (1.0 - v) * rates.distrust_kept, rest, not ends


@compiled
def common(rows: Ints, partner: Ints, a: int, b: int) -> int:
    """How many partners two cities have in common, by rows of partners that are sorted."""
    here, there, count = rows[a], rows[b], 0
    while here < rows[a + 1] and there < rows[b + 1]:
        if partner[here] == partner[there]:
            count += 1
            here += 1
            there += 1
        elif partner[here] < partner[there]:
            here += 1
        else:
            there += 1
    return count


@compiled
def renewed(
    rates: TieRates,
    words: Words,  # of suspending, of ending
    key: Ints,
    a: Ints,
    b: Ints,
    pair: Ints,
    trust: Floats,
    suspended: Bools,
    start: Ints,
    new: Ints,
    rows: Ints,  # (N + 1,) where each city's live partners begin,
    partner: Ints,  # and who they are, sorted in a row
    used: Floats,  # (N,) attention that ties ask for
    attention: Floats,  # (N,) budget
    conflict_left: Ints,  # (D,)
    begun: Ints,  # dyads whose conflict began in this quarter
    first: Ints,  # (D,)
    second: Ints,  # (D,)
    dyad: Ints,  # (S, S)
    aligned: Floats,  # (S, S)
    home: Ints,  # (N,)
    step: int,
) -> tuple[Ints, Ints, Ints, Ints, Floats, Bools, Ints]:
    """The ties that last after a step and the ``new`` ones, in order of their keys.

    ``new``: sorted keys, where one may come twice; a tie that there was, also one that ends, is not new.
    """
    room, cities = len(key) + len(new), len(home)
    key_, start_ = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    a_, b_ = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    pair_ = np.empty(room, dtype=np.int64)
    trust_, suspended_ = np.empty(room), np.empty(room, dtype=np.bool_)
    overload = np.empty(cities)
    for i in range(cities):
        over = used[i] / attention[i] - 1.0
        overload[i] = over if over > 0.0 else 0.0
    side, pressing = sides_taken(
        conflict_left=conflict_left,
        first=first,
        second=second,
        index=dyad,
        aligned=aligned,
        begun=begun,
        fade=rates.fade,
    )
    suspend, end = words
    luck = np.empty(len(key))
    for e in range(len(key)):  # apart, so that the processor takes several
        luck[e] = uniform_at(end, key[e])
    count = e = 0
    for place in range(len(new) + 1):
        while e < len(key) and (place == len(new) or key[e] < new[place]):
            front, strain = False, 0.0
            if pair[e] >= 0:
                strain = 1.0 if conflict_left[pair[e]] > 0 else rates.rupture * pressing[pair[e]]
                front = strain > 0.0 or rates.rupture * side[pair[e]] > 0.0
            load, slowed = overload[a[e]] + overload[b[e]], 1.0
            # what outlives the usual rate needs no count
            if rates.embedding > 0.0 and happens(hazard_of_ending(load, rates) * rates.dt, luck[e]):
                slowed = (1.0 + common(rows, partner, a[e], b[e])) ** -rates.embedding
            held, rest, lasts = tie_after(
                v=trust[e],
                rest=suspended[e],
                front=front,
                strain=strain,
                load=load,
                key=key[e],
                suspend=suspend,
                slowed=slowed,
                luck=luck[e],
                rates=rates,
            )
            if lasts:
                key_[count], a_[count], b_[count], pair_[count] = key[e], a[e], b[e], pair[e]
                trust_[count], suspended_[count], start_[count] = held, rest, start[e]
                count += 1
            e += 1
        if place == len(new):
            break
        known = (e < len(key) and key[e] == new[place]) or (place > 0 and new[place] == new[place - 1])
        if not known:
            i, j = new[place] // cities, new[place] % cities
            key_[count], a_[count], b_[count], pair_[count] = new[place], i, j, dyad[home[i], home[j]]
            trust_[count], suspended_[count], start_[count] = rates.trust_start, False, step
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
    rate: float,  # a step
    at_home: float,  # share kept of pairs within one state; at most 1
    words: Words,  # of meeting, of who meets, of accepting
    start: Ints,  # (N + 1,)
    partner: Ints,
    squared: Floats,  # (N,) square of a city's weight, not scaled: its population
    usual: float,  # that of a city of weight 1
    engagement: Floats,  # (N,)
    home: Ints,  # (N,)
) -> Ints:
    """Keys of the ties that partners make whom a common one brings together in a step; one may come twice.

    Two partners i ≠ j of a city meet as a Poisson process of rate · weight_i · weight_j a step, weights being
    √(squared / usual), by thinning: each is drawn by its weight, and one that meets itself is lost.
    """
    meet, choose, accept = words
    luck, largest, most = first_tries(meet, len(squared)), 0.0, rate / usual
    for people in squared:
        largest = max(largest, people)
    ties, count = np.empty(64, dtype=np.int64), 0
    for k in range(len(start) - 1):
        partners = start[k + 1] - start[k]
        bound = most * partners  # times their sum: (Σ √x)² ≤ n Σ x, twice what may be expected
        if not luck[k] < bound * partners * largest:
            continue
        row, people = partner[start[k] : start[k + 1]], 0.0
        for city in row:
            people += squared[city]
        if not luck[k] < bound * people:
            continue
        whole = 0.0
        for city in row:
            whole += np.sqrt(squared[city] / usual)
        expected, passed = rate * whole**2 / 2, 0.0
        if not luck[k] < expected * ROUNDING:
            continue
        for attempt in range(k * MOST_TRIES, (k + 1) * MOST_TRIES):
            passed -= np.log1p(-uniform_at(meet, attempt))
            if passed >= expected:
                break
            i = drawn(row, squared, usual, uniform_at(choose, 3 * attempt) * whole)
            j = drawn(row, squared, usual, uniform_at(choose, 3 * attempt + 1) * whole)
            if i == j or (home[i] == home[j] and not uniform_at(choose, 3 * attempt + 2) < at_home):
                continue
            if agreed(i, j, engagement, accept, attempt):
                ties = kept(ties, count, min(i, j) * len(home) + max(i, j))
                count += 1
    return ties[:count].copy()


@compiled
def drawn(row: Ints, squared: Floats, usual: float, aim: float) -> int:
    """The first of some cities at which the running sum of weights exceeds ``aim``, or the last."""
    running = 0.0
    for place in range(len(row) - 1):
        running += np.sqrt(squared[row[place]] / usual)
        if running > aim:
            return int(row[place])
    return int(row[-1])


@compiled
def agreed(i: int, j: int, engagement: Floats, word: np.uint64, key: int) -> bool:
    """Whether both cities of a proposal agree, with probability e_i e_j; ``key``: of the proposal."""
    return bool(uniform_at(word, key) < engagement[i] * engagement[j])


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
