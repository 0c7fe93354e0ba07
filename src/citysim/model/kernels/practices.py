"""Loops of the practices: what can be learned where, and the step of every city and practice."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.events import happens
from citysim.model.state import (
    BANNED,
    IMPLEMENTED,
    MANDATED,
    N_CHANNELS,
    N_DOMAINS,
    NONE,
    PLEDGED,
    ROUNDING,
    Laws,
    Practices,
)
from citysim.model.streams import uniform_at


@compiled
def worth(x: int, pledged: float) -> float:
    """What others can learn of a practice held as ``x``; without a table, so that it runs in vectors."""
    value: float = 0.0 if x == NONE else (pledged if x == PLEDGED else 1.0)
    return value


@compiled
def national_shares(x: Practices, pledged: float, people: Floats, home: Ints, states: int) -> Floats:
    """What each state's own cities know, by people, (S, P)."""
    shares = np.zeros((states, x.shape[1]))
    total = np.zeros(states)
    for i in range(x.shape[0]):
        s, weight = home[i], people[i]
        total[s] += weight
        for p in range(x.shape[1]):
            shares[s, p] += weight * worth(x[i, p], pledged)
    for s in range(states):
        if total[s] > 0.0:
            shares[s] /= total[s]
    return shares


@compiled
def through_states(national: Floats, capacity: Floats, tension: Floats, abroad: float) -> Floats:
    """φ_s × what the state knows, (S, P): a mixture of its own cities and of other states that act."""
    states, count = national.shape
    if not capacity.any():
        return np.zeros((states, count))
    weight = weights_of_others(capacity, tension)
    total = np.zeros(len(weight))
    for row in weight:
        for s in range(len(total)):
            total[s] += row[s]
    result, known = np.empty((states, count)), np.empty((4, count))
    for first in range(0, states, 4):
        known_to_four(national, weight[:, first : first + 4], known)
        for s in range(first, min(first + 4, states)):
            own = capacity[s] * (1.0 - abroad)
            foreign = capacity[s] * abroad / total[s] if total[s] > 0.0 else 0.0
            for p in range(count):
                result[s, p] = own * national[s, p] + foreign * known[s - first, p]
    return result


@compiled
def weights_of_others(capacity: Floats, tension: Floats) -> Floats:
    """φ_r (1 − τ_rs), by which state s, a column, learns from r, a row; 0 from itself.

    Three more of each than there are states, with 0, so that they can be taken four at a time.
    """
    states = len(capacity)
    weight = np.zeros((states + 3, states + 3))
    d = 0
    for r in range(states):
        for s in range(r + 1, states):
            calm = 1.0 - tension[d]
            weight[r, s], weight[s, r] = capacity[r] * calm, capacity[s] * calm
            d += 1
    return weight


@compiled
def known_to_four(national: Floats, weight: Floats, known: Floats) -> None:
    """Write what four states learn from others by their weights (S + 3, 4), (4, P), reading these once."""
    states, count = national.shape
    last = states - 1
    one, two, three, four = known[0], known[1], known[2], known[3]
    known[:] = 0.0
    for r in range(0, states, 4):
        a, b = national[r], national[min(r + 1, last)]
        c, d = national[min(r + 2, last)], national[min(r + 3, last)]
        u, v, w, x = weight[r], weight[r + 1], weight[r + 2], weight[r + 3]
        u0, u1, u2, u3 = u[0], u[1], u[2], u[3]
        v0, v1, v2, v3 = v[0], v[1], v[2], v[3]
        w0, w1, w2, w3 = w[0], w[1], w[2], w[3]
        x0, x1, x2, x3 = x[0], x[1], x[2], x[3]
        for p in range(count):
            one[p] += u0 * a[p] + v0 * b[p] + w0 * c[p] + x0 * d[p]
            two[p] += u1 * a[p] + v1 * b[p] + w1 * c[p] + x1 * d[p]
            three[p] += u2 * a[p] + v2 * b[p] + w2 * c[p] + x2 * d[p]
            four[p] += u3 * a[p] + v3 * b[p] + w3 * c[p] + x3 * d[p]


