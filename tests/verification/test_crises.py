"""Crises are Poisson events with Pareto severities; services prevent a known share."""

import math

import numpy as np
import pytest

from citysim.model.mechanisms import crises, development
from citysim.model.state import DT
from citysim.world.domains import DOMAIN_INDEX

from .chance import assert_exact, assert_share, assert_within
from .worlds import advance, plain_world, start

pytestmark = pytest.mark.verification

#: Only the exogenous types; severities all but equal.
EXOGENOUS_ONLY = {"violence_rate": 0.0, "war_rate": 0.0}


def test_independent_crises_are_poisson() -> None:
    """Without correlation hits in a quarter are Poisson: mean N r_X Δt, variance equal to the mean.

    600 quarters of 1,000 cities; a city hit by two types at once counts once, so the law per city is
    1 − e^{−r_XΔt}: mean and variance of the count within normal errors, false alarms 10⁻⁶ each.
    """
    cities, rate, quarters = 1000, 0.05, 600
    state, setting = start(plain_world(cities), EXOGENOUS_ONLY, crisis_rate=rate, crisis_correlation=0.0)
    hits = []
    for _ in range(quarters):
        advance(state, setting, [crises])
        hits.append(int(state.flows.hit.sum()))
    chance = -math.expm1(-rate * DT)
    mean = cities * chance
    assert_share(sum(hits), cities * quarters, chance)
    error = mean * math.sqrt((2 + 1 / mean) / quarters)
    assert_within(float(np.var(hits, ddof=1)), mean, error, slack=mean * chance)


@pytest.mark.parametrize("correlation", [0.3, 1.0, 3.0])
def test_correlation_leaves_the_rate_of_a_city_alone(correlation: float) -> None:
    """However wide the footprints, a city is hit r_X times a year; only the spread of counts grows.

    The error comes from the counts themselves, 2,000 independent quarters; slack 1 % for hits that
    coincide and for the uneven edges of the sphere; variance above the mean; false alarms 10⁻⁶.
    """
    cities, rate, quarters = 1500, 0.02, 2000
    world = plain_world(cities)
    state, setting = start(world, EXOGENOUS_ONLY, crisis_rate=rate, crisis_correlation=correlation)
    hits = np.empty(quarters)
    for quarter in range(quarters):
        advance(state, setting, [crises])
        hits[quarter] = state.flows.hit.sum()
    mean = cities * -math.expm1(-rate * DT)
    assert_within(float(hits.mean()), mean, float(hits.std() / math.sqrt(quarters)), 0.01 * mean)
    assert hits.var() > mean


def test_every_type_has_its_share_and_its_service() -> None:
    """Climate, migration, employment, digital services prevent .4, .2, .2, .2 of crises; peace the rest.

    With one service at 0.8, a hit of its type is prevented by π·0.8 and others not at all. Binomial tails for
    the hits of each type over 300,000 city-quarters, false alarms 10⁻⁶ each; the share prevented is exact.
    """
    cities, rate, quarters = 1000, 0.1, 300
    given = {"prevention": 0.6, "crisis_correlation": 0.0, "crisis_rate": rate}
    for domain, share in (
        ("climate", 0.4),
        ("migration", 0.2),
        ("employment", 0.2),
        ("digital", 0.2),
        ("civic", 0),
    ):
        state, setting = start(plain_world(cities), {**EXOGENOUS_ONLY, **given}, practices_per_domain=1)
        state.services[:] = 0.8 * (np.arange(7) == DOMAIN_INDEX[domain])
        count = 0
        for _ in range(quarters):
            advance(state, setting, [crises])
            prevented = state.flows.loss_prevented > 1e-15
            count += int(prevented.sum())
            ratio = state.flows.loss_prevented[prevented] / state.flows.loss_expected[prevented]
            assert (ratio <= 0.48 * (1 + 1e-9)).all()  # less where another type hit in the same quarter
        assert_share(count, cities * quarters, -math.expm1(-rate * share * DT))
    for only in ({"violence_rate": 2.0}, {"war_rate": 2.0}):
        still = {"violence_rate": 0.0, "war_rate": 0.0, "crisis_rate": 0.0}
        state, setting = start(plain_world(cities, states=2), {**still, **only, "prevention": 0.6})
        state.conflict_left[:] = 9
        state.services[:] = 0.8 * (np.arange(7) == DOMAIN_INDEX["peace"])
        advance(state, setting, [crises])
        assert state.flows.hit.any()
        assert_exact(state.flows.loss_prevented, 0.48 * state.flows.loss_expected)


