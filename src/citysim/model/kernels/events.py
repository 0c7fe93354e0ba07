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
def first_tries(word: np.uint64, things: int) -> Floats:
    """The number of each thing's first try, (things,), all at once, so that the processor takes several."""
    luck = np.empty(things)
    for thing in range(things):
        luck[thing] = uniform_at(word, thing * MOST_TRIES)
    return luck


@compiled
def first_above(ascending: Floats | Ints, value: float) -> int:
    """Place of the first number above ``value``; the length where there is none."""
    low, high = 0, len(ascending)
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def kept(keys: Ints, count: int, key: int) -> Ints:
    """``keys`` (room,) with one more at place ``count``, longer where there was no room."""
    if count == len(keys):
        longer = np.empty(2 * count, dtype=np.int64)
        for place in range(count):
            longer[place] = keys[place]
        keys = longer
    keys[count] = key
    return keys
