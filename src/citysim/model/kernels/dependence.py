"""Loop of state dependence over cities."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled


@compiled
def means_left(capacity: Floats, lost: Floats, home: Ints) -> Floats:
    """Capacity of which each state loses its cities a share ``lost`` (S,), (N,)."""
    left = np.empty(len(capacity))
    for i in range(len(capacity)):
        left[i] = capacity[i] * (1.0 - lost[home[i]])
    return left
