"""Events of networks: who joins and leaves, what is founded, closed and merged."""

from typing import cast

import numpy as np

from citysim.arrays import Ints
from citysim.model.events import kinds
from citysim.model.events.keys import found, marked
from citysim.model.events.resolve import Charter, Resolved
from citysim.model.mechanisms.admission import eligible
from citysim.model.setting import Setting
from citysim.model.state import EventState, Networks, RunState


def slot_of(name: str, state: RunState, setting: Setting, log: EventState) -> int:
    """Slot of a network that is alive; −1 where it is not."""
    if not setting.parameters.networks:
        return -1
    names = setting.world.network_name
    slot = log.networks.get(name, names.index(name) if name in names else -1)
    return slot if slot >= 0 and state.networks.alive[slot] else -1


def joined(item: Resolved, state: RunState, setting: Setting, log: EventState) -> tuple[int, int]:
    """Cities that may become members, whatever the members' vote would be."""
    event = cast("kinds.Membership", item.event)
    slot = slot_of(event.network, state, setting, log)
    taken = _join(slot, item.cities, state, setting)
    return taken, len(item.cities) - taken


def _join(slot: int, cities: Ints, state: RunState, setting: Setting) -> int:
    """Make members of a network of all who may and are not yet; how many."""
    networks = state.networks
    if slot < 0:
        return 0
    keys = cities * networks.slots + slot
    new = eligible(networks, state.population, setting, cities, np.full(len(cities), slot))
    new &= ~found(networks.key, keys)
    more = np.sort(keys[new])
    networks.key = np.insert(networks.key, np.searchsorted(networks.key, more), more)
    return int(new.sum())


def left(item: Resolved, state: RunState, setting: Setting, log: EventState) -> tuple[int, int]:
    """Members that are named leave."""
    networks, event = state.networks, cast("kinds.Membership", item.event)
    slot = slot_of(event.network, state, setting, log)
    taken = 0
    if slot >= 0:
        ends = marked(networks.key, item.cities * networks.slots + slot)
        taken = int(ends.sum())
        networks.key = networks.key[~ends]
    return taken, len(item.cities) - taken


def founded(item: Resolved, state: RunState, setting: Setting, log: EventState) -> tuple[int, int]:
    """A network in the next free slot, where there is one, and its first members."""
    networks, event = state.networks, cast("kinds.Found", item.event)
    charter, slot = cast("Charter", item.charter), networks.count
    if not setting.parameters.networks or slot >= networks.slots:
        return 0, len(item.cities)
    networks.focus[slot] = charter.focus
    networks.region[slot], networks.state[slot] = charter.region, charter.state
    networks.by_invitation[slot] = event.by_invitation
    networks.alive[slot] = True
    networks.founded[slot] = state.step
    networks.count += 1
    log.networks[event.network] = slot
    taken = _join(slot, item.cities, state, setting)
    return taken, len(item.cities) - taken


def closed(item: Resolved, state: RunState, setting: Setting, log: EventState) -> tuple[int, int]:
    """A network ends, and every membership in it."""
    slot = slot_of(cast("kinds.Close", item.event).network, state, setting, log)
    if slot < 0:
        return 0, 1
    _close(slot, state.networks, state.step)
    return 1, 0


def _close(slot: int, networks: Networks, step: int) -> None:
    networks.alive = networks.alive.copy()
    networks.alive[slot] = False
    networks.closed[slot] = step
    networks.key = networks.key[networks.member_network != slot]


def merged(item: Resolved, state: RunState, setting: Setting, log: EventState) -> tuple[int, int]:
    """Members of a network that may join the other, or are in it, and those that may not; it closes."""
    networks, event = state.networks, cast("kinds.Merge", item.event)
    slot, into = (slot_of(name, state, setting, log) for name in (event.network, event.into))
    if slot < 0 or into < 0:
        return 0, 1
    members = networks.member_city[networks.member_network == slot]
    already = int(found(networks.key, members * networks.slots + into).sum())
    taken = _join(into, members, state, setting) + already
    _close(slot, networks, state.step)
    return taken, len(members) - taken
