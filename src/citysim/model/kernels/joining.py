"""Loops over cities: who joins a network, and who founds one."""

import heapq
import math
from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.events import happens
from citysim.model.kernels.memberships import match
from citysim.model.streams import Words, uniform_at


class JoinUtility(NamedTuple):
    """What makes a city join a network, log-odds."""

    intercept: float
    focus: float  # per match of unmet needs and focus
    peers: float  # per share of neighbours that are members
    cost: float  # per share of the attention budget that is used


class Rules(NamedTuple):
    """Whom each network admits, (K,)."""

    alive: Bools
    min_population: Floats  # people
    region: Ints  # −1 for any
    state: Ints  # −1 for any


@compiled
def admits(rules: Rules, k: int, people: float, region: int, state: int) -> bool:
    """Whether a city of so many ``people``, a region and a state fits the rules of network ``k``."""
    return bool(
        rules.alive[k]
        and people >= rules.min_population[k]
        and (rules.region[k] < 0 or rules.region[k] == region)
        and (rules.state[k] < 0 or rules.state[k] == state)
    )


@compiled
def eligible(rules: Rules, population: Floats, region: Ints, state: Ints, city: Ints, network: Ints) -> Bools:
    """Whether each ``city`` fits the rules of the paired ``network``; the cities' own values are (N,)."""
    fits = np.empty(len(city), dtype=np.bool_)
    for c in range(len(city)):
        i = city[c]
        fits[c] = admits(rules, network[c], population[i], region[i], state[i])
    return fits


@compiled
def is_member(start: Ints, network: Ints, i: int, k: int) -> bool:
    """Whether city ``i``, whose memberships begin at ``start[i]``, is a member of network ``k``."""
    return bool(k in network[start[i] : start[i + 1]])


@compiled
def share_of_neighbours(near: Ints, start: Ints, network: Ints, i: int, k: int) -> float:
    """Share of the neighbours of city ``i``, −1 for none, that are members of network ``k``."""
    known = members = 0
    for other in near[i]:
        if other >= 0:
            known += 1
            members += is_member(start, network, other, k)
    return members / max(known, 1)


@compiled
def applicants(
    rate: float,
    factor: Floats,
    seen: Floats,
    rules: Rules,
    population: Floats,
    region: Ints,
    state: Ints,
    near: Ints,
    start: Ints,
    network: Ints,
    services: Floats,
    focus: Floats,
    used: Floats,
    attention: Floats,
    words: Words,
    utility: JoinUtility,
    by_invitation: Bools,
    dt: float,
) -> tuple[Ints, Floats, Floats, bool]:
    """Key, chance and number drawn of all who would join, the chance being above the number.

    And whether members have to vote, since one of their networks is ``by_invitation``.

    Each city reviews at ``rate`` times its ``factor`` one network, met by its share of how much live ones are
    ``seen`` (networks,). ``start``, ``network``: where a city's memberships begin, and theirs.
    """
    key, chance, drawn = np.empty(len(factor), dtype=np.int64), np.empty(len(factor)), np.empty(len(factor))
    passed = np.empty(len(seen))
    total, found, voted = 0.0, 0, False
    for k in range(len(seen)):
        total += seen[k] if rules.alive[k] else 0.0
        passed[k] = total
    for i in range(len(factor) if total > 0.0 else 0):
        if not happens(rate * factor[i] * dt, uniform_at(words[0], i)):
            continue
        k, place = 0, uniform_at(words[1], i) * total
        while k < len(seen) - 1 and passed[k] <= place:
            k += 1
        if not admits(rules, k, population[i], region[i], state[i]) or is_member(start, network, i, k):
            continue
        fit, peers = match(services, focus, i, k), share_of_neighbours(near, start, network, i, k)
        load = used[i] / attention[i]
        odds = utility.intercept + utility.focus * fit + utility.peers * peers - utility.cost * load
        joins, u = 1.0 / (1.0 + math.exp(-odds)), uniform_at(words[2], i)
        if u < joins:
            key[found], chance[found], drawn[found] = i * len(by_invitation) + k, joins, u
            voted = voted or by_invitation[k]
            found += 1
    return key[:found], chance[:found], drawn[:found], voted


@compiled
def votes(
    who: Ints,
    what: Ints,
    city: Ints,
    network: Ints,
    size: Ints,
    capacity: Floats,
    openness: float,
    weight: float,
) -> Floats:
    """Chance that the members of each network in ``what`` admit the paired city in ``who``.

    By its ``capacity`` (N,) against the mean of theirs, ½ where there are none.
    """
    total, chance = np.zeros(len(size)), np.empty(len(who))
    for m in range(len(city)):
        total[network[m]] += capacity[city[m]]
    for c in range(len(who)):
        i, k = who[c], what[c]
        mean = total[k] / size[k] if size[k] > 0 else 0.5
        chance[c] = 1.0 / (1.0 + math.exp(-(openness + weight * (capacity[i] - mean))))
    return chance


@compiled
def founders(
    openness: Floats,
    services: Floats,
    topic: int,
    clock: Floats,
    region: Ints,
    regional: bool,
    together: int,
) -> tuple[int, Ints]:
    """Region of a network founded on a ``topic``, −1 for none, and its first members, the keenest first.

    ``clock``: minus the times of exponential clocks, (N,). In their race the fastest are draws without
    replacement by weight; of equal ones the first come first.
    """
    speed = np.empty(len(clock))
    for i in range(len(clock)):
        speed[i] = openness[i] * (1.0 - services[i, topic] + 1e-9) / -clock[i]
    home = region[np.argmax(speed)] if regional else -1
    race = [(0.0, 0) for _ in range(0)]  # the slowest is first
    for i in range(len(clock)):
        if speed[i] > 0.0 and (home < 0 or region[i] == home):
            if len(race) < together:
                heapq.heappush(race, (speed[i], -i))
            elif speed[i] > race[0][0]:
                heapq.heapreplace(race, (speed[i], -i))
    race.sort(reverse=True)
    return home, np.array([-place for _, place in race], dtype=np.int64)