@compiled
def through_networks(
    x: Practices,
    pledged: float,
    engagement: Floats,
    city: Ints,
    network: Ints,
    focus: Floats,
    effort: float = 0.0,
) -> Floats:
    """What each network teaches, (K, P), times its focus on the practice's domain.

    X̄ + ε (1 − X̄) where any member knows the practice: X̄ is the engagement-weighted share of its members,
    ε the share of what is left that the secretariat teaches by itself.
    """
    count = x.shape[1]
    per_domain = count // N_DOMAINS
    shares = np.zeros((focus.shape[0], count))
    total = np.zeros(focus.shape[0])
    for m in range(len(city)):
        i, k = city[m], network[m]
        weight = engagement[i]
        total[k] += weight
        for p in range(count):
            shares[k, p] += weight * worth(x[i, p], pledged)
    for k in range(focus.shape[0]):
        if total[k] > 0.0:
            for p in range(count):
                f, known = focus[k, p // per_domain], shares[k, p]
                own = effort * (1.0 - min(known / total[k], 1.0)) if known > 0.0 else 0.0
                shares[k, p] = known * (f / total[k]) + own * f
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
    willing: Floats  # times the practice's readiness to spread, (N, P)
    miss: Floats  # 1 − B, (N, P)
    invention: Floats  # per year, what the city does alone included
    alone: Floats  # factor of learning from neighbours: response to the retreat of the own state
    together: Floats  # factor of learning from twins and networks
    engagement: Floats
    implementation: Floats  # μ a e


class Sources(NamedTuple):
    """From whom each city can learn."""

    pledged: float  # what a pledge teaches, an implemented practice teaching 1
    twin_start: Ints  # (N + 1,)
    twin: Ints
    tie: Ints  # which of the ties each row's entry is
    trust: Floats  # (E,)
    pair: Ints  # (E,) dyad of the two states, −1 within one; across a border, trust counts by own reach
    member_start: Ints  # (N + 1,)
    network: Ints
    quality: Floats  # (K,)
    crosses: Bools  # (K,) borders; what such a network teaches counts by own reach
    reach: Floats
    taught: Floats  # (K, P)
    near: Ints  # (N, neighbours), −1 for none
    home: Ints
    national: Floats  # φ × what the state knows, (S, P)
    law: Floats  # factor of pledging under the state's law: 1 none, 0 forbidden, (S, P)


@compiled
def spread(
    x: Practices, services: Floats, word: np.uint64, dt: float, rates: Rates, cities: Cities, sources: Sources
) -> tuple[Practices, Floats, Bools]:
    """Practices and services after a quarter, and which cities have pledged anything.

    Whether anything can happen in a cell is asked for a whole city at a time, without branches, so that it
    runs in vectors; what happens is then worked out in the few cells where it can.
    """
    # Within the loops over practices only arrays indexed by them: all else might be what the loop writes,
    # as far as the compiler knows, and keep it from running in vectors.
    able, willing, miss, invention, alone, together, engagement, implementation = cities
    pledged, twin_start, twin, tie, trust, pair, member_start, network = sources[:8]
    quality, crosses, reach, taught, near, home, national, law = sources[8:]
    count = x.shape[1]
    after, served, pledging = x.copy(), services.copy(), np.zeros(x.shape[0], dtype=np.bool_)
    hazard, luck = np.empty(count), np.empty(count)
    begun, done = np.empty(count, dtype=np.uint8), np.empty(count, dtype=np.uint8)
    perhaps = np.zeros((count + 7) // 8 * 8, dtype=np.uint8)
    eight = perhaps.view(np.uint64)
    dropped = -np.expm1(-rates.drop * dt)
    for i in range(x.shape[0]):
        from_neighbours(
            x=x,
            near=near,
            i=i,
            rate=rates.neighbours * alone[i],
            pledged=pledged,
            begun=begun,
            done=done,
            hazard=hazard,
        )
        by_twins, by_networks = engagement[i] * rates.twins, engagement[i] * rates.networks
        both = together[i]
        for t in range(twin_start[i], twin_start[i + 1]):
            j, e = twin[t], tie[t]
            weight = by_twins * (trust[e] * (reach[i] if pair[e] >= 0 else 1.0)) * both
            for p in range(count):
                hazard[p] += weight * worth(x[j, p], pledged)
        for m in range(member_start[i], member_start[i + 1]):
            k = network[m]
            strength = quality[k] * (reach[i] if crosses[k] else 1.0)
            weight = by_networks * strength * both
            for p in range(count):
                hazard[p] += weight * taught[k, p]
        able_i, by_state, invented, s = able[i], rates.state, invention[i], home[i]
        for p in range(count):
            learned = hazard[p] + by_state * national[s, p]
            hazard[p] = (able_i * willing[i, p] * learned + invented) * law[s, p]

        leave = implementation[i] + rates.drop
        moves = -np.expm1(-leave * dt)
        for p in range(count):
            luck[p] = uniform_at(word, i * count + p)
        for p in range(count):
            chance = hazard[p] * dt if x[i, p] == NONE else (moves if x[i, p] == PLEDGED else dropped)
            perhaps[p] = luck[p] < chance * ROUNDING  # 1 − e^−x ≤ x
        changed = False
        for block in range(len(eight)):
            if eight[block] == np.uint64(0):
                continue
            for p in range(8 * block, min(8 * block + 8, count)):
                if perhaps[p] == 0:
                    continue
                if x[i, p] == NONE:
                    if luck[p] < -np.expm1(-hazard[p] * dt):
                        after[i, p] = PLEDGED
                        pledging[i] = True
                elif x[i, p] == PLEDGED:
                    forbidden = law[s, p] == 0.0
                    if luck[p] < (dropped if forbidden else moves):
                        implemented = not forbidden and luck[p] * leave < moves * implementation[i]
                        after[i, p] = IMPLEMENTED if implemented else NONE
                        changed |= implemented
                elif luck[p] < dropped:
                    after[i, p] = NONE
                    changed = True
        if changed:
            serve(after[i], miss[i], served[i])
    return after, served, pledging


@compiled
def pledges_by_channel(
    x: Practices, after: Practices, pledging: Bools, rates: Rates, cities: Cities, sources: Sources
) -> Floats:
    """The quarter's pledges, each shared out in proportion to what made its hazard, (N, channels).

    Under a mandate of factor m, (m − 1) / m of the hazard would not be there without the law.
    """
    able, willing, _, invention, alone, together, engagement, _ = cities
    pledged, twin_start, twin, tie, trust, pair, member_start, network = sources[:8]
    quality, crosses, reach, taught, near, home, national, law = sources[8:]
    pledges = np.zeros((x.shape[0], N_CHANNELS))
    for i in range(x.shape[0]):
        if not pledging[i]:
            continue
        s, by_both = home[i], engagement[i] * together[i]
        for p in range(x.shape[1]):
            if x[i, p] != NONE or after[i, p] != PLEDGED:
                continue
            of_twins = of_networks = of_neighbours = 0.0
            for t in range(twin_start[i], twin_start[i + 1]):
                far = reach[i] if pair[tie[t]] >= 0 else 1.0
                of_twins += trust[tie[t]] * far * worth(x[twin[t], p], pledged)
            for m in range(member_start[i], member_start[i + 1]):
                far = reach[i] if crosses[network[m]] else 1.0
                of_networks += quality[network[m]] * far * taught[network[m], p]
            neighbours = 0
            for q in range(near.shape[1]):
                if near[i, q] >= 0:
                    neighbours += 1
                    of_neighbours += worth(x[near[i, q], p], pledged)
            learns = able[i] * willing[i, p]
            of_twins *= learns * by_both * rates.twins
            of_networks *= learns * by_both * rates.networks
            of_state = learns * rates.state * national[s, p]
            of_neighbours *= learns * rates.neighbours * alone[i] / max(neighbours, 1)
            total = invention[i] + of_twins + of_networks + of_state + of_neighbours
            share = 1.0 / (total * law[s, p])
            pledges[i, 0] += share * invention[i]
            pledges[i, 1] += share * of_twins
            pledges[i, 2] += share * of_networks
            pledges[i, 3] += share * of_state
            pledges[i, 4] += share * of_neighbours
            pledges[i, 5] += 1.0 - 1.0 / law[s, p]
    return pledges


@compiled
def law_factors(law: Laws, mandate: float) -> Floats:
    """Factor of pledging under each state's laws, (S, P): 0 forbidden, 1 none, ``mandate`` mandated."""
    factor = np.empty(law.shape)
    for s in range(law.shape[0]):
        for p in range(law.shape[1]):
            factor[s, p] = mandate if law[s, p] == MANDATED else (0.0 if law[s, p] == BANNED else 1.0)
    return factor


@compiled
def legislated(
    law: Laws, known: Floats, years: float, word: np.uint64, mandate_rate: float, ban_rate: float
) -> Laws:
    """Laws after some years at rates ``known`` (S, P) × ``mandate_rate`` and ``ban_rate``."""
    after, rate = law.copy(), mandate_rate + ban_rate
    for s in range(law.shape[0]):
        for p in range(law.shape[1]):
            expected = rate * known[s, p] * years
            u = uniform_at(word, s * law.shape[1] + p)
            if law[s, p] == 0 and happens(expected, u):
                mandates = u * rate < -np.expm1(-expected) * mandate_rate
                after[s, p] = MANDATED if mandates else BANNED
    return after


@compiled
def from_neighbours(
    x: Practices,
    near: Ints,
    i: int,
    rate: float,
    pledged: float,
    begun: NDArray[np.uint8],
    done: NDArray[np.uint8],
    hazard: Floats,
) -> None:
    """Write ``rate`` × what city i's neighbours know on average, (P,).

    ``begun`` and ``done``, (P,), are room to count in.
    """
    begun[:] = 0
    done[:] = 0
    neighbours = 0
    for q in range(near.shape[1]):
        j = near[i, q]
        if j >= 0:
            neighbours += 1
            for p in range(x.shape[1]):  # 1 is pledged, 2 implemented: the two bits of x
                begun[p] += x[j, p] & 1
                done[p] += x[j, p] >> 1
    share = rate / max(neighbours, 1)
    for p in range(x.shape[1]):
        hazard[p] = share * (float(done[p]) + pledged * float(begun[p]))


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
