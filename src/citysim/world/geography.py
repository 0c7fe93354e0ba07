"""Distances on the sphere and nearest cities."""

import numpy as np

from citysim.arrays import Floats, Ints

EARTH_RADIUS_KM = 6371.0
#: Neighbouring cities a city sees, at most.
NEIGHBOURS = 5
#: Cities farther than this are not neighbours.
NEIGHBOUR_KM = 1500.0


def haversine_km(
    lat_a: Floats,
    lon_a: Floats,
    lat_b: Floats,
    lon_b: Floats,
) -> Floats:
    """Great-circle distance of points given in degrees."""
    a, b = np.radians(lat_a), np.radians(lat_b)
    half = np.sin((a - b) / 2) ** 2
    half += np.cos(a) * np.cos(b) * np.sin(np.radians(np.asarray(lon_a) - lon_b) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half)))


def unit_vectors(lat: Floats, lon: Floats) -> Floats:
    """Points on the unit sphere, (n, 3), of degrees."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


def nearest(lat: Floats, lon: Floats) -> Ints:
    """Nearest cities within ``NEIGHBOUR_KM``, (n, NEIGHBOURS), −1 where there are fewer."""
    from scipy.spatial import cKDTree  # noqa: PLC0415  a world that is kept needs it no more

    xyz = unit_vectors(lat, lon)
    n = len(xyz)
    chord = 2 * np.sin(NEIGHBOUR_KM / EARTH_RADIUS_KM / 2)
    _, found = cKDTree(xyz).query(xyz, k=NEIGHBOURS + 1, distance_upper_bound=chord)
    found = np.where(found == n, -1, found).astype(np.int64)
    # The city itself is usually first, but not where two cities share their coordinates.
    found[found == np.arange(n)[:, None]] = -1
    order = np.argsort(found < 0, axis=1, kind="stable")
    return np.ascontiguousarray(np.take_along_axis(found, order, axis=1)[:, :NEIGHBOURS])
