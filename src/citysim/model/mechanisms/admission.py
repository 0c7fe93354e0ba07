"""Admission: which cities a network takes (docs/model.md, 7.3)."""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import joining
from citysim.model.setting import Setting
from citysim.model.state import Networks


def rules_of(networks: Networks, setting: Setting) -> joining.Rules:
    """Size class, region, country and, in the form ``listed``, states of each network."""
    return joining.Rules(
        networks.alive, networks.min_population, networks.region, networks.state, setting.derive(takes)
    )


def eligible(networks: Networks, population: Floats, setting: Setting, city: Ints, network: Ints) -> Bools:
    """Whether each city may join the paired network: live, size class, region, country, states."""
    world = setting.world
    return joining.eligible(rules_of(networks, setting), population, world.region, world.state, city, network)


def takes(setting: Setting) -> Bools:
    """Whether the networks of the data take cities of each state, (K, S); no row where all take any."""
    world = setting.world
    if setting.parameters.catchment_form == "open" or world.network_states is None:
        return np.empty((0, world.n_states), dtype=bool)
    return world.network_states
