"""Imitation of the best: a city copies those that do better than itself, in proportion to the difference."""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.laws import legislated
from citysim.model.kernels.learners import Cities, Fixed, Members, Quarter, Rules, Ties, quarter_of
from citysim.model.kernels.practices import cells_at_stake, credit, hazard, settle
from citysim.model.kernels.teaching import worth
from citysim.model.state import N_CHANNELS, N_DOMAINS, NONE, PLEDGED, ROUNDING, Laws, Practices
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
    """As ``practices.spread``, every teacher weighing as it does better in the practice's domain."""
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
    behind = behind_the_best(services)
    most = np.zeros(len(behind))
    for i in range(len(behind)):
        most[i] = behind[i].max() / rules.gap
    cells = cells_at_stake(quarter, quarter.states.most, most)
    after, pledges = x.copy(), np.zeros((x.shape[0], N_CHANNELS))
    pledge(
        quarter=quarter,
        services=services,
        behind=behind,
        members=members,
        cells=cells,
        after=after,
        pledges=pledges,
    )
    served = settle(quarter, cells, services, after)
    laws = legislated(law, quarter.states, rules.dt, law_word, rules.mandate_rate, rules.ban_rate)
    return after, served, pledges, laws


@compiled
def behind_the_best(services: Floats) -> Floats:
    """By how much each city is behind the one that does best in a domain, (N, domains)."""
    cities, domains = services.shape
    best, behind = np.zeros(domains), np.empty((cities, domains))
    for i in range(cities):
        for d in range(domains):
            best[d] = max(best[d], services[i, d])
    for i in range(cities):
        for d in range(domains):
            behind[i, d] = best[d] - services[i, d]
    return behind


@compiled
def grouped(group: Ints, groups: int) -> tuple[Ints, Ints]:
    """Where each group begins, and the last ends, in the order that puts groups together; that order."""
    start = np.zeros(groups + 1, dtype=np.int64)
    for g in group:
        start[g + 1] += 1
    for g in range(groups):
        start[g + 1] += start[g]
    place, order = start.copy(), np.empty(len(group), dtype=np.int64)
    for m in range(len(group)):
        order[place[group[m]]] = m
        place[group[m]] += 1
    return start, order


@compiled
def mean_services(services: Floats, people: Floats, home: Ints, states: int) -> Floats:
    """Services of the mean citizen of each state's cities, (S, domains)."""
    total, mean = np.zeros(states), np.zeros((states, services.shape[1]))
    for i in range(len(home)):
        total[home[i]] += people[i]
        for d in range(services.shape[1]):
            mean[home[i], d] += people[i] * services[i, d]
    for s in range(states):
        if total[s] > 0.0:
            for d in range(services.shape[1]):
                mean[s, d] /= total[s]
    return mean


@compiled
def ahead(teacher: float, learner: float) -> float:
    """By how much a teacher does better; 0 for one that does not."""
    return max(teacher - learner, 0.0)


@compiled
def lead_of(
    x: Practices,
    services: Floats,
    weight: Floats,
    group: Ints,
    practice: int,
    domain: int,
    level: float,
    pledged: float,
) -> float:
    """By how much those of a group of cities that have a practice do better than ``level``, weighted mean."""
    having = leading = 0.0
    for j in group:
        has = weight[j] * worth(x[j, practice], pledged)
        having += has
        leading += has * ahead(services[j, domain], level)
    return leading / having if having > 0.0 else 0.0


@compiled
def pledge(
    quarter: Quarter,
    services: Floats,
    behind: Floats,
    members: Members,
    cells: Ints,
    after: Practices,
    pledges: Floats,
) -> None:
    """Write what cities pledge among ``cells``, and its channels; ``behind`` the best, (N, domains).

    Cities are compared one by one, other states as wholes, by the services of their mean citizen. Whom a city
    sees is gone through only where the most that they could teach would do.
    """
    x, law, alone, together, _, _, _, taught, states, rules, word = quarter
    willing, _, home, near, _ = quarter.fixed
    population, capacity, autonomy, engagement, _, invention = quarter.cities
    _, twin_start, twin, weight, member_start, network, strength, most = quarter.sources
    national, own, foreign, by, at_most, _ = states
    count, pledged, slack = x.shape[1], rules.pledged, rules.dt * ROUNDING  # 1 − e^−x ≤ x
    per_domain, whole = count // N_DOMAINS, mean_services(services, population, home, len(law))
    network_start, order = grouped(members.network, len(members.quality))
    in_networks = members.city[order]
    state_start, in_states = grouped(home, len(law))
    for cell in cells:
        i, p = cell // count, cell % count
        if x[i, p] != NONE:
            continue
        s, d, legal = home[i], p // per_domain, law[home[i], p]
        level, learns = services[i, d], capacity[i] * autonomy[i] * willing[i, p] / rules.gap
        luck, invented = uniform_at(word, cell), invention[i] * alone[s]
        state_most = rules.state * at_most[s, p] * behind[i, d]
        if luck >= hazard(learns, most[i] * behind[i, d] + state_most, invented, legal) * slack:
            continue
        of_twins = of_networks = of_neighbours = others = 0.0
        for t in range(twin_start[i], twin_start[i + 1]):
            j = twin[t]
            of_twins += weight[t] * worth(x[j, p], pledged) * ahead(services[j, d], level)
        for m in range(member_start[i], member_start[i + 1]):
            k = network[m]
            if taught[k, p] > 0.0:
                of_networks += (
                    strength[m]
                    * taught[k, p]
                    * lead_of(
                        x=x,
                        services=services,
                        weight=engagement,
                        group=in_networks[network_start[k] : network_start[k + 1]],
                        practice=p,
                        domain=d,
                        level=level,
                        pledged=pledged,
                    )
                )
        neighbours = 0
        for q in range(near.shape[1]):
            j = near[i, q]
            if j >= 0:
                neighbours += 1
                of_neighbours += worth(x[j, p], pledged) * ahead(services[j, d], level)
        by_both = learns * engagement[i] * together[s]
        of_twins *= by_both * rules.twins
        of_networks *= by_both * rules.networks
        of_neighbours *= learns * rules.neighbours * alone[s] / max(neighbours, 1)
        cities = of_twins + of_networks + of_neighbours
        if luck >= hazard(1.0, cities + learns * state_most, invented, legal) * slack:
            continue
        at_home = national[s, p] * lead_of(
            x=x,
            services=services,
            weight=population,
            group=in_states[state_start[s] : state_start[s + 1]],
            practice=p,
            domain=d,
            level=level,
            pledged=pledged,
        )
        for r in range(len(law)):
            others += by[s, r] * national[r, p] * ahead(whole[r, d], level)
        of_state = learns * rules.state * (own[s] * at_home + foreign[s] * others)
        if luck < -np.expm1(-hazard(1.0, cities + of_state, invented, legal) * rules.dt):
            after[i, p] = PLEDGED
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
