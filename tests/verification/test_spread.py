"""Practices spread as the epidemic and diffusion models they are made of."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

from citysim.model.mechanisms import practices
from citysim.model.setting import Setting
from citysim.model.state import DT, IMPLEMENTED, NONE, RunState
from citysim.world.world import World

from .chance import LIMIT, assert_share, assert_within
from .worlds import NO_LEARNING, WILLING, advance, changed, pairs, plain_world, real_world, start

pytestmark = pytest.mark.verification

#: Gates of a city: capacity, autonomy, reach; engagement; secretariat quality; focus of one of 7 domains.
GATES = {"capacity": 0.9, "autonomy": 0.8, "reach": 0.7}
ENGAGEMENT, QUALITY, FOCUS = 0.9, 0.8, 1 / 7
GATE = 0.9 * 0.8 * 0.7 * ENGAGEMENT * QUALITY * FOCUS


def network_of_all(cities: int, rate: float, share: float, **parameters: Any) -> tuple[RunState, Setting]:
    """One network of all cities in which a practice spreads at ``rate`` a year from a ``share`` of them."""
    gates = {name: np.full(cities, value) for name, value in GATES.items()}
    world = plain_world(cities, networks=1, **gates)
    given = {**NO_LEARNING, **WILLING, "learning_networks": rate / GATE, "learning_pledged": 1.0}
    given |= {"implementation_rate": 0.0, "initial_coverage": 0.0, **parameters}
    state, setting = start(world, given)
    state.engagement[:] = ENGAGEMENT
    state.networks.quality[:] = QUALITY
    state.practices[: round(share * cities)] = 1
    return state, setting


def held(state: RunState) -> np.ndarray:
    """Share of the cities that hold each practice, (practices,)."""
    return np.asarray((state.practices != NONE).mean(axis=0))


@pytest.mark.parametrize(("rate", "years"), [(0.2, 30), (0.4, 14)])
def test_logistic_growth_in_one_network(rate: float, years: int) -> None:
    """Share of adopters x(t) = x₀ / (x₀ + (1 − x₀) e^{−rt}), mean of 56 practices over 2,000 cities.

    Tolerance: rt·Δt/2 in the logit for the finite step, 0.004 for the curvature of the mean, and Monte
    Carlo error from the spread over practices; false alarms 10⁻⁶ a point (4 points each).
    """
    state, setting = network_of_all(2000, rate, 0.05)
    for _ in range(4):
        advance(state, setting, [practices], int(years))
        x, t = held(state), state.step * DT
        logistic = 1 / (1 + 19 * math.exp(-rate * t))
        late = 1 / (1 + 19 * math.exp(-rate * t * (1 - rate * DT / 2)))
        assert_within(
            x.mean(), (logistic + late) / 2, x.std() / math.sqrt(x.size), 0.004 + (logistic - late) / 2
        )


@pytest.mark.parametrize(("learned", "dropped"), [(0.4, 0.1), (0.4, 0.24), (1.0, 0.3)])
def test_endemic_level_of_sis(learned: float, dropped: float) -> None:
    """Practices that are learned at H₁ and dropped at δ settle at 1 − δ/H₁.

    Exactly, at the root of (1 − x)(1 − e^{−H₁xΔt}) = x (1 − e^{−δΔt}); both are checked. Tolerance 0.005
    plus Monte Carlo error against the root, 0.02 for the finite step against 1 − δ/H₁; false alarms 10⁻⁶.
    """
    state, setting = network_of_all(500, learned, 0.5, drop_rate=dropped)
    advance(state, setting, [practices], 160)
    late = []
    for _ in range(20):
        advance(state, setting, [practices], 8)
        late.append(held(state).mean())
    low, high = 1e-6, 1.0
    for _ in range(60):
        x = (low + high) / 2
        gain = (1 - x) * -math.expm1(-learned * x * DT) + x * math.expm1(-dropped * DT)
        low, high = (x, high) if gain > 0 else (low, x)
    assert_within(float(np.mean(late)), low, float(np.std(late)), 0.005)
    assert abs(low - (1 - dropped / learned)) < 0.02


@pytest.mark.parametrize(("ratio", "survives"), [(0.5, False), (1.8, True)])
def test_threshold_of_sis(ratio: float, survives: bool) -> None:
    """Below H₁ = δ a practice dies out, above it stays.

    Below, the expected number of holders is at most N e^{(H₁−δ)t} = 400 e^{−0.25·100}: one left with
    probability under 56 · 400 · 2·10⁻¹¹. Above, extinction of 400 · 0.44 holders has less.
    False alarms under 10⁻⁶.
    """
    state, setting = network_of_all(400, 0.5 * ratio, 1.0, drop_rate=0.5)
    advance(state, setting, [practices], 400)
    assert (held(state) > 0).all() == survives
    assert (held(state) > 0).any() == survives


@pytest.fixture(scope="module")
def real_graph() -> tuple[World, float, np.ndarray]:
    """Real cities without their differences, largest eigenvalue of the real twinnings, its vector."""
    world = real_world()
    n = world.n_cities
    ends = np.concatenate((world.twin_a, world.twin_b)), np.concatenate((world.twin_b, world.twin_a))
    graph = csr_array((np.ones(len(ends[0])), ends), shape=(n, n))
    value, vector = eigsh(graph, k=1, which="LA", v0=np.ones(n))
    ones = np.ones(n)
    equal = changed(world, capacity=ones, autonomy=ones, reach=ones, context=np.zeros((n, 2)))
    return equal, float(value[0]), np.abs(vector[:, 0])


@pytest.mark.parametrize("ratio", [0.6, 1.0, 2.5])
def test_threshold_on_the_real_twinning_graph(
    ratio: float, real_graph: tuple[World, float, np.ndarray]
) -> None:
    """Holders, weighted by the leading eigenvector, grow at λ_max β − δ: the threshold is δ/λ_max.

    Started on cities drawn by the eigenvector and seen over two quarters, ratio λ_max β / δ below, at and
    above 1. Tolerance: 3 % of the growth for saturation, plus Monte Carlo error over 700 practices; false
    alarms 10⁻⁶.
    """
    world, eigenvalue, vector = real_graph
    drop = 0.4
    rate = ratio * drop / eigenvalue
    given = {**NO_LEARNING, **WILLING, "learning_pledged": 1.0, "implementation_rate": 0.0}
    state, setting = start(
        world,
        given,
        learning_twins=rate / 0.5,
        trust_real=0.5,
        drop_rate=drop,
        attention=False,
        networks=False,
        practices_per_domain=100,
        initial_coverage=0.0,
    )
    drawn = np.random.default_rng(5).random(state.practices.shape) < 0.05 * (vector / vector.max())[:, None]
    state.practices[drawn] = 1
    before = vector @ (state.practices != NONE)
    advance(state, setting, [practices], 2)
    after = vector @ (state.practices != NONE)
    step = math.exp(-drop * DT) + rate * eigenvalue * DT
    error = float(np.std(after - step**2 * before) / math.sqrt(len(before)))
    assert_within(after.mean(), step**2 * before.mean(), error, 0.03 * ratio * drop * DT * 2 * before.mean())


def test_practices_die_out_below_the_threshold_of_the_real_graph(
    real_graph: tuple[World, float, np.ndarray],
) -> None:
    """At half the threshold δ/λ_max nothing is left after 100 years, at four times it much is.

    Below, expected holders are at most √N·N·e^{−δt/2}: 10⁵ e^{−30}; false alarms under 10⁻⁷.
    """
    world, eigenvalue, _ = real_graph
    for ratio, survives in ((0.5, False), (4.0, True)):
        given = {**NO_LEARNING, **WILLING, "learning_pledged": 1.0, "implementation_rate": 0.0}
        given |= {"learning_twins": ratio * 0.6 / eigenvalue, "trust_real": 1.0, "drop_rate": 0.6}
        state, setting = start(world, given, attention=False, networks=False, practices_per_domain=1)
        state.practices[:] = 1
        advance(state, setting, [practices], 400)
        assert (state.practices != NONE).any() == survives


def test_bass_curve_when_invention_and_one_network_act() -> None:
    """Adopters follow F(t) = (1 − e^{−(p+q)t}) / (1 + (q/p) e^{−(p+q)t}), and peak at ln(q/p)/(p+q).

    Tolerance 0.02 on F for the finite step (half a step late) and one year on the peak, plus Monte Carlo
    error over 56 practices in 2,000 cities; false alarms 10⁻⁶ a point.
    """
    p, q = 0.02, 0.4
    state, setting = network_of_all(2000, q, 0.0, invention_rate=p / 1.4)  # ½ + capacity 0.9
    mean = [0.0]
    for _ in range(80):
        advance(state, setting, [practices])
        x = held(state)
        decay = math.exp(-(p + q) * state.step * DT)
        bass = (1 - decay) / (1 + q / p * decay)
        assert_within(x.mean(), bass, x.std() / math.sqrt(x.size), 0.02)
        mean.append(x.mean())
    smooth = np.convolve(np.diff(mean), np.ones(9) / 9, mode="valid")
    assert abs((np.argmax(smooth) + 4.5) * DT - math.log(q / p) / (p + q)) < 1.0


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_adoption_without_a_source_is_exponential(rate: float) -> None:
    """With nobody to learn from, 1 − exp(−ιt (n/n̄)^{β−1}(½ + a)) of the cities have a practice.

    Exact law at any step; binomial tails, false alarms 10⁻⁶ for each of two sizes of city.
    """
    cities = 2000
    population = np.where(np.arange(cities) % 2 == 0, 4e6, 0.5e6)
    world = plain_world(cities, population=population, capacity=np.full(cities, 0.3))
    given = {**NO_LEARNING, "implementation_rate": 0.0, "initial_coverage": 0.0, "urban_scaling": 1.5}
    state, setting = start(world, given, invention_rate=rate)
    advance(state, setting, [practices], 12)
    for first, size in ((0, 4e6), (1, 0.5e6)):
        mine = state.practices[first::2] != NONE
        expected = -math.expm1(-rate * 3.0 * math.sqrt(size / 2.25e6) * 0.8)
        assert_share(int(mine.sum()), mine.size, expected)


def test_two_twinned_cities_are_a_markov_chain() -> None:
    """A pair that invents, learns from its twin and drops is a chain on (none, one, both) practices.

    Exact: distribution after n quarters is πPⁿ. Binomial tails over 28,000 pairs and practices, three
    states, three times; false alarms 10⁻⁶ each.
    """
    cities, trust, learn, invent, drop = 1000, 0.6, 0.5, 0.05, 0.2
    world = plain_world(cities, **pairs(cities))
    given = {**NO_LEARNING, **WILLING, "learning_pledged": 1.0, "implementation_rate": 0.0}
    given |= {"learning_twins": learn, "trust_real": trust, "invention_rate": invent, "drop_rate": drop}
    state, setting = start(world, given, initial_coverage=0.0)
    alone = -math.expm1(-invent * 1.5 * DT)
    taught = -math.expm1(-(invent * 1.5 + learn * trust) * DT)
    lost = -math.expm1(-drop * DT)
    chain = np.array(
        [
            [(1 - alone) ** 2, 2 * alone * (1 - alone), alone**2],
            [lost * (1 - taught), lost * taught + (1 - lost) * (1 - taught), (1 - lost) * taught],
            [lost**2, 2 * lost * (1 - lost), (1 - lost) ** 2],
        ]
    )
    expected = np.array([1.0, 0.0, 0.0])
    for quarters in (1, 7, 40):
        expected = expected @ np.linalg.matrix_power(chain, quarters)
        advance(state, setting, [practices], quarters)
        holders = (state.practices != NONE)[0::2].astype(int) + (state.practices != NONE)[1::2]
        for count in range(3):
            assert_share(int((holders == count).sum()), holders.size, float(expected[count]))


def test_pledges_are_implemented_or_dropped() -> None:
    """A pledge ends in implementation at μae or in nothing at δ, in proportion to the two rates.

    Exact competing risks over one quarter; binomial tails, false alarms 10⁻⁶ for each of three outcomes.
    """
    cities = 1000
    world = plain_world(cities, capacity=np.full(cities, 0.8))
    state, setting = start(world, NO_LEARNING, drop_rate=0.7, implementation_rate=2.0)
    state.engagement[:] = 0.5
    state.practices[:] = 1
    state.practices[:, ::2] = IMPLEMENTED
    advance(state, setting, [practices])
    pledged, kept = state.practices[:, 1::2], state.practices[:, ::2]
    implement, drop = 2.0 * 0.8 * 0.5, 0.7
    moved = -math.expm1(-(implement + drop) * DT)
    advanced = moved * implement / (implement + drop)
    assert_share(int((pledged == IMPLEMENTED).sum()), pledged.size, advanced)
    assert_share(int((pledged == NONE).sum()), pledged.size, moved - advanced)
    assert_share(int((kept == NONE).sum()), kept.size, -math.expm1(-drop * DT))
    assert not (kept == 1).any()


def test_limit_of_the_comparisons_is_known() -> None:
    """The limit in standard errors belongs to the stated false-alarm rate of 10⁻⁶."""
    assert math.erfc(LIMIT / math.sqrt(2)) == pytest.approx(1e-6)
