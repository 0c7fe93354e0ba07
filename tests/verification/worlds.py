"""Worlds of which everything is known: cities alike, on an even sphere, in states at peace."""

import dataclasses
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from citysim.model.initial import initial_state
from citysim.model.parameters import Parameters, switches
from citysim.model.setting import Setting
from citysim.model.state import N_DOMAINS, Dyads, RunState
from citysim.model.streams import Streams
from citysim.world.world import World

#: Practices that suit every city alike: benefit far above a sharp threshold, whatever the context.
WILLING = {"context_width": 20.0, "benefit_midpoint": 0.0, "benefit_slope": 0.001}
#: Secretariats without costs, of quality 1.
FREE_NETWORKS = {"network_fixed_cost": 0.0, "network_running_cost": 0.0, "closing_threshold": 0.0}
#: Partners drawn evenly among all other cities.
EVEN_PARTNERS = {
    "gravity_distance": 0.0,
    "gravity_population": 0.0,
    "gravity_same_country": 0.0,
    "gravity_both_european": 0.0,
    "gravity_same_continent": 0.0,
    "gravity_both_rich": 0.0,
    "gravity_one_rich": 0.0,
    "propensity_spread": 0.0,
    "solidarity": 0.0,
    "closure": 0.0,
}
#: No learning from anyone, no invention, no dropping; practices alike, and no law on them.
NO_LEARNING = {
    "readiness_spread": 0.0,
    "secretariat_effort": 0.0,
    "mandate_rate": 0.0,
    "ban_rate": 0.0,
    "learning_twins": 0.0,
    "learning_networks": 0.0,
    "learning_state": 0.0,
    "learning_neighbours": 0.0,
    "invention_rate": 0.0,
    "drop_rate": 0.0,
}


def plain_world(cities: int, states: int = 1, networks: int = 0, **changes: Any) -> World:
    """``cities`` equal cities dealt to the states in turn; ``changes`` replace whole arrays.

    Every city is in every network unless ``membership_city`` and ``membership_network`` say otherwise;
    no twinnings, no tension, no growth, no neighbours.
    """
    ones, half = np.ones(cities), np.full(cities, 0.5)
    golden = np.pi * (3.0 - np.sqrt(5.0))
    place = np.arange(cities)
    city = np.tile(place, networks)
    network = np.repeat(np.arange(networks), cities)
    square = np.zeros((states, states), dtype=bool)
    path = np.full((states, 29), cities * 1e6 / states)
    values: dict[str, Any] = {
        "kind": "synthetic",
        "title": "a world of equal cities",
        "city_id": place + 1,
        "city_name": tuple(f"City {i}" for i in place),
        "latitude": np.degrees(np.arcsin(1.0 - (2.0 * place + 1.0) / cities)),
        "longitude": np.degrees(golden * place) % 360.0 - 180.0,
        "population": 1e6 * ones,
        "state": place % states,
        "region": np.ones(cities, dtype=np.int64),
        "north": np.zeros(cities, dtype=bool),
        "rich": np.zeros(cities, dtype=bool),
        "poor": np.zeros(cities, dtype=bool),
        "income": 0.0 * ones,
        "context": np.zeros((cities, 2)),
        "capacity": ones,
        "autonomy": ones,
        "reach": ones,
        "development": half,
        "marginalised": 0.3 * ones,
        "propensity": 0.0 * ones,
        "exposure": np.ones((cities, 4)),
        "neighbours": np.full((cities, 5), -1, dtype=np.int64),
        "state_iso3": tuple(f"S{s:03d}" for s in range(states)),
        "state_name": tuple(f"State {s}" for s in range(states)),
        "state_capacity": np.ones(states),
        "state_grants": np.ones(states),
        "state_power": np.full(states, 1.0 / states),
        "state_is_power": np.arange(states) < 5,
        "state_is_polluter": np.arange(states) >= 3,
        "urban_growth": np.zeros((states, 28)),
        "urban_population": path,
        "total_population": 2.0 * path,
        "start_year": 2023,
        "tension": np.zeros((states, states)),
        "contiguous": square,
        "past_conflict": square.copy(),
        "conflict": square.copy(),
        "aligned": np.zeros((states, states)),
        "network_name": tuple(f"Network {k}" for k in range(networks)),
        "network_focus": np.full((networks, N_DOMAINS), 1.0 / N_DOMAINS),
        "network_scope": np.zeros(networks, dtype=np.int64),
        "network_region": np.full(networks, -1),
        "network_state": np.full(networks, -1),
        "network_by_invitation": np.zeros(networks, dtype=bool),
        "network_min_population": np.zeros(networks),
        "network_reported_size": np.full(networks, np.nan),
        "network_known_members": np.zeros(networks, dtype=np.int64),
        "membership_city": city,
        "membership_network": network,
        "twin_a": np.empty(0, dtype=np.int64),
        "twin_b": np.empty(0, dtype=np.int64),
    }
    return World(**{**values, **changes})


@cache
def real_world() -> World:
    """The 2,000 largest real cities and the members of the named networks, read once."""
    return World.real(2000)


def pairs(cities: int) -> dict[str, Any]:
    """Twinnings 0-1, 2-3, … of a world of an even number of ``cities``."""
    return {"twin_a": np.arange(0, cities, 2), "twin_b": np.arange(1, cities, 2)}


def uniform_matrix(states: int, value: float) -> np.ndarray:
    """Symmetric matrix with ``value`` for every pair of states and a zero diagonal."""
    return value * (1.0 - np.eye(states))


def switched(*on: str) -> dict[str, bool]:
    """Switches with the named mechanisms on and all others off."""
    unknown = set(on) - set(switches())
    if unknown:
        raise ValueError(f"no such switch: {sorted(unknown)}")
    return {name: name in on for name in switches()}


def start(
    world: World, given: Mapping[str, Any] = MappingProxyType({}), seed: int = 1, **more: Any
) -> tuple[RunState, Setting]:
    """State and setting at the start of a run of ``world``; ``more`` overrides ``given`` parameters."""
    parameters = Parameters(**{**given, **more})
    setting = Setting(world, parameters, Streams(seed), Dyads.of(world.n_states))
    return initial_state(setting), setting


def advance(state: RunState, setting: Setting, mechanisms: Iterable[Any], quarters: int = 1) -> None:
    """Run the given mechanism modules, and nothing else, for some quarters."""
    modules = list(mechanisms)
    for _ in range(quarters):
        for module in modules:
            name = module.__name__.rsplit(".", 1)[-1]
            module.step(state, setting, setting.streams.at(name, state.step + 1))
        state.step += 1


def changed(world: World, **arrays: Any) -> World:
    """A copy of ``world`` with some arrays replaced."""
    return dataclasses.replace(world, **arrays)
