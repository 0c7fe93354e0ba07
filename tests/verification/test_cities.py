"""Cities: growth, scope, development and marginalisation against their differential equations."""

import math

import numpy as np
import pytest

from citysim.model.mechanisms import attention, development, scope, urbanisation
from citysim.model.state import DT

from .chance import assert_exact, assert_within
from .worlds import advance, changed, plain_world, real_world, start

pytestmark = pytest.mark.verification


def test_gibrat_growth() -> None:
    """ln n(t) − ln n(0) is normal, mean (g − σ²/2)t, variance σ²t: mean growth is the path's e^{gt}.

    40,000 cities, 15 years; normal errors; false alarms 10⁻⁶ each.
    """
    cities, growth, noise, years = 40_000, 0.02, 0.04, 15
    world = plain_world(cities, urban_growth=np.full((1, 28), growth))
    state, setting = start(world, urban_noise=noise, practices_per_domain=1)
    advance(state, setting, [urbanisation], round(years / DT))
    log = np.log(state.population / 1e6)
    variance = noise**2 * years
    assert_within(float(log.mean()), (growth - noise**2 / 2) * years, math.sqrt(variance / cities))
    assert_within(float(log.var()), variance, variance * math.sqrt(2 / cities))
    ratio, mean = state.population / 1e6, math.exp(growth * years)
    assert_within(float(ratio.mean()), mean, mean * math.sqrt(math.expm1(variance) / cities))


def test_zipf_tail_stays() -> None:
    """Proportional growth leaves a Pareto tail of city sizes with its exponent.

    Hill estimator over the 2,000 largest of 20,000 cities with Zipf's exponent 1, before and after 28 years;
    error α/√2000, slack 0.03 for the cut; false alarms 10⁻⁶ each.
    """
    cities, top = 20_000, 2000
    people = 1e5 / (1 - np.random.default_rng(8).random(cities))
    state, setting = start(plain_world(cities, population=people), urban_noise=0.05, practices_per_domain=1)
    for quarters in (0, 112):
        advance(state, setting, [urbanisation], quarters)
        ordered = np.sort(state.population)[-top - 1 :]
        hill = 1 / float(np.log(ordered[1:] / ordered[0]).mean())
        assert_within(hill, 1.0, 1 / math.sqrt(top), 0.03)


def test_cities_follow_their_countrys_path() -> None:
    """Without noise each city grows by exp(Σ g Δt) of its own country, year by year.

    Exact. On the real world the urban share of 2050 is the one of the UN's path, to 0.005; no false alarm.
    """
    path = np.array([[0.01, 0.02, 0.03], [0.05, 0.0, -0.01]])
    world = plain_world(6, states=2, urban_growth=path)
    state, setting = start(world, urban_noise=0.0)
    advance(state, setting, [urbanisation], 18)  # the last year's growth goes on
    sums = path[:, 0] + path[:, 1] + 2.5 * path[:, 2]
    assert_exact(state.population, 1e6 * np.exp(sums)[world.state])
    assert_exact(state.growth, path[world.state, 2])
    real = real_world()
    state, setting = start(real, urban_noise=0.0)
    before = state.population.copy()
    for quarters in (0, 112):
        advance(state, setting, [urbanisation], quarters)
        year = quarters // 4
        share = real.urban_population[:, year].sum() / real.total_population[:, year].sum()
        assert urbanisation.urban_share(state, setting) == pytest.approx(share, abs=0.005)
    assert (state.population != before).any()


def test_urban_share_moves_with_the_cities() -> None:
    """Urban people, scaled by the growth of the cities, over interpolated total people. Exact."""
    total = np.array([[4e6, 8e6, 8e6], [10e6, 10e6, 10e6]])
    urban = np.array([[2e6, 2e6, 2e6], [6e6, 6e6, 6e6]])
    world = plain_world(4, states=2, total_population=total, urban_population=urban)
    state, setting = start(world)
    state.population *= [1.5, 2.0, 1.5, 2.0]
    state.step = 1
    # state 0: 3 of 5 million (a quarter on the way from 4 to 8); state 1: 12 million, capped at 10
    assert_exact(urbanisation.urban_share(state, setting), (3 + 10) / 15)


