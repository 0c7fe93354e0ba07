"""Loops of relief over the cities in need, and over the memberships and ties that reach them.

Amounts are people-equivalents; ``left`` (N,) is what no one has met yet of each city's loss. Few cities need
anything in a quarter, so loops pass over all others.
"""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.cities import mean_service
from citysim.model.kernels.events import first_above


@compiled
def met(pool: float, asked: float) -> float:
    """Share of what is ``asked`` of a pool that it meets."""
    return min(pool, asked) / asked if asked > 0.0 else 0.0


@compiled
def shares(amount: Floats, people: Floats) -> Floats:
    """An amount of each city as share of its product, (N,)."""
    share = np.zeros(len(amount))
    for i in range(len(amount)):
        if amount[i] != 0.0:
            share[i] = amount[i] / people[i]
    return share


@compiled
def met_at_home(
    need: Floats,
    insurable: Floats,
    moving: Floats,
    people: Floats,
    capacity: Floats,
    insured: Floats,
    home: Ints,
    action_capacity: Floats,
    own_means: float,
    state_fund: float,
    donations: float,
    own: Floats,
    insurance: Floats,
    of_state: Floats,
    of_donors: Floats,
) -> tuple[Floats, float]:
    """What four in turn leave of each loss, (N,), and its sum.

    Writes what ``own`` means, ``insurance``, states and donors meet, as shares of a product, (N,) each.
    A state's fund, ω_S φ per head of its cities, is rationed over its cities in need.
    """
    n, states = len(need), len(action_capacity)
    own[:], insurance[:], of_state[:], of_donors[:] = 0.0, 0.0, 0.0, 0.0
    left, asked, inhabitants = np.zeros(n), np.zeros(states), np.zeros(states)
    for i in range(n):
        if need[i] > 0.0:
            loss = need[i] * people[i]
            amount = min(loss, own_means * capacity[i] * people[i])
            own[i] = amount / people[i]
            loss -= amount
            amount = min(loss, insured[i] * insurable[i] * people[i])
            insurance[i] = amount / people[i]
            left[i] = loss - amount
            asked[home[i]] += left[i]
    for i in range(n):
        if asked[home[i]] > 0.0:
            inhabitants[home[i]] += people[i]
    total = 0.0
    for i in range(n):
        if left[i] > 0.0:
            s = home[i]
            amount = left[i] * met(state_fund * action_capacity[s] * inhabitants[s], asked[s])
            of_state[i] = amount / people[i]
            left[i] -= amount
            amount = min(left[i], donations * moving[i] * people[i])
            of_donors[i] = amount / people[i]
            left[i] -= amount
            total += left[i]
    return left, total


@compiled
def asked_of_networks(
    left: Floats,
    hit: Bools,
    people: Floats,
    capacity: Floats,
    engagement: Floats,
    city: Ints,
    network: Ints,
    quality: Floats,
    share: float,
) -> tuple[Ints, Floats, Floats, Floats, Floats]:
    """Memberships that ask, what each city asks of one (N,), what networks are asked and have, offers (M,).

    Members not hit offer a ``share`` of their means by engagement and ``quality``. A city in need asks each
    of its networks that has anything to give for an equal share.
    """
    asking, each, count = np.empty(len(city), dtype=np.int64), np.zeros(len(left)), 0
    for i in range(len(left)):
        if left[i] > 0.0:
            able = 0.0
            m = first_above(city, i - 1)  # memberships are in order of cities
            while m < len(city) and city[m] == i:
                able += 1.0 if quality[network[m]] > 0.0 else 0.0
                asking[count] = m
                count += 1
                m += 1
            if able > 0.0:
                each[i] = left[i] / able
    asking = asking[:count].copy()
    asked, pool, offer = np.zeros(len(quality)), np.zeros(len(quality)), np.zeros(len(city))
    for row in asking:
        asked[network[row]] += each[city[row]]
    for m in range(len(city)):
        i = city[m]
        if asked[network[m]] > 0.0 and not hit[i]:
            offer[m] = share * people[i] * capacity[i] * engagement[i] * quality[network[m]]
            pool[network[m]] += offer[m]
    return asking, each, asked, pool, offer


