"""Development, marginalisation and unrest (docs/model.md, 7.9)."""

import math
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels import cities as kernel
from citysim.model.mechanisms import urbanisation
from citysim.model.mechanisms.crises import unrest
from citysim.model.mechanisms.practices import initial_services
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws
from citysim.world.domains import DOMAIN_INDEX

#: Services that draw people in from the margins.
INCLUDING = tuple(DOMAIN_INDEX[name] for name in ("employment", "migration", "participation", "civic"))


@dataclass(frozen=True)
class Constants:
    """Baselines at which the world of the start is at rest, (N,) each, and what the parameters weigh."""

    development: Floats
    marginalised: Floats
    weights: kernel.Weights


def weights(setting: Setting) -> kernel.Weights:
    """Weights of the drivers."""
    p = setting.parameters
    return kernel.Weights(
        development_services=p.development_services,
        development_capacity=p.development_capacity,
        development_stress=p.development_stress,
        development_marginal=p.development_marginal,
        marginal_growth=p.marginal_growth,
        marginal_stress=p.marginal_stress,
        marginal_services=p.marginal_services,
        development_kept=math.exp(-p.development_speed * DT),
        marginal_kept=math.exp(-p.marginal_speed * DT),
    )


def baselines(setting: Setting) -> tuple[Floats, Floats]:
    """Each city's baselines, (N,): its values of the start less what the drivers of the start add to them."""
    world, calm = setting.world, np.zeros(setting.world.n_cities)
    developing, excluding = kernel.drives(
        setting.derive(initial_services),
        INCLUDING,
        world.capacity,
        calm,
        world.marginalised,
        urbanisation.trend(setting, 0),
        weights=setting.derive(weights),
    )
    return world.development - developing, world.marginalised - excluding


def constants(setting: Setting) -> Constants:
    """Baselines of the start and the weights of now."""
    return Constants(*setting.at_start(baselines), setting.derive(weights))


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Both relax (exactly) to baseline plus drive; unrest follows for the next quarter."""
    c = setting.derive(constants)
    kernel.developed(
        development=state.development,
        marginal=state.marginalised,
        baseline=c.development,
        marginal_baseline=c.marginalised,
        services=state.services,
        including=INCLUDING,
        capacity=state.capacity,
        stress=state.stress,
        growth=state.growth,
        weights=c.weights,
    )
    state.unrest = unrest(state, setting)
