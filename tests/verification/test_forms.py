"""Forms of learning beside that in proportion to shares: thresholds, the best; practices of later onset."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from citysim.model.kernels.thresholds import passed
from citysim.model.mechanisms import practices
from citysim.model.setting import Setting
from citysim.model.state import DT, IMPLEMENTED, N_DOMAINS, NONE, PLEDGED, RunState

from .chance import assert_share, assert_within
from .test_learning import ABLE, FAR, FREE, assert_hazard, learners
from .test_spread import held, network_of_all
from .worlds import NO_LEARNING, WILLING, advance, plain_world, start, uniform_matrix

pytestmark = pytest.mark.verification

#: Midpoint and softness of the thresholds.
MIDDLE, SOFT = 0.25, 0.5
THRESHOLD = {"learning_form": "threshold", "threshold_midpoint": MIDDLE, "threshold_softness": SOFT}


def step_of(share: float, middle: float = MIDDLE, soft: float = SOFT) -> float:
    """F(s) in powers of the odds: s^k (1−θ)^k / [s^k (1−θ)^k + (1−s)^k θ^k], k = 1/ε."""
    up, down = (share * (1 - middle)) ** (1 / soft), ((1 - share) * middle) ** (1 / soft)
    return up / (up + down)


@pytest.mark.parametrize(("middle", "soft"), [(0.25, 0.5), (0.1, 0.2), (0.5, 1.0), (0.8, 0.9)])
def test_thresholds_are_logistic_in_log_odds(middle: float, soft: float) -> None:
    """F is ½ at the midpoint, 0 at 0, 1 at 1, and the share itself at the null (½, 1). Exact."""
    assert passed(0.0, middle, soft) == 0.0
    assert passed(1.0, middle, soft) == 1.0
    assert passed(middle, middle, soft) == pytest.approx(0.5)
    for share in (0.01, 0.2, 0.6, 0.99):
        assert passed(share, middle, soft) == pytest.approx(step_of(share, middle, soft))
        assert passed(share, 0.5, 1.0) == pytest.approx(share)


@pytest.mark.parametrize(("middle", "soft", "begin"), [(0.25, 0.5, 0.12), (0.4, 0.35, 0.2)])
def test_s_curve_of_thresholds_in_one_network(middle: float, soft: float, begin: float) -> None:
    """Adopters follow dx/dt = r (1 − x) F(x), which is steepest at the root of F(x) = 1 − εx.

    By quarters x rises by (1 − x) (1 − e^{−rF(x)Δt}); with F′ = F (1 − F) / [εx (1 − x)] the root is where
    (1 − x) F(x) is largest.

    Mean of 56 practices over 2,000 cities against the sum over quarters every two years; tolerance 0.004 for
    the curvature of the mean, plus Monte Carlo error from the spread over practices, false alarms 10⁻⁶ a
    point. The steepest year is at the root within 0.08, of which half a year's growth is the most.
    """
    rate, years = 0.25, 40
    given = {**THRESHOLD, "threshold_midpoint": middle, "threshold_softness": soft}
    state, setting = network_of_all(2000, rate, begin, **given)
    x, path = begin, [begin]
    for quarter in range(1, round(years / DT) + 1):
        advance(state, setting, [practices])
        x += (1 - x) * -math.expm1(-rate * step_of(x, middle, soft) * DT)
        having = held(state)
        path.append(having.mean())
        if quarter % 8 == 0:
            assert_within(having.mean(), x, having.std() / math.sqrt(having.size), 0.004)
    inflection = brentq(lambda x: step_of(x, middle, soft) - 1 + soft * x, 1e-6, 1 - 1e-6)
    yearly = np.array(path)[::4]
    steepest = int(np.argmax(np.diff(yearly)))
    assert abs(yearly[steepest : steepest + 2].mean() - inflection) < 0.08


def test_thresholds_at_the_null_are_the_hazard_form() -> None:
    """With midpoint ½ and softness 1 a run takes the same path as under the hazard form. Exact."""
    null = {"learning_form": "threshold", "threshold_midpoint": 0.5, "threshold_softness": 1.0}
    runs = []
    for form in ({"learning_form": "hazard"}, null):
        state, setting = network_of_all(300, 0.4, 0.1, secretariat_effort=0.2, learning_state=0.3, **form)
        advance(state, setting, [practices], 20)
        runs.append(state.practices)
    assert (runs[0] == runs[1]).all()
    assert (runs[0] != NONE).mean() > 0.15


def test_twins_teach_past_the_threshold() -> None:
    """a ℓ λ_T e Σ_j v_j w_j · F(Σ v w X / Σ v w): the share is that of all twins, by how much each counts.

    Binomial tails over 28,000 cells, false alarms 10⁻⁶.
    """
    ties = {"twin_a": np.zeros(3, dtype=int), "twin_b": np.array([1, 2, 4])}
    state, setting = learners({"learning_twins": 5.0, **THRESHOLD}, **ties)
    state.twinnings.trust[:] = [0.9, 0.4, 0.7]  # abroad, at home, at home
    state.practices[2] = IMPLEMENTED
    listens = 0.9 * FAR + 0.4 + 0.7
    assert_hazard(state, setting, ABLE * FREE * 5.0 * 0.7 * listens * step_of(0.4 / listens))


def test_networks_and_neighbours_teach_past_the_threshold() -> None:
    """Networks: λ_N e q w f [F(X̄) + ε (1 − F(X̄))], neighbours: λ_G F of their share; the two add up.

    Binomial tails over 28,000 cells, false alarms 10⁻⁶.
    """
    near = np.full((8, 5), -1)
    near[0, :4] = [1, 2, 3, 5]
    members = {"membership_city": np.array([0, 1, 2]), "membership_network": np.zeros(3, dtype=int)}
    given = {"learning_networks": 12.0, "learning_neighbours": 3.0, "secretariat_effort": 0.2, **THRESHOLD}
    state, setting = learners(given, neighbours=near, networks=1, **members)
    state.networks.quality[0], state.networks.focus[0] = 0.6, 0.9
    state.engagement[:3] = [0.7, 0.2, 0.6]
    state.practices[2] = IMPLEMENTED
    f = step_of(0.6 / 1.5)
    network = 12.0 * 0.7 * 0.6 * FAR * 0.9 * (f + 0.2 * (1 - f))
    assert_hazard(state, setting, ABLE * FREE * (network + 3.0 * step_of(1 / 4)))


def test_states_teach_past_the_threshold() -> None:
    """λ_S φ F of the share that the state knows, of its own cities and of others; stalled, it teaches less.

    Binomial tails over 28,000 cells, false alarms 10⁻⁶.
    """
    changes = {"states": 2, "tension": uniform_matrix(2, 0.2)}
    state, setting = learners({"learning_state": 8.0, "intergovernmental": 0.5, **THRESHOLD}, **changes)
    state.practices[[1, 2, 3]] = IMPLEMENTED  # of state 1 two of four, of state 0 one of four
    for acting in (0.5, 0.1, 0.0):
        state.action_capacity[:] = [acting, 0.8]
        assert_hazard(state, setting, ABLE * FREE * 8.0 * acting * step_of(0.5 / 4 + 0.5 / 2))


#: Services of the eight learners in all domains under imitation of the best.
LEVEL = np.array([0.3, 0.8, 0.5, 0.2, 0.3, 0.9, 0.1, 0.4])


def imitators(given: dict[str, Any], **changes: Any) -> tuple[RunState, Setting]:
    """Eight cities whose services are ``LEVEL``, which learn from those that do better; gap ½."""
    state, setting = learners({"learning_form": "best", "imitation_gap": 0.5, **given}, **changes)
    state.services = np.tile(LEVEL[:, None], (1, N_DOMAINS))
    return state, setting


def test_better_twins_teach_by_how_much_they_are_ahead() -> None:
    """a ℓ λ_T e Σ v w X (S_j − S_i)₊ / Δ₀ (proportional imitation, Schlag 1998): worse twins teach nothing.

    Binomial tails over 28,000 cells, false alarms 10⁻⁶.
    """
    ties = {"twin_a": np.zeros(4, dtype=int), "twin_b": np.array([1, 2, 3, 4])}
    state, setting = imitators({"learning_twins": 5.0}, **ties)
    state.twinnings.trust[:] = [0.9, 0.4, 0.8, 0.7]
    state.practices[[1, 2, 3, 4]] = IMPLEMENTED
    assert_hazard(state, setting, ABLE * FREE * 5.0 * 0.7 * (0.9 * FAR * 0.5 + 0.4 * 0.2) / 0.5)


def test_better_members_and_neighbours_teach() -> None:
    """What a network teaches weighs as its holders are ahead, by engagement; neighbours count one by one.

    Binomial tails over 28,000 cells, false alarms 10⁻⁶.
    """
    near = np.full((8, 5), -1)
    near[0, :3] = [1, 3, 7]
    members = {"membership_city": np.array([0, 1, 2, 3]), "membership_network": np.zeros(4, dtype=int)}
    given = {"learning_networks": 8.0, "learning_neighbours": 2.0, "secretariat_effort": 0.2}
    state, setting = imitators(given, neighbours=near, networks=1, **members)
    state.networks.quality[0], state.networks.focus[0] = 0.6, 0.9
    state.engagement[:4] = [0.7, 0.2, 0.6, 0.5]
    state.practices[[1, 2, 3]] = IMPLEMENTED
    share = (0.2 + 0.6 + 0.5) / (0.7 + 0.2 + 0.6 + 0.5)
    ahead = (0.2 * 0.5 + 0.6 * 0.2) / (0.2 + 0.6 + 0.5)
    network = 8.0 * 0.7 * 0.6 * FAR * 0.9 * (share + 0.2 * (1 - share)) * ahead
    assert_hazard(state, setting, ABLE * FREE * (network + 2.0 * 0.5 / 3) / 0.5)


def test_states_pass_on_what_better_cities_and_states_do() -> None:
    """λ_S φ [(1 − ω) national + ω others']: own cities one by one, other states by their mean citizen.

    Binomial tails over 28,000 cells, false alarms 10⁻⁶.
    """
    people = np.array([1.0, 2, 3, 2, 1, 2, 3, 2]) * 1e6
    given = {"learning_state": 8.0, "intergovernmental": 0.4}
    state, setting = imitators(given, population=people, states=2, tension=uniform_matrix(2, 0.2))
    state.action_capacity[:] = [0.5, 0.8]
    state.practices[[2, 4, 6, 1]] = IMPLEMENTED
    own = (3 * 0.2 + 1 * 0.0 + 3 * 0.0) / (1 + 3 + 1 + 3)  # cities 2, 4 and 6 of state 0
    level = (2 * 0.8 + 2 * 0.2 + 2 * 0.9 + 2 * 0.4) / 8
    others = 2 / 8 * (level - 0.3)
    assert_hazard(state, setting, ABLE * FREE * 8.0 * 0.5 * (0.6 * own + 0.4 * others) / 0.5)


@pytest.mark.parametrize("form", ["twins", "networks", "neighbours", "state"])
def test_practices_never_move_from_worse_to_better(form: str) -> None:
    """The city that does best in all domains learns through no channel; those behind it do. Exact."""
    near = np.full((8, 5), -1)
    near[:, 0] = [5, 0, 0, 0, 0, 0, 5, 5]
    ends = {"twin_a": np.array([0, 5]), "twin_b": np.array([5, 6])}
    state, setting = imitators({f"learning_{form}": 20.0}, neighbours=near, networks=1, **ends)
    state.practices[[0, 1]] = IMPLEMENTED
    best = int(np.argmax(LEVEL))
    advance(state, setting, [practices], 1)
    assert (state.practices[best] == NONE).all()
    state.services = np.tile(LEVEL[:, None], (1, N_DOMAINS))
    state.practices[:] = NONE
    state.practices[best] = IMPLEMENTED
    advance(state, setting, [practices], 1)
    learned = (state.practices != NONE).any(axis=1)
    assert learned[np.arange(8) != best].any()


def test_a_lead_of_the_reference_gap_teaches_as_fast_as_the_hazard_form() -> None:
    """Where every teacher is ahead by Δ₀ a city learns at the rate of the hazard form.

    Binomial tails over 28,000 cells, false alarms 10⁻⁶.
    """
    state, setting = imitators({"learning_state": 8.0, "intergovernmental": 0.0})
    state.services[:] = 0.7
    state.services[0] = 0.2
    state.practices[2] = IMPLEMENTED
    assert_hazard(state, setting, ABLE * FREE * 8.0 * 1 / 4)


STAGGERED = {"practice_onset": "staggered", "practices_known": 0.3, "onset_years": 10.0}


def test_practices_become_known_evenly_over_the_years() -> None:
    """A share κ is known before the run, the rest in the quarters of T years, each as likely as another.

    Binomial tails over 1,400 practices for the share and for each of four parts of the years; false alarms
    10⁻⁶ each.
    """
    world = plain_world(4)
    state, setting = start(world, {**NO_LEARNING, **WILLING, **STAGGERED}, practices_per_domain=200)
    onset = practices.onsets(setting)
    assert_share(int((onset < 0).sum()), 1400, 0.3)
    for part in range(4):
        assert_share(int(((onset >= 10 * part) & (onset < 10 * part + 10)).sum()), 1400, 0.7 / 4)
    assert onset.max() < 40
    assert (state.practices[:, onset >= 0] == NONE).all()
    assert (state.practices[:, onset < 0] == IMPLEMENTED).any()


def test_the_first_city_is_drawn_by_its_rate_of_invention() -> None:
    """A city is the first to have a practice as often as it invents: ∝ (n/n̄)^{β−1} (½ + a).

    Binomial tails over the practices that begin in ten years; false alarms 10⁻⁶.
    """
    large = np.arange(20) < 5
    world = plain_world(20, population=np.where(large, 4e6, 1e6), capacity=np.where(large, 0.9, 0.2))
    given = {**NO_LEARNING, **WILLING, **STAGGERED, "invention_rate": 1e-12, "implementation_rate": 0.0}
    state, setting = start(world, given, practices_per_domain=200, initial_coverage=0.0, urban_scaling=1.3)
    advance(state, setting, [practices], 40)
    first = state.practices == PLEDGED
    begun = practices.onsets(setting) >= 0
    assert (first.sum(axis=0) == begun).all()
    weight = np.where(large, 4.0**0.3 * 1.4, 0.7)
    assert_share(int(first[large].sum()), int(begun.sum()), float(weight[large].sum() / weight.sum()))


def test_nobody_has_a_practice_before_its_onset() -> None:
    """Before its quarter no city has a practice, in it exactly one, and from the next on others invent it.

    Afterwards 1 − exp(−ι (½ + a) t) of the other cities have it: binomial tails, false alarms 10⁻⁶.
    """
    n, rate = 400, 0.2
    given = {**NO_LEARNING, **WILLING, **STAGGERED, "invention_rate": rate, "implementation_rate": 0.0}
    state, setting = start(plain_world(n), given, practices_per_domain=10, practices_known=0.0)
    onset = practices.onsets(setting)
    for quarter in range(40):
        advance(state, setting, [practices])
        having = (state.practices != NONE).sum(axis=0)
        assert (having[onset > quarter] == 0).all()
        assert (having[onset == quarter] == 1).all()
    for practice in np.flatnonzero(onset < 30)[:8]:
        years = (39 - onset[practice]) * DT
        others = int((state.practices[:, practice] != NONE).sum()) - 1
        assert_share(others, n - 1, -math.expm1(-rate * 1.5 * years))
