"""Lasting propensity of a city for outside ties: what it has beyond what gravity expects of it."""

import numpy as np
from scipy.special import ndtri

from citysim.arrays import Bools, Floats, Ints
from citysim.world.regions import REGIONS


def propensity(
    ties: Floats, population: Floats, reach: Floats, income: Floats, rich: Bools, region: Ints
) -> Floats:
    """Standard-normal scores by rank of ln(1 + ties) less its least-squares expectation.

    Expected from ln population, reach, income, rich or not and region, which also takes up that the
    membership lists are fuller for Europe. No chance is involved: about half of the cities have no tie,
    and among them those of which more was expected rank lower; equal residuals rank in the order of cities.
    """
    regions = [
        (region == index).astype(np.float64) for index in range(len(REGIONS)) if (region == index).any()
    ]
    design = np.column_stack((np.log(population), reach, income, rich, *regions))
    outcome = np.log1p(ties)
    slope, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    return normal_scores(outcome - design @ slope)


def normal_scores(values: Floats) -> Floats:
    """Standard-normal quantiles of the ranks; ties in the order given."""
    rank = np.empty(len(values))
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return np.asarray(ndtri((rank + 0.5) / len(values)))
