"""Lasting propensity of a city for outside ties: what it has beyond what gravity expects of it."""

import hashlib

import numpy as np
from scipy.special import ndtri

from citysim.arrays import Bools, Floats, Ints

#: Groups of states, of which each is scored by what is fitted on the others.
FOLDS = 5


def propensity(
    ties: Floats, population: Floats, reach: Floats, income: Floats, rich: Bools, region: Ints
) -> Floats:
    """Standard-normal scores by rank of ln(1 + ties) less its least-squares expectation.

    Expected from ln population, reach, income, rich or not and region, which also takes up that the
    membership lists are fuller for Europe. No chance is involved: about half of the cities have no tie,
    and among them those of which more was expected rank lower; equal residuals rank in the order of cities.
    """
    design = np.column_stack((np.log(population), reach, income, rich, *_indicators(region)))
    outcome = np.log1p(ties)
    slope, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    return normal_scores(outcome - design @ slope)


def from_covariates(
    ties: Floats,
    population: Floats,
    income: Floats,
    capital: Bools,
    rich: Bools,
    region: Ints,
    home: Ints,
    ids: Ints,
) -> Floats:
    """Standard-normal scores by rank of what income, capital and region say of a city's ties, and chance.

    ln(1 + ties) by least squares on ln population, rich or not, income, capital and region; the coefficients
    that score a city are fitted on the cities of other states alone (five groups of states, ``home``). The
    score leaves out ln population and rich, which the law of the pair has; normal numbers keyed by ``ids``
    with the residuals' standard deviation stand for all that is not known before there are ties.
    """
    design = np.column_stack((np.log(population), rich, income, capital, *_indicators(region)))
    outcome, said = np.log1p(ties), np.zeros(len(ties))
    for fold in range(FOLDS):
        here = home % FOLDS == fold
        if here.all() or not here.any():
            continue
        slope, *_ = np.linalg.lstsq(design[~here], outcome[~here], rcond=None)
        said[here] = design[np.ix_(here, range(2, design.shape[1]))] @ slope[2:]
    slope, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    return normal_scores(said + (outcome - design @ slope).std() * by_chance(ids))


def _indicators(region: Ints) -> list[Floats]:
    """A column of 0 and 1 for each region that has a city."""
    return [(region == index).astype(np.float64) for index in np.unique(region)]


def by_chance(ids: Ints) -> Floats:
    """Normal numbers keyed by the cities' ids: a city has the same in every world."""
    words = [hashlib.blake2b(f"propensity/{i}".encode(), digest_size=8).digest() for i in ids.tolist()]
    numbers = np.array([int.from_bytes(word, "little") >> 11 for word in words], dtype=np.float64)
    return np.asarray(ndtri((numbers + 0.5) * 2.0**-53))


def normal_scores(values: Floats) -> Floats:
    """Standard-normal quantiles of the ranks; ties in the order given."""
    rank = np.empty(len(values))
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return np.asarray(ndtri((rank + 0.5) / len(values)))
