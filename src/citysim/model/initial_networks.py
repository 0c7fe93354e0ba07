"""The networks of a run at its start: those of the data by then, fewer, more, or with other members."""

from difflib import get_close_matches
from functools import lru_cache

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.mechanisms import attention, recorded
from citysim.model.mechanisms.admission import eligible
from citysim.model.mechanisms.founding import asked, establish, founders, slots_of
from citysim.model.mechanisms.networks import reference_count
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import Networks, RunState
from citysim.world.world import World

#: Networks founded before the first quarter at a time; cities busy with the earlier ones then hold back.
FOUNDED_TOGETHER = 20


def named_networks(world: World, parameter: str, names: str) -> Ints:
    """Indices of networks by their names, joined by ' + '. Raises ``ValueError`` for one the world lacks."""
    found = []
    for name in names.split(" + ") if names else ():
        if name not in world.network_name:
            near = get_close_matches(name, world.network_name, n=1)
            hint = f"did you mean '{near[0]}'?" if near else "`citysim networks` lists them"
            raise ValueError(f"{parameter}: unknown network '{name}', {hint}")
        found.append(world.network_name.index(name))
    return np.array(found, dtype=np.int64)


def check_names(world: World, p: Parameters) -> None:
    """Raise ``ValueError`` where a parameter names a network that the world does not have."""
    for parameter in ("absent_networks", "placebo_networks"):
        named_networks(world, parameter, getattr(p, parameter))


def initial_networks(setting: Setting) -> Networks:
    """Networks of the data in the first slots; none at all where networks are switched off."""
    world, p = setting.world, setting.parameters
    known = world.n_networks if p.networks else 0
    slots = slots_of(setting)

    def slot_values(values: np.ndarray, fill: float) -> np.ndarray:
        filled = np.full((slots, *values.shape[1:]), fill, dtype=values.dtype)
        filled[:known] = values[:known]
        return filled

    alive = np.zeros(slots, dtype=bool)
    alive[:known] = _exist(setting)[:known]
    to_come = np.zeros(slots, dtype=bool)
    to_come[:known] = ~recorded.there(world)[:known]
    key, outside = _memberships_of(world, slots)
    networks = Networks(
        count=known,
        focus=slot_values(world.network_focus, 0.0),
        region=slot_values(world.network_region, -1),
        state=slot_values(world.network_state, -1),
        by_invitation=slot_values(world.network_by_invitation, False),
        min_population=slot_values(world.network_min_population, 0.0),
        campaign=np.zeros(slots, dtype=bool),
        outside_members=slot_values(outside, 0.0),
        alive=alive,
        founded=np.where(to_come, -1, 0),
        closed=np.where(alive | to_come | (np.arange(slots) >= known), -1, 0),
        quality=np.zeros(slots),
        initial_count=reference_count(setting),
        key=(key if p.networks else key[:0]).copy(),
        answered=np.zeros(world.n_states),
    )
    if p.networks:
        networks.key = networks.key[alive[networks.member_network]]
        for network in named_networks(world, "placebo_networks", p.placebo_networks):
            _draw_members(networks, int(network), setting)
    return networks


@lru_cache(maxsize=8)  # shared by the runs of a process
def _memberships_of(world: World, slots: int) -> tuple[Ints, Floats]:
    """Sorted keys of the data's memberships, (M,), and members outside the world, (networks,)."""
    here = np.bincount(world.membership_network, minlength=world.n_networks)
    outside = np.maximum(world.network_known_members - here, 0).astype(float)
    return np.sort(world.membership_city * slots + world.membership_network), outside


def found_first(state: RunState, setting: Setting) -> None:
    """Founders of a hindcast's networks, and the networks that are asked for beyond those of the data."""
    p, networks = setting.parameters, state.networks
    draw = setting.streams.at("networks", 0)
    if setting.world.network_founded is not None:
        _give_founders(state, setting)
        if p.attention:
            attention.step(state, setting, draw)
    missing = asked(p) - int(recorded.there(setting.world).sum())
    while missing > 0:
        together = founders(state, setting, draw, min(missing, FOUNDED_TOGETHER), networks.count)
        networks.key = np.sort(np.concatenate((networks.key, establish(networks, together, 0))))
        missing -= FOUNDED_TOGETHER
        if p.attention:
            attention.step(state, setting, draw)


def _give_founders(state: RunState, setting: Setting) -> None:
    """Members for those of the networks at the start of a hindcast that the record names none of."""
    networks = state.networks
    keys = [
        recorded.founders_of(int(k), state, setting) * networks.slots + k
        for k in np.flatnonzero(networks.alive & (networks.size == 0))
    ]
    networks.key = np.sort(np.concatenate((networks.key, *keys)))


def _exist(setting: Setting) -> Bools:
    """Which networks of the data exist at the start of this run, (K,); fewer keep a part of more."""
    world, p = setting.world, setting.parameters
    exist = recorded.there(world).copy()
    if isinstance(p.initial_networks, int) and p.initial_networks < exist.sum():
        order = np.argsort(setting.streams.at("networks", 0).uniform("kept", world.n_networks), kind="stable")
        order = order[exist[order]]
        exist[order[p.initial_networks :]] = False
    exist[named_networks(world, "absent_networks", p.absent_networks)] = False
    return exist


def _draw_members(networks: Networks, network: int, setting: Setting) -> None:
    """Replace a network's members by as many cities that may join, each as likely as any other."""
    world = setting.world
    size = int((networks.member_network == network).sum())
    city = np.arange(world.n_cities)
    may = eligible(networks, world.population, setting, city, np.full(world.n_cities, network))
    chance = setting.streams.at("networks", 0).uniform_of("placebo", network * world.n_cities + city)
    chosen = np.argsort(np.where(may, chance, 2.0), kind="stable")[: min(size, int(may.sum()))]
    others = networks.key[networks.member_network != network]
    networks.key = np.sort(np.concatenate((others, chosen * networks.slots + network)))
