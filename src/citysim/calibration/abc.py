"""Approximate Bayesian computation with regression adjustment: from runs and targets to posterior draws.

Each run's statistics are given the error that the record is held against with, drawn afresh: the posterior
is then that of a model with such a discrepancy (Wilkinson 2013). The runs nearest to the record are kept,
distance being in units of what chance and errors make of each statistic; their parameters are moved along a
regression on the statistics to where the record is (Beaumont, Zhang & Balding 2002), with residuals scaled by
their spread there (Blum & François 2010), ridge penalties (Blum et al. 2013), and residuals of rows left out,
so that what the regression itself does not know widens the posterior. Where the record lies beyond the runs
in a statistic, they are moved to their edge.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from citysim.arrays import Floats, Ints
from citysim.calibration.data import Sample, Targets
from citysim.calibration.ridge import fit_ridge
from citysim.calibration.space import SEED
from citysim.errors import ResultError

#: Share of runs that are accepted, and draws of the posterior, where a config says nothing else.
ACCEPTED, DRAWS = 0.3, 1000
#: Fewest runs that a posterior is made from.
FEWEST = 40
#: How near to a bound of its prior a parameter may come, as share of the range: half a run's stratum.
_EDGE = 1e-3
_NOISE, _RESAMPLING = 1, 2


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws (D, Q) of Q calibrated parameters on the unit scale; each made of run ``source`` (D,).

    ``accepted``: runs it is made of; ``effective``: how many equally weighted ones they are worth.
    """

    cube: Floats
    source: Floats
    accepted: int
    effective: float


def with_errors(sample: Sample, targets: Targets) -> Floats:
    """Statistics of the runs as the record would show them, (n, K): with a draw of the errors each."""
    rng = np.random.default_rng([SEED, _NOISE])
    return np.asarray(
        sample.statistics + rng.standard_normal(sample.statistics.shape) * targets.error[None, :]
    )


def posterior(
    parameters: Floats,
    shown: Floats,
    record: Floats,
    weights: Floats,
    *,
    accepted: float = ACCEPTED,
    draws: int = DRAWS,
    seed: int = SEED,
    unit: Floats | None = None,
) -> Posterior:
    """Posterior draws of parameters (n, Q) on the unit scale, given their statistics ``shown`` (n, K).

    ``shown`` is what ``with_errors`` gives, ``record`` (K,) what was seen, ``weights`` (n,) what makes the
    runs a sample of the prior, ``unit`` (K,) in what distance is measured: the sd of a statistic at given
    parameters, else that over all runs. Runs without one of the statistics are not accepted. Raises
    ``ResultError`` where fewer than ``FEWEST`` are left.
    """
    near = _nearest(shown, record, weights, accepted, unit)
    moved = _adjusted(
        logit(np.clip(parameters[near.rows], _EDGE, 1 - _EDGE)), near.apart, near.kernel, cautious=True
    )
    chosen = _resampled(near.kernel, draws, seed)
    return Posterior(
        cube=np.asarray(expit(moved[chosen])),
        source=near.rows[chosen],
        accepted=len(near.rows),
        effective=float(near.kernel.sum() ** 2 / (near.kernel**2).sum()),
    )


def foretold(
    values: Floats,
    shown: Floats,
    record: Floats,
    weights: Floats,
    *,
    accepted: float = ACCEPTED,
    draws: int = DRAWS,
    seed: int = SEED,
    unit: Floats | None = None,
) -> Floats:
    """What else a run has, ``values`` (n, V), given what the record shows of it: draws (draws, V).

    Regression adjustment as of ``posterior``, of what the runs had instead of their parameters, so chance
    within a run is in it, and what it has in common with ``shown``. The law is linear in ``values`` as given.
    Runs without a value are left out of it; NaN where fewer than ``FEWEST`` have one.
    """
    near = _nearest(shown, record, weights, accepted, unit)
    own = values[near.rows]
    has = np.isfinite(own)
    found = np.full((draws, values.shape[1]), np.nan)
    for those in np.unique(has.T, axis=0):
        if those.sum() < FEWEST:
            continue
        alike = (those == has.T).all(axis=1)  # what the same runs have is regressed at once
        moved = _adjusted(own[those][:, alike], near.apart[those], near.kernel[those], cautious=False)
        found[:, alike] = moved[_resampled(near.kernel[those], draws, seed)]
    return found


@dataclass(frozen=True, eq=False)
class _Near:
    """Runs nearest to the record: their places, ``apart`` from it by statistic in sd, and kernel weights."""

    rows: Ints
    apart: Floats
    kernel: Floats


def _nearest(shown: Floats, record: Floats, weights: Floats, accepted: float, unit: Floats | None) -> _Near:
    whole = np.isfinite(shown).all(axis=1) & (weights > 0)
    count = max(round(accepted * int(whole.sum())), min(FEWEST, int(whole.sum())))
    if count < FEWEST:
        raise ResultError(
            f"{int(whole.sum())} runs have all statistics, at least {FEWEST} are needed; "
            "raise calibration.draws"
        )
    shown, weights = shown[whole], weights[whole]
    centre = np.average(shown, axis=0, weights=weights)
    scale = np.sqrt(np.average((shown - centre) ** 2, axis=0, weights=weights))
    moving = scale > 0
    apart = ((shown - record) / np.where(moving, scale, 1.0))[:, moving]
    # In units of chance a statistic counts for as much as it tells; in sd over all runs one that parameters
    # move far counts for least.
    stretch = 1.0 if unit is None else (scale / unit)[moving]
    distance = np.sqrt(((apart * stretch) ** 2).sum(axis=1))
    near = np.argsort(distance, kind="stable")[:count]
    bandwidth = distance[near[-1]] * (1 + 1e-9) or 1.0
    kernel = weights[near] * (1.0 - (distance[near] / bandwidth) ** 2)  # Epanechnikov
    near, kernel = near[kernel > 0], kernel[kernel > 0]
    return _Near(np.flatnonzero(whole)[near], apart[near], kernel)


def _adjusted(parameters: Floats, apart: Floats, weights: Floats, *, cautious: bool) -> Floats:
    """Parameters (n, Q) as they would be at the record, where ``apart`` (n, K) is 0."""
    if not apart.shape[1]:
        return parameters
    # A regression tells nothing beyond the runs it was made of: the record is taken at their edge.
    here = np.clip(np.zeros((1, apart.shape[1])), apart.min(axis=0), apart.max(axis=0))
    mean = fit_ridge(apart, parameters, weights, cautious=cautious)
    residual = mean.left_out
    # log ε² is ln σ² plus a constant, the same here and there (Blum & François 2010).
    size = np.log(np.maximum(residual**2, 1e-12))
    spread = fit_ridge(apart, size, weights, cautious=cautious)
    factor = np.exp(0.5 * np.clip(spread.predict(here) - spread.predict(apart), -2.0, 2.0))
    scaled = residual * factor
    # Scaling keeps the mean only on average; what is left of it is taken off.
    scaled -= np.average(scaled, axis=0, weights=weights)
    return np.asarray(mean.predict(here) + scaled)


def _resampled(weights: Floats, draws: int, seed: int) -> Floats:
    """Rows by systematic resampling (Kitagawa 1996), (draws,), in random order."""
    rng = np.random.default_rng([seed, _RESAMPLING])
    steps = (rng.random() + np.arange(draws)) / draws
    rows = np.searchsorted(np.cumsum(weights) / weights.sum(), steps)
    return np.asarray(rng.permutation(np.minimum(rows, len(weights) - 1)))