@pytest.mark.parametrize("war", [False, True])
def test_scope_relaxes_to_its_closed_form(war: bool) -> None:
    """ℓ(t) = ℓ* + (ℓ₀ − ℓ*)e^{−(νV+ρ+χ)t}, ℓ* = (νV + ρℓ⁰)/(νV + ρ + χ), χ only in conflict; likewise w.

    Voice V is e log(1 + Σ q over a city's networks).

    Exact at every quarter of ten years; no false alarm.
    """
    world = plain_world(4, states=2, networks=2, autonomy=np.full(4, 0.4), reach=np.full(4, 0.2))
    given = {"scope_gain_national": 0.3, "scope_return_national": 0.2, "scope_conflict": 0.5}
    given |= {"scope_gain_reach": 0.1, "scope_return_reach": 0.4}
    state, setting = start(world, given)
    state.engagement[:], state.networks.quality[:2] = 0.8, [0.3, 0.2]
    state.conflict_left[:] = 1000 * war
    voice, loss = 0.8 * math.log(1.5), 0.5 * war
    for _ in range(40):
        advance(state, setting, [scope])
        t = state.step * DT
        for values, base, gain, back in ((state.autonomy, 0.4, 0.3, 0.2), (state.reach, 0.2, 0.1, 0.4)):
            rate = gain * voice + back + loss
            target = (gain * voice + back * base) / rate
            assert_exact(values, target + (base - target) * math.exp(-rate * t))


def test_scope_stays_between_its_bounds() -> None:
    """At the greatest rates allowed autonomy and reach stay in [0, 1]; without any rate they do not move."""
    base = np.array([1.0, 0.0, 0.5])
    for gain in (0.0, 5.0):
        for back in (0.0, 5.0):
            for loss in (0.0, 10.0):
                given = {"scope_gain_national": gain, "scope_return_national": back, "scope_conflict": loss}
                state, setting = start(plain_world(3, states=3, networks=1, autonomy=base), given)
                state.conflict_left[:] = 1000
                state.autonomy[:] = first = np.array([0.0, 0.3, 1.0])
                advance(state, setting, [scope], 50)
                assert ((state.autonomy >= 0) & (state.autonomy <= 1)).all()
                assert (state.autonomy == first).all() == (gain + back + loss == 0.0)


def test_a_calm_world_stays_at_rest() -> None:
    """At the services, capacity, stress and growth of the start, development and marginalisation do not move.

    On the real world over ten years: equal up to rounding, no false alarm.
    """
    world = real_world()
    state, setting = start(world)
    advance(state, setting, [development], 40)
    np.testing.assert_allclose(state.development, world.development, atol=1e-9)
    np.testing.assert_allclose(state.marginalised, world.marginalised, atol=1e-9)
    assert state.unrest.mean() == pytest.approx(1.0)


def test_development_and_marginalisation_relax_to_baseline_plus_drive() -> None:
    """y and m relax at r_y, r_m to baseline plus what capacity, services, stress, growth and margins add.

    Two linear equations, exact over one quarter and at rest after 400 years; no false alarm.
    """
    world = plain_world(3, development=np.full(3, 0.4), marginalised=np.full(3, 0.3))
    given = {"development_speed": 0.4, "marginal_speed": 0.7, "initial_coverage": 0.0}
    given |= {"development_services": 0.2, "development_stress": 0.1, "development_marginal": 0.15}
    given |= {"development_capacity": 0.25, "marginal_growth": 2.0, "marginal_stress": 0.12}
    state, setting = start(world, given, marginal_services=0.35)
    served = np.array([0.1, 0.9, 0.2, 0.8, 0.3, 0.4, 0.7])  # employment, migration, participation, civic: 1.0
    state.services[:] = served
    state.stress[:], state.capacity[:], state.growth[:] = 0.5, 0.6, 0.01
    margin = 0.3 + 2.0 * 0.01 + 0.12 * 0.5 - 0.35 * (0.1 + 0.2 + 0.3 + 0.4) / 4
    drive = 0.2 * served.mean() - 0.1 * 0.5 + 0.25 * (0.6 - 1.0)
    advance(state, setting, [development])
    assert_exact(state.marginalised, margin + (0.3 - margin) * math.exp(-0.7 * DT))
    assert_exact(state.development, 0.4 + drive * -math.expm1(-0.4 * DT))
    advance(state, setting, [development], 1600)
    assert_exact(state.marginalised, margin)
    assert_exact(state.development, 0.4 + drive - 0.15 * (margin - 0.3))


def test_engagement_dilutes_as_ties_are_added() -> None:
    """With n equal memberships engagement is min(1, A/(c_N n)): total attention given stays at the budget."""
    for count in (1, 3, 12):
        state, setting = start(plain_world(5, networks=count), attention_budget=1.0, attention_spread=0.0)
        advance(state, setting, [attention])
        assert_exact(state.engagement, min(1.0, 2.5 / count))
        assert_exact(np.minimum(state.used, state.attention), min(2.5, float(count)))


def test_the_real_cities_are_read_only() -> None:
    """A run leaves the world it starts from as it was.

    No false alarm.
    """
    world = changed(real_world())
    state, setting = start(world)
    advance(state, setting, [urbanisation, development], 4)
    assert not world.population.flags.writeable
    assert (state.population != world.population).any()
