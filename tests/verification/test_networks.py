"""Networks: attention, resources, joining and leaving as birth and death, founding and closing."""

import math
from typing import Any

import numpy as np
import pytest

from citysim.model.mechanisms import attention, networks
from citysim.model.mechanisms.recruiting import effort
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.world.world import World

from .chance import assert_count, assert_exact, assert_share, assert_within
from .worlds import FREE_NETWORKS, advance, plain_world, real_world, start

pytestmark = pytest.mark.verification

#: Nobody joins, leaves, founds or closes.
STILL = {"review_rate": 0.0, "leave_rate": 0.0, "founding_rate": 0.0, "closing_rate": 0.0}

#: Networks recruit each with an effort of its own.
UNEQUAL = {"recruiting_form": "unequal"}


def expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def members_of(cities: list[int], network: int = 0) -> dict[str, Any]:
    return {"membership_city": np.array(cities), "membership_network": np.full(len(cities), network)}


def without_attention(world: World, given: dict[str, Any], **more: float) -> tuple[RunState, Setting]:
    """Start with free secretariats and attention switched off, so that load is 0."""
    return start(world, {**STILL, **FREE_NETWORKS, "attention": False, **given}, **more)


def test_attention_identity() -> None:
    """Used attention sums to c_N memberships + 2 c_T ties; e = min(1, A/used); A = A₀(½ + 2a) e^{σx−σ²/2}.

    On the real world. Exact, no false alarm.
    """
    world = real_world()
    state, setting = start(world, membership_cost=1.3, twinning_cost=0.4, attention_budget=2.5)
    p = setting.parameters
    total = 1.3 * len(world.membership_city) + 2 * 0.4 * len(world.twin_a)
    assert_exact(state.used.sum(), total)
    share = np.exp(p.attention_spread * world.propensity - p.attention_spread**2 / 2)
    assert_exact(state.attention, 2.5 * (0.5 + 2 * world.capacity) * share)
    free = state.used == 0
    assert (state.engagement[free] == 1.0).all()
    assert_exact(state.engagement[~free], np.minimum(1.0, state.attention[~free] / state.used[~free]))
    assert (state.engagement * state.used <= state.attention * (1 + 1e-12)).all()
    assert (state.engagement < 1).any()
    over = attention.overload(state)
    assert_exact(over, np.maximum(state.used / state.attention - 1, 0))


def test_grants_are_a_fixed_pool() -> None:
    """Grants of all live networks sum to G N per topic covered, however many share it; q = R/(R + cost).

    Exact: resources are read back from the qualities. No false alarm.
    """
    cities = 40
    for count in (1, 4, 16):
        focus = np.random.default_rng(count).random((count, 7))
        focus /= focus.sum(axis=1, keepdims=True)
        world = plain_world(
            cities,
            networks=count,
            network_focus=focus,
            network_known_members=np.full(count, cities + 60),
            membership_city=np.tile(np.arange(8), count),
            membership_network=np.repeat(np.arange(count), 8),
        )
        given = {**STILL, "grant_pool": 0.05, "network_fee": 0.8, "network_fixed_cost": 0.01}
        state, setting = start(world, given, network_running_cost=0.4)
        members = 8 + (cities + 60 - 8)  # those in this world and those outside
        cost = 0.01 * cities + 0.4 * members
        q = state.networks.quality[:count]
        resources = q * cost / (1 - q)
        assert_exact((resources - 0.8 * members).sum(), 7 * 0.05 * cities)
        state.networks.alive[0] = False
        advance(state, setting, [networks])
        rest = state.networks.quality
        assert rest[0] == 0.0
        live = rest[1:count]
        if count > 1:
            assert_exact((live * cost / (1 - live) - 0.8 * members).sum(), 7 * 0.05 * cities)


