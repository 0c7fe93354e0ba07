"""Footprints of crises: how many cities are near each other."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled


@compiled
def cities_within(xyz: Floats, radius: float) -> Ints:
    """Cities within a chord ``radius`` of each city, itself included, (N,).

    ``xyz`` (N, 3): unit vectors from south to north, so that only those of near latitudes are looked at.
    """
    x, y, z = xyz[:, 0].copy(), xyz[:, 1].copy(), xyz[:, 2].copy()
    count, most = np.ones(len(z), dtype=np.int64), radius * radius
    last = 0
    for i in range(len(z)):
        while last < len(z) and z[last] - z[i] <= radius * (1.0 + 1e-9):
            last += 1
        found = 0
        for j in range(i + 1, last):  # without branches, so that it runs in vectors
            away, across, up = x[i] - x[j], y[i] - y[j], z[i] - z[j]
            near = 1 if away * away + across * across + up * up <= most else 0
            count[j] += near
            found += near
        count[i] += found
    return count
