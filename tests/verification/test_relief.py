"""Relief: aid given is aid received, pools ration, and what is left becomes stress."""

import math
from typing import Any

import numpy as np
import pytest

from citysim.model.mechanisms import relief
from citysim.model.parameters import Parameters
from citysim.model.schedule import SCHEDULE
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.world.world import World

from .chance import assert_exact
from .worlds import FREE_NETWORKS, advance, pairs, plain_world, start

pytestmark = pytest.mark.verification

#: Nobody relieves anything.
NO_RELIEF = {
    "own_means": 0.0,
    "insured_rich": 0.0,
    "insured_middle": 0.0,
    "insured_poor": 0.0,
    "state_fund": 0.0,
    "donations": 0.0,
    "network_pool": 0.0,
    "twin_aid": 0.0,
    "twin_aid_limit": 1.0,
}


def struck(
    world: World, loss: dict[int, float], given: dict[str, Any], **more: Any
) -> tuple[RunState, Setting]:
    """A world whose named cities have just lost a share of their product."""
    state, setting = start(world, {**NO_RELIEF, **FREE_NETWORKS, **given}, **more)
    for city, share in loss.items():
        for kind in ("need", "loss_expected", "insurable", "moving"):
            getattr(state.flows, kind)[city] = share
        state.flows.hit[city] = True
    return state, setting


def random_world(seed: int, given: dict[str, float]) -> tuple[RunState, Setting]:
    """120 unequal cities in three networks and 150 twinnings, a quarter of them hit."""
    rng = np.random.default_rng(seed)
    n = 120
    a, b = np.unique(np.sort(rng.integers(0, n, (150, 2)), axis=1), axis=0).T
    member = np.unique(rng.integers(0, n * 3, 200))
    world = plain_world(
        n,
        states=4,
        networks=3,
        population=rng.lognormal(13, 1, n),
        capacity=rng.uniform(0.2, 1, n),
        membership_city=member // 3,
        membership_network=member % 3,
        twin_a=a[a < b],
        twin_b=b[a < b],
    )
    loss = {int(i): float(rng.pareto(1.0) / 20) for i in rng.permutation(n)[:30]}
    some = {"own_means": 0.01, "insured_middle": 0.1, "state_fund": 0.002, "donations": 0.05}
    return struck(world, loss, some | {"network_pool": 0.008, "twin_aid": 0.01} | given)


