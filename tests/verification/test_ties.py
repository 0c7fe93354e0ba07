"""Twinnings live and die as birth-death chains; trust follows its differential equation."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from citysim.model.mechanisms import twinning
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.world.geography import EARTH_RADIUS_KM

from .chance import assert_exact, assert_share, assert_within
from .worlds import EVEN_PARTNERS, advance, pairs, plain_world, start

pytestmark = pytest.mark.verification

#: Ties neither form nor end.
FROZEN = {"proposal_rate": 0.0, "ending_rate": 0.0}


def at_war(cities: int, **parameters: float) -> tuple[RunState, Setting]:
    """Twinned pairs of cities of two states in a war that lasts 5,000 years."""
    state, setting = start(plain_world(cities, states=2, **pairs(cities)), FROZEN, **parameters)
    state.conflict_left[:] = 20_000
    return state, setting


@pytest.mark.parametrize(("rate", "first"), [(0.1, 0.1), (0.8, 0.3)])
def test_trust_of_a_live_tie(rate: float, first: float) -> None:
    """v(t) = 1 − (1 − v₀) e^{−gt}: exact at every quarter for 20 years.

    No false alarm.
    """
    state, setting = start(plain_world(20, **pairs(20)), FROZEN, trust_growth=rate, trust_real=first)
    for _ in range(80):
        advance(state, setting, [twinning])
        assert_exact(state.twinnings.trust, 1 - (1 - first) * math.exp(-rate * state.step * DT))


def test_trust_of_a_suspended_tie_decays_until_the_tie_ends() -> None:
    """v(t) = v₀ e^{−dt}, and the tie ends after ln(v₀/v_min)/d years.

    Exact, no false alarm.
    """
    given = {"suspension": 1.0, "suspension_trust": 0.0, "trust_decay": 0.4, "trust_real": 0.7}
    state, setting = at_war(20, **given, trust_floor=0.1)
    last = math.floor(math.log(7.0) / 0.4 / DT)
    for _ in range(last):
        advance(state, setting, [twinning])
        assert state.twinnings.suspended.all()
        assert_exact(state.twinnings.trust, 0.7 * math.exp(-0.4 * state.step * DT))
    assert len(state.twinnings.key) == 10
    advance(state, setting, [twinning])
    assert len(state.twinnings.key) == 0


def test_suspension_is_less_likely_the_greater_the_trust() -> None:
    """In a quarter of conflict a tie is suspended with p_S (1 − ζv), in peace never.

    Binomial tails over 20,000 ties at each of three trusts; false alarms 10⁻⁶ each.
    """
    for trust in (0.0, 0.5, 1.0):
        state, setting = at_war(
            40_000, suspension=0.8, suspension_trust=0.6, trust_real=trust, trust_floor=0.0
        )
        advance(state, setting, [twinning])
        assert_share(int(state.twinnings.suspended.sum()), 20_000, 0.8 * (1 - 0.6 * trust))
    state.twinnings.suspended[:] = False
    state.conflict_left[:] = 0
    advance(state, setting, [twinning])
    assert not state.twinnings.suspended.any()


def test_suspension_needs_a_conflict_of_the_two_states() -> None:
    """Ties within a state, and between states at peace, stay live while others fight.

    No false alarm.
    """
    world = plain_world(6, states=3, twin_a=np.array([0, 0, 1, 3]), twin_b=np.array([1, 3, 2, 5]))
    state, setting = start(world, FROZEN, suspension=1.0, suspension_trust=0.0)
    state.conflict_left[setting.dyads.index[0, 1]] = 9
    advance(state, setting, [twinning])
    assert state.twinnings.suspended.tolist() == [True, False, False, False]


@pytest.mark.parametrize(("rupture", "lean", "trust"), [(1.0, 1.0, 0.0), (0.4, 0.5, 0.5), (0.15, 0.8, 1.0)])
def test_ties_of_third_states_with_a_side_of_a_conflict(rupture: float, lean: float, trust: float) -> None:
    """A side's tie with a third state that stands with the other is suspended with p_R · lean · p_S (1 − ζv).

    States 0 and 1 fight, 2 leans to 0. Binomial tails over 20,000 ties of 1 with 2; false alarms 10⁻⁶ each.
    Ties of 2 with 0, and all ties at p_R = 0, stay live; suspended ones do not resume before peace.
    """
    cities = 60_000
    one, other = (np.arange(first, cities, 3) for first in (1, 2))
    friends = np.arange(0, cities, 3)
    world = plain_world(
        cities,
        states=3,
        aligned=np.array([[0, 0, lean], [0, 0, 0], [lean, 0, 0]], dtype=float),
        twin_a=np.concatenate((one, friends)),
        twin_b=np.concatenate((other, other)),
    )
    given = {**FROZEN, "suspension": 0.9, "suspension_trust": 0.6, "trust_real": trust, "trust_floor": 0.0}
    state, setting = start(world, given, rupture=rupture, resumption_rate=5.0)
    state.conflict_left[setting.dyads.index[0, 1]] = 9
    advance(state, setting, [twinning])
    ties = state.twinnings
    across = ties.pair == setting.dyads.index[1, 2]
    assert_share(int(ties.suspended[across].sum()), 20_000, rupture * lean * 0.9 * (1 - 0.6 * trust))
    assert not ties.suspended[~across].any()
    before = ties.suspended.copy()
    advance(state, setting, [twinning])
    assert state.twinnings.suspended[before].all()
    state.conflict_left[:] = 0
    state.twinnings.suspended[:] = True
    state.twinnings.trust[:] = 0.5
    advance(state, setting, [twinning])
    assert_share(int((~state.twinnings.suspended).sum()), 40_000, -math.expm1(-5.0 * 0.5 * DT))
    none, peace = start(world, given, rupture=0.0)
    none.conflict_left[peace.dyads.index[0, 1]] = 9
    advance(none, peace, [twinning])
    assert not none.twinnings.suspended.any()


def test_resumption_after_the_conflict() -> None:
    """A suspended tie resumes in a quarter of peace with 1 − e^{−r_R vΔt}, in conflict never.

    Binomial tails over 20,000 ties at each of two trusts; false alarms 10⁻⁶ each.
    """
    for trust in (0.3, 0.9):
        state, setting = at_war(40_000, resumption_rate=1.5, trust_real=trust, trust_floor=0.0)
        state.twinnings.suspended[:] = True
        advance(state, setting, [twinning])
        assert state.twinnings.suspended.all()
        held = float(state.twinnings.trust[0])
        state.conflict_left[:] = 0
        advance(state, setting, [twinning])
        live = int((~state.twinnings.suspended).sum())
        assert_share(live, 20_000, -math.expm1(-1.5 * held * DT))


@pytest.mark.parametrize(("rate", "load"), [(0.1, 0.0), (0.1, 2.0)])
def test_half_life_of_ties(rate: float, load: float) -> None:
    """Live ties end at r_E (1 + β_o · mean overload of the two cities): half are left after ln 2 / rate.

    Binomial tails over 20,000 ties; false alarms 10⁻⁶ each.
    """
    given = {"proposal_rate": 0.0, "ending_rate": rate, "leave_overload": 0.5}
    state, setting = start(plain_world(40_000, **pairs(40_000)), given)
    state.used[0::2] = state.attention[0::2] * (1 + load)  # one city of each tie
    total = rate * (1 + 0.5 * load / 2)
    quarters = round(math.log(2) / total / DT)
    advance(state, setting, [twinning], quarters)
    assert_share(len(state.twinnings.key), 20_000, math.exp(-total * quarters * DT))


def test_density_of_ties_is_birth_over_birth_and_death() -> None:
    """With even partners a pair is tied at a = 2r_T/(N−1) and untied at d: density a/(a+d).

    Exact stationary share α/(α+β) of the chain in quarters, α = 1 − (1 − p/(N−1))², β = 1 − e^{−dΔt}, from
    60 snapshots two half-lives apart; independent but for e^{−1.4}: the error allows 1.3 of binomial.
    Within 4 % of a/(a+d); false alarms 10⁻⁶.
    """
    cities, rate, end = 60, 1.0, 0.6
    given = {**EVEN_PARTNERS, "proposal_rate": rate, "ending_rate": end, "attention": False}
    state, setting = start(plain_world(cities), given)
    advance(state, setting, [twinning], 40)
    counts = []
    for _ in range(60):
        advance(state, setting, [twinning], 9)
        counts.append(len(state.twinnings.key))
    pair_count = cities * (cities - 1) / 2
    birth = 1 - (1 + math.expm1(-rate * DT) / (cities - 1)) ** 2
    death = -math.expm1(-end * DT)
    expected = birth / (birth + death)
    error = 1.3 * math.sqrt(expected * (1 - expected) / (60 * pair_count))
    assert_within(float(np.mean(counts)) / pair_count, expected, error)
    a = 2 * rate / (cities - 1)
    # a city proposes once a quarter at most, and a tie that ends stays ended for that quarter
    assert expected == pytest.approx(a / (a + end), rel=0.06)


@pytest.mark.parametrize("degree", [1.4, 2.0])
def test_giant_component_of_random_ties(degree: float) -> None:
    """Even ties of mean degree c leave a giant component of share S = 1 − e^{−cS} (Erdős & Rényi 1960).

    Error √(S(1−S)/N)/(1 − c(1−S)); slack 0.01 for degrees that are binomial instead of Poisson and for the
    spread of c itself; false alarms 10⁻⁶.
    """
    cities, quarters = 4000, 60
    chance = degree / 2 / quarters
    given = {**EVEN_PARTNERS, "proposal_rate": -math.log1p(-chance) / DT, "ending_rate": 0.0}
    state, setting = start(plain_world(cities), given, attention=False)
    advance(state, setting, [twinning], quarters)
    ties = state.twinnings
    seen = 2 * len(ties.key) / cities
    assert_within(seen, degree, math.sqrt(2 * degree / cities), 0.01)
    graph = coo_array((np.ones(len(ties.key)), (ties.a, ties.b)), shape=(cities, cities))
    sizes = np.bincount(connected_components(graph, directed=False)[1])
    share = float(brentq(lambda s: s - 1 + math.exp(-seen * s), 1e-3, 1.0))
    error = math.sqrt(share * (1 - share) / cities) / (1 - seen * (1 - share))
    assert_within(float(sizes.max()) / cities, share, error, 0.01)


def test_proposals_follow_reach_size_and_propensity() -> None:
    """A city proposes at r_T, the mean city's, times w √n e^{σx} relative to their mean.

    Read from the ties with the one city that everybody prefers; binomial tails over two kinds of 1,000
    cities, false alarms 10⁻⁶ each.
    """
    cities = 4000
    reach, population, score = np.ones(cities), np.full(cities, 1e6), np.zeros(cities)
    reach[1::4], population[2::4], score[3::4] = 0.4, 9e6, 1.0
    weight = reach * np.sqrt(population) * np.exp(0.8 * score)
    rate = 0.5 * weight / weight.mean()
    world = plain_world(cities, reach=reach, population=population, propensity=score)
    given = {**EVEN_PARTNERS, "propensity_spread": 0.8, "proposal_rate": 0.5, "ending_rate": 0.0}
    state, setting = start(world, given, solidarity=10.0, attention=False)
    state.flows.hit[0] = True  # e¹⁰ cities' worth: most proposals go there
    advance(state, setting, [twinning])
    partner = np.exp(0.8 * score) * np.where(np.arange(cities) == 0, math.exp(10.0), 1.0)
    proposed = np.bincount(state.twinnings.b[state.twinnings.a == 0] % 4, minlength=4)
    from_first = -math.expm1(-rate[0] * DT) / (cities - 1)
    for kind in (1, 2, 3):
        to_first = partner[0] / (partner.sum() - partner[kind])
        unmade = 1 + math.expm1(-rate[kind] * DT) * to_first
        assert_share(int(proposed[kind]), cities // 4, 1 - unmade * (1 - from_first))


@pytest.mark.parametrize("proposer", [0, 5])
def test_partners_are_drawn_by_gravity(proposer: int) -> None:
    """Partners come with weight n^γn d^γd e^{σx} and e^γ of every coefficient that applies.

    Cities on the equator, of which only one has the reach to propose: from Europe and from North America.
    Shares of its partners over 5,000 quarters, binomial tails, 7 cities twice, false alarms 10⁻⁶ each.
    """
    n, quarters = 8, 5000
    degrees = np.array([0.0, 5.0, 10.0, 20.0, 20.5, 40.0, 44.0, 80.0])
    region = np.array([2, 2, 2, 1, 3, 4, 1, 0])
    rich = np.array([1, 1, 0, 0, 1, 1, 0, 0], dtype=bool)
    home = np.array([0, 1, 0, 2, 2, 1, 2, 1])
    people = 1e6 * np.array([1.0, 2.0, 1.0, 1.0, 0.5, 4.0, 2.0, 8.0])
    score = np.array([0.0, 0.5, -0.5, 1.0, 0.0, 0.0, 0.3, 0.0])
    world = plain_world(
        n,
        states=3,
        latitude=np.zeros(n),
        longitude=degrees,
        region=region,
        rich=rich,
        state=home,
        population=people,
        propensity=score,
        reach=(np.arange(n) == proposer).astype(float),
    )
    p = {"gravity_distance": -0.9, "gravity_population": 0.8, "gravity_same_country": -0.7, "solidarity": 0.6}
    p |= {"gravity_both_european": 0.6, "gravity_same_continent": -0.5, "gravity_both_rich": 0.9}
    p |= {"gravity_one_rich": 0.4, "propensity_spread": 0.5, "closure": 0.0, "proposal_rate": 10.0}
    state, setting = start(world, p, gravity_tension=-0.5, attention=False)
    state.flows.hit[4] = True
    state.conflict_left[setting.dyads.index[0, 1]] = 10**6  # cities of states 0 and 1 are hit by war
    utility = np.full(n, -np.inf)
    for j in range(n):
        if j == proposer:
            continue
        kilometres = np.radians(abs(degrees[proposer] - degrees[j])) * EARTH_RADIUS_KM
        utility[j] = -0.9 * math.log(kilometres) + 0.8 * math.log(people[j]) + 0.5 * score[j]
        utility[j] += 0.6 * (j == 4 or home[j] != 2)
        utility[j] += -0.7 if home[proposer] == home[j] else -0.5 * 0.6
        continents = "ASEMMO"[region[proposer]] + "ASEMMO"[region[j]]  # the Americas are one
        utility[j] += {"EE": 0.6}.get(continents, -0.5 * (continents[0] == continents[1]))
        utility[j] += (0.0, 0.4, 0.9)[int(rich[proposer]) + int(rich[j])]
    share = np.exp(utility - utility.max())
    share /= share.sum()
    count = np.zeros(n)
    empty = state.twinnings.take(np.zeros(0, dtype=np.int64))
    state.tension[:] = 0.6
    for _ in range(quarters):
        state.twinnings = empty
        advance(state, setting, [twinning])
        count[state.twinnings.a] += 1
        count[state.twinnings.b] += 1
    made = int(count[proposer])
    assert_share(made, quarters, -math.expm1(-10.0 * n * DT))
    for j in range(n):
        if j != proposer:
            assert_share(int(count[j]), made, float(share[j]))


def test_closure_leads_to_partners_of_partners() -> None:
    """On a chain 0-1-2 … with closure 1 cities two ties apart are joined; suspended ties lead nowhere."""
    chain = {"twin_a": np.arange(9), "twin_b": np.arange(1, 10)}
    given = {
        "closure": 1.0,
        "proposal_rate": 20.0,
        "ending_rate": 0.0,
        "attention": False,
        "trust_floor": 0.0,
    }
    for suspended in (False, True):
        state, setting = start(plain_world(10, states=2, **chain), given)
        state.conflict_left[:] = 9
        state.twinnings.suspended[:] = suspended
        if not suspended:
            state.conflict_left[:] = 0
        advance(state, setting, [twinning])
        new = state.twinnings.take(state.twinnings.b - state.twinnings.a != 1)
        assert (len(new.key) == 0) == suspended
        assert (new.b - new.a == 2).all()


def test_half_the_proposals_close_triangles() -> None:
    """With closure ½ half the proposals look for a partner's partner, in vain where nobody has a tie.

    Binomial tails over the pairs of 4,000 cities, false alarms 10⁻⁶.
    """
    cities = 4000
    state, setting = start(
        plain_world(cities), {**EVEN_PARTNERS, "closure": 0.5}, proposal_rate=2.0, attention=False
    )
    advance(state, setting, [twinning])
    made = -math.expm1(-2.0 * DT) * 0.5 / (cities - 1)
    assert_share(len(state.twinnings.key), cities * (cities - 1) // 2, 1 - (1 - made) ** 2)


@pytest.mark.parametrize("engagement", [1.0, 0.6])
def test_acceptance_needs_both_cities_engagement(engagement: float) -> None:
    """A proposal becomes a tie with probability e_i e_j: expected new ties of one quarter.

    A pair is tied with 1 − (1 − p e²/(N−1))²; binomial tails over 79,800 pairs, false alarms 10⁻⁶.
    """
    cities = 400
    state, setting = start(plain_world(cities), EVEN_PARTNERS, proposal_rate=4.0, ending_rate=0.0)
    state.engagement[:] = engagement
    advance(state, setting, [twinning])
    chance = -math.expm1(-4.0 * DT) * engagement**2 / (cities - 1)
    assert_share(len(state.twinnings.key), cities * (cities - 1) // 2, 1 - (1 - chance) ** 2)
    assert_exact(state.twinnings.trust, setting.parameters.trust_start)
