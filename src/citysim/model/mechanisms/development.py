"""Development, marginalisation and unrest (docs/model.md, 7.9)."""

import math
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels.cities import mean_of_services, mean_service, towards
from citysim.model.mechanisms import urbanisation
from citysim.model.mechanisms.crises import unrest
from citysim.model.mechanisms.practices import initial_services
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws
from citysim.world.domains import DOMAIN_INDEX

#: Services that draw people in from the margins.
INCLUDING = np.array([DOMAIN_INDEX[name] for name in ("employment", "migration", "participation", "civic")])


@dataclass(frozen=True)
class Constants:
    """Baselines at which the world of the start is at rest, (N,) each."""

    development: Floats
    marginalised: Floats


def constants(setting: Setting) -> Constants:
    """Each city's baseline: its value of the start less what the drivers of the start add to it."""
    world, p = setting.world, setting.parameters
    services, calm = setting.derive(initial_services), np.zeros(world.n_cities)
    growth = urbanisation.trend(setting, 0)
    return Constants(
        world.development - development_drive(p, services, calm, world.marginalised, world.capacity),
        world.marginalised - marginal_drive(p, services, calm, growth),
    )


def development_drive(
    p: Parameters, services: Floats, stress: Floats, marginal: Floats, capacity: Floats
) -> Floats:
    """What capacity, services, stress and marginalisation add to development, (N,)."""
    gain = p.development_services * mean_service(services) + p.development_capacity * capacity
    return gain - p.development_stress * stress - p.development_marginal * marginal


def marginal_drive(p: Parameters, services: Floats, stress: Floats, growth: Floats) -> Floats:
    """What growth, stress and services add to the marginalised share, (N,)."""
    included = mean_of_services(services, INCLUDING)
    return p.marginal_growth * growth + p.marginal_stress * stress - p.marginal_services * included


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Both relax (exactly) to baseline plus drive; unrest follows for the next quarter."""
    p = setting.parameters
    c = setting.derive(constants)
    growth = state.growth
    margin = c.marginalised + marginal_drive(p, state.services, state.stress, growth)
    target = c.development + development_drive(
        p, state.services, state.stress, state.marginalised, state.capacity
    )
    state.marginalised = towards(state.marginalised, margin, math.exp(-p.marginal_speed * DT))
    state.development = towards(state.development, target, math.exp(-p.development_speed * DT))
    state.unrest = unrest(state, setting)