@pytest.mark.parametrize("source", ["network_pool", "twin_aid", "both"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_aid_given_is_aid_received(seed: int, source: str) -> None:
    """Σ given = Σ received, in people-equivalents, networks and twins apart and together.

    Nobody gets more than it needs, nobody hit gives, nobody unhurt receives; all parts add up to the need.
    Exact, no false alarm.
    """
    off = {"network_pool": {"twin_aid": 0.0}, "twin_aid": {"network_pool": 0.0}, "both": {}}[source]
    state, setting = random_world(seed, off)
    people, flows = state.population, state.flows
    advance(state, setting, [relief])
    received = flows.relief_networks + flows.relief_twins
    assert received.sum() > 0
    assert_exact((flows.given * people).sum() / (received * people).sum(), 1.0)
    alone = flows.relief_own + flows.relief_insurance + flows.relief_state + flows.relief_donations
    parts = alone + received + flows.loss
    assert_exact(parts, flows.need)
    assert (flows.loss >= 0).all()
    assert not (flows.given[flows.hit] > 0).any()
    assert not (received[~flows.hit] > 0).any()


def test_own_means_come_first() -> None:
    """A city bears min(need, ω_O a) itself. Exact."""
    world = plain_world(3, capacity=np.array([0.5, 0.5, 0.9]))
    state, setting = struck(world, {0: 0.01, 1: 0.2}, {"own_means": 0.06})
    advance(state, setting, [relief])
    assert_exact(state.flows.relief_own, [0.01, 0.03, 0.0])
    assert_exact(state.flows.loss, [0.0, 0.17, 0.0])


def test_insurers_cover_a_share_by_income_of_what_is_insurable() -> None:
    """min(left after own means, σ L of insurable types), σ by the income of the country. Exact."""
    world = plain_world(4, rich=np.array([1, 0, 0, 0], bool), poor=np.array([0, 0, 1, 0], bool))
    shares = {"insured_rich": 0.4, "insured_middle": 0.06, "insured_poor": 0.01}
    state, setting = struck(world, dict.fromkeys(range(4), 0.2), shares)
    state.flows.insurable[3] = 0.15
    advance(state, setting, [relief])
    assert_exact(state.flows.relief_insurance, [0.08, 0.012, 0.002, 0.009])
    assert_exact(state.flows.loss, [0.12, 0.188, 0.198, 0.191])
    able, setting = struck(world, {0: 0.2}, shares, own_means=0.15)
    advance(able, setting, [relief])
    assert_exact(able.flows.relief_insurance[0], 0.05)


def test_donations_are_a_share_of_what_moves_people() -> None:
    """min(left after own means, insurers and state, ω_D L of moving types). Exact."""
    state, setting = struck(plain_world(3), {0: 0.2, 1: 0.2}, {"donations": 0.05})
    state.flows.moving[1] = 0.1
    advance(state, setting, [relief])
    assert_exact(state.flows.relief_donations, [0.01, 0.005, 0.0])
    helped, setting = struck(plain_world(3), {0: 0.2}, {"donations": 0.05, "state_fund": 0.199 / 3})
    advance(helped, setting, [relief])
    assert_exact(helped.flows.relief_donations[0], 0.001)


def test_one_city_hit_is_met_by_all_in_turn() -> None:
    """Own means, insurers, state, donors, network and twin, each of what the one before has left. Exact."""
    world = plain_world(4, networks=1, **pairs(4))
    given = {"own_means": 0.01, "insured_middle": 0.1, "state_fund": 0.002, "donations": 0.02}
    given |= {"network_pool": 0.004, "twin_aid": 0.005, "trust_real": 0.8}
    state, setting = struck(world, {0: 0.5}, given, attention=False)
    advance(state, setting, [relief])
    flows = state.flows
    steps = {"own": 0.01, "insurance": 0.05, "state": 4 * 0.002, "donations": 0.01}
    steps |= {"networks": 3 * 0.004 * DT, "twins": 0.8 * 0.005}
    for source, amount in steps.items():
        assert_exact(getattr(flows, f"relief_{source}")[0], amount)
    assert_exact(flows.loss[0], 0.5 - sum(steps.values()))
    assert_exact(flows.given, [0.0, 0.001 + 0.004, 0.001, 0.001])


def test_what_is_small_is_met_before_cities_give_anything() -> None:
    """A loss that own means, insurers, state and donors cover takes nothing from other cities. Exact."""
    world = plain_world(4, networks=1, **pairs(4))
    given = {
        "own_means": 0.01,
        "insured_middle": 0.1,
        "state_fund": 0.1,
        "network_pool": 0.1,
        "twin_aid": 0.1,
    }
    state, setting = struck(world, {0: 0.05}, given, attention=False)
    advance(state, setting, [relief])
    assert_exact(state.flows.relief_state[0], 0.05 - 0.01 - 0.005)
    assert (state.flows.given == 0.0).all()


def test_state_fund_is_rationed_in_proportion_to_need() -> None:
    """The fund ω_S φ per head of all the state's cities goes to those in need, in proportion. Exact."""
    world = plain_world(8, states=2, population=np.array([1.0, 1, 3, 1, 1, 1, 1, 1]) * 1e6)
    loss = {0: 0.4, 2: 0.2, 1: 0.001}
    state, setting = struck(world, loss, {"state_fund": 0.05})
    state.action_capacity[:] = [0.5, 0.8]
    advance(state, setting, [relief])
    share = 0.05 * 0.5 * 6 / (0.4 * 1 + 0.2 * 3)  # state 0 has cities 0, 2, 4, 6: six million people
    assert_exact(state.flows.relief_state[[0, 2]], [0.4 * share, 0.2 * share])
    assert_exact(state.flows.relief_state[1], 0.001)  # a fund that reaches gives the need and no more
    state.action_capacity[:] = 0.0
    state.flows.need[0] = 0.4
    advance(state, setting, [relief])
    assert (state.flows.relief_state == 0.0).all()


def test_mutual_aid_with_one_member_hit() -> None:
    """One of n members hit gets what the n − 1 others give, (n − 1) ω_N Δt a e q, or its need. Exact."""
    n = 20
    world = plain_world(n, networks=1, capacity=np.full(n, 0.8))
    for loss, expected in ((0.5, 19 * 0.016 * DT * 0.8 * 0.5 * 0.7), (0.001, 0.001)):
        state, setting = struck(world, {3: loss}, {"network_pool": 0.016, "pool_curve": 1.0})
        state.engagement[:], state.networks.quality[0] = 0.5, 0.7
        advance(state, setting, [relief])
        assert_exact(state.flows.relief_networks[3], expected)
        assert_exact(state.flows.given[np.arange(n) != 3], expected / 19)
        assert_exact(state.capacity, 0.8 - state.flows.given)


def test_mutual_aid_with_all_members_hit() -> None:
    """Where every member is hit the pool is empty and relief is exactly zero, in that network alone."""
    n = 20
    world = plain_world(
        n, networks=2, membership_city=np.arange(n), membership_network=(np.arange(n) >= 10).astype(int)
    )
    state, setting = struck(world, dict.fromkeys(range(11), 0.1), {"network_pool": 0.04, "twin_aid": 0.05})
    advance(state, setting, [relief])
    assert (state.flows.relief_networks[:10] == 0.0).all()
    assert (state.flows.given[:10] == 0.0).all()
    assert_exact(state.flows.relief_networks[10], 9 * 0.04 * DT)


def test_pool_curve_saturates() -> None:
    """Of a pool P, P₀ (P/P₀)^γ is usable and never more than P; P₀ in losses of a mean city. Exact."""
    n = 41
    for scale, usable in ((0.1, 0.1 * math.sqrt(0.4 / 0.1)), (2.0, 0.4)):
        given = {"network_pool": 0.04, "pool_curve": 0.5, "pool_scale": scale}
        state, setting = struck(plain_world(n, networks=1), {0: 1.0}, given, attention=False)
        advance(state, setting, [relief])
        assert_exact(state.flows.relief_networks[0], min(usable, 0.4))


def test_members_of_several_networks_ask_each_for_a_part() -> None:
    """A city in two networks asks each for half its need: one empty pool leaves that half. Exact."""
    world = plain_world(
        6, networks=2, membership_city=np.array([0, 1, 2, 0, 3]), membership_network=np.array([0, 0, 0, 1, 1])
    )
    state, setting = struck(world, {0: 0.01, 3: 0.01}, {"network_pool": 0.5}, attention=False)
    advance(state, setting, [relief])
    assert_exact(state.flows.relief_networks, [0.005, 0, 0, 0, 0, 0])
    assert_exact(state.flows.given, [0, 0.0025, 0.0025, 0, 0, 0])


def test_twins_give_by_trust_up_to_their_limit() -> None:
    """A twin gives ω_T v a, at most ω_T^max over all its twins, at most the need; nothing if hit. Exact."""
    star = {"twin_a": np.zeros(5, dtype=int), "twin_b": np.arange(1, 6)}
    world = plain_world(7, **star, capacity=np.full(7, 0.5))
    given = {"twin_aid": 0.04, "twin_aid_limit": 0.1, "trust_real": 0.6}
    state, setting = struck(world, {1: 0.2, 2: 0.2, 3: 0.001}, given)
    state.twinnings.suspended[4] = True
    advance(state, setting, [relief])
    assert_exact(state.flows.relief_twins, [0, 0.5 * 0.6 * 0.04, 0.5 * 0.6 * 0.04, 0.001, 0, 0, 0])
    tight, setting = struck(world, {1: 0.2, 2: 0.2, 3: 0.2}, given, twin_aid_limit=0.03)
    advance(tight, setting, [relief])
    assert_exact(tight.flows.relief_twins[1:4], 0.03 * 0.5 / 3)
    assert_exact(tight.flows.given[0], 0.03 * 0.5)
    hit, setting = struck(world, {0: 0.2, 1: 0.2}, given)
    hit.twinnings.suspended[2:] = True
    advance(hit, setting, [relief])
    assert_exact(hit.flows.relief_twins, [0.012, 0, 0, 0, 0, 0, 0])


def test_twins_do_not_help_across_a_suspended_tie() -> None:
    """A suspended tie carries nothing.

    No false alarm.
    """
    state, setting = struck(plain_world(4, **pairs(4)), {0: 0.2, 2: 0.2}, {"twin_aid": 0.01})
    state.twinnings.suspended[0] = True
    advance(state, setting, [relief])
    assert_exact(state.flows.relief_twins, [0, 0, 0.01 * 0.8, 0])


@pytest.mark.parametrize("on", [True, False])
def test_stress_recovers_and_losses_add_to_it(on: bool) -> None:
    """z(t + Δt) = z e^{−ρ_z (1 + ρ_S S̄)Δt} + ψ_z · loss, with relief on or off. Exact."""
    given = {"stress_recovery": 0.6, "recovery_services": 0.8, "stress_from_loss": 4.0}
    state, setting = struck(plain_world(3), {1: 0.05}, given)
    state.flows.loss[1] = 0.05
    state.stress[:] = 0.3
    state.services[:] = np.arange(7) / 7  # mean 3/7
    phase = next(phase for phase in SCHEDULE if phase.name == "relief")
    mechanism = phase.choose(Parameters(relief=on))
    assert mechanism is not None
    mechanism(state, setting, setting.streams.at("relief", 1))
    kept = 0.3 * math.exp(-0.6 * (1 + 0.8 * 3 / 7) * DT)
    assert_exact(state.stress, [kept, kept + 4.0 * 0.05, kept])


def test_capacity_is_back_the_quarter_after_giving() -> None:
    """Aid lowers the giver's capacity for one quarter only. Exact."""
    state, setting = struck(plain_world(4, **pairs(4)), {0: 0.2}, {"twin_aid": 0.01})
    advance(state, setting, [relief])
    assert_exact(state.capacity, [1.0, 1.0 - 0.008, 1.0, 1.0])
    state.flows.need[:] = 0.0
    state.flows.hit[:] = False
    advance(state, setting, [relief])
    assert_exact(state.capacity, 1.0)
