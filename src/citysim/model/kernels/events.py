"""Events: what happens at a rate within a step of ``dt``, to each thing by a number of its own."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.state import ROUNDING
from citysim.model.streams import uniform_at

#: Events of a thing in a step have keys thing · MOST_TRIES + place of their own; more are never reached.
MOST_TRIES = 1_000_000


@compiled
def happens(expected: float, uniform: float) -> bool:
    """Whether an event happens of which so many are expected, with probability 1 − e^−expected."""
    # 1 − e^−x ≤ x, and few numbers lie below x
    return uniform < expected * ROUNDING and uniform < -np.expm1(-expected)


@compiled
def events(rate: Floats, dt: float, word: np.uint64) -> Ints:
    """Places at which an event of ``rate`` (things,) happens, by the numbers of their places."""
    found = np.empty(len(rate), dtype=np.int64)
    count = 0
    for place in range(len(rate)):
        if happens(rate[place] * dt, uniform_at(word, place)):
            found[count] = place
            count += 1
    return found[:count].copy()


@compiled
def events_among(thing: Ints, rate: float, dt: float, word: np.uint64) -> Ints:
    """Those of ``thing`` to which an event of one ``rate`` happens, by the numbers of the things."""
    found = np.empty(len(thing), dtype=np.int64)
    count = 0
    for place in range(len(thing)):
        if happens(rate * dt, uniform_at(word, thing[place])):
            found[count] = thing[place]
            count += 1
    return found[:count].copy()


@compiled
def kept(rows: Ints, count: int, key: int, one: int, other: int) -> Ints:
    """``rows`` (3, room) with a key and two things in column ``count``, longer where there was no room."""
    if count == rows.shape[1]:
        longer = np.empty((3, 2 * count), dtype=np.int64)
        longer[:, :count] = rows
        rows = longer
    rows[0, count], rows[1, count], rows[2, count] = key, one, other
    return rows
