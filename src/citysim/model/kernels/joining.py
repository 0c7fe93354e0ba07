"""Loops over cities: who joins a network, and who founds one."""

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
    country: float  # per share of the other cities of its state that are
    cost: float  # per share of the attention budget that is used


class Rules(NamedTuple):
    """Whom each network admits, (K,)."""

    alive: Bools
    min_population: Floats  # people
    region: Ints  # −1 for any
    state: Ints  # −1 for any
    takes: Bools  # (networks of the data, S), by state; none where all take any


@compiled
def admits(rules: Rules, k: int, people: float, region: int, state: int) -> bool:
    """Whether a city of so many ``people``, a region and a state fits the rules of network ``k``."""
    return bool(
        rules.alive[k]
        and people >= rules.min_population[k]
        and (rules.region[k] < 0 or rules.region[k] == region)
        and (rules.state[k] < 0 or rules.state[k] == state)
        and (k >= len(rules.takes) or rules.takes[k, state])
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
    m, last = start[i], start[i + 1]
    while m < last and network[m] != k:
        m += 1
    return bool(m < last)


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
def shares_of_states(state: Ints, start: Ints, network: Ints, networks: int) -> Floats:
    """Share of the cities of each state, one of them left out, that are members of each network, (S, K).

    As a city that is no member sees its state; 0 where it is the only one.
    """
    states = int(state.max()) + 1
    cities, share = np.zeros(states), np.zeros((states, networks))
    for i in range(len(state)):
        cities[state[i]] += 1.0
        for m in range(start[i], start[i + 1]):
            share[state[i], network[m]] += 1.0
    for s in range(states):
        share[s] /= max(cities[s] - 1.0, 1.0)
    return share


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
    shares = np.empty((0, 0))
    if utility.country > 0.0:
        shares = shares_of_states(state, start, network, len(by_invitation))
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
        if utility.country > 0.0:
            odds += utility.country * shares[state[i], k]
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
    speed, fastest = np.empty(len(clock)), 0
    for i in range(len(clock)):
        speed[i] = openness[i] * (1.0 - services[i, topic] + 1e-9) / -clock[i]
        if speed[i] > speed[fastest]:
            fastest = i
    home = region[fastest] if regional else -1
    first, count = np.empty(together, dtype=np.int64), 0
    for i in range(len(clock)):
        if not speed[i] > 0.0 or (home >= 0 and region[i] != home):
            continue
        if count < together:
            count += 1
        elif together == 0 or not speed[i] > speed[first[-1]]:
            continue
        place = count - 1  # the slowest, where there are enough, makes room
        while place > 0 and speed[first[place - 1]] < speed[i]:
            first[place] = first[place - 1]
            place -= 1
        first[place] = i
    return home, first[:count].copy()
