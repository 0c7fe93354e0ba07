"""Scales on which a statistic's spread hardly depends on its size: emulators and posterior work on these.

Numbers of ties or members are skewed over the prior; on their own scale a few runs with very many would set
the sd by which all others are told apart, and lines would be drawn through them. Of what is not negative √ is
taken, of shares arcsine √ (Bartlett 1947); differences, elasticities and log-odds stay as they are.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from citysim.arrays import Floats
from citysim.calibration.data import Targets

#: Least and greatest value of each statistic.
type Limits = Sequence[tuple[float, float]]


def spread_out(values: Floats, limits: Limits) -> Floats:
    """Statistics (n, K) on their scales."""
    found = values.copy()
    for column, (low, high) in enumerate(limits):
        if low == 0.0:
            root = np.sqrt(np.maximum(values[:, column], 0.0))
            found[:, column] = np.arcsin(np.minimum(root, 1.0)) if high == 1.0 else root
    return found


def as_it_is(values: Floats, limits: Limits) -> Floats:
    """Back from ``spread_out``."""
    found = values.copy()
    for column, (low, high) in enumerate(limits):
        if low == 0.0:
            own = np.maximum(values[:, column], 0.0)
            found[:, column] = np.sin(np.minimum(own, np.pi / 2)) ** 2 if high == 1.0 else own**2
    return found


def within_limits(values: Floats, limits: Limits) -> Floats:
    """Values (n, K) no further than a statistic can be."""
    low, high = np.array(limits, dtype=float).reshape(-1, 2).T
    return np.clip(values, low, high)


def targets_spread_out(targets: Targets, limits: Limits) -> Targets:
    """Targets on their scales; an sd is half of what lies between one below the value and one above it."""
    value = targets.value[None, :]

    def sd(own: Floats) -> Floats:
        lower, upper = (spread_out(within_limits(value + sign * own, limits), limits)[0] for sign in (-1, 1))
        return np.asarray((upper - lower) / 2.0)

    return replace(
        targets,
        value=spread_out(value, limits)[0],
        bootstrap=sd(targets.bootstrap),
        discrepancy=sd(targets.discrepancy),
    )
