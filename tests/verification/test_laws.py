"""Laws on practices, readiness to spread, secretariats, and the channels that pledges are credited to.

Shares of cells or of states and practices against their exact laws; binomial tails, false alarms 10⁻⁶ each.
"""

import math

import numpy as np
import pytest

from citysim.model.mechanisms import practices
from citysim.model.state import BANNED, DT, IMPLEMENTED, MANDATED, NONE, PLEDGED

from .chance import assert_exact, assert_share, assert_within
from .test_learning import ABLE, FAR, FREE, assert_hazard, learners
from .worlds import NO_LEARNING, WILLING, advance, plain_world, start

pytestmark = pytest.mark.verification

LAWLESS = {**NO_LEARNING, **WILLING, "initial_coverage": 1.0, "practices_per_domain": 20}


@pytest.mark.parametrize(("law", "factor"), [(MANDATED, 4.0), (0, 1.0), (BANNED, 0.0)])
def test_a_law_multiplies_pledging(law: int, factor: float) -> None:
    """Under a mandate the whole hazard is h_M times as high, under a ban it is nothing."""
    near = np.full((8, 5), -1)
    near[0, 0] = 2
    given = {"learning_neighbours": 0.5, "invention_rate": 0.1, "mandate_effect": 4.0}
    state, setting = learners(given, neighbours=near)
    state.practices[2] = IMPLEMENTED
    state.law[0] = law
    state.law[1] = -law  # of the other state, which is none of city 0's business
    assert_hazard(state, setting, factor * (0.5 * ABLE * FREE + 0.1 * (0.5 + ABLE)))


def test_a_ban_stops_pledges_but_not_what_is_implemented() -> None:
    """Forbidden pledges are dropped at δ and never implemented; what is implemented stays, but for δ."""
    state, setting = start(plain_world(1000), NO_LEARNING, drop_rate=0.7, implementation_rate=2.0)
    state.practices[:] = PLEDGED
    state.practices[:, ::2] = IMPLEMENTED
    state.law[:] = BANNED
    advance(state, setting, [practices])
    pledged, kept = state.practices[:, 1::2], state.practices[:, ::2]
    assert not (pledged == IMPLEMENTED).any()
    assert_share(int((pledged == NONE).sum()), pledged.size, -math.expm1(-0.7 * DT))
    assert_share(int((kept == NONE).sum()), kept.size, -math.expm1(-0.7 * DT))


def test_laws_follow_what_states_know() -> None:
    """After t years 1 − e^{−(r_M + r_B) φ X̄ t} of the states have a law, r_M / (r_M + r_B) of them mandates.

    X̄ mixes own cities, of which half know, and the other states, which act and know as much.
    """
    given = {**LAWLESS, "mandate_rate": 0.8, "ban_rate": 0.3, "law_years": 0.0}
    state, setting = start(plain_world(400, states=200), given)
    assert not state.law.any()
    state.practices[:200] = NONE  # the first city of each state
    state.action_capacity[:] = 0.6
    advance(state, setting, [practices], 8)
    made = -math.expm1(-1.1 * 0.6 * 0.5 * 2.0)
    assert_share(int((state.law == MANDATED).sum()), state.law.size, made * 0.8 / 1.1)
    assert_share(int((state.law == BANNED).sum()), state.law.size, made * 0.3 / 1.1)


def test_laws_stay_when_a_state_stalls() -> None:
    """A state that cannot act makes no law and keeps those it has.

    Exact; no false alarm.
    """
    given = {**LAWLESS, "mandate_rate": 2.0, "ban_rate": 1.0, "law_years": 0.2}
    state, setting = start(plain_world(40, states=20), given)
    before = state.law.copy()
    assert set(np.unique(before)) == {BANNED, 0, MANDATED}
    state.action_capacity[:] = 0.0
    advance(state, setting, [practices], 8)
    assert np.array_equal(state.law, before)


def test_a_law_is_not_overturned() -> None:
    """A state that has a law on a practice makes no other one, however much it acts and knows.

    Exact; no false alarm of it. That one without a law makes one in a year fails with e^−40 a practice.
    """
    given = {**LAWLESS, "mandate_rate": 20.0, "ban_rate": 20.0, "law_years": 0.0}
    state, setting = start(plain_world(400, states=200), given)
    state.law[:, ::3], state.law[:, 1::3] = MANDATED, BANNED
    before = state.law.copy()
    state.action_capacity[:] = 1.0
    advance(state, setting, [practices], 4)
    assert (state.law[before == 0] != 0).all()
    assert np.array_equal(state.law[before != 0], before[before != 0])


def test_laws_of_before_the_start() -> None:
    """The years before the start made laws at the same rates, by what cities know at the start."""
    given = {**LAWLESS, "mandate_rate": 0.1, "ban_rate": 0.05, "law_years": 8.0, "stall": 1.0}
    world = plain_world(400, states=200, state_capacity=np.full(200, 0.7))
    state, _ = start(world, given)
    made = -math.expm1(-0.15 * 0.7 * 8.0)
    assert_share(int((state.law == MANDATED).sum()), state.law.size, made * 2 / 3)
    assert_share(int((state.law == BANNED).sum()), state.law.size, made / 3)


def test_readiness_is_log_normal_of_mean_one() -> None:
    """log ρ is normal of mean −σ²/2 and sd σ: 1,400 practices; standard errors σ/√n and σ/√2n."""
    state, setting = learners({"readiness_spread": 0.8})
    log = np.log(setting.derive(practices.constants).readiness)
    assert_within(log.mean(), -0.32, 0.8 / math.sqrt(log.size))
    assert_within(log.std(), 0.8, 0.8 / math.sqrt(2 * log.size))
    assert state.practices.shape[1] == log.size


