"""Loops over memberships, sorted by key city · K + network, and over networks."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled


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
def shortfalls(
    city: Ints, network: Ints, quality: Floats, focus: Floats, services: Floats, threshold: float
) -> Floats:
    """How far each membership's benefit q⟨u, f⟩ stays below ``threshold``, (M,); u is what services leave."""
    short = np.zeros(len(city))
    for m in range(len(city)):
        match = 0.0
        for d in range(services.shape[1]):
            match += (1.0 - services[city[m], d]) * focus[network[m], d]
        short[m] = max(threshold - quality[network[m]] * match, 0.0)
    return short


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
def grant_shares(focus: Floats, alive: Bools, total: Floats) -> Floats:
    """What each live network gets of the domains' grants, split by focus among ``total``, summed, (K,)."""
    share = np.zeros(len(alive))
    for k in range(len(alive)):
        if alive[k]:
            for d in range(len(total)):
                if total[d] > 0.0:
                    share[k] += focus[k, d] / total[d]
    return share


@compiled
def sums_of_members(
    city: Ints, network: Ints, one: Floats, other: Floats, slots: int
) -> tuple[Floats, Floats]:
    """Sums of two things of cities (N,) over the members of each network, (K,) each."""
    ones, others = np.zeros(slots), np.zeros(slots)
    for m in range(len(city)):
        ones[network[m]] += one[city[m]]
        others[network[m]] += other[city[m]]
    return ones, others


@compiled
def divided(part: Floats, whole: Floats) -> Floats:
    """Ratio of two, 0 where the ``whole`` is 0."""
    ratio = np.zeros(len(whole))
    for k in range(len(whole)):
        if whole[k] > 0.0:
            ratio[k] = part[k] / whole[k]
    return ratio


class Rules(NamedTuple):
    """Whom each network admits, (K,)."""

    alive: Bools
    min_population: Floats  # people
    region: Ints  # −1 for any
    state: Ints  # −1 for any


@compiled
def eligible(rules: Rules, population: Floats, region: Ints, state: Ints, city: Ints, network: Ints) -> Bools:
    """Whether each ``city`` fits the rules of the paired ``network``; the cities' own values are (N,)."""
    fits = np.empty(len(city), dtype=np.bool_)
    for c in range(len(city)):
        i, k = city[c], network[c]
        fits[c] = (
            rules.alive[k]
            and population[i] >= rules.min_population[k]
            and (rules.region[k] < 0 or rules.region[k] == region[i])
            and (rules.state[k] < 0 or rules.state[k] == state[i])
        )
    return fits


@compiled
def matches(city: Ints, network: Ints, services: Floats, focus: Floats) -> Floats:
    """Match ⟨u, f⟩ of what services leave unmet and the paired network's focus, (candidates,)."""
    match = np.zeros(len(city))
    for c in range(len(city)):
        for d in range(services.shape[1]):
            match[c] += (1.0 - services[city[c], d]) * focus[network[c], d]
    return match


@compiled
def contains(keys: Ints, wanted: int) -> bool:
    """Whether ``wanted`` is among the sorted ``keys``."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < len(keys) and keys[low] == wanted


@compiled
def are_members(key: Ints, slots: int, city: Ints, network: Ints) -> Bools:
    """Whether each ``city`` is a member of the paired ``network``."""
    member = np.empty(len(city), dtype=np.bool_)
    for c in range(len(city)):
        member[c] = contains(key, city[c] * slots + network[c])
    return member


@compiled
def shares_of_neighbours(city: Ints, network: Ints, near: Ints, key: Ints, slots: int) -> Floats:
    """Share of each city's neighbours, −1 for none, that are members of the paired network."""
    share = np.zeros(len(city))
    for c in range(len(city)):
        known = members = 0
        for other in near[city[c]]:
            if other >= 0:
                known += 1
                members += contains(key, other * slots + network[c])
        share[c] = members / max(known, 1)
    return share
