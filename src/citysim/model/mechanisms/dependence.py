"""State dependence: what a state that retreats costs its cities and the networks (docs/model.md, 7.10).

Part of what cities have to spend are grants of their state; a state that acts less pays less of them.
"""

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels import dependence as kernel
from citysim.model.kernels.memberships import shares_paid
from citysim.model.mechanisms.diplomacy import reference as of_start
from citysim.model.setting import Setting
from citysim.model.state import RunState


def dependence(setting: Setting) -> Floats:
    """Share g of each state, (S,) ∈ [0, 1]: the world's mean times the state's relative share of grants."""
    g: Floats = setting.parameters.state_dependence * setting.world.state_grants
    return np.minimum(g, 1.0)


def lost_by_states(state: RunState, setting: Setting) -> Floats:
    """Share of their means that retreat of each state costs its cities, g ρ, (S,)."""
    reference = setting.at_start(of_start).capacity
    return kernel.lost_by_states(setting.derive(dependence), state.action_capacity, reference)


def lost_means(state: RunState, setting: Setting) -> Floats:
    """Share of their means that retreat of their own state costs cities, g ρ, (N,)."""
    lost: Floats = lost_by_states(state, setting)[setting.world.state]
    return lost


def means_left(state: RunState, setting: Setting) -> Floats:
    """Capacity before aid is given, a (1 − g ρ), (N,)."""
    return kernel.means_left(
        capacity=setting.world.capacity,
        home=setting.world.state,
        grants=setting.derive(dependence),
        acting=state.action_capacity,
        reference=setting.at_start(of_start).capacity,
    )


def grants_paid(state: RunState, setting: Setting) -> Floats:
    """Share of each network's grants that is still paid, 1 − g ρ, mean over its members' people, (K,).

    Grants come from the states of a network's members; without a known member, from all.
    """
    networks, people, home = state.networks, state.population, setting.world.state
    lost = lost_by_states(state, setting)
    paid, known = shares_paid(
        networks.member_city, networks.member_network, people, home, lost, networks.alive
    )
    if not known:
        paid[np.isnan(paid)] = 1.0 - (people * lost[home]).sum() / people.sum()
    return paid
