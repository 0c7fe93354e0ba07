"""Sums over groups of cities, for the recorder."""

import numpy as np

from citysim.model.compiled import compiled
from citysim.model.state import IMPLEMENTED, NONE, Practices
from citysim.world.world import Floats, Ints


@compiled
def practice_shares(x: Practices) -> tuple[Floats, Floats]:
    """Shares of its practices that each city has implemented, and has at least pledged, (N,) each."""
    implemented, pledged = np.zeros(len(x)), np.zeros(len(x))
    for i in range(len(x)):
        done = begun = 0
        for p in range(x.shape[1]):
            done += x[i, p] == IMPLEMENTED
            begun += x[i, p] != NONE
        implemented[i], pledged[i] = done / x.shape[1], begun / x.shape[1]
    return implemented, pledged


@compiled
def cell_sums(values: Floats, weight: Floats, cell: Ints, cells: int) -> Floats:
    """Weighted sums of ``values`` (outcomes, N) over the cities of each cell, (cells, outcomes)."""
    sums = np.zeros((cells, len(values)))
    for i in range(len(weight)):
        c, people = cell[i], weight[i]
        for k in range(len(values)):
            sums[c, k] += values[k, i] * people
    return sums