@pytest.mark.parametrize(("load", "quality"), [(0.0, 0.9), (1.5, 0.9), (0.0, 0.05)])
def test_members_leave(load: float, quality: float) -> None:
    """Leaving at r_L (1 + β_o overload + β_b max(b_N − q⟨u, f⟩, 0)): exponential survival of memberships.

    Binomial tails over 20,000 memberships after a quarter; false alarms 10⁻⁶ each.
    """
    cities = 20_000
    given = {
        "leave_rate": 0.4,
        "leave_commitment": 0.8,
        "leave_overload": 0.8,
        "leave_benefit": 6.0,
        "benefit_threshold": 0.3,
    }
    running = 1 / quality - 1  # fees of 1 a member, running costs that give the wanted quality
    state, setting = without_attention(
        plain_world(cities, networks=1), given, network_running_cost=running, grant_pool=0.0
    )
    state.attention[:], state.used[:], state.services[:] = 1.0, 1.0 + load, 0.2
    advance(state, setting, [networks])
    rate = 0.4 * (1 + 0.8 * load + 6.0 * max(0.3 - quality * 0.8, 0.0))
    assert_share(len(state.networks.key), cities, math.exp(-rate * DT))


@pytest.mark.parametrize(
    ("load", "drive", "growth"), [(0.0, 1.0, 1), (0.7, 1.0, 1), (0.2, 1.6, 1), (0.0, 1.0, 3)]
)
def test_joining_hazard(load: float, drive: float, growth: int) -> None:
    """Reviews at r_J (K/K₀)^χ × a factor of propensity and reach; joins with expit(β₀ + β_f⟨u,f⟩ + …).

    U = β₀ + β_f⟨u,f⟩ + β_p peers − β_c load. Half of the cities have ``drive`` times the reviews of the
    others by propensity and reach. Binomial tails over 20,000 cities, one network (or three alike); false
    alarms 10⁻⁶ each.
    """
    cities = 20_000
    reaching = np.where(np.arange(cities) < cities // 2, 0.6, 0.4)
    near = np.full((cities, 5), -1)
    near[:, :2] = [0, 1]  # of two neighbours one is a member
    world = plain_world(
        cities,
        networks=1,
        neighbours=near,
        reach=reaching,
        propensity=np.where(reaching > 0.5, 0.3, 0.0),
        **members_of([0, cities - 1]),
    )
    given = {"review_rate": 0.5, "solicitation": 0.5, "join_intercept": -0.5, "join_focus": 0.9}
    given |= {"join_peers": 0.8, "join_cost": 1.2, "max_networks": 3}
    given |= {"review_spread": math.log(drive) / 0.6, "review_reach": math.log(drive) / math.log(2.25)}
    state, setting = without_attention(world, given)
    net = state.networks
    if growth > 1:
        net.alive[:], net.focus[:], net.count = True, 1 / 7, 3
        net.outside_members[:] = 5.0
    state.attention[:], state.used[:], state.services[:] = 1.0, load, 0.3
    factor = np.array([drive, 1.0]) / (0.5 * drive + 0.5)  # of mean 1
    rate = 0.5 * math.sqrt(growth) * factor
    chance = expit(-0.5 + 0.9 * 0.7 + 0.8 * 0.5 - 1.2 * load)
    if growth > 1:  # members of the first network only make peers there: met with weight (1 + m)^½
        weight = np.array([8.0, 6.0, 6.0]) ** 0.5
        others = expit(-0.5 + 0.9 * 0.7 - 1.2 * load)
        chance = float(weight @ [chance, others, others] / weight.sum())
    before = state.networks.key
    advance(state, setting, [networks])
    city = np.setdiff1d(state.networks.key, before) // state.networks.slots
    for half in (0, 1):
        count = int((city // (cities // 2) == half).sum())
        assert_share(count, cities // 2 - 1, -math.expm1(-rate[half] * DT) * chance)


def test_countries_draw() -> None:
    """logit⁻¹(β₀ + β_n country): with three in ten of a state's cities members, and with none of another's.

    The share is of the other cities of the state. Binomial tails, false alarms 10⁻⁶ each. With β_n = 0 a run
    has the bits of one in which neighbours alone draw: bitwise.
    """
    cities = 40_000
    joined = [i for i in range(0, cities, 2) if i % 20 < 6]
    world = plain_world(cities, states=2, networks=1, **members_of(joined))
    given = {"review_rate": 1.0, "join_intercept": -1.5, "join_focus": 0.0, "join_cost": 0.0}
    found = []
    for form in ({"join_country": 4.0}, {"join_country": 0.0}, {"joining_form": "near"}):
        state, setting = without_attention(world, given | {"joining_form": "country"} | form)
        advance(state, setting, [networks])
        found.append(np.setdiff1d(state.networks.key // state.networks.slots, joined))
    reviews = -math.expm1(-DT)
    share = len(joined) / (cities // 2 - 1)
    free = cities // 2 - len(joined)
    assert_share(int((found[0] % 2 == 0).sum()), free, reviews * expit(-1.5 + 4.0 * share))
    assert_share(int((found[0] % 2 == 1).sum()), cities // 2, reviews * expit(-1.5))
    np.testing.assert_array_equal(found[1], found[2])


def test_review_factor() -> None:
    """π(σ_J) reach^χ_w over its mean: log-slopes σ_J and χ_w on the real world, mean 1; 1 for all at 0 and 0.

    Exact, no false alarm.
    """
    world = real_world()
    _, setting = start(world, review_spread=0.9, review_reach=3.0)
    factor = attention.review_factor(setting)
    assert factor.mean() == pytest.approx(1.0, abs=1e-12)
    design = np.column_stack((np.ones(world.n_cities), world.propensity, np.log(world.reach)))
    slope, *_ = np.linalg.lstsq(design, np.log(factor), rcond=None)
    assert_exact(slope[1:], [0.9, 3.0])
    _, even = start(world, review_spread=0.0, review_reach=0.0)
    assert (attention.review_factor(even) == 1.0).all()


@pytest.mark.parametrize("held", [1, 4, 12])
def test_the_committed_leave_less(held: int) -> None:
    """Of m memberships each ends at r_L m^−χ_L: survival over a quarter.

    Binomial tails over 12,000 memberships; false alarms 10⁻⁶ each.
    """
    cities = 12_000 // held
    given = {"leave_rate": 0.8, "leave_commitment": 0.7, "leave_benefit": 0.0}
    state, setting = without_attention(plain_world(cities, networks=held), given)
    advance(state, setting, [networks])
    assert_share(len(state.networks.key), 12_000, math.exp(-0.8 * held**-0.7 * DT))


def test_larger_networks_are_more_visible() -> None:
    """Among alike networks a city meets one with weight (1 + members)^β_s.

    Binomial tails, false alarms 10⁻⁶.
    """
    cities = 20_000
    world = plain_world(
        cities,
        networks=2,
        network_known_members=np.array([99, 11]),
        membership_city=np.array([0, 1]),
        membership_network=np.array([0, 1]),
    )
    given = {"review_rate": 20.0, "join_intercept": 10.0, "join_size": 0.7}
    state, setting = without_attention(world, given)
    advance(state, setting, [networks])
    size = np.bincount(state.networks.member_network, minlength=2)[:2] - 1
    assert_share(int(size[0]), int(size.sum()), 100**0.7 / (100**0.7 + 12**0.7))


def test_recruiting_effort_is_log_normal_of_mean_one() -> None:
    """ln of the lasting effort is normal with mean −σ_K²/2 and sd σ_K, so that the mean is 1.

    5,000 networks; normal errors; false alarms 10⁻⁶.
    """
    spread, count = 1.2, 5000
    world = plain_world(4, networks=1)
    given = {
        "recruiting_spread": spread,
        "recruiting_youth": 0.0,
        "recruiting_division": 0.0,
        "max_networks": count,
    }
    state, setting = without_attention(world, UNEQUAL | given)
    log = np.log(effort(state.networks, 0, setting))
    assert_within(float(log.mean()), -(spread**2) / 2, spread / math.sqrt(count))
    assert_within(float(log.std()), spread, spread / math.sqrt(2 * count))


def test_cities_meet_networks_by_their_effort() -> None:
    """Among networks of equal size a city meets one with weight e^υ times its own effort, if it is young.

    Of two networks of the data one was founded ten years before the start, the other a quarter later; a
    quarter on neither is young. Binomial tails, false alarms 10⁻⁶.
    """
    world = plain_world(
        20_000,
        networks=2,
        network_founded=np.array([2013.0, 2013.25]),
        network_known_members=np.array([50, 50]),
        membership_city=np.array([0, 1]),
        membership_network=np.array([0, 1]),
    )
    given = {"review_rate": 20.0, "join_intercept": 10.0, "recruiting_spread": 1.0, "recruiting_youth": 0.7}
    state, setting = without_attention(world, UNEQUAL | given)
    own = effort(state.networks, 10**6, setting)[:2]
    assert abs(math.log(own[0] / own[1])) > 0.1
    assert_exact(effort(state.networks, 0, setting)[:2] / own, [1.0, math.exp(0.7)])
    assert_exact(effort(state.networks, 1, setting)[:2] / own, [1.0, 1.0])
    advance(state, setting, [networks])
    size = np.bincount(state.networks.member_network, minlength=2)[:2] - 1
    weight = own * [1.0, math.exp(0.7)]
    assert_share(int(size[1]), int(size.sum()), weight[1] / weight.sum())


def test_networks_founded_in_a_run_are_young_for_ten_years() -> None:
    """Effort is e^υ until the tenth year after the quarter of the founding, 1 then; of undated networks 1.

    Exact. No false alarm.
    """
    world = plain_world(4, networks=1)
    given = {"recruiting_spread": 0.0, "recruiting_youth": 0.5}
    state, setting = without_attention(world, UNEQUAL | given)
    state.networks.founded[1] = 3
    young = [effort(state.networks, step, setting)[:2].tolist() for step in (4, 42, 43)]
    assert_exact(young, [[1.0, math.exp(0.5)], [1.0, math.exp(0.5)], [1.0, 1.0]])


def test_effort_is_divided_among_the_cities_that_a_network_admits() -> None:
    """Effort is the share of the cities that a network admits, by region and size, to the power −ζ_K.

    All cities review alike; a network of no state, that is not a campaign. Exact. No false alarm.
    """
    people = np.repeat([1e5, 1e6, 1e7, 1e5], [4, 3, 1, 8])
    region = np.repeat([0, 0, 0, 1], [4, 3, 1, 8])
    world = plain_world(
        16,
        networks=5,
        population=people,
        region=region,
        network_region=np.array([-1, 0, 0, -1, 2]),
        network_min_population=np.array([0.0, 0.0, 1e6, 1e6, 0.0]),
    )
    given = {
        "recruiting_spread": 0.0,
        "recruiting_youth": 0.0,
        "recruiting_division": 0.5,
        "review_spread": 0.0,
    }
    state, setting = without_attention(world, UNEQUAL | given)
    share = np.array([1.0, 8 / 16, 4 / 16, 4 / 16, 1.0])  # a network that admits nobody is met as one of all
    assert_exact(effort(state.networks, 0, setting)[:5], share**-0.5)
    state.networks.state[0] = 0  # a campaign's
    assert_exact(effort(state.networks, 0, setting)[:1], [1.0])


def test_effort_without_differences_is_none() -> None:
    """With σ_K = υ = ζ_K = 0 a run has the bits of one in which all networks recruit alike.

    Bitwise; the run in which they differ has others.
    """
    world = real_world()
    given = {"review_rate": 2.0, "founding_rate": 0.2}
    null = {"recruiting_spread": 0.0, "recruiting_youth": 0.0, "recruiting_division": 0.0}
    keys = []
    for form in ({}, UNEQUAL | null, UNEQUAL):
        state, setting = start(world, {**given, **form})
        advance(state, setting, [networks], 8)
        keys.append(state.networks.key)
    np.testing.assert_array_equal(keys[0], keys[1])
    assert not np.array_equal(keys[0], keys[2])


def test_effort_is_a_networks_own_in_every_arm() -> None:
    """A slot's lasting effort does not depend on how many networks there may be, are, or are absent.

    Bitwise; no false alarm.
    """
    world = plain_world(4, networks=3)
    arms = ({}, {"max_networks": 20}, {"initial_networks": 1}, {"twinning": False})
    efforts = []
    for arm in arms:
        state, setting = without_attention(world, UNEQUAL | {"max_networks": 300} | arm)
        efforts.append(effort(state.networks, 100, setting)[:20])
    for other in efforts[1:]:
        np.testing.assert_array_equal(efforts[0], other)


def test_membership_settles_at_joining_over_joining_and_leaving() -> None:
    """With constant joining a and leaving d the share of members is a/(a+d); exactly α/(α+β) in quarters.

    40,000 cities after ten relaxation times, binomial tails, false alarms 10⁻⁶; α/(α+β) is within 4 % of
    a/(a+d) (a city reviews one network a quarter at most).
    """
    cities, join, leave = 40_000, 0.4, 0.3
    given = {"review_rate": join, "leave_rate": leave, "join_intercept": 10.0, "join_focus": 20.0}
    state, setting = without_attention(plain_world(cities, networks=1, **members_of([0, 1])), given)
    advance(state, setting, [networks], 60)
    alpha, beta = -math.expm1(-join * DT), -math.expm1(-leave * DT)
    assert_share(len(state.networks.key), cities, alpha / (alpha + beta))
    assert alpha / (alpha + beta) == pytest.approx(join / (join + leave), rel=0.04)


def test_only_eligible_cities_join() -> None:
    """Nobody joins a network of another region or country, or below its size class; all others may."""
    n = 4000
    world = plain_world(
        n,
        states=2,
        networks=3,
        population=np.where(np.arange(n) < 2000, 1e6, 3e6),
        region=np.arange(n) % 4 // 2,
        network_region=np.array([1, -1, -1]),
        network_state=np.array([-1, 1, -1]),
        network_min_population=np.array([0.0, 0.0, 2e6]),
        network_known_members=np.full(3, 50),
        membership_city=np.array([2, 1, 2000]),
        membership_network=np.arange(3),
    )
    given = {"review_rate": 20.0, "join_intercept": 10.0, "join_focus": 20.0}
    state, setting = without_attention(world, given)
    advance(state, setting, [networks], 20)
    city, network = state.networks.member_city, state.networks.member_network
    assert (world.region[city[network == 0]] == 1).all()
    assert (world.state[city[network == 1]] == 1).all()
    assert (world.population[city[network == 2]] > 2e6).all()
    assert (np.bincount(network)[:3] > 1900).all()


@pytest.mark.parametrize("form", ["open", "listed"])
def test_networks_take_cities_of_their_states(form: str) -> None:
    """In the form ``listed`` nobody of other states joins; else cities of all do, of either network alike."""
    n = 6000
    world = plain_world(
        n,
        states=3,
        networks=2,
        network_states=np.array([[True, True, True], [False, True, True]]),
        network_known_members=np.full(2, 50),
        membership_city=np.array([1, 4, 2, 5]),
        membership_network=np.array([0, 0, 1, 1]),
    )
    given = {"review_rate": 20.0, "join_intercept": 10.0, "join_focus": 20.0, "catchment_form": form}
    state, setting = without_attention(world, given)
    advance(state, setting, [networks], 20)
    city, network = state.networks.member_city, state.networks.member_network
    joined = np.zeros((2, 3))
    np.add.at(joined, (network[network < 2], world.state[city[network < 2]]), 1.0)
    took = joined > 900
    assert (took == (world.network_states | (form == "open"))).all()
    assert (joined[~took] == 0).all()


def test_members_vote_by_capacity() -> None:
    """An invitation-only network admits with expit(v₀ + v_a (a − members' mean a)).

    Binomial tails over 10,000 candidates of each of two capacities; false alarms 10⁻⁶ each.
    """
    n = 20_002
    able = np.where(np.arange(n) % 2 == 0, 0.3, 0.9)
    able[:2] = [0.5, 0.7]
    world = plain_world(
        n, networks=1, capacity=able, network_by_invitation=np.array([True]), **members_of([0, 1])
    )
    given = {"review_rate": 20.0, "join_intercept": 10.0, "join_focus": 20.0}
    state, setting = without_attention(world, given, invitation_openness=-0.5, invitation_capacity=2.0)
    advance(state, setting, [networks])
    joined = state.networks.member_city[state.networks.member_city > 1]
    meets = -math.expm1(-20.0 * DT)
    for parity, capacity in ((0, 0.3), (1, 0.9)):
        chance = meets * expit(-0.5 + 2.0 * (capacity - 0.6))
        assert_share(int((joined % 2 == parity).sum()), 10_000, chance)


def test_networks_are_founded_as_a_pure_birth_process() -> None:
    """K grows at r_F per live network: E K(t) = K₀ (1 + r_FΔt)^t, close to K₀ e^{r_F t}.

    40 networks over 20 years, 12 seeds; variance of the Yule process K₀ e^{rt}(e^{rt} − 1); false alarms
    10⁻⁶. Each begins with max(2, n_F N) members, half of them (binomial) are of one region alone.
    """
    cities, rate, seeds = 100, 0.05, 12
    born = np.empty(seeds)
    regional = founded = 0
    for seed in range(seeds):
        world = plain_world(cities, networks=40, region=np.arange(cities) % 3)
        given = {"founding_rate": rate, "founding_share": 0.05, "initial_coverage": 0.0}
        state, setting = without_attention(world, given, practices_per_domain=1, seed=seed)
        advance(state, setting, [networks], 80)
        net = state.networks
        born[seed] = net.count
        size = np.bincount(net.member_network, minlength=net.slots)[40 : net.count]
        assert (size == 5).all()
        confined = net.region[40 : net.count] >= 0
        regional, founded = regional + int(confined.sum()), founded + len(confined)
        same = setting.world.region[net.member_city] == net.region[net.member_network]
        assert same[net.region[net.member_network] >= 0].all()
        assert_exact(net.focus[: net.count].sum(axis=1), 1.0)
    mean = 40 * (1 + rate * DT) ** 80
    assert mean == pytest.approx(40 * math.e, rel=0.01)
    assert_within(float(born.mean()), mean, math.sqrt(mean * (math.e - 1) / seeds))
    assert_share(regional, founded, 0.5)


def test_founding_follows_unmet_need() -> None:
    """Founding goes with need over that of the start, the topic with its share of the unmet need.

    Poisson tails for 40 networks at r_F = 1 over 40 quarters, half the need; binomial tails for the topic;
    false alarms 10⁻⁶ each. The topic has weight 0.7 in the focus, the others share the rest.
    """
    given = {"founding_rate": 1.0, "initial_coverage": 0.0, "max_networks": 5000, "founding_share": 0.05}
    state, setting = without_attention(plain_world(60, networks=40), given, practices_per_domain=1)
    state.services[:] = [0.0, 1.0, 1.0, 0.5, 0.0, 0.0, 1.0]  # 3.5 of 7 domains unmet
    topics: list[int] = []
    for _ in range(40):
        advance(state, setting, [networks])
        net = state.networks
        topics += list(net.focus[40 : net.count].argmax(axis=1))
        assert_exact(np.sort(net.focus[40 : net.count]) - [*[0.05] * 6, 0.7], 0.0)
        net.alive[40 : net.count], net.count = False, 40
        net.key = net.key[net.member_network < 40]
    count = np.bincount(topics, minlength=7)
    assert_count(len(topics), 40 * 40 * DT / 2)
    assert count[[1, 2, 6]].sum() == 0
    assert_share(int(count[3]), len(topics), 0.5 / 3.5)
    assert_share(int(count[0]), len(topics), 1 / 3.5)


def test_founders_are_those_who_review() -> None:
    """First members are drawn by the factor of reviews: ¾ of a half of the cities with thrice that of others.

    Binomial tails over 300 networks of two, false alarms 10⁻⁶; drawing without replacement from 2,000 cities
    moves the share by less than .001.
    """
    often = np.arange(2000) % 2 == 0
    world = plain_world(2000, reach=np.where(often, 0.75, 0.25))
    given = {"initial_networks": 300, "founding_share": 0.0, "review_reach": 1.0}
    state, _ = without_attention(world, given)
    city = state.networks.member_city
    assert len(city) == 600
    assert_share(int(often[city].sum()), 600, 0.75)


def test_poor_networks_close() -> None:
    """A network with q < q_min closes at r_C; one with fewer than two members at once; others never.

    Binomial tails over 2,000 networks, false alarms 10⁻⁶.
    """
    count = 2000
    world = plain_world(
        4,
        networks=count,
        membership_city=np.concatenate((np.zeros(count, int), np.ones(count - 1, int))),
        membership_network=np.concatenate((np.arange(count), np.arange(count - 1))),
    )
    given = {
        **STILL,
        "closing_rate": 0.6,
        "max_networks": count,
        "grant_pool": 0.0,
        "network_fixed_cost": 0.0,
    }
    for threshold, closed in ((0.5, True), (0.45, False)):  # q = 1/(1 + 1.1) = 0.476
        state, setting = start(world, given, network_running_cost=1.1, closing_threshold=threshold)
        advance(state, setting, [networks])
        net = state.networks
        assert not net.alive[-1]
        expected = -math.expm1(-0.6 * DT) if closed else 0.0
        assert_share(int((~net.alive[:-1]).sum()), count - 1, expected)
        assert len(net.key) == 2 * int(net.alive.sum())
        assert (net.closed[~net.alive] == 0).all()
        assert (net.closed[net.alive] == -1).all()
