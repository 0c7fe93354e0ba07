"""Rows over ties of cities."""

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
def tie_counts(n: int, a: Ints, b: Ints, pair: Ints, suspended: Bools) -> tuple[Floats, Floats, Floats]:
    """Ties of each city: all, live ones across a border, and suspended ones, (N,) each."""
    ties, live_foreign, resting = np.zeros(n), np.zeros(n), np.zeros(n)
    for e in range(len(a)):
        for i in (a[e], b[e]):
            ties[i] += 1.0
            if suspended[e]:
                resting[i] += 1.0
            elif pair[e] >= 0:
                live_foreign[i] += 1.0
    return ties, live_foreign, resting
