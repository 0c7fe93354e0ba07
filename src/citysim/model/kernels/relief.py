"""Loops of relief over memberships and ties."""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled


@compiled
def share_of_pools(need: Floats, pool: Floats, member: Ints) -> Floats:
    """Share of its need that each gets from the pool ``member`` names: min(1, pool / all needs)."""
    asked = np.zeros(len(pool))
    for m in range(len(member)):
        asked[member[m]] += need[m]
    met = np.zeros(len(pool))
    for k in range(len(pool)):
        if asked[k] > 0.0:
            met[k] = min(pool[k], asked[k]) / asked[k]
    return met[member]


@compiled
def offers_of_twins(
    a: Ints, b: Ints, trust: Floats, suspended: Bools, hit: Bools, need: Floats, means: Floats
) -> tuple[Ints, Ints, Floats]:
    """Giver, taker and offer, trust × means, of every live tie between a city not hit and one in need."""
    giver, taker = np.empty(2 * len(a), dtype=np.int64), np.empty(2 * len(a), dtype=np.int64)
    offer = np.empty(2 * len(a))
    count = 0
    for e in range(len(a)):
        if suspended[e]:
            continue
        for i, j in ((a[e], b[e]), (b[e], a[e])):
            if not hit[i] and need[j] > 0.0:
                giver[count], taker[count], offer[count] = i, j, trust[e] * means[i]
                count += 1
    return giver[:count], taker[:count], offer[:count]


@compiled
def offers_to_networks(
    city: Ints, network: Ints, gives: Floats, quality: Floats, need: Floats
) -> tuple[Floats, Floats, Floats]:
    """Each membership's offer (M,), each network's pool of them (K,), and what each membership asks (M,).

    A city in need asks each of its networks that has anything to give for an equal share.
    """
    offer, pool = np.empty(len(city)), np.zeros(len(quality))
    count = np.zeros(len(need))
    for m in range(len(city)):
        offer[m] = gives[city[m]] * quality[network[m]]
        pool[network[m]] += offer[m]
        count[city[m]] += 1.0 if quality[network[m]] > 0.0 else 0.0
    each = np.zeros(len(need))
    for i in range(len(need)):
        if need[i] != 0.0 and count[i] > 0.0:
            each[i] = need[i] / count[i]
    return offer, pool, each[city]


@compiled
def drawn_from_networks(
    city: Ints, network: Ints, offer: Floats, pool: Floats, received: Floats, cities: int
) -> tuple[Floats, Floats]:
    """What each city gets of its networks, and gives by the share of their pools that is used, (N,) each."""
    used = np.zeros(len(pool))
    got, given = np.zeros(cities), np.zeros(cities)
    for m in range(len(city)):
        used[network[m]] += received[m]
        got[city[m]] += received[m]
    for k in range(len(pool)):
        used[k] = used[k] / pool[k] if pool[k] > 0.0 else 0.0
    for m in range(len(city)):
        given[city[m]] += offer[m] * used[network[m]]
    return got, given
