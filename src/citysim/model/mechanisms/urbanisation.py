"""Urbanisation: cities grow on their country's path with a residual of their own (docs/model.md, 7.2)."""

import math

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels import cities as kernel
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws


def trend(setting: Setting, step: int) -> Floats:
    """Growth of each city's country's urban population at ``step``, per year, (N,)."""
    world = setting.world
    rates: Floats = world.urban_growth[world.state, year_of_path(setting, step)]
    return rates


def year_of_path(setting: Setting, step: int) -> int:
    """Year of the countries' paths at ``step``; the last one goes on."""
    years: int = setting.world.urban_growth.shape[1]
    return min(int(step * DT), years - 1)


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Gibrat: d ln n = g_s dt + σ_g dB, the mean growth being the country's (UN WUP 2018)."""
    sigma, world = setting.parameters.urban_noise, setting.world
    state.growth, log = kernel.log_growth(
        world.urban_growth,
        year_of_path(setting, state.step),
        world.state,
        sigma**2 / 2,
        sigma * math.sqrt(DT),
        draw.normal("residual", world.n_cities),
    )
    state.population = state.population * np.exp(log, out=log)


def urban_share(state: RunState, setting: Setting) -> float:
    """Urban share of the states' population: the UN path, scaled by how the simulated cities grew."""
    world = setting.world
    start = np.bincount(world.state, world.population, world.n_states)
    now = np.bincount(world.state, state.population, world.n_states)
    grown = np.divide(now, start, out=np.ones_like(start), where=start > 0)  # a state may have no city
    urban = world.urban_population[:, 0] * grown
    time = state.step * DT
    last = world.total_population.shape[1] - 1
    before, after = min(int(time), last), min(int(time) + 1, last)
    weight = time - int(time)
    total = world.total_population[:, before] * (1 - weight) + world.total_population[:, after] * weight
    return float(np.minimum(urban, total).sum() / total.sum())
