"""Loops of the practices: the step of every city and practice, and of services.

Learning here is at rates in proportion to shares of those who have a practice; ``thresholds.py`` and
``imitation.py`` are the two other forms.
"""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.laws import legislated
from citysim.model.kernels.learners import Cities, Fixed, Members, Quarter, Rules, Ties, quarter_of
from citysim.model.kernels.teaching import through_state, worth
from citysim.model.state import (
    IMPLEMENTED,
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
def spread(
    x: Practices,
    services: Floats,
    law: Laws,
    known: Bools,
    acting: Floats,
    tension: Floats,
    response: Floats,
    fixed: Fixed,
    cities: Cities,
    ties: Ties,
    members: Members,
    rules: Rules,
    word: np.uint64,
    law_word: np.uint64,
) -> tuple[Practices, Floats, Floats, Laws]:
    """Practices, services, pledges by channel and laws after a quarter of learning in proportion to shares.

    What can be learned is worked out only in the few cells in which anything could happen if all teachers
    knew all.
    """
    quarter = quarter_of(
        x=x,
        law=law,
        known=known,
        acting=acting,
        tension=tension,
        response=response,
        fixed=fixed,
        cities=cities,
        ties=ties,
        members=members,
        rules=rules,
        word=word,
    )
    cells = cells_at_stake(quarter, quarter.states.most, np.ones(x.shape[0]))
    after, pledges = x.copy(), np.zeros((x.shape[0], N_CHANNELS))
    pledge(quarter, cells, after, pledges)
    served = settle(quarter, cells, services, after)
    laws = legislated(law, quarter.states, rules.dt, law_word, rules.mandate_rate, rules.ban_rate)
    return after, served, pledges, laws


@compiled
def cells_at_stake(quarter: Quarter, from_state: Floats, gain: Floats) -> Ints:
    """Cells, i · P + p, in which anything can happen if all teachers know all.

    ``from_state``: what states teach at most, (S, P); ``gain``: factor of all learning at most, (N,).
    Asked for a whole city at a time, without branches, so that it runs in vectors.
    """
    x, law, rules, word = quarter.x, quarter.law, quarter.rules, quarter.word
    response, from_cities = quarter.alone, quarter.sources.most
    n, count = x.shape
    willing, _, home, _, drop = quarter.fixed
    _, capacity, autonomy, engagement, _, invention = quarter.cities
    found, number = np.empty(n * count, dtype=np.int64), 0
    perhaps = np.zeros((count + 7) // 8 * 8, dtype=np.uint8)
    eight = perhaps.view(np.uint64)
    slack = quarter.rules.dt * ROUNDING  # 1 − e^−x ≤ x
    by_state, drops = rules.state, drop * slack
    for i in range(n):
        s, alone, most = home[i], response[home[i]], from_cities[i]
        learns = capacity[i] * autonomy[i] * slack * gain[i]
        invents = invention[i] * alone * slack
        moves = rules.implementation * capacity[i] * engagement[i] * slack
        for p in range(count):
            learned = most + by_state * from_state[s, p]
            begins = hazard(learns * willing[i, p], learned, invents, law[s, p])
            ends = drops[p] + (moves if x[i, p] == PLEDGED else 0.0)
            chance = begins if x[i, p] == NONE else ends
            perhaps[p] = uniform_at(word, i * count + p) < chance
        for block in range(len(eight)):
            if eight[block] != np.uint64(0):
                for p in range(8 * block, min(8 * block + 8, count)):
                    if perhaps[p] != 0:
                        found[number] = i * count + p
                        number += 1
    return found[:number]


@compiled
def pledge(quarter: Quarter, cells: Ints, after: Practices, pledges: Floats) -> None:
    """Write what cities pledge among ``cells``, and its channels.

    What the state teaches, which takes longest, is worked out where the most that it could would do.
    """
    # arrays are out of their tuples before the loop, which counts references to them otherwise
    x, law, alone, together, _, _, _, taught, _, rules, word = quarter
    willing, _, home, _, _ = quarter.fixed
    _, capacity, autonomy, engagement, _, invention = quarter.cities
    near, twin_start, twin, weight, member_start, network, strength, _ = quarter.sources
    national, own, foreign, by, most, known = quarter.states
    count, pledged, slack = x.shape[1], rules.pledged, rules.dt * ROUNDING  # 1 − e^−x ≤ x
    for cell in cells:
        i, p = cell // count, cell % count
        if x[i, p] != NONE:
            continue
        s, luck = home[i], uniform_at(word, cell)
        learns, invented = capacity[i] * autonomy[i] * willing[i, p], invention[i] * alone[s]
        legal = law[s, p]
        both, by_twins, by_networks = together[s], engagement[i] * rules.twins, engagement[i] * rules.networks
        learned = from_neighbours(x, near, i, p, rules.neighbours * alone[s], pledged)
        for t in range(twin_start[i], twin_start[i + 1]):
            learned += by_twins * weight[t] * both * worth(x[twin[t], p], pledged)
        for m in range(member_start[i], member_start[i + 1]):
            learned += by_networks * strength[m] * both * taught[network[m], p]
        if luck >= hazard(learns, learned + rules.state * most[s, p], invented, legal) * slack:
            continue
        learned += rules.state * through_state(
            national=national, own=own, foreign=foreign, weight=by, known=known, s=s, p=p
        )
        if luck < -np.expm1(-hazard(learns, learned, invented, legal) * rules.dt):
            after[i, p] = PLEDGED
            of_twins = of_networks = 0.0
            for t in range(twin_start[i], twin_start[i + 1]):
                of_twins += weight[t] * worth(x[twin[t], p], pledged)
            for m in range(member_start[i], member_start[i + 1]):
                of_networks += strength[m] * taught[network[m], p]
            by_both = engagement[i] * both
            of_twins *= learns * by_both * rules.twins
            of_networks *= learns * by_both * rules.networks
            of_state = learns * rules.state * known[s, p]
            of_neighbours = 0.0
            neighbours = 0
            for q in range(near.shape[1]):
                if near[i, q] >= 0:
                    neighbours += 1
                    of_neighbours += worth(x[near[i, q], p], pledged)
            of_neighbours *= learns * rules.neighbours * alone[s] / max(neighbours, 1)
            credit(
                pledges=pledges,
                i=i,
                invented=invented,
                twins=of_twins,
                networks=of_networks,
                state=of_state,
                neighbours=of_neighbours,
                law=legal,
            )


@compiled
def hazard(learns: float, learned: float, invented: float, law: float) -> float:
    """Of pledging, per year."""
    return (learns * learned + invented) * law


@compiled
def from_neighbours(x: Practices, near: Ints, i: int, p: int, rate: float, pledged: float) -> float:
    """``rate`` × what city i's neighbours know on average."""
    done = begun = neighbours = 0
    for q in range(near.shape[1]):
        j = near[i, q]
        if j >= 0:  # 1 is pledged, 2 implemented: the two bits of x
            neighbours += 1
            begun += x[j, p] & 1
            done += x[j, p] >> 1
    return rate / max(neighbours, 1) * (float(done) + pledged * float(begun))


@compiled
def credit(
    pledges: Floats,
    i: int,
    invented: float,
    twins: float,
    networks: float,
    state: float,
    neighbours: float,
    law: float,
) -> None:
    """Share a pledge out in proportion to what made its hazard, (N, channels).

    Under a mandate of factor m, (m − 1) / m of the hazard would not be there without the law.
    """
    share = 1.0 / ((invented + twins + networks + state + neighbours) * law)
    pledges[i, 0] += share * invented
    pledges[i, 1] += share * twins
    pledges[i, 2] += share * networks
    pledges[i, 3] += share * state
    pledges[i, 4] += share * neighbours
    pledges[i, 5] += 1.0 - 1.0 / law


@compiled
def settle(quarter: Quarter, cells: Ints, services: Floats, after: Practices) -> Floats:
    """Write what among ``cells`` is implemented or dropped; services that follow, (N, domains)."""
    changed = np.zeros(services.shape, dtype=np.bool_)
    leave(quarter, cells, after, changed)
    served, miss, per_domain = services.copy(), quarter.fixed.miss, after.shape[1] // N_DOMAINS
    for i in range(len(served)):
        for d in range(N_DOMAINS):
            if changed[i, d]:
                served[i, d] = service(after, miss, i, d, per_domain)
    return served


@compiled
def leave(quarter: Quarter, cells: Ints, after: Practices, changed: Bools) -> None:
    """Write what among ``cells`` is implemented or dropped, and which services change, (N, domains)."""
    x, law, home, rules, word = quarter.x, quarter.law, quarter.fixed.home, quarter.rules, quarter.word
    drop, capacity, engagement, count = (
        quarter.fixed.drop,
        quarter.cities.capacity,
        quarter.cities.engagement,
        x.shape[1],
    )
    per_domain = count // N_DOMAINS
    for cell in cells:
        i, p = cell // count, cell % count
        if x[i, p] == NONE:
            continue
        implementing = 0.0
        if x[i, p] == PLEDGED and law[home[i], p] > 0.0:
            implementing = rules.implementation * capacity[i] * engagement[i]
        rate, luck = implementing + drop[p], uniform_at(word, cell)
        moves = -np.expm1(-rate * rules.dt)
        if luck < moves:
            implemented = luck * rate < moves * implementing
            after[i, p] = IMPLEMENTED if implemented else NONE
            changed[i, p // per_domain] |= implemented or x[i, p] == IMPLEMENTED


@compiled
def service(x: Practices, miss: Floats, i: int, d: int, per_domain: int) -> float:
    """S = 1 − Π over a city's implemented practices of a domain of (1 − B)."""
    missed = 1.0
    for p in range(d * per_domain, (d + 1) * per_domain):
        if x[i, p] == IMPLEMENTED:
            missed *= miss[i, p]
    return 1.0 - missed


@compiled
def serve_all(x: Practices, miss: Floats) -> Floats:
    """Service levels of all cities, (N, domains)."""
    services = np.empty((x.shape[0], N_DOMAINS))
    for i in range(x.shape[0]):
        for d in range(N_DOMAINS):
            services[i, d] = service(x, miss, i, d, x.shape[1] // N_DOMAINS)
    return services