@compiled
def drawn_from_networks(
    left: Floats,
    people: Floats,
    city: Ints,
    network: Ints,
    asking: Ints,
    each: Floats,
    asked: Floats,
    pool: Floats,
    offer: Floats,
    usable: Floats,
) -> tuple[Floats, Floats]:
    """What each city gets of ``usable`` (K,), as share of its product, and gives, (N,) each; lowers ``left``.

    Members give by the share of their pools that is used.
    """
    used = np.zeros(len(pool))
    got, given = np.zeros(len(left)), np.zeros(len(left))
    for m in asking:
        received = each[city[m]] * met(usable[network[m]], asked[network[m]])
        used[network[m]] += received
        got[city[m]] += received
    for k in range(len(pool)):
        used[k] = used[k] / pool[k] if pool[k] > 0.0 else 0.0
    for m in range(len(city)):
        if used[network[m]] > 0.0:
            given[city[m]] += offer[m] * used[network[m]]
    for i in range(len(left)):
        left[i] -= got[i]
    return shares(got, people), given


@compiled
def drawn_from_twins(
    left: Floats,
    hit: Bools,
    people: Floats,
    capacity: Floats,
    a: Ints,
    b: Ints,
    trust: Floats,
    suspended: Bools,
    aid: float,
    limit: float,
) -> tuple[Floats, Floats]:
    """What each city gets of its twins, as share of its product, and gives, (N,) each; lowers ``left``.

    A twin not hit offers ``aid`` · trust · means over each live tie to a city in need, in all at most
    ``limit`` · means; a city takes no more than it needs.
    """
    n, count = len(left), 0
    needy, tie = left > 0.0, np.empty(len(a), dtype=np.int64)
    for e in range(len(a)):
        if needy[a[e]] | needy[b[e]]:
            tie[count] = e
            count += 1
    giver, taker = np.empty(2 * count, dtype=np.int64), np.empty(2 * count, dtype=np.int64)
    offer, count = np.empty(2 * count), 0
    wanted, offered = np.zeros(n), np.zeros(n)
    for e in tie[: len(offer) // 2]:
        for i, j in ((a[e], b[e]), (b[e], a[e])):
            if not suspended[e] and not hit[i] and needy[j]:
                giver[count], taker[count], offer[count] = i, j, aid * trust[e] * (people[i] * capacity[i])
                wanted[i] += offer[count]
                count += 1
    for place in range(count):
        i = giver[place]
        offer[place] *= met(limit * (people[i] * capacity[i]), wanted[i])
        offered[taker[place]] += offer[place]
    got, given = np.zeros(n), np.zeros(n)
    for place in range(count):
        amount = offer[place] * met(left[taker[place]], offered[taker[place]])
        got[taker[place]] += amount
        given[giver[place]] += amount
    for i in range(n):
        left[i] -= got[i]
    return shares(got, people), given


@compiled
def charge(
    left: Floats, people: Floats, given: Floats, more: Floats, means: Floats, loss: Floats, gave: Floats
) -> None:
    """Write the ``loss`` that is left and what each city ``gave``, as shares of a product, (N,) each.

    Lowers ``means`` by the latter.
    """
    for i in range(len(left)):
        total = given[i] + more[i]
        loss[i] = left[i] / people[i] if left[i] > 0.0 else 0.0
        gave[i] = total / people[i] if total > 0.0 else 0.0
        means[i] = max(means[i] - gave[i], 0.0)


@compiled
def recovery(services: Floats, rate: float, by_services: float, dt: float) -> Floats:
    """Exponent of recovery from stress in a step, −ρ_z (1 + ρ_S · mean service) Δt, (N,)."""
    exponent = mean_service(services)
    for i in range(len(exponent)):
        exponent[i] = -(rate * (1.0 + by_services * exponent[i])) * dt
    return exponent


@compiled
def settle(
    stress: Floats,
    kept_alone: float,
    kept: Floats,
    loss: Floats,
    stress_from_loss: float,
    alone: Floats,
    by_services: Floats,
) -> None:
    """Recover from ``stress`` and add that of this quarter's losses, (N,).

    Writes what is recovered ``alone`` and ``by_services``, in losses, (N,) each.

    Where losses leave no stress (ψ_z = 0) there is nothing to recover from, and they count as recovered.
    """
    for i in range(len(stress)):
        unhelped, helped = stress[i] * kept_alone, stress[i] * kept[i]
        alone[i], by_services[i] = loss[i] if stress_from_loss == 0.0 else 0.0, 0.0
        if stress_from_loss != 0.0 and stress[i] > 0.0:
            alone[i] = (stress[i] - unhelped) / stress_from_loss
            by_services[i] = (unhelped - helped) / stress_from_loss
        stress[i] = helped + stress_from_loss * loss[i]
