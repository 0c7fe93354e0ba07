"""Regressions small enough to be done in every run: Newton steps on sums over cells and strata."""

import numpy as np

from citysim.arrays import Floats, Ints

#: Largest step of a standardised coefficient, and the one at which all has converged.
STEP, CLOSE = 1.5, 1e-8
STEPS = 60

#: Where a likelihood has no maximum, steps run away until numbers do; ``_move`` sees it.
_away = np.errstate(over="ignore", invalid="ignore", divide="ignore")


@_away
def loglinear(terms: Floats, exposure: Floats, total: Floats) -> tuple[Floats, Floats] | None:
    """Poisson regression with log link from its sufficient statistics: coefficients (T,), covariance (T, T).

    ``terms``: (C, T) of cells that stand for ``exposure`` (C,) units each, the first column 1; ``total``:
    (T,) sum of the terms over all events. Maximises total · β − Σ_c exposure_c e^(terms_c · β). None where
    there is no maximum, as where events do not vary in a term.
    """
    share = exposure / exposure.sum()
    middle = share @ terms
    scale = np.sqrt(np.maximum(share @ (terms - middle) ** 2, 0.0))
    middle[0], scale[0] = 0.0, 1.0
    if total[0] <= 0 or (scale <= 1e-12 * np.maximum(np.abs(middle), 1.0)).any():
        return None
    x = (terms - middle) / scale
    wanted = (total - middle * total[0]) / scale
    slope = np.zeros(x.shape[1])
    slope[0] = np.log(total[0] / exposure.sum())
    for _ in range(STEPS):
        mean = exposure * np.exp(x @ slope)
        information = (x * mean[:, None]).T @ x
        move = _move(information, wanted - x.T @ mean)
        if move is None:
            return None
        slope += move
        if np.abs(move).max() < CLOSE:
            # Back to the terms' own units: the constant takes up the middle.
            back = np.diag(1.0 / scale)
            back[0, 1:] = -(middle / scale)[1:]
            covariance = back @ np.linalg.inv(information) @ back.T
            return back @ slope, covariance
    return None


@_away
def proportional_hazards(terms: Floats, begin: Ints, events: Ints) -> tuple[Floats, Floats] | None:
    """Cox regression with a baseline of its own in each stratum: coefficients (T,), covariance (T, T).

    ``terms``: (R, T) of all at risk, stratum after stratum, each from its place in ``begin`` on, the first
    ``events`` of it, (S,), being those to whom it happened. Ties as Breslow has them; for rare events it is
    the complementary log-log model of grouped time with a free baseline (Prentice & Gloeckler 1978).
    None where the likelihood has no maximum.
    """
    scale = terms.std(axis=0) if len(terms) else np.zeros(terms.shape[1])
    if not len(terms) or (scale <= 1e-12).any():
        return None
    x = np.ascontiguousarray(((terms - terms.mean(axis=0)) / scale).T)
    happened = np.concatenate([np.arange(b, b + n) for b, n in zip(begin, events, strict=True)])
    wanted = x[:, happened].sum(axis=1)
    slope = np.zeros(len(x))
    move = slope
    rows, columns = np.triu_indices(len(x))
    products = x[rows] * x[columns]
    reached = -np.inf
    for _ in range(STEPS):
        hazard = np.exp(slope @ x)
        size = np.add.reduceat(hazard, begin)
        likelihood = float(slope @ wanted - events @ np.log(size))
        if not likelihood >= reached - CLOSE * abs(reached):
            # Too far: the likelihood is concave, so half of the way is better at last.
            move = move / 2
            slope = slope - move
            continue
        reached = likelihood
        mean = np.add.reduceat(x * hazard, begin, axis=1) / size
        second = np.add.reduceat(products * hazard, begin, axis=1) / size
        information = np.empty((len(x), len(x)))
        information[rows, columns] = (second - mean[rows] * mean[columns]) @ events
        information[columns, rows] = information[rows, columns]
        step = _move(information, wanted - mean @ events)
        if step is None:
            return None
        move, slope = step, slope + step
        if np.abs(move).max() < CLOSE:
            return slope / scale, np.linalg.inv(information) / np.outer(scale, scale)
    return None


def _move(information: Floats, score: Floats) -> Floats | None:
    """A Newton step, of no more than ``STEP`` in any coefficient."""
    try:
        move = np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        return None
    most = np.abs(move).max()
    return np.asarray(move * min(1.0, STEP / max(most, 1e-300))) if np.isfinite(most) else None
