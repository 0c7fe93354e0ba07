"""Numbers of NumPy and pandas as Python's own: an equal value is the same value, however it was read."""

import numpy as np

_OWN = frozenset((bool, int, float, str))
_KINDS = ((np.bool_, bool), (np.integer, int), (np.floating, float), (np.str_, str))


def plain(value: object) -> object:
    """A scalar of NumPy, or its array without dimensions, as ``bool``, ``int``, ``float`` or ``str``.

    Anything else is given back as it is.
    """
    if type(value) in _OWN:
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    for kind, own in _KINDS:
        if isinstance(value, kind):
            return own(value)
    return value


def whole(value: object) -> object:
    """The same, and a float without a fraction as ``int``: a pandas column with a gap holds 100 as 100.0."""
    value = plain(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
