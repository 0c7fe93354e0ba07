"""Sums over groups of cities, for the recorder."""

import numpy as np

from citysim.model.compiled import compiled
from citysim.world.world import Floats, Ints


@compiled
def group_sums(values: Floats, weight: Floats, groups: Ints, count: int) -> Floats:
    """Weighted sums of ``values`` (outcomes, N) over the cities of each group, (count, outcomes).

    ``groups`` (N, partitions): the group of each city in each way of dividing the cities.
    """
    sums = np.zeros((count, len(values)))
    for i in range(len(weight)):
        for part in range(groups.shape[1]):
            group = groups[i, part]
            for k in range(len(values)):
                sums[group, k] += values[k, i] * weight[i]
    return sums
