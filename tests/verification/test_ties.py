"""Twinnings live and die as birth-death chains; trust follows its differential equation."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from citysim.arrays import Floats
from citysim.model.gravity import law
from citysim.model.mechanisms import twinning
from citysim.model.setting import Setting
from citysim.model.state import DT, Dyads, RunState
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.world import World

from .chance import assert_exact, assert_share, assert_within
from .worlds import EVEN_PARTNERS, advance, pairs, plain_world, real_world, start

pytestmark = pytest.mark.verification

#: Ties neither form nor end.
FROZEN = {"proposal_rate": 0.0, "ending_rate": 0.0, "closure": 0.0}


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


def third_states(lean: float, cities: int = 60_000) -> World:
    """State 2 leans to 0, and each of its cities has a tie with one of 1."""
    one, other = (np.arange(first, cities, 3) for first in (1, 2))
    aligned = np.array([[0, 0, lean], [0, 0, 0], [lean, 0, 0]], dtype=float)
    return plain_world(cities, states=3, aligned=aligned, twin_a=one, twin_b=other)


@pytest.mark.parametrize(("onset", "fade"), [(0.5, 0.05), (0.5, 0.0), (1.0, 0.3)])
def test_ruptures_come_in_a_burst_and_fade(onset: float, fade: float) -> None:
    """Of ties with a side (1 − h)(1 − φ_R h)^{t−1} are live after t quarters, h = p_B · lean · p_S (1 − ζv).

    Binomial tails over 20,000 ties after the first quarter, the second and the twelfth; false alarms 10⁻⁶
    each. A conflict that was there before the first quarter has faded; a second one of 1 bursts anew.
    """
    lean, trust = 0.8, 0.5
    world, war = third_states(lean), Dyads.of(3).index[0, 1]
    given = {**FROZEN, "suspension": 0.9, "suspension_trust": 0.6, "trust_real": trust, "trust_growth": 0.0}
    given |= {"rupture_form": "burst", "rupture_onset": onset, "rupture_fade": fade, "trust_floor": 0.0}
    h = onset * lean * 0.9 * (1 - 0.6 * trust)
    state, setting = start(world, given)
    state.conflict_left[war] = 40
    state.flows.conflict_begun = np.array([war])
    for quarter in range(1, 13):
        advance(state, setting, [twinning])
        state.flows.conflict_begun = None
        if quarter in (1, 2, 12):
            live = int((~state.twinnings.suspended).sum())
            assert_share(live, 20_000, (1 - h) * (1 - fade * h) ** (quarter - 1))
    old, setting = start(world, given)
    old.conflict_left[war] = 40
    advance(old, setting, [twinning])
    assert_share(int(old.twinnings.suspended.sum()), 20_000, fade * h)


def test_a_burst_that_does_not_fade_is_the_steady_form() -> None:
    """With p_B = p_R and φ_R = 1 the same ties are suspended in each of eight quarters. Exact."""
    world, war = third_states(0.8, 3_000), Dyads.of(3).index[0, 1]
    given = {**FROZEN, "rupture": 0.3, "rupture_onset": 0.3, "rupture_fade": 1.0}
    runs = [start(world, {**given, "rupture_form": form}) for form in ("steady", "burst")]
    for state, _ in runs:
        state.conflict_left[war] = 40
    for _ in range(8):
        for state, setting in runs:
            advance(state, setting, [twinning])
        (steady, _), (burst, _) = runs
        assert steady.twinnings.suspended.any()
        assert (steady.twinnings.suspended == burst.twinnings.suspended).all()


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

    Exact stationary share α/(α+β) of the chain in quarters, α = 1 − e^{−aΔt}, β = 1 − e^{−dΔt}, from
    60 snapshots two half-lives apart; independent but for e^{−1.4}: the error allows 1.3 of binomial.
    Within 7 % of a/(a+d); false alarms 10⁻⁶.
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
    a = 2 * rate / (cities - 1)
    birth = -math.expm1(-a * DT)
    death = -math.expm1(-end * DT)
    expected = birth / (birth + death)
    error = 1.3 * math.sqrt(expected * (1 - expected) / (60 * pair_count))
    assert_within(float(np.mean(counts)) / pair_count, expected, error)
    # a tie that ends stays ended for that quarter
    assert expected == pytest.approx(a / (a + end), rel=0.07)


@pytest.mark.parametrize("degree", [1.4, 2.0])
def test_giant_component_of_random_ties(degree: float) -> None:
    """Even ties of mean degree c leave a giant component of share S = 1 − e^{−cS} (Erdős & Rényi 1960).

    Error √(S(1−S)/N)/(1 − c(1−S)); slack 0.01 for degrees that are binomial instead of Poisson and for the
    spread of c itself; false alarms 10⁻⁶.
    """
    cities, quarters = 4000, 60
    given = {**EVEN_PARTNERS, "proposal_rate": degree / 2 / quarters / DT, "ending_rate": 0.0}
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


def weights(state: RunState, setting: Setting) -> Floats:
    """What the law of the pair says of i and j, on a scale that all pairs share, (N, N); 0 for i = j."""
    p, world = setting.parameters, setting.world
    size, factor = world.population**p.gravity_population, np.exp(p.propensity_spread * world.propensity)
    own = state.population**p.gravity_population * factor
    for kind in itertools.product(range(6), (False, True)):  # propensity favours no class of cities
        alike = (world.region == kind[0]) & (world.rich == kind[1])
        if alike.any():
            own[alike] *= size[alike].sum() / (size * factor)[alike].sum()
    angle = np.arccos(np.clip(world.xyz @ world.xyz.T, -1.0, 1.0))
    utility = p.gravity_distance * np.log(np.maximum(angle * EARTH_RADIUS_KM, 10.0))
    home, rich = world.state[:, None] == world.state, world.rich.astype(int)
    utility += np.where(home, p.gravity_same_country, 0.0)
    continent = np.array(list("ASEMMO"))[world.region]  # the Americas are one
    near = np.where(continent == "E", p.gravity_both_european, p.gravity_same_continent)
    utility += near * (continent[:, None] == continent)
    utility += np.array([0.0, p.gravity_one_rich, p.gravity_both_rich])[rich[:, None] + rich]
    dyad = setting.dyads.index[world.state[:, None], world.state]
    if len(state.tension):
        utility += np.where(home, 0.0, p.gravity_tension * state.tension[dyad])
    weight = own[:, None] * own * np.exp(utility)
    np.fill_diagonal(weight, 0.0)
    return np.asarray(weight)


@pytest.mark.parametrize("tension", [-0.5, 0.8])
def test_a_pair_twins_at_its_own_hazard(tension: float) -> None:
    """P(tie in a quarter) = 1 − e^{−h_ijΔt}, h_ij = κ own_i own_j e^{U_ij} (e^{γ_h hit_i} + e^{γ_h hit_j}).

    Ten cities on the equator, most kinds of pairs, near and far; one is hit, two states are at war, one city
    has grown. Counts over 8,000 quarters, binomial tails, 45 pairs twice, false alarms 10⁻⁶ each.
    """
    n, quarters = 10, 8000
    world = plain_world(
        n,
        states=3,
        latitude=np.zeros(n),
        longitude=np.array([0.0, 5.0, 10.0, 20.0, 20.5, 40.0, 44.0, 80.0, 5.5, 6.0]),
        region=np.array([2, 2, 2, 1, 3, 4, 1, 1, 2, 2]),
        rich=np.array([1, 1, 0, 0, 1, 1, 0, 0, 1, 1], dtype=bool),
        state=np.array([0, 1, 0, 2, 2, 1, 2, 1, 2, 2]),
        population=1e6 * np.array([1.0, 2.0, 1.0, 1.0, 0.5, 4.0, 2.0, 8.0, 1.0, 3.0]),
        propensity=np.array([0.0, 0.5, -0.5, 1.0, 0.0, 0.0, 0.3, 0.0, -1.0, 0.4]),
    )
    p = {"gravity_distance": -0.9, "gravity_population": 0.8, "gravity_same_country": -0.7, "solidarity": 0.6}
    p |= {"gravity_both_european": 0.6, "gravity_same_continent": -0.5, "gravity_both_rich": 0.9}
    p |= {"gravity_one_rich": 0.4, "propensity_spread": 0.5, "closure": 0.0, "proposal_rate": 0.5}
    state, setting = start(world, p, gravity_tension=tension, attention=False)
    state.flows.hit[4] = True
    state.conflict_left[setting.dyads.index[0, 1]] = 10**6  # cities of states 0 and 1 are hit by war
    state.tension[:] = 0.6
    state.population[3] *= 3.0
    wanted = np.exp(0.6 * ((world.state != 2) | state.flows.hit))
    hazard = setting.derive(law).unit * weights(state, setting) * (wanted[:, None] + wanted)
    hazard /= world.population.mean() ** (2 * 0.8)
    count = np.zeros((n, n))
    empty = state.twinnings.take(np.zeros(0, dtype=np.int64))
    for _ in range(quarters):
        state.twinnings = empty
        advance(state, setting, [twinning])
        count[state.twinnings.a, state.twinnings.b] += 1
    for i, j in itertools.combinations(range(n), 2):
        assert_share(int(count[i, j]), quarters, -math.expm1(-float(hazard[i, j]) * DT))


@pytest.mark.parametrize(("distance", "slack"), [(0.0, 1e-9), (-1.0, 0.04), (-1.2, 0.08)])
def test_the_mean_city_proposes_at_the_rate_given(distance: float, slack: float) -> None:
    """r_T is the mean over cities of κ Σ_j own_i own_j e^{U_ij}, on the real world of the start.

    Summed over all pairs; exact where distance does not matter, else to 4 % and 8 %, since the model sums
    over patches at usual distances. No false alarm.
    """
    state, setting = start(real_world(), gravity_distance=distance, proposal_rate=0.04)
    p, world = setting.parameters, setting.world
    total = setting.derive(law).unit * float(weights(state, setting).sum())
    total /= float(world.population.mean()) ** (2 * p.gravity_population)
    assert total / world.n_cities == pytest.approx(0.04, rel=slack)


def test_closure_leads_to_partners_of_partners() -> None:
    """On a chain 0-1-2 … cities two ties apart are joined; suspended ties lead nowhere."""
    chain = {"twin_a": np.arange(9), "twin_b": np.arange(1, 10)}
    given = {
        "closure": 10.0,
        "proposal_rate": 0.0,
        "ending_rate": 0.0,
        "attention": False,
        "trust_floor": 0.0,
    }
    for suspended in (False, True):
        state, setting = start(plain_world(10, states=10, **chain), given)
        if suspended:
            state.conflict_left[:] = 9
            state.twinnings.suspended[:] = True
        advance(state, setting, [twinning])
        new = state.twinnings.take(state.twinnings.b - state.twinnings.a != 1)
        assert (len(new.key) == 0) == suspended
        assert (new.b - new.a == 2).all()


@pytest.mark.parametrize(("form", "factor"), [("absolute", 2.0**1.6), ("relative", 1.0)])
def test_a_world_twice_as_large_twins_faster_or_not(form: str, factor: float) -> None:
    """With all cities twice as large a pair twins at 2^{2 γ_n} times its rate, or if relative at the same.

    A pair is tied with 1 − e^{−2 r_T f Δt/(N−1)}; binomial tails over 79,800 pairs, false alarms 10⁻⁶.
    """
    cities = 400
    given = {**EVEN_PARTNERS, "gravity_population": 0.8, "gravity_form": form}
    state, setting = start(plain_world(cities), given, proposal_rate=2.0, ending_rate=0.0, attention=False)
    state.population *= 2.0
    advance(state, setting, [twinning])
    chance = -math.expm1(-2 * 2.0 * factor / (cities - 1) * DT)
    assert_share(len(state.twinnings.key), cities * (cities - 1) // 2, chance)


@pytest.mark.parametrize("form", ["alike", "seeking"])
@pytest.mark.parametrize("country", [-0.5, -2.0])
def test_open_triads_close_at_their_rate(country: float, form: str) -> None:
    """Two partners of m cities twin in a quarter with 1 − e^{−m c_Δ w_i w_j · e^{γ_c at home} Δt}.

    w_i = √(n_i / n̄), or for those who seek ties n_i^γ_n over its root mean square. 500 groups: two hubs
    (m = 2) with the same three partners, of sizes 1, 2 and 4, two of one state; binomial tails, 3 pairs four
    times, false alarms 10⁻⁶ each.
    """
    groups, cities = 500, 2500
    first = 5 * np.arange(groups)[:, None]
    hub, leaf = np.meshgrid([0, 1], [2, 3, 4])
    a, b = (first + hub.ravel()).ravel(), (first + leaf.ravel()).ravel()
    state_of = np.tile([0, 1, 2, 2, 3], groups)
    size = np.tile([1.0, 1.0, 1.0, 2.0, 4.0], groups)
    world = plain_world(cities, states=4, twin_a=a, twin_b=b, state=state_of, population=1e6 * size)
    given = {**EVEN_PARTNERS, **FROZEN, "closure": 1.0, "attention": False, "closure_form": form}
    state, setting = start(world, given, gravity_same_country=country, gravity_population=0.8)
    advance(state, setting, [twinning])
    ties = state.twinnings
    weight = np.sqrt(size / size.mean()) if form == "alike" else size**0.8 / np.sqrt(np.mean(size**1.6))
    for i, j in itertools.combinations((2, 3, 4), 2):
        rate = 2 * weight[i] * weight[j]
        rate *= math.exp(country) if state_of[i] == state_of[j] else 1.0
        made = int(((ties.a % 5 == i) & (ties.b % 5 == j)).sum())
        assert_share(made, groups, -math.expm1(-rate * DT))


@pytest.mark.parametrize("limit", [5.0, 16.0, 4.0])
def test_a_limit_leaves_room_for_less(limit: float) -> None:
    """A city that has 4 of κ_T twinnings accepts with 1 − 4/κ_T, and none where κ_T is 4.

    On a ring, each tied to the next two on both sides, any other pair is tied with
    1 − e^{−2 r_T (1 − 4/κ_T)² Δt/(N−1)}; binomial tails over 79,000 pairs, false alarms 10⁻⁶.
    """
    cities = 400
    ring = np.arange(cities)
    a, b = np.tile(ring, 2), np.concatenate(((ring + 1) % cities, (ring + 2) % cities))
    world = plain_world(cities, twin_a=np.minimum(a, b), twin_b=np.maximum(a, b))
    given = {**EVEN_PARTNERS, "twinning_form": "limited", "twinning_limit": limit, "attention": False}
    state, setting = start(world, given, proposal_rate=4.0, ending_rate=0.0, closure=0.0)
    before = len(state.twinnings.key)
    advance(state, setting, [twinning])
    chance = -math.expm1(-2 * 4.0 * (1 - 4 / limit) ** 2 / (cities - 1) * DT)
    assert_share(len(state.twinnings.key) - before, cities * (cities - 1) // 2 - before, chance)


@pytest.mark.parametrize("years", [0.0, 1.5])
@pytest.mark.parametrize("start_year", [1985, 2023])
def test_a_hindcast_begins_with_the_ties_of_the_years_before(years: float, start_year: int) -> None:
    """In Y_T years any pair is tied with 1 − e^{−2 r_T Y_T/(N−1)}; in another world none is.

    Binomial tails over 79,800 pairs, false alarms 10⁻⁶.
    """
    cities = 400
    founded = None if start_year == 2023 else np.empty(0)
    world = replace(plain_world(cities), start_year=start_year, network_founded=founded)
    given = {**EVEN_PARTNERS, "attention": False, "twinning_years": years}
    state, _ = start(world, given, proposal_rate=2.0, ending_rate=0.0, closure=0.0)
    before = years if start_year == 1985 else 0.0
    chance = -math.expm1(-2 * 2.0 * before / (cities - 1))
    assert_share(len(state.twinnings.key), cities * (cities - 1) // 2, chance)


@pytest.mark.parametrize(("size", "embedding"), [(2, 0.7), (3, 0.7), (5, 0.7), (5, 0.0)])
def test_common_partners_keep_a_tie(size: int, embedding: float) -> None:
    """Where all cities of a group are tied, a tie ends within a quarter with 1 − e^{−r_E (size − 1)^{−ε} Δt}.

    Its two cities have size − 2 partners in common. Binomial tails over 4,000 to 20,000 ties; false alarms
    10⁻⁶.
    """
    groups = 4000 if size < 4 else 2000
    tied = [(i, j) for i in range(size) for j in range(i + 1, size)]
    twins = size * np.arange(groups)[:, None, None] + np.array(tied)
    world = plain_world(size * groups, twin_a=twins[..., 0].ravel(), twin_b=twins[..., 1].ravel())
    given = FROZEN | {"attention": False, "ending_form": "embedded", "ending_embedding": embedding}
    state, setting = start(world, given | {"ending_rate": 1.0})
    before = len(state.twinnings.key)
    advance(state, setting, [twinning])
    chance = -math.expm1(-((size - 1) ** -embedding) * DT)
    assert_share(before - len(state.twinnings.key), before, chance)


@pytest.mark.parametrize("engagement", [1.0, 0.6])
def test_acceptance_needs_both_cities_engagement(engagement: float) -> None:
    """A proposal becomes a tie with probability e_i e_j: expected new ties of one quarter.

    A pair is tied with 1 − e^{−2 r_T e² Δt/(N−1)}; binomial tails over 79,800 pairs, false alarms 10⁻⁶.
    """
    cities = 400
    state, setting = start(plain_world(cities), EVEN_PARTNERS, proposal_rate=4.0, ending_rate=0.0)
    state.engagement[:] = engagement
    advance(state, setting, [twinning])
    chance = -math.expm1(-2 * 4.0 * engagement**2 / (cities - 1) * DT)
    assert_share(len(state.twinnings.key), cities * (cities - 1) // 2, chance)
    assert_exact(state.twinnings.trust, setting.parameters.trust_start)
