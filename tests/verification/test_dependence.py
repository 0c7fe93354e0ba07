"""State dependence: retreat of a state takes g × retreat of its cities' means and of networks' grants."""

import numpy as np
import pytest

from citysim.model.mechanisms import attention, dependence, development, diplomacy, networks, relief
from citysim.model.model import CityModel
from citysim.world.world import World

from .chance import assert_exact
from .worlds import advance, pairs, plain_world, real_world, start

pytestmark = pytest.mark.verification

#: Tension without noise.
STILL = {"tension_noise": 0.0}
STALLS = [0.0, 0.25, 0.75, 1.0]


@pytest.mark.parametrize("stall", STALLS)
def test_capacity_from_the_first_day(stall: float) -> None:
    """At stall x a city has a (1 − g_s x), g_s = min(1, g · its state's relative grants). Exact."""
    able, grants = np.linspace(0.2, 0.9, 6), np.array([0.5, 1.0, 4.0])
    world = plain_world(6, states=3, capacity=able, state_grants=grants)
    state, setting = start(world, {"stall": stall, "state_dependence": 0.4, "conflict_rate": 0.0, **STILL})
    g = np.array([0.2, 0.4, 1.0])[world.state]
    assert_exact(diplomacy.retreat(state, setting), stall)
    assert_exact(state.capacity, able * (1.0 - g * stall))
    advance(state, setting, [diplomacy, relief], quarters=3)
    assert_exact(state.capacity, able * (1.0 - g * stall))


def test_capacity_follows_the_retreat_of_its_own_state() -> None:
    """A state that acts less takes g ρ of its own cities' means; aid given comes off what is left. Exact."""
    world = plain_world(4, states=2, capacity=np.full(4, 0.8), **pairs(4))
    given = {"state_dependence": 0.5, "twin_aid": 0.01, "twin_aid_limit": 1.0, "own_means": 0.0}
    state, setting = start(world, {**given, "state_fund": 0.0, "donations": 0.0, "trust_real": 1.0})
    state.action_capacity[1] *= 0.6  # cities 1 and 3
    state.flows.need[0], state.flows.hit[0] = 0.5, True
    advance(state, setting, [relief])
    assert_exact(state.capacity, [0.8, 0.8 * (1 - 0.5 * 0.4) - 0.01 * 0.8, 0.8, 0.8 * (1 - 0.5 * 0.4)])


@pytest.mark.parametrize("stall", STALLS)
def test_what_capacity_does_falls_with_it(stall: float) -> None:
    """Attention A₀ (½ + 2a) and the pull of development y_a a, at a (1 − g x). Exact."""
    given = {"stall": stall, "state_dependence": 0.3, "attention_spread": 0.0, "development_services": 0.0}
    state, setting = start(plain_world(5, capacity=np.full(5, 0.6)), given)
    left = 0.6 * (1 - 0.3 * stall)
    advance(state, setting, [attention])
    assert_exact(state.attention, 3.0 * (0.5 + 2 * left))
    before = state.development.copy()
    advance(state, setting, [development])
    p = setting.parameters
    pull = p.development_capacity * (left - 0.6)
    assert_exact(state.development - before, pull * -np.expm1(-p.development_speed * 0.25))


def member_world() -> World:
    """Two networks: one of cities of both states, one without a member in this world."""
    known = np.array([4, 9])
    return plain_world(
        4,
        states=2,
        networks=2,
        population=np.array([1e6, 3e6, 2e6, 1e6]),
        network_known_members=known,
        membership_city=np.array([0, 1]),
        membership_network=np.array([0, 0]),
    )


def test_grants_fall_by_the_retreat_of_the_members_states() -> None:
    """Grants are paid at 1 − Σ n g ρ / Σ n over members, over all cities where none is known. Exact."""
    state, setting = start(member_world(), {"state_dependence": 0.4})
    state.action_capacity[1] *= 0.5  # cities 1 and 3: 3 of the 4 million members, 4 of 7 million people
    assert_exact(dependence.grants_paid(state, setting)[:2], [1 - 0.2 * 3 / 4, 1 - 0.2 * 4 / 7])


def test_quality_of_a_secretariat_falls_with_its_grants() -> None:
    """Q = (f m + G (1 − g x)) / (f m + G (1 − g x) + F + r m) at stall x. Exact."""
    world = plain_world(10, networks=1)
    given = {"state_dependence": 0.4, "stall": 0.5, "network_fee": 1.0, "grant_pool": 2.0}
    state, setting = start(world, {**given, "network_fixed_cost": 0.5, "network_running_cost": 0.5})
    grants = dependence.grants_paid(state, setting)[0]
    assert_exact(grants, 0.8)
    size = np.bincount(state.networks.member_network, minlength=state.networks.slots)
    # alone on all seven topics it has all the grants of each
    income = 10 + 7 * 2.0 * 10 * grants
    assert_exact(networks.quality(state, size, setting)[0], income / (income + 0.5 * 10 + 0.5 * 10))


def test_vote_weighs_the_means_that_are_left() -> None:
    """Cities of a state that retreats are weaker candidates: logit⁻¹(v_a (a_i − mean of members)). Exact."""
    world = plain_world(
        4, states=2, networks=1, membership_city=np.array([0]), membership_network=np.array([0])
    )
    state, setting = start(world, {"state_dependence": 0.5, "invitation_capacity": 3.0})
    state.action_capacity[1] = 0.0
    size = np.bincount(state.networks.member_network, minlength=state.networks.slots)
    chance = networks._vote(state, setting, size, np.array([1, 2]), np.array([0, 0]))
    assert_exact(chance, 1 / (1 + np.exp(-3.0 * np.array([0.5 - 1.0, 0.0]))))


def test_without_dependence_stall_leaves_capacity_alone() -> None:
    """At g = 0 capacity is that of the world bit for bit, and at any g where states have not retreated."""
    world = real_world()
    stalled, _ = start(world, {"state_dependence": 0.0, "stall": 0.75})
    assert (stalled.capacity == world.capacity).all()
    acting, _ = start(world, {"state_dependence": 0.5})
    assert (acting.capacity == world.capacity).all()


def test_mean_over_people_is_the_parameter() -> None:
    """Over the real world's people the capacity lost at full stall is g in the mean. Exact."""
    world = real_world()
    state, setting = start(world, {"state_dependence": 0.3, "stall": 1.0})
    lost = dependence.lost_means(state, setting)
    assert_exact((lost * world.population).sum() / world.population.sum(), 0.3)


def test_more_dependence_means_less_development() -> None:
    """In a stalled world development of 2030 falls with g. Sign only, with the same draws."""
    world = World.synthetic(120, 12, seed=1)
    found = []
    for g in (0.0, 0.25, 0.5):
        given = {"stall": 0.75, "state_dependence": g}
        found.append(CityModel(world, given, rng=3, quarters=28).run().summary()["development"])
    assert found[0] > found[1] > found[2]