def test_a_marginalised_city_suffers_more() -> None:
    """Loss is severity times 0.7 + m: the same draws at two shares m give losses in that ratio. Exact."""
    seen = []
    for share in (0.1, 0.5):
        state, setting = start(plain_world(2000), EXOGENOUS_ONLY, crisis_rate=2.0)
        state.marginalised[:] = share
        advance(state, setting, [crises])
        seen.append(state.flows.loss_expected)
    assert seen[0].any()
    assert_exact(seen[1] * 0.8, seen[0] * 1.2)


def test_epicentres_fall_by_exposure() -> None:
    """Without correlation a city is hit in proportion to its exposure.

    Half the cities are three times as exposed as the rest: 1.5 r_X; binomial tails, false alarms 10⁻⁶.
    """
    cities = 1000
    exposure = np.where(np.arange(cities) < 500, 1.5, 0.5)[:, None] * np.ones(4)
    world = plain_world(cities, exposure=exposure)
    state, setting = start(world, EXOGENOUS_ONLY, crisis_rate=0.02, crisis_correlation=0.0)
    hits = 0
    for _ in range(300):
        advance(state, setting, [crises])
        hits += int(state.flows.hit[:500].sum())
    assert_share(hits, 500 * 300, -math.expm1(-0.03 * DT))


@pytest.mark.parametrize(("tail", "low"), [(0.77, 0.03), (1.5, 0.05)])
def test_severities_have_a_pareto_tail(tail: float, low: float) -> None:
    """The tail exponent comes back from outbreaks of violence, truncated at 1 and scaled by s_V.

    Maximum likelihood (Hill's estimator for a law truncated at 1; Aban et al. 2006) from 10⁵ severities;
    Fisher's error; false alarms 10⁻⁶. Every severity lies in [s_min, 1].
    """
    cities = 100_000
    given = {"crisis_rate": 0.0, "violence_rate": 20.0, "violence_severity": 0.5}
    given |= {"severity_tail": tail, "severity_min": low}
    state, setting = start(plain_world(cities), given, initial_coverage=0.0, practices_per_domain=1)
    advance(state, setting, [crises])
    severity = state.flows.loss_expected[state.flows.violence] / 0.5  # 0.7 + m = 1
    assert severity.min() >= low * (1 - 1e-12)
    assert severity.max() <= 1.0 + 1e-12
    span, mean_log = -math.log(low), float(np.log(severity / low).mean())
    estimate = tail
    for _ in range(100):  # 1/α − span/(e^{α span} − 1) = mean log excess
        estimate = 1 / (mean_log + span / math.expm1(estimate * span))
    ratio = span / (2 * math.sinh(tail * span / 2))
    error = 1 / math.sqrt(len(severity) * (1 / tail**2 - ratio**2))
    assert_within(estimate, tail, error)


def test_losses_of_a_quarter_add_up() -> None:
    """Expected loss = prevented + what relief faces.

    Without relief all of it is left. No false alarm.
    """
    state, setting = start(plain_world(2000), crisis_rate=2.0, violence_rate=2.0)
    advance(state, setting, [crises])
    flows = state.flows
    assert flows.hit.any()
    assert_exact(flows.loss_prevented + flows.need, flows.loss_expected)
    assert_exact(flows.loss, flows.need)
    assert (flows.hit == (flows.loss_expected > 0)).all()


