"""Sums and rows over pairs of cities and of states."""

import numpy as np

from citysim.model.compiled import compiled
from citysim.world.world import Bools, Floats, Ints


@compiled
def adjacency(
    n: int, a: Ints, b: Ints, live: Bools, weight_a: Floats, weight_b: Floats
) -> tuple[Ints, Ints, Floats]:
    """Live ties as compressed rows: row pointers (n + 1,), partners and weights (2 · live ties,).

    With ties sorted by (a, b) a row's partners come sorted.
    """
    start = np.zeros(n + 1, dtype=np.int64)
    for e in range(len(a)):
        if live[e]:
            start[a[e] + 1] += 1
            start[b[e] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    place = start[:-1].copy()
    partner = np.empty(start[n], dtype=np.int64)
    weight = np.empty(start[n])
    for e in range(len(a)):
        if live[e]:
            i, j = a[e], b[e]
            partner[place[i]], weight[place[i]] = j, weight_a[e]
            partner[place[j]], weight[place[j]] = i, weight_b[e]
            place[i] += 1
            place[j] += 1
    return start, partner, weight


@compiled
def state_sums(first: Ints, second: Ints, values: Floats, states: int) -> Floats:
    """Sum of a dyads' value over each state's dyads, (S,)."""
    sums = np.zeros(states)
    for d in range(len(values)):
        sums[first[d]] += values[d]
        sums[second[d]] += values[d]
    return sums
