"""Loops of the practices: what can be learned where, and the step of every city and practice."""

from typing import NamedTuple

import numpy as np

from citysim.model.compiled import compiled
from citysim.model.state import IMPLEMENTED, N_DOMAINS, NONE, PLEDGED, Practices
from citysim.model.streams import uniform_at
from citysim.world.world import Floats, Ints

#: Slack of a bound over sums that were added in another order.
ROUNDING = 1.0 + 1e-9


@compiled
def national_shares(x: Practices, known: Floats, people: Floats, home: Ints, states: int) -> Floats:
    """What each state's own cities know, by people, (S, P)."""
    shares = np.zeros((states, x.shape[1]))
    total = np.zeros(states)
    for i in range(x.shape[0]):
        total[home[i]] += people[i]
        for p in range(x.shape[1]):
            shares[home[i], p] += people[i] * known[x[i, p]]
    for s in range(states):
        if total[s] > 0.0:
            shares[s] /= total[s]
    return shares


@compiled
def through_states(national: Floats, capacity: Floats, tension: Floats, pair: Ints, abroad: float) -> Floats:
    """φ_s × what the state knows, (S, P): a mixture of its own cities and of other states that act."""
    states, count = national.shape
    result = np.zeros((states, count))
    for s in range(states):
        if capacity[s] == 0.0:
            continue
        total = 0.0
        others = np.zeros(count)
        for r in range(states):
            if r != s and capacity[r] > 0.0:
                weight = capacity[r] * (1.0 - tension[pair[s, r]])
                total += weight
                for p in range(count):
                    others[p] += weight * national[r, p]
        if total > 0.0:
            others /= total
        for p in range(count):
            result[s, p] = capacity[s] * ((1.0 - abroad) * national[s, p] + abroad * others[p])
    return result


