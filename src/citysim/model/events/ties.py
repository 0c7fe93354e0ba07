"""Events of ties: which begin, end, or are suspended."""

from typing import cast

import numpy as np

from citysim.arrays import Bools, Ints
from citysim.model.events.keys import found, marked
from citysim.model.events.resolve import Resolved
from citysim.model.setting import Setting
from citysim.model.state import EventState, RunState, Twinnings


def twinned(item: Resolved, state: RunState, setting: Setting, log: EventState) -> tuple[int, int]:
    """New ties at the trust of new ones, of pairs that have none."""
    world, ties, pairs = setting.world, state.twinnings, cast("Ints", item.pairs)
    a, b = pairs[:, 0], pairs[:, 1]
    key = np.unique(a * world.n_cities + b)
    new = key[~found(ties.key, key)] if setting.parameters.twinning else key[:0]
    if len(new):
        a, b = new // world.n_cities, new % world.n_cities
        place = np.searchsorted(ties.key, new)
        state.twinnings = Twinnings(
            key=np.insert(ties.key, place, new),
            a=np.insert(ties.a, place, a),
            b=np.insert(ties.b, place, b),
            pair=np.insert(ties.pair, place, setting.dyads.index[world.state[a], world.state[b]]),
            trust=np.insert(ties.trust, place, setting.parameters.trust_start),
            suspended=np.insert(ties.suspended, place, values=False),
            start=np.insert(ties.start, place, state.step),
        )
    return len(new), len(pairs) - len(new)


def untwinned(item: Resolved, state: RunState, setting: Setting, log: EventState) -> tuple[int, int]:
    """The ties named end."""
    named = _named(item, state.twinnings, setting.world.n_cities)
    if named.any():
        state.twinnings = state.twinnings.take(~named)
    return _count(item, int(named.sum()))


def suspended(item: Resolved, state: RunState, setting: Setting, log: EventState) -> tuple[int, int]:
    """The live ones of the ties named are suspended; the model resumes them, as its own, or ends them."""
    ties = state.twinnings
    named = _named(item, ties, setting.world.n_cities) & ~ties.suspended
    if named.any():
        state.twinnings = ties.take(np.arange(len(ties.key)))
        state.twinnings.suspended = ties.suspended | named
    return _count(item, int(named.sum()))


def _named(item: Resolved, ties: Twinnings, cities: int) -> Bools:
    """Ties of the pairs, or of all cities of the two states, (E,)."""
    if item.pairs is None:
        between: Bools = ties.pair == item.dyad
        return between
    return marked(ties.key, item.pairs[:, 0] * cities + item.pairs[:, 1])


def _count(item: Resolved, taken: int) -> tuple[int, int]:
    """Of pairs, those without such a tie are not taken; of two states one, where they have none."""
    return taken, (len(item.pairs) - taken if item.pairs is not None else int(taken == 0))
