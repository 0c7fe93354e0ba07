"""Urbanisation: cities grow on their country's path with a residual of their own (docs/model.md, 7.2)."""

import math

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.kernels import cities as kernel
from citysim.model.kernels.observation import urban_people
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
    log = draw.normal("residual", world.n_cities)
    kernel.log_growth(
        growth=world.urban_growth,
        year=year_of_path(setting, state.step),
        home=world.state,
        correction=sigma**2 / 2,
        noise=sigma * math.sqrt(DT),
        xi=log,
        dt=DT,
        trend=state.growth,
    )
    state.population *= np.exp(log, out=log)


def urban_share(state: RunState, setting: Setting) -> float:
    """Urban share of the states' population: the UN path, scaled by how the simulated cities grew."""
    urban, total = urban_people(*setting.derive(_start), state.population, state.step * DT)
    return float(np.add.reduce(urban) / np.add.reduce(total))  # numpy sums in pairs


def _start(setting: Setting) -> tuple[Ints, Floats, Floats, Floats]:
    """State of each city; of each state people of its cities, urban people, all people by year."""
    world = setting.world
    people = np.bincount(world.state, world.population, world.n_states)
    return world.state, people, world.urban_population[:, 0].copy(), world.total_population
