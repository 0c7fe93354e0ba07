"""Complex contagion: cities take a practice up once enough of those they look at have it."""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.laws import legislated
from citysim.model.kernels.learners import Cities, Fixed, Members, Quarter, Rules, Ties, quarter_of
from citysim.model.kernels.practices import cells_at_stake, credit, hazard, settle
from citysim.model.kernels.teaching import through_networks, through_state, worth
from citysim.model.state import N_CHANNELS, N_DOMAINS, NONE, PLEDGED, ROUNDING, Laws, Practices
from citysim.model.streams import uniform_at


@compiled
def passed(share: float, midpoint: float, softness: float) -> float:
    """F(s) = logit⁻¹[(logit s − logit θ) / ε], the share of thresholds that a share of adopters passes.

    0 at 0, ½ at the midpoint θ, 1 at 1; with θ = ½ and ε = 1 it is the share itself.
    """
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    odds = share / (1.0 - share) * (1.0 - midpoint) / midpoint
    value: float = 1.0 / (1.0 + np.exp(-np.log(odds) / softness))
    return value


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
    """As ``practices.spread``, each channel acting as far as what it shows passes the learner's threshold."""
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
    from_state = np.empty(law.shape)
    for s in range(law.shape[0]):
        for p in range(law.shape[1]):
            from_state[s, p] = of_state(quarter.states.most[s, p], acting[s], rules)
    cells = cells_at_stake(quarter, from_state, np.ones(x.shape[0]))
    after, pledges = x.copy(), np.zeros((x.shape[0], N_CHANNELS))
    pledge(quarter, acting, from_networks(x, cities.engagement, members, rules), cells, after, pledges)
    served = settle(quarter, cells, services, after)
    laws = legislated(law, quarter.states, rules.dt, law_word, rules.mandate_rate, rules.ban_rate)
    return after, served, pledges, laws


@compiled
def of_state(knows: float, acting: float, rules: Rules) -> float:
    """φ F(share) of a state that makes φ × the share known."""
    if acting <= 0.0:
        return 0.0
    return acting * passed(knows / acting, rules.midpoint, rules.softness)


@compiled
def from_networks(x: Practices, engagement: Floats, members: Members, rules: Rules) -> Floats:
    """What each network teaches, times its focus, (K, P): F(X̄) + ε (1 − F(X̄)), X̄ the share of its members.

    The secretariat passes on what any member knows; that is no example of many, and needs no threshold.
    """
    networks, domains = members.focus.shape
    everything = np.ones((networks, domains))
    taught = through_networks(
        x=x,
        pledged=rules.pledged,
        engagement=engagement,
        city=members.city,
        network=members.network,
        focus=everything,
        effort=0.0,
    )
    per_domain = x.shape[1] // N_DOMAINS
    for k in range(networks):
        for p in range(x.shape[1]):
            if taught[k, p] > 0.0:
                f = passed(taught[k, p], rules.midpoint, rules.softness)
                taught[k, p] = (f + rules.effort * (1.0 - f)) * members.focus[k, p // per_domain]
    return taught


@compiled
def pledge(
    quarter: Quarter, acting: Floats, taught: Floats, cells: Ints, after: Practices, pledges: Floats
) -> None:
    """Write what cities pledge among ``cells``, and its channels."""
    x, law, alone, together, _, _, _, _, _, rules, word = quarter
    willing, _, home, near, _ = quarter.fixed
    _, capacity, autonomy, engagement, _, invention = quarter.cities
    _, twin_start, twin, weight, member_start, network, strength, _ = quarter.sources
    national, own, foreign, by, most, known = quarter.states
    count, pledged, middle, soft = x.shape[1], rules.pledged, rules.midpoint, rules.softness
    for cell in cells:
        i, p = cell // count, cell % count
        if x[i, p] != NONE:
            continue
        s, luck, legal = home[i], uniform_at(word, cell), law[home[i], p]
        learns, invented = capacity[i] * autonomy[i] * willing[i, p], invention[i] * alone[s]
        seen = heard = 0.0
        for t in range(twin_start[i], twin_start[i + 1]):
            heard += weight[t]
            seen += weight[t] * worth(x[twin[t], p], pledged)
        of_twins = heard * passed(seen / heard, middle, soft) if heard > 0.0 else 0.0
        of_networks = 0.0
        for m in range(member_start[i], member_start[i + 1]):
            of_networks += strength[m] * taught[network[m], p]
        seen, neighbours = 0.0, 0
        for q in range(near.shape[1]):
            if near[i, q] >= 0:
                neighbours += 1
                seen += worth(x[near[i, q], p], pledged)
        of_neighbours = passed(seen / max(neighbours, 1), middle, soft)
        by_both = learns * engagement[i] * together[s]
        of_twins *= by_both * rules.twins
        of_networks *= by_both * rules.networks
        of_neighbours *= learns * rules.neighbours * alone[s]
        cities = of_twins + of_networks + of_neighbours
        at_most = learns * rules.state * of_state(most[s, p], acting[s], rules)
        if luck >= hazard(1.0, cities + at_most, invented, legal) * rules.dt * ROUNDING:  # 1 − e^−x ≤ x
            continue
        knows = through_state(national=national, own=own, foreign=foreign, weight=by, known=known, s=s, p=p)
        from_state = learns * rules.state * of_state(knows, acting[s], rules)
        if luck < -np.expm1(-hazard(1.0, cities + from_state, invented, legal) * rules.dt):
            after[i, p] = PLEDGED
            credit(
                pledges=pledges,
                i=i,
                invented=invented,
                twins=of_twins,
                networks=of_networks,
                state=from_state,
                neighbours=of_neighbours,
                law=legal,
            )
