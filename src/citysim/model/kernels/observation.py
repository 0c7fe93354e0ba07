"""Sums over groups of cities, for the recorder."""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.state import IMPLEMENTED, NONE, Practices


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


@compiled
def group_values(cells: Floats, in_cell: Bools, means: bool) -> Floats:
    """Sums of outcomes over the cells of each group, or their means by the first column, (groups, outcomes).

    ``cells`` (cells, 1 + outcomes); a group without weight has no mean, NaN.
    """
    groups, count = in_cell.shape[0], cells.shape[1] - 1
    values, total = np.empty((groups, count)), np.empty(count + 1)
    for g in range(groups):
        total[:] = 0.0
        for c in range(len(cells)):
            if in_cell[g, c]:
                for k in range(count + 1):
                    total[k] += cells[c, k]
        if means:
            weight = total[0] if total[0] > 0.0 else np.nan
            for k in range(count):
                values[g, k] = total[1 + k] / weight
        else:
            values[g] = total[1:]
    return values
