"""Loop of state dependence over cities."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.dyads import retreated


@compiled
def lost_by_states(grants: Floats, acting: Floats, reference: Floats) -> Floats:
    """Share of their means that each state loses its cities, ``grants`` times its retreat, (S,)."""
    lost = retreated(acting, reference)
    for s in range(len(lost)):
        lost[s] *= grants[s]
    return lost


@compiled
def means_left(capacity: Floats, home: Ints, grants: Floats, acting: Floats, reference: Floats) -> Floats:
    """Capacity less the share of it that each city's state loses its cities, (N,)."""
    left, lost = np.empty(len(capacity)), lost_by_states(grants, acting, reference)
    for i in range(len(capacity)):
        left[i] = capacity[i] * (1.0 - lost[home[i]])
    return left