@compiled
def through_networks(
    x: Practices, known: Floats, engagement: Floats, city: Ints, network: Ints, focus: Floats
) -> Floats:
    """What each network teaches, (K, P): engagement-weighted share of its members, times focus."""
    count = x.shape[1]
    per_domain = count // N_DOMAINS
    shares = np.zeros((focus.shape[0], count))
    total = np.zeros(focus.shape[0])
    for m in range(len(city)):
        i, k = city[m], network[m]
        total[k] += engagement[i]
        for p in range(count):
            shares[k, p] += engagement[i] * known[x[i, p]]
    for k in range(focus.shape[0]):
        if total[k] > 0.0:
            for p in range(count):
                shares[k, p] *= focus[k, p // per_domain] / total[k]
    return shares


class Rates(NamedTuple):
    """Rates of learning by source, and of dropping, per year."""

    twins: float
    networks: float
    state: float
    neighbours: float
    drop: float


class Cities(NamedTuple):
    """What a city brings to learning, (N,) or (N, P)."""

    able: Floats  # a ℓ
    willing: Floats  # (N, P)
    miss: Floats  # 1 − B, (N, P)
    invention: Floats  # per year
    response: Floats  # to the retreat of the own state
    engagement: Floats
    implementation: Floats  # μ a e


class Sources(NamedTuple):
    """From whom each city can learn."""

    known: Floats  # of none, pledged, implemented, (3,)
    twin_start: Ints  # (N + 1,)
    twin: Ints
    trust: Floats  # by own reach where foreign
    member_start: Ints  # (N + 1,)
    network: Ints
    strength: Floats  # q, by own reach where it crosses borders
    focus: Floats  # (K, domains)
    taught: Floats  # (K, P)
    near: Ints  # (N, neighbours), −1 for none
    home: Ints
    capacity: Floats  # φ, (S,)
    national: Floats  # φ × what the state knows, (S, P)


@compiled
def spread(
    x: Practices, services: Floats, word: np.uint64, dt: float, rates: Rates, cities: Cities, sources: Sources
) -> tuple[Practices, Floats]:
    """Practices and services after a quarter.

    The learning hazard is worked out only where the cell's number lies under a bound of it, which gives
    the same result as working it out everywhere.
    """
    count = x.shape[1]
    per_domain = count // N_DOMAINS
    after, served = x.copy(), services.copy()
    bound, luck = np.empty(N_DOMAINS), np.empty(count)
    dropped = -np.expm1(-rates.drop * dt)
    for i in range(x.shape[0]):
        bound_learning(i, rates, cities, sources, bound)
        invented = cities.invention[i] * cities.response[i]
        leave = cities.implementation[i] + rates.drop
        moves = -np.expm1(-leave * dt)
        changed = False
        for p in range(count):  # apart from the branches, so that it runs in vectors
            luck[p] = uniform_at(word, i * count + p)
        for p in range(count):
            u = luck[p]
            if x[i, p] == NONE:
                if u < (bound[p // per_domain] * cities.willing[i, p] + invented) * dt:
                    hazard = learning(i, p, x, rates, cities, sources) + invented
                    if u < -np.expm1(-hazard * dt):
                        after[i, p] = PLEDGED
            elif x[i, p] == PLEDGED:
                if u < moves:
                    implemented = u * leave < moves * cities.implementation[i]
                    after[i, p] = IMPLEMENTED if implemented else NONE
                    changed |= implemented
            elif u < dropped:
                after[i, p] = NONE
                changed = True
        if changed:
            serve(after[i], cities.miss[i], served[i])
    return after, served


@compiled
def bound_learning(i: int, rates: Rates, cities: Cities, sources: Sources, bound: Floats) -> None:
    """Write a bound of city i's learning in each domain: as if all that others can have, they had."""
    ties = 0.0
    for t in range(sources.twin_start[i], sources.twin_start[i + 1]):
        ties += sources.trust[t]
    for d in range(N_DOMAINS):
        networks = 0.0
        for m in range(sources.member_start[i], sources.member_start[i + 1]):
            networks += sources.strength[m] * sources.focus[sources.network[m], d]
        led = rates.neighbours + cities.engagement[i] * (rates.twins * ties + rates.networks * networks)
        by_state = rates.state * sources.capacity[sources.home[i]]
        bound[d] = cities.able[i] * (led * cities.response[i] + by_state) * ROUNDING


@compiled
def learning(i: int, p: int, x: Practices, rates: Rates, cities: Cities, sources: Sources) -> float:
    """Hazard of city i's pledging practice p by learning, per year."""
    twins = 0.0
    for t in range(sources.twin_start[i], sources.twin_start[i + 1]):
        twins += sources.trust[t] * sources.known[x[sources.twin[t], p]]
    networks = 0.0
    for m in range(sources.member_start[i], sources.member_start[i + 1]):
        networks += sources.strength[m] * sources.taught[sources.network[m], p]
    nearby, neighbours = 0.0, 0
    for q in range(sources.near.shape[1]):
        if sources.near[i, q] >= 0:
            neighbours += 1
            nearby += sources.known[x[sources.near[i, q], p]]
    led = cities.engagement[i] * (rates.twins * twins + rates.networks * networks)
    led += rates.neighbours * nearby / max(neighbours, 1)
    learned = led * cities.response[i] + rates.state * sources.national[sources.home[i], p]
    hazard: float = cities.able[i] * cities.willing[i, p] * learned
    return hazard


@compiled
def serve(x: Practices, miss: Floats, services: Floats) -> None:
    """Write S = 1 − Π over implemented practices of a domain of (1 − B) for one city."""
    per_domain = len(x) // N_DOMAINS
    for d in range(N_DOMAINS):
        missed = 1.0
        for p in range(d * per_domain, (d + 1) * per_domain):
            if x[p] == IMPLEMENTED:
                missed *= miss[p]
        services[d] = 1.0 - missed


@compiled
def serve_all(x: Practices, miss: Floats) -> Floats:
    """Service levels of all cities, (N, domains)."""
    services = np.empty((x.shape[0], N_DOMAINS))
    for i in range(x.shape[0]):
        serve(x[i], miss[i], services[i])
    return services