def test_violence_follows_marginalisation_stress_and_peace() -> None:
    """Outbreaks come at r_V e^{β_m m + β_z z/(1 + z)}(1 − S_peace) over its mean at the start.

    Binomial tails over 30,000 cities of each of four kinds; the mean city of the start at r_V; false alarms
    10⁻⁶ each.
    """
    cities = 120_000
    kind = np.arange(cities) % 4
    world = plain_world(cities, marginalised=np.where(kind == 1, 0.6, 0.2))
    given = {"crisis_rate": 0.0, "war_rate": 0.0, "violence_rate": 0.4, "initial_coverage": 0.0}
    given |= {"violence_marginal": 2.0, "violence_stress": 1.5, "practices_per_domain": 1}
    state, setting = start(world, given, marginal_speed=0.0, development_speed=0.0)
    mean = (3 * math.exp(2.0 * 0.2) + math.exp(2.0 * 0.6)) / 4
    assert state.unrest.mean() == pytest.approx(1.0)
    state.stress[kind == 2] = 0.8
    state.services[kind == 3, DOMAIN_INDEX["peace"]] = 0.5
    advance(state, setting, [development, crises])
    for which, factor in enumerate((1.0, math.exp(2.0 * 0.4), math.exp(1.5 * 0.8 / 1.8), 0.5)):
        rate = 0.4 * factor * math.exp(0.4) / mean
        assert_share(int(state.flows.violence[kind == which].sum()), cities // 4, -math.expm1(-rate * DT))


def test_war_spills_over_on_cities_of_states_in_conflict() -> None:
    """Cities of the two states are struck at r_W, others never.

    Binomial tails, false alarms 10⁻⁶.
    """
    cities = 30_000
    given = {"crisis_rate": 0.0, "violence_rate": 0.0, "war_rate": 0.8, "practices_per_domain": 1}
    state, setting = start(plain_world(cities, states=3), given)
    state.conflict_left[setting.dyads.index[0, 2]] = 5
    advance(state, setting, [crises])
    home = setting.world.state
    assert not state.flows.hit[home == 1].any()
    assert_share(int(state.flows.hit[home != 1].sum()), 20_000, -math.expm1(-0.8 * DT))


def test_a_cyber_outage_strikes_a_share_of_all_cities() -> None:
    """An outage reaches 1 + .005 ϱ (N − 1) cities on average, and r_X/5 a city and year are hit by one.

    Outages are told from other crises by prevention; 4,000 quarters. Normal errors; slack 2 % for outages of
    the same quarter that meet; false alarms 10⁻⁶ each.
    """
    cities, rate, quarters = 1000, 0.005, 4000
    state, setting = start(plain_world(cities), EXOGENOUS_ONLY, crisis_rate=rate, crisis_correlation=4.0)
    state.services[:] = 0.8 * (np.arange(7) == DOMAIN_INDEX["digital"])
    reached = np.empty(quarters)
    for quarter in range(quarters):
        advance(state, setting, [crises])
        reached[quarter] = (state.flows.loss_prevented > 1e-15).sum()
    footprint = 1 + (cities - 1) * 4.0 * 0.005
    events = rate * 0.2 * cities / footprint * DT
    some = reached[reached > 0]
    several = events / -math.expm1(-events)  # mean number of outages of a quarter that has any
    assert_within(
        float(some.mean()), footprint * several, float(some.std() / math.sqrt(len(some))), 0.02 * footprint
    )
    assert_share(len(some), quarters, -math.expm1(-events))


@pytest.mark.parametrize(("domain", "km"), [("climate", 150.0), ("migration", 300.0), ("employment", 500.0)])
def test_footprints_have_their_radius(domain: str, km: float) -> None:
    """Every city within km · ϱ of the epicentre is hit, none beyond.

    Cities lie on the equator; the hits of one type in a quarter are one run of as many cities as fit, but
    where two events meet. Exact, no false alarm.
    """
    step_km = 90.0
    cities = 360
    longitude = np.arange(cities) * np.degrees(step_km / 6371.0)
    world = plain_world(cities, latitude=np.zeros(cities), longitude=longitude)
    state, setting = start(world, EXOGENOUS_ONLY, crisis_rate=0.01, crisis_correlation=2.0)
    state.services[:] = 0.8 * (np.arange(7) == DOMAIN_INDEX[domain])
    runs = []
    for _ in range(2500):
        advance(state, setting, [crises])
        hit = np.flatnonzero(state.flows.loss_prevented > 1e-15)
        if len(hit) and hit[0] > 20 and hit[-1] < cities - 21:
            runs.append(hit[-1] - hit[0] + 1)
    assert len(runs) > 5
    assert min(runs) == 2 * int(2.0 * km / step_km) + 1
    assert np.median(runs) == min(runs)


def test_what_insurers_cover_and_what_moves_donors() -> None:
    """Of L = severity (1 − π S)(0.7 + m): climate is insurable, all but downturns and outages move. Exact."""
    state, setting = start(plain_world(6), {"prevention": 0.5})
    state.services[:] = 0.4
    severity = np.diag([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])  # a type a city, in the order of the types
    felt = np.diag(severity) * (1 - 0.5 * 0.4) * (crises.IMPACT_FLOOR + state.marginalised)
    _, impact, insurable, moving = crises.impacts(severity, state, setting.parameters)
    assert_exact(impact, felt)
    assert_exact(insurable, felt * np.array([1, 0, 0, 0, 0, 0]))
    assert_exact(moving, felt * np.array([1, 1, 0, 0, 1, 1]))