def test_practices_are_dropped_each_at_its_own_rate() -> None:
    """A share 1 − e^{−δ_p Δt} of 1,000 holders drops practice p, δ_p = δ e^{σz − σ²/2}; alike with σ = 0.

    Binomial tails over the practices, false alarms 10⁻⁶ each. log δ_p is normal of mean ln δ − σ²/2 and sd σ.
    """
    given = NO_LEARNING | {"drop_rate": 0.6, "dropping_form": "unequal"}
    for spread in (1.5, 0.0):
        state, setting = start(plain_world(1000), given, drop_spread=spread, practices_per_domain=20)
        rate = setting.derive(practices.constants).fixed.drop
        if spread == 0.0:
            assert_exact(rate, 0.6)
            continue
        log = np.log(rate)
        assert_within(log.mean(), math.log(0.6) - spread**2 / 2, spread / math.sqrt(log.size))
        assert_within(log.std(), spread, spread / math.sqrt(2 * log.size))
        state.practices[:] = IMPLEMENTED
        advance(state, setting, [practices])
        for p in range(0, log.size, 10):
            dropped = int((state.practices[:, p] == NONE).sum())
            assert_share(dropped, 1000, -math.expm1(-rate[p] * DT))


def test_readiness_speeds_learning_and_not_invention() -> None:
    """A practice is learned ρ times as fast and invented at the same rate: mean of 1 − e^{−(ρλ + ι)Δt}.

    Standard error of a sum of unequal Bernoulli trials, 1,400 practices in 20 quarters each from nothing.
    """
    near = np.full((8, 5), -1)
    near[0, 0] = 2
    given = {"learning_neighbours": 2.0, "invention_rate": 0.3, "readiness_spread": 1.2}
    state, setting = learners(given, neighbours=near)
    state.practices[2] = IMPLEMENTED
    held, pledged = state.practices, np.zeros(held_by(state))
    for _ in range(20):
        state.practices = held.copy()
        advance(state, setting, [practices])
        pledged += state.practices[0] == PLEDGED
    ready = setting.derive(practices.constants).readiness
    chance = -np.expm1(-(2.0 * ABLE * FREE * ready + 0.3 * (0.5 + ABLE)) * DT)
    fast = ready > np.median(ready)
    for half in (fast, ~fast):
        error = math.sqrt(20 * (chance * (1 - chance))[half].sum())
        assert_within(float(pledged[half].sum()), float(20 * chance[half].sum()), error)


def held_by(state: practices.RunState) -> int:
    """How many practices there are."""
    return int(state.practices.shape[1])


@pytest.mark.parametrize("effort", [0.0, 0.4, 1.0])
def test_a_secretariat_teaches_what_any_member_knows(effort: float) -> None:
    """λ_N e q w f [X̄ + ε (1 − X̄)] where a member knows the practice, nothing where none does."""
    members = {"membership_city": np.array([0, 1, 2]), "membership_network": np.array([0, 0, 0])}
    given = {"learning_networks": 12.0, "secretariat_effort": effort}
    state, setting = learners(given, networks=1, **members)
    state.networks.quality[0] = 0.8
    state.networks.focus[0] = 0.6
    state.engagement[:3] = [0.7, 0.2, 0.6]
    state.practices[2] = IMPLEMENTED
    known = 0.6 / 1.5
    taught = known + effort * (1 - known)
    assert_hazard(state, setting, ABLE * FREE * 12.0 * 0.7 * 0.8 * FAR * 0.6 * taught)
    state.practices[2] = NONE
    state.practices[4] = IMPLEMENTED  # outside the network
    assert_hazard(state, setting, 0.0)


@pytest.mark.parametrize("mandate", [1.0, 5.0])
def test_pledges_are_credited_in_proportion_to_their_hazard(mandate: float) -> None:
    """Every pledge is shared out as its hazard is made up; of one under a mandate (h − 1)/h is the law's.

    Exact; no false alarm.
    """
    near = np.full((8, 5), -1)
    near[0, :2] = [2, 5]
    ties = {"twin_a": np.array([0]), "twin_b": np.array([2]), "neighbours": near, "networks": 1}
    members = {"membership_city": np.array([0, 2]), "membership_network": np.array([0, 0])}
    rates = {"learning_twins": 2.0, "learning_networks": 9.0, "learning_state": 3.0}
    given = {**rates, "learning_neighbours": 1.0, "invention_rate": 0.1, "intergovernmental": 0.0}
    given |= {"trust_real": 0.5, "retreat_alone": 0.4, "retreat_pledging": 0.9, "mandate_effect": mandate}
    state, setting = learners(given, **ties, **members)
    state.networks.quality[0] = 0.8
    state.practices[2] = IMPLEMENTED
    state.action_capacity[:] = 0.5
    state.law[:] = MANDATED
    learns, alone, together = ABLE * FREE, math.exp(0.4 * 0.5), math.exp(0.9 * 0.5)
    parts = np.array(
        [
            0.1 * (0.5 + ABLE) * alone,
            learns * 2.0 * 0.7 * 0.5 * together,
            learns * 9.0 * 0.7 * 0.8 * FAR / 7 * 0.5 * together,
            learns * 3.0 * 0.5 / 4,
            learns * 1.0 * alone / 2,
        ]
    )
    advance(state, setting, [practices])
    pledges = state.flows.pledges[0]
    number = int((state.practices[0] == PLEDGED).sum())
    assert number > 20
    assert_exact(pledges[:5], number * parts / parts.sum() / mandate)
    assert_exact(pledges[5], number * (1 - 1 / mandate))
