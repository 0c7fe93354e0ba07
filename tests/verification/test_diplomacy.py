"""Tension is an Ornstein-Uhlenbeck process, conflicts a Poisson process; stalled states do not act."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from citysim.model.mechanisms import diplomacy
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState

from .chance import assert_count, assert_exact, assert_share, assert_within
from .worlds import advance, pairs, plain_world, start, uniform_matrix

pytestmark = pytest.mark.verification

#: Tension depends on nothing but its mean and noise; no conflicts.
PEACE = {"contact_effect": 0.0, "diplomacy_effect": 0.0, "conflict_rate": 0.0, "tension_from_conflict": 0.0}


def states_at(tension: float, states: int, given: dict[str, Any], **more: float) -> tuple[RunState, Setting]:
    """A world of ``states`` states, one city each, all pairs at mean ``tension``."""
    return start(plain_world(states, states=states, tension=uniform_matrix(states, tension)), given, **more)


@pytest.mark.parametrize(("speed", "noise"), [(0.5, 0.06), (2.0, 0.15)])
def test_stationary_tension(speed: float, noise: float) -> None:
    """Ornstein-Uhlenbeck: mean τ̄, variance σ²/2κ, correlation e^{−κΔt} from quarter to quarter.

    4,950 dyads after ten relaxation times, far from the bounds; normal errors of a mean, a variance and a
    correlation; false alarms 10⁻⁶ each.
    """
    state, setting = states_at(0.5, 100, PEACE, tension_reversion=speed, tension_noise=noise)
    advance(state, setting, [diplomacy], round(10 / speed / DT))
    before = state.tension.copy()
    advance(state, setting, [diplomacy])
    n, variance = len(before), noise**2 / (2 * speed)
    assert_within(float(state.tension.mean()), 0.5, math.sqrt(variance / n))
    assert_within(float(state.tension.var()), variance, variance * math.sqrt(2 / n))
    kept = math.exp(-speed * DT)
    seen = float(np.corrcoef(before, state.tension)[0, 1])
    assert_within(seen, kept, (1 - kept**2) / math.sqrt(n))


def test_relaxation_of_tension() -> None:
    """Without noise τ(t) = τ̄ + (τ₀ − τ̄) e^{−κt}, whatever the step; in conflict τ̄ rises by χ/κ. Exact."""
    state, setting = states_at(0.4, 5, PEACE, tension_noise=0.0, tension_reversion=0.8)
    state.tension[:] = 0.9
    advance(state, setting, [diplomacy], 7)
    assert_exact(state.tension, 0.4 + 0.5 * math.exp(-0.8 * 7 * DT))
    war, setting = states_at(0.4, 5, PEACE | {"tension_from_conflict": 0.2}, tension_noise=0.0)
    war.conflict_left[0] = 1000
    advance(war, setting, [diplomacy], 9)
    assert_exact(war.tension[0], 0.4 + 0.2 / 0.5 * -math.expm1(-0.5 * 9 * DT))
    assert_exact(war.tension[1:], 0.4)


def test_contact_and_diplomacy_lower_tension() -> None:
    """Mean tension is τ̄ (1 − ηT)(1 − η_D φ_s φ_r), T = 1 − exp(−Σ trust / T₀ per thousand cities). Exact."""
    cities = 400
    world = plain_world(
        cities, states=2, **pairs(cities), tension=uniform_matrix(2, 0.5), state_capacity=np.array([0.9, 0.6])
    )
    given = {"tension_noise": 0.0, "conflict_rate": 0.0, "contact_effect": 0.7, "diplomacy_effect": 0.4}
    given |= {"trust_real": 0.25, "trust_saturation": 100.0}
    state, setting = start(world, given)
    state.tension[:], state.action_capacity[:] = 0.8, [0.5, 0.3]
    state.twinnings.suspended[:40] = True
    contact = 1 - math.exp(-160 * 0.25 / (100.0 * 0.4))
    target = 0.5 * (1 - 0.7 * contact) * (1 - 0.4 * 0.5 * 0.3)
    advance(state, setting, [diplomacy])
    tension = target + (0.8 - target) * math.exp(-0.5 * DT)
    assert_exact(state.tension, tension)
    assert_exact(state.action_capacity, np.array([0.9, 0.6]) * (1 - tension))


@pytest.mark.parametrize(("states", "tolerance"), [(3, 0.06), (20, 0.02), (90, 0.015)])
def test_world_rate_of_conflict_onsets(states: int, tolerance: float) -> None:
    """The world has H₀ onsets a year whatever the number of states, their borders and their past.

    Expected onsets over 1,000 years within 6, 2 and 1.5 % of H₀: 1 % for dyads already at war, the rest five
    standard errors of the noise of e^{βτ}. Onsets against expected onsets by Poisson tails; false alarms
    10⁻⁶ each.
    """
    near = np.zeros((states, states), dtype=bool)
    near[0, 1] = near[1, 0] = True
    far = np.roll(np.roll(near, 1, axis=0), 1, axis=1)
    tension = uniform_matrix(states, 0.3)
    world = plain_world(states, states=states, tension=tension, contiguous=near, past_conflict=far)
    given = {**PEACE, "conflict_rate": 0.1, "conflict_duration_max": 0.25, "conflict_past": 0.5}
    given |= {"conflict_contiguity": 1.0, "conflict_tension": 4.0}
    state, setting = start(world, given)
    years, onsets, expected = 1000, 0, 0.0
    first = state.past_conflict.copy()
    for _ in range(round(years / DT)):
        advance(state, setting, [diplomacy])
        onsets += state.flows.conflict_onsets
        expected += state.flows.conflict_hazard
        state.past_conflict = first.copy()  # or the hazard would rise with history
    assert expected == pytest.approx(0.1 * years, rel=tolerance)
    assert_count(onsets, expected)


def test_onsets_favour_tension_borders_and_past() -> None:
    """A dyad's hazard is e^{βτ}, e^{β_c} if contiguous, e^{β_p} with a past conflict, relative to others.

    The hazards of all dyads sum to H₀ (exactly, without noise); each kind's share of onsets has binomial
    tails; false alarms 10⁻⁶ for each of three kinds.
    """
    states = 4
    near, past = np.zeros((2, states, states), dtype=bool)
    near[0, 1] = near[1, 0] = past[0, 2] = past[2, 0] = True
    tension = uniform_matrix(states, 0.2)
    tension[0, 3] = tension[3, 0] = 0.5
    world = plain_world(states, states=states, tension=tension, contiguous=near, past_conflict=past)
    given = {**PEACE, "conflict_rate": 0.6, "conflict_tension": 3.0, "conflict_contiguity": 1.5}
    given |= {"conflict_past": 0.7, "tension_noise": 0.0, "conflict_duration_max": 0.25}
    state, setting = start(world, given)
    first = state.past_conflict.copy()
    count = np.zeros(len(first))
    advance(state, setting, [diplomacy])
    assert state.flows.conflict_hazard == pytest.approx(0.6 * DT)
    for _ in range(12_000):
        state.conflict_left[:] = 0
        state.past_conflict = first.copy()
        advance(state, setting, [diplomacy])
        count += state.conflict
    weight = np.ones(len(first))
    for other, factor in ((1, 1.5), (2, 0.7), (3, 3.0 * 0.3)):
        weight[setting.dyads.index[0, other]] = math.exp(factor)
    chance = -np.expm1(-0.6 * weight / weight.sum() * DT)
    for other in (1, 2, 3):
        dyad = setting.dyads.index[0, other]
        assert_share(int(count[dyad]), 12_000, float(chance[dyad]))
    assert not (state.past_conflict & ~first & ~state.conflict).any()


def test_conflict_durations_follow_a_truncated_pareto_law() -> None:
    """P(D > d) = ((d_min/d)^α − (d_min/d_max)^α) / (1 − (d_min/d_max)^α), in whole quarters, rounded up.

    Binomial tails over 40,470 dyads at six durations, from the quarters that an onset actually lasts; false
    alarms 10⁻⁶ each.
    """
    states, tail, low, high = 285, 1.3, 0.5, 8.0
    conflict = ~np.eye(states, dtype=bool)
    given = {**PEACE, "conflict_duration_tail": tail, "conflict_duration_min": low}
    state, setting = start(
        plain_world(states, states=states, conflict=conflict), given, conflict_duration_max=high
    )
    dyads = len(state.conflict_left)
    bottom = (low / high) ** tail
    for quarter in range(1, 33):
        advance(state, setting, [diplomacy])
        longer = int(state.conflict.sum())
        years = quarter * DT
        survival = ((low / years) ** tail - bottom) / (1 - bottom) if years > low else 1.0
        if quarter in (1, 2, 3, 8, 20, 31, 32):
            assert_share(longer, dyads, max(survival, 0.0))


@pytest.mark.parametrize(("rule", "tension"), [("unanimity", 0.2), ("majority", 0.2), ("majority", 0.6)])
def test_council_of_powers(rule: str, tension: float) -> None:
    """Endogenous stall is 1 − pⁿ under unanimity, P(at most n/2 of n agree) by majority, p = 1 − τ. Exact."""
    state, setting = states_at(tension, 9, PEACE, tension_noise=0.0)
    powers = setting.world.state_is_power
    among = powers[setting.dyads.first] & powers[setting.dyads.second]
    state.tension[~among] = 0.9  # tension with and among others is not the council's
    given = {**setting.parameters.model_dump(), "stall": "endogenous", "decision_rule": rule}
    _, endogenous = start(setting.world, given)
    advance(state, endogenous, [diplomacy])
    p, n = 1 - tension, 5
    blocked = {
        "unanimity": 1 - p**n,
        "majority": sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1)),
    }
    assert_exact(state.stall, blocked[rule])
    assert blocked["majority"] == pytest.approx(float(binom.cdf(2, 5, p)))


@pytest.mark.parametrize("stall", [0.0, 0.3, 1.0])
def test_action_capacity_and_retreat(stall: float) -> None:
    """φ = (1 − stall) κ (1 − mean τ); at unchanged tension a state has retreated by exactly the stall."""
    able = np.array([0.9, 0.5, 0.2])
    world = plain_world(6, states=3, tension=uniform_matrix(3, 0.25), state_capacity=able)
    state, setting = start(world, PEACE, tension_noise=0.0, stall=stall)
    expected = (1 - stall) * able * 0.75
    for _ in range(2):
        assert_exact(state.action_capacity, expected)
        assert_exact(diplomacy.retreat(state, setting), stall)
        advance(state, setting, [diplomacy])
    state.tension[:] = [0.1, 0.3, 0.6]  # dyads 0-1, 0-2, 1-2
    advance(state, setting, [diplomacy])
    tension = 0.25 + (np.array([0.1, 0.3, 0.6]) - 0.25) * math.exp(-0.5 * DT)
    mean = np.array([tension[0] + tension[1], tension[0] + tension[2], tension[1] + tension[2]]) / 2
    assert_exact(state.action_capacity, (1 - stall) * able * (1 - mean))


def test_stall_along_a_path() -> None:
    """φ = (1 − x(t)) κ (1 − mean τ), x the level of the last year named, 0 before: from its first quarter on.

    Exact at the start and in each of 24 quarters; no false alarm.
    """
    able = np.array([0.9, 0.5, 0.2])
    world = plain_world(6, states=3, tension=uniform_matrix(3, 0.25), state_capacity=able)
    state, setting = start(world, PEACE, tension_noise=0.0, stall={2024: 0.6, 2027: 0.25})
    assert_exact(state.action_capacity, able * 0.75)
    for quarter in range(24):
        advance(state, setting, [diplomacy])
        level = 0.0 if quarter < 4 else 0.6 if quarter < 16 else 0.25
        assert_exact(state.stall, level)
        assert_exact(state.action_capacity, (1 - level) * able * 0.75)
        assert_exact(diplomacy.retreat(state, setting), level)


def test_a_path_begun_before_the_start_holds_from_the_first_day() -> None:
    """A run that starts in 2023 starts at the level of 2020. Exact."""
    state, setting = start(plain_world(4, states=2), PEACE, stall={2020: 0.3, 2023: 0.8, 2050: 0.0})
    assert_exact(state.stall, 0.8)
    assert_exact(diplomacy.retreat(state, setting), 0.8)


@pytest.mark.parametrize(
    ("names", "own", "lost"),
    [
        ("all", {}, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]),
        ("powers", {}, [0.5, 0.5, 0.5, 0.5, 0.5, 0.0]),
        ("largest polluters", {}, [0.0, 0.0, 0.0, 0.5, 0.5, 0.5]),
        ("Asia", {}, [0.5, 0.0, 0.0, 0.5, 0.0, 0.0]),
        ("S001 + S004", {}, [0.0, 0.5, 0.0, 0.0, 0.5, 0.0]),
        ("Asia + S001", {"S000": 0.9, "S005": 0.1, "S001": 0.0}, [0.9, 0.0, 0.0, 0.5, 0.0, 0.1]),
    ],
)
def test_who_stalls(names: str, own: dict[str, float], lost: list[float]) -> None:
    """φ falls by the level in the states named, by its own level in a state that has one, elsewhere not.

    Powers are states 0 to 4, polluters 3 to 5, and of each state's three cities most are in Asia for 0 and 3.
    Exact.
    """
    region = np.array([1, 2, 3, 1, 2, 3] * 3)
    region[12:] = 5
    world = plain_world(18, states=6, region=region, tension=uniform_matrix(6, 0.2))
    given = {"stall": 0.5, "stalled_states": names, "stall_of": own}
    state, setting = start(world, PEACE, tension_noise=0.0, **given)
    for _ in range(2):
        assert_exact(state.stall, lost)
        assert_exact(state.action_capacity, (1 - np.array(lost)) * 0.8)
        assert_exact(diplomacy.retreat(state, setting), lost)
        advance(state, setting, [diplomacy])


def test_third_states_stand_with_the_side_they_are_aligned_with() -> None:
    """A third state leans by the difference of its alignments; below a quarter it stands with nobody.

    States 0 and 1 fight. 2 has a pact with 0; 3 is nearer to 1 by 0.4; 4 leans by 0.2 only; 5 has pacts with
    both. Of several conflicts the largest lean counts. Exact.
    """
    aligned = np.zeros((6, 6))
    for third, side, value in ((2, 0, 1.0), (3, 0, 0.2), (3, 1, 0.6), (4, 1, 0.2), (5, 0, 1.0), (5, 1, 1.0)):
        aligned[third, side] = aligned[side, third] = value
    state, setting = start(plain_world(6, states=6, aligned=aligned), PEACE)
    state.conflict_left[setting.dyads.index[0, 1]] = 4
    expected = np.zeros(len(state.conflict_left))
    expected[setting.dyads.index[2, 1]] = 1.0
    expected[setting.dyads.index[3, 0]] = 0.4
    assert_exact(diplomacy.sides(state, setting), expected)
    state.conflict_left[setting.dyads.index[0, 4]] = 4  # 3 leans to 0 by 0.2, too little; 2 and 5 lean to 0
    expected[setting.dyads.index[2, 4]] = expected[setting.dyads.index[5, 4]] = 1.0
    assert_exact(diplomacy.sides(state, setting), expected)


def test_a_conflict_begins_once() -> None:
    """A conflict is new in the quarter of its onset alone; one that goes on is not. Exact."""
    world = plain_world(6, states=3, tension=uniform_matrix(3, 0.5))
    state, setting = start(world, conflict_rate=50.0, rupture_form="burst", conflict_duration_min=2.0)
    seen = 0
    for _ in range(20):
        before = state.conflict.copy()
        advance(state, setting, [diplomacy])
        new = diplomacy.begun(state)
        seen += len(new)
        assert len(new) == state.flows.conflict_onsets
        assert state.conflict[new].all()
        assert (state.conflict & ~before).sum() <= len(new)
    assert seen > 3
    assert seen < 20 * 3


def test_a_conflict_involves_its_two_states_only() -> None:
    """Both states of a dyad in conflict are in conflict, no third one.

    No false alarm.
    """
    world = plain_world(4, states=4)
    state, setting = start(world, PEACE)
    state.conflict_left[setting.dyads.index[1, 3]] = 1
    assert diplomacy.in_conflict(state, setting).tolist() == [False, True, False, True]
    advance(state, setting, [diplomacy])
    assert not diplomacy.in_conflict(state, setting).any()
