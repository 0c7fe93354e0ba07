"""Weights that make runs of several waves a sample of the prior again."""

from collections.abc import Sequence

import numpy as np

from citysim.arrays import Floats
from citysim.calibration.data import Sample
from citysim.calibration.implausibility import Region


def prior_weights(sample: Sample, regions: Sequence[Sequence[Region]], shares: Sequence[float]) -> Floats:
    """Prior density over the density of the whole design at each run, (n,), with mean 1.

    Wave w drew from the prior where none of ``regions[w]`` rules out, ``shares[w]`` of it; the design is the
    mixture of all waves (deterministic mixture: Owen & Zhou 2000), so no run has a weight above that of the
    first wave's.
    """
    counts = np.bincount(sample.wave, minlength=len(shares))
    density = np.zeros(len(sample.wave))
    for count, before, share in zip(counts, regions, shares, strict=True):
        if not count:
            continue
        within = np.ones(len(sample.wave), dtype=bool)
        for region in before:
            within &= region.holds(sample.cube)
        density += count / len(sample.wave) * within / share
    # A point of a later wave lies in its region; another processor's last digit may say otherwise.
    density = np.where(density > 0, density, 1.0)
    weights = 1.0 / density
    return np.asarray(weights / weights.mean())
