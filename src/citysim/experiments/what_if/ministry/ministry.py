"""A ministry of cities: every state funds the networks of its cities, until it stalls.

Each state pays its cities' networks a share of their running costs, in proportion to its action capacity. The
money comes on top of fees and grants, for what the networks do in a quarter: teaching, aid, voice.
"""

import numpy as np

from citysim import Extension

ministry = Extension("ministry", "states fund the networks of their cities until they stall")

ministry.parameter(
    "ministry_share",
    0.2,
    low=0.0,
    high=5.0,
    prior=(0.05, 0.8),
    scale="log",
    unit="share of a network's running cost per member",
    symbol="m",
    source="assumed",
    description="what a state that acts fully pays for each membership of its cities",
)


@ministry.start
def nothing_paid(setting, draws):
    """Keep what each state pays in a quarter, (states,)."""
    return {"paid": np.zeros(setting.world.n_states)}


@ministry.phase("ministry", after="networks")
def fund(state, setting, draws):
    """States add to the income of networks."""
    p, networks = setting.parameters, state.networks
    of = setting.world.state[networks.member_city]  # state of each membership
    grant = p.ministry_share * p.network_running_cost * state.action_capacity[of]
    state.extensions.ministry.paid = np.bincount(of, grant, setting.world.n_states)
    added = np.bincount(networks.member_network, grant, networks.slots)
    members = networks.size + networks.outside_members
    cost = p.network_fixed_cost * setting.world.n_cities + p.network_running_cost * members
    # quality is q = income / (income + cost), so what is added counts by the share 1 − q that is lacking
    more = (1.0 - networks.quality) * np.divide(added, cost, out=np.zeros_like(cost), where=cost > 0.0)
    networks.quality = (networks.quality + more) / (1.0 + more)


@ministry.outcome(
    "ministry_funds", "Funds of ministries of cities", unit="resources per city, summed", summary="sum"
)
def funds(state, setting):
    """A quarter of what states pay in a year at this rate."""
    return state.extensions.ministry.paid.sum() / setting.world.n_cities / 4
