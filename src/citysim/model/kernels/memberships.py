"""Loops over memberships, sorted by key city · K + network, and over networks."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.events import happens
from citysim.model.state import ROUNDING
from citysim.model.streams import Words, uniform_at


class LeaveRates(NamedTuple):
    """How members leave and networks close; rates per year."""

    leaving: float  # of a city's only membership, within budget and with benefit above cost
    overload: float  # rise of it per unit of overload
    benefit: float  # rise of it per unit of benefit below cost
    threshold: float  # benefit that equals the cost
    campaigns: float  # share of its secretariat's quality by which a campaign acts
    closing: float  # of a network below ``poor``
    poor: float  # quality of a secretariat
    dt: float  # years


@compiled
def rows(city: Ints, cities: int) -> Ints:
    """Where each city's memberships begin among all in order of cities, (N + 1,)."""
    start = np.zeros(cities + 1, dtype=np.int64)
    for m in range(len(city)):
        start[city[m] + 1] += 1
    for i in range(cities):
        start[i + 1] += start[i]
    return start


@compiled
def duplication(city: Ints, network: Ints, focus: Floats, cities: int) -> Floats:
    """Share of the focus of a city's networks that another of them covers too, 1 − Σ max f / Σ f, (N,).

    ``city``, ``network``: memberships (M,) in order of cities; 0 for a city with fewer than two.
    """
    shared = np.zeros(cities)
    widest = np.zeros(focus.shape[1])
    first = 0
    while first < len(city):
        last = first + 1
        while last < len(city) and city[last] == city[first]:
            last += 1
        if last - first > 1:
            widest[:] = 0.0
            total = 0.0
            for m in range(first, last):
                for d in range(len(widest)):
                    covered = focus[network[m], d]
                    widest[d] = max(widest[d], covered)
                    total += covered
            if total > 0.0:
                shared[city[first]] = 1.0 - widest.sum() / total
        first = last
    return shared


@compiled
def live_focus(focus: Floats, alive: Bools) -> Floats:
    """Summed focus of all live networks on each domain, (domains,)."""
    total = np.zeros(focus.shape[1])
    for k in range(len(alive)):
        if alive[k]:
            for d in range(len(total)):
                total[d] += focus[k, d]
    return total


@compiled
def shares_paid(
    city: Ints, network: Ints, people: Floats, home: Ints, lost: Floats, alive: Bools
) -> tuple[Floats, bool]:
    """What their states, having ``lost`` a share (S,), still pay its members' people, of each network, (K,).

    A mean; NaN for a live network without a member, and whether there is none such.
    """
    mean, total, known = np.zeros(len(alive)), np.zeros(len(alive)), True
    for m in range(len(city)):
        weight = people[city[m]]
        total[network[m]] += weight
        mean[network[m]] += weight * lost[home[city[m]]]
    for k in range(len(alive)):
        if total[k] > 0.0 or not alive[k]:
            mean[k] = 1.0 - (mean[k] / total[k] if total[k] > 0.0 else 0.0)
        else:
            mean[k], known = np.nan, False
    return mean, known


@compiled
def qualities(
    size: Ints,
    outside: Floats,
    focus: Floats,
    alive: Bools,
    total: Floats,
    paid: Floats,
    fee: float,
    grants: float,
    fixed: float,
    running: float,
) -> Floats:
    """Quality R / (R + fixed + running · members) of each live network's secretariat, (K,).

    R = fee · members + grants · paid · Σ focus / total, which is (domains,).
    """
    quality = np.zeros(len(alive))
    for k in range(len(alive)):
        if alive[k]:
            members, share = size[k] + outside[k], 0.0
            for d in range(len(total)):
                if total[d] > 0.0:
                    share += focus[k, d] / total[d]
            resources = fee * members + grants * share * paid[k]
            whole = resources + (fixed + running * members)
            if whole > 0.0:
                quality[k] = resources / whole
    return quality


@compiled
def strengths(city: Ints, network: Ints, quality: Floats, campaign: Bools, share: float, n: int) -> Floats:
    """Summed quality of each city's networks, (N,); of a ``campaign`` (K,) only that share."""
    total = np.zeros(n)
    for m in range(len(city)):
        k = network[m]
        total[city[m]] += (share if campaign[k] else 1.0) * quality[k]
    return total


