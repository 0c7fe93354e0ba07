"""Patches: nearby cities that are alike in all that partner choice looks at but distance."""

from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.world.fields import WorldFields

#: Side of a patch, degrees of latitude.
SIDE = 8.0


@dataclass(frozen=True, eq=False)
class Patches:
    """Cities grouped by state, region, rich or not, and place on a grid; C patches."""

    of: Ints  # (N,) patch of each city
    start: Ints  # (C + 1,)
    order: Ints  # (N,) cities, those of a patch together
    one: Ints  # (C,) some city of each patch, for what all of a patch share
    distance: Floats  # (C, C) angle between centres, radians
    reach: Floats  # (C,) largest angle between the centre and a city of the patch
    spread: Floats  # (C,) root of the mean squared angle between the centre and a city


def patches_of(world: WorldFields, xyz: Floats) -> Patches:
    """Group the cities of ``world``; ``xyz``: their unit vectors, (N, 3)."""
    band = np.floor((world.latitude + 90.0) / SIDE)
    width = SIDE / np.maximum(np.cos(np.radians((band + 0.5) * SIDE - 90.0)), 0.05)
    cell = np.floor((world.longitude + 180.0) / width)
    alike = np.column_stack((world.state, world.region, world.rich, band, cell)).astype(np.int64)
    _, one, of = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    count = np.bincount(of)
    centre = np.column_stack([np.bincount(of, xyz[:, axis]) for axis in range(3)])
    centre /= np.maximum(np.linalg.norm(centre, axis=1), 1e-12)[:, None]
    angle = np.arccos(np.clip(np.einsum("na,na->n", xyz, centre[of]), -1.0, 1.0))
    reach = np.zeros(len(one))
    np.maximum.at(reach, of, angle)
    return Patches(
        of=of.astype(np.int64),
        start=np.concatenate(([0], np.cumsum(count))).astype(np.int64),
        order=np.argsort(of, kind="stable").astype(np.int64),
        one=one.astype(np.int64),
        distance=np.arccos(np.clip(np.einsum("ca,da->cd", centre, centre), -1.0, 1.0)),
        reach=reach,
        spread=np.sqrt(np.bincount(of, angle**2) / count),
    )
