"""Sorted keys of memberships and ties: a few looked up among many, without sorting the many again."""

import numpy as np

from citysim.arrays import Bools, Ints


def found(keys: Ints, wanted: Ints) -> Bools:
    """Whether each of ``wanted`` (W,) is among the sorted ``keys`` (M,)."""
    place = np.searchsorted(keys, wanted)
    inside = place < len(keys)
    inside[inside] = keys[place[inside]] == wanted[inside]
    return inside


def marked(keys: Ints, wanted: Ints) -> Bools:
    """Which of the sorted ``keys`` (M,) are ``wanted``."""
    mask = np.zeros(len(keys), dtype=np.bool_)
    mask[np.searchsorted(keys, wanted[found(keys, wanted)])] = True
    return mask
