"""Exposure: how the cities of a world are exposed to dated events, by the data at the start."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from citysim.arrays import Bools, Ints
from citysim.model.events import kinds
from citysim.model.events.resolve import Resolved, resolved
from citysim.model.groups import EXPOSURES
from citysim.model.state import Dyads
from citysim.world.world import World


@lru_cache(maxsize=4)  # shared by the runs of a process
def exposure_groups(world: World, texts: tuple[str, ...]) -> dict[str, Bools]:
    """Cities by how they are exposed to the events of any of ``texts``, (N,) each, in order of precedence.

    Every city is in the first group that it belongs to, an exposure mapping (Aronow & Samii 2017): an event
    names it (members of a network that closes or merges; all cities of states that fight, make peace or
    stall), it shares a network with one that is named or is in the network of the event, is the twin of one,
    has one among its nearest cities or is among those of one, lies in the state of one, or nothing of that.
    """
    named = np.zeros(world.n_cities, dtype=np.bool_)
    beside = named.copy()  # members of the networks of events
    for text in texts:
        events = resolved(world, text)[0]
        for item in events:
            named |= _named(world, item, events)
            for network in _networks(item):
                beside |= _members(world, network, events)
    exposed = [
        named,
        beside | _sharing_a_network(world, named),
        _at_the_other_end(named, world.twin_a, world.twin_b),
        _near(world, named),
        np.isin(world.state, world.state[named]),
        np.ones_like(named),
    ]
    return dict(zip(EXPOSURES, _each_in_one(exposed), strict=True))


def exposure_sizes(world: World, texts: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Number of ``cities`` of every group, and their ``people`` at the start."""
    return {
        name: {"cities": int(group.sum()), "people": float(world.population[group].sum())}
        for name, group in exposure_groups(world, texts).items()
    }


def _each_in_one(groups: Iterable[Bools]) -> list[Bools]:
    """Every city in the first group that has it."""
    taken: Bools | None = None
    found = []
    for group in groups:
        found.append(group.copy() if taken is None else group & ~taken)
        taken = group if taken is None else taken | group
    return found


def _named(world: World, item: Resolved, events: Sequence[Resolved]) -> Bools:
    """Cities that an event names, itself or by their network or state, (N,)."""
    named = np.zeros(world.n_cities, dtype=np.bool_)
    named[item.cities] = True
    if item.pairs is not None:
        named[item.pairs.ravel()] = True
    if isinstance(item.event, kinds.Close | kinds.Merge):
        named |= _members(world, item.event.network, events)
    if item.states is not None:
        named |= item.states[world.state]
    if item.dyad >= 0:
        two = np.argwhere(Dyads.of(world.n_states).index == item.dyad)
        named |= np.isin(world.state, two)
    return named


def _networks(item: Resolved) -> tuple[str, ...]:
    """Networks whose members an event exposes."""
    event = item.event
    if isinstance(event, kinds.Merge):
        return event.network, event.into
    return (event.network,) if isinstance(event, kinds.Membership | kinds.Found | kinds.Close) else ()


def _members(world: World, network: str, events: Sequence[Resolved]) -> Bools:
    """Members at the start, or those that an event founds the network with, (N,)."""
    members = np.zeros(world.n_cities, dtype=np.bool_)
    if network in world.network_name:
        of = world.membership_network == world.network_name.index(network)
        members[world.membership_city[of]] = True
    for item in events:
        if isinstance(item.event, kinds.Found) and item.event.network == network:
            members[item.cities] = True
    return members


def _sharing_a_network(world: World, named: Bools) -> Bools:
    theirs = np.unique(world.membership_network[named[world.membership_city]])
    sharing = np.zeros_like(named)
    sharing[world.membership_city[np.isin(world.membership_network, theirs)]] = True
    return sharing


def _at_the_other_end(named: Bools, a: Ints, b: Ints) -> Bools:
    other = np.zeros_like(named)
    other[b[named[a]]] = True
    other[a[named[b]]] = True
    return other


def _near(world: World, named: Bools) -> Bools:
    """Cities that have a named one among their nearest, or are among those of a named one, (N,)."""
    city = np.repeat(np.arange(world.n_cities), world.neighbours.shape[1])
    near = world.neighbours.ravel()
    return _at_the_other_end(named, city[near >= 0], near[near >= 0])
