"""Networks of the record that are founded at their dates, in a hindcast (docs/model.md, 7.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import joining
from citysim.model.mechanisms.admission import rules_of
from citysim.model.mechanisms.attention import overload, review_factor
from citysim.model.setting import Setting
from citysim.model.state import DT, Networks, RunState
from citysim.world.world import World

#: Value of ``initial_networks`` with which networks of the data that came later are founded at their dates.
DATED = "dated"
#: A network of fewer members closes at once.
FEWEST = 2


@dataclass(frozen=True)
class Opened:
    """Networks of the data founded in a quarter, (F,), and the keys of their first memberships."""

    slots: Ints
    keys: Ints


def there(world: World) -> Bools:
    """Which networks of the data have been founded by the start, (K,)."""
    if world.network_founded is None:
        return np.ones(world.n_networks, dtype=bool)
    return world.network_founded <= world.start_year


def due(setting: Setting) -> Mapping[int, Ints]:
    """Slots of the networks founded in each quarter of a run, the first of their year."""
    world, p = setting.world, setting.parameters
    if world.network_founded is None or p.initial_networks != DATED:
        return {}
    absent = p.absent_networks.split(" + ")
    later = [
        k
        for k, name in enumerate(world.network_name)
        if world.network_founded[k] > world.start_year and name not in absent
    ]
    quarter = np.round((world.network_founded[later] - world.start_year) / DT).astype(np.int64)
    return {int(q): np.array(later, np.int64)[quarter == q] for q in np.unique(quarter)}


def opened(state: RunState, setting: Setting) -> Opened | None:
    """The networks whose date is in the coming quarter, with their founders; None where there is none."""
    slots = setting.derive(due).get(state.step)
    if slots is None:
        return None
    keys = [founders_of(int(k), state, setting) * state.networks.slots + k for k in slots]
    return Opened(slots, np.concatenate(keys))


def open_(networks: Networks, some: Opened, step: int) -> Ints:
    """Have the networks exist from now on; keys of their first memberships."""
    networks.alive[some.slots] = True
    networks.founded[some.slots] = step
    return some.keys


def founders_of(k: int, state: RunState, setting: Setting) -> Ints:
    """First members of network ``k`` of the data: whom the record dates, else drawn by the founding law.

    The record's are the cities that had joined by the end of its first year. Fewer than two found nothing:
    then as many cities as found a network together are drawn among those that it admits, by openness and by
    the match of their needs with its focus.
    """
    world, p = setting.world, setting.parameters
    recorded = recorded_founders(world, k)
    if len(recorded) >= FEWEST:
        return recorded
    networks, n = state.networks, world.n_cities
    city = np.arange(n)
    rules = rules_of(networks, setting)._replace(alive=np.ones(networks.slots, dtype=bool))
    may = joining.eligible(rules, state.population, world.region, world.state, city, np.full(n, k))
    chance = setting.streams.at("networks", 0).uniform_of("recorded", k * n + city)
    speed: Floats = setting.derive(review_factor) * np.exp(-p.join_cost * overload(state))
    speed = speed * ((1.0 - state.services) @ networks.focus[k] + 1e-9) / -np.log(np.maximum(chance, 1e-300))
    order = np.argsort(-np.where(may, speed, 0.0), kind="stable")
    together = max(FEWEST, round(p.founding_share * n))
    first = order[:together]
    return np.sort(first[may[first] & (speed[first] > 0.0)])


def recorded_founders(world: World, k: int) -> Ints:
    """Cities whose joining of network ``k`` is dated by the end of the year in which it was founded."""
    city, network, year = world.joined_city, world.joined_network, world.joined_year
    if world.network_founded is None or city is None or network is None or year is None:
        return np.empty(0, dtype=np.int64)
    return np.sort(city[(network == k) & (year <= world.network_founded[k])])