@compiled
def attention_shared(
    capacity: Floats,
    factor: Floats,
    start: Ints,
    a: Ints,
    b: Ints,
    budget: float,
    of_membership: float,
    of_twinning: float,
    attention: Floats,
    used: Floats,
    engagement: Floats,
) -> None:
    """Write the ``attention`` of each city, what all its ties ask for, and its ``engagement``, (N,) each.

    ``start``: where each city's memberships begin, (N + 1,); ``a``, ``b``: cities of each tie, (E,), the
    first in their order.
    """
    n = len(capacity)
    ties = np.zeros(n, dtype=np.int64)
    e = 0
    while e < len(a):
        first, i = e, a[e]
        while e < len(a) and a[e] == i:
            ties[b[e]] += 1
            e += 1
        ties[i] += e - first
    for i in range(n):
        attention[i] = budget * (0.5 + 2.0 * capacity[i]) * factor[i]
        used[i] = of_membership * (start[i + 1] - start[i]) + of_twinning * ties[i]
        engagement[i] = attention[i] / used[i] if used[i] > attention[i] else 1.0


@compiled
def match(services: Floats, focus: Floats, i: int, k: int) -> float:
    """Match ⟨u, f⟩ of what services leave unmet in city ``i`` and the focus of network ``k``."""
    total = 0.0
    for d in range(services.shape[1]):
        total += (1.0 - services[i, d]) * focus[k, d]
    return total


@compiled
def closing(
    alive: Bools, size: Ints, outside: Floats, quality: Floats, word: np.uint64, rates: LeaveRates
) -> Bools:
    """Networks that close: with fewer than two members at once, with a poor secretariat at a rate, (K,)."""
    closes = np.zeros(len(alive), dtype=np.bool_)
    for k in range(len(alive)):
        if alive[k]:
            poor = quality[k] < rates.poor and happens(rates.closing * rates.dt, uniform_at(word, k))
            closes[k] = poor or size[k] + outside[k] < 2
    return closes


@compiled
def departures(
    key: Ints,
    start: Ints,
    network: Ints,
    size: Ints,
    outside: Floats,
    alive: Bools,
    quality: Floats,
    campaign: Bools,
    focus: Floats,
    services: Floats,
    used: Floats,
    attention: Floats,
    commitment: Floats,
    words: Words,
    rates: LeaveRates,
) -> tuple[Bools, Bools]:
    """Memberships that end (M,), by leaving or with their network, and networks that close (K,).

    ``start``: where each city's memberships begin, (N + 1,); ``commitment``: factor of the hazard for cities
    of 1, 2, … memberships.
    """
    closes = closing(alive, size, outside, quality, words[1], rates)
    dead, ends = closes | ~alive, np.empty(len(key), dtype=np.bool_)
    for i in range(len(used)):
        first, last = start[i], start[i + 1]
        if first == last:
            continue
        load = max(used[i] / attention[i] - 1.0, 0.0)
        rate, rise = rates.leaving * commitment[last - first - 1], 1.0 + rates.overload * load
        most = rate * (rise + rates.benefit * rates.threshold) * rates.dt * ROUNDING  # without any benefit
        for m in range(first, last):
            k, u = network[m], uniform_at(words[0], key[m])
            ends[m] = dead[k]
            if u < most and not ends[m]:
                benefit = (
                    (rates.campaigns if campaign[k] else 1.0) * quality[k] * match(services, focus, i, k)
                )
                short = max(rates.threshold - benefit, 0.0)
                ends[m] = happens(rate * (rise + rates.benefit * short) * rates.dt, u)
    return ends, closes


@compiled
def renewed(
    key: Ints, city: Ints, network: Ints, size: Ints, ends: Bools, new: Ints, alive: Bools, cities: int
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Memberships that do not end and ``new`` ones (sorted keys) of networks that are ``alive``, by key.

    Their keys, cities and networks, (M,) each, the size of each network, (K,), and where the memberships of
    each city begin, (N + 1,).
    """
    room = len(key) + len(new)
    key_, city_ = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    network_, size_ = np.empty(room, dtype=np.int64), size.copy()
    start = np.empty(cities + 1, dtype=np.int64)
    count = m = 0
    for place in range(len(new) + 1):
        while m < len(key) and (place == len(new) or key[m] < new[place]):
            if ends[m]:
                size_[network[m]] -= 1
            else:
                key_[count], city_[count], network_[count] = key[m], city[m], network[m]
                count += 1
            m += 1
        if place == len(new):
            break
        i, k = new[place] // len(size), new[place] % len(size)
        if alive[k]:
            key_[count], city_[count], network_[count] = new[place], i, k
            size_[k] += 1
            count += 1
    m = 0
    for i in range(cities):
        start[i] = m
        while m < count and city_[m] == i:
            m += 1
    start[cities] = count
    return key_[:count], city_[:count], network_[:count], size_, start
