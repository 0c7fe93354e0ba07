"""Emulators: what a statistic is expected to be at any point of the cube, and how sure that is.

Of each statistic two are fitted to the runs, a ridge regression on linear, squared and product terms and a
Gaussian process with a length scale per input and a nugget (Rasmussen & Williams 2006, ch. 2 and 5), and the
one with the smaller error on runs left out is kept. Inputs are the few parameters that move the statistic
(active inputs; Vernon, Goldstein & Bower 2010); all others are noise, as is the chance within a run.
"""

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import r_regression
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.linear_model import LassoCV
from sklearn.preprocessing import PolynomialFeatures

from citysim.arrays import Floats, Ints
from citysim.calibration.ridge import Ridge, fit_ridge

#: Most inputs of an emulator.
ACTIVE = 10
#: Runs from which a Gaussian process learns its length scales; it is then conditioned on all.
LEARNT_FROM = 300
#: Parts of the runs that are left out in turn.
FOLDS = 5
#: Points at which an emulator is asked at a time.
_AT_ONCE = 4096
#: Least runs that say anything about the parameters.
FEWEST = 24

type Kind = Literal["ridge", "gaussian process", "mean"]


@dataclass(frozen=True, eq=False)
class Emulator:
    """The law of one statistic over the cube, fitted to n runs.

    ``active``: columns of the cube it reads. ``r2``: share of the variance of runs that it foretells when
    they are left out. ``noise``: variance of a run about its expectation at the same active inputs.
    """

    kind: Kind
    active: Ints
    r2: float
    noise: float
    centre: float
    spread: float
    law: Any

    def predict(self, cube: Floats) -> tuple[Floats, Floats]:
        """Expected statistic and variance of that expectation at points of the cube, (n, P): (n,) each."""
        parts = [self._predict(cube[at : at + _AT_ONCE]) for at in range(0, len(cube), _AT_ONCE)]
        mean, variance = (np.concatenate(part) for part in zip(*parts, strict=True))
        return self.centre + self.spread * mean, self.spread**2 * variance

    def _predict(self, cube: Floats) -> tuple[Floats, Floats]:
        if self.kind == "mean":
            return np.zeros(len(cube)), np.zeros(len(cube))
        found: tuple[Floats, Floats] = self.law.predict(_inputs(cube, self.active))
        return found


def emulator(cube: Floats, statistic: Floats) -> Emulator:
    """The better of two emulators of a statistic, (n,), over the cube, (n, P); runs without it are left out.

    One that is the same in all runs, or that fewer than ``FEWEST`` have, has its mean for an emulator.
    """
    has = np.isfinite(statistic)
    cube, y = cube[has], statistic[has]
    centre, spread = (float(y.mean()), float(y.std())) if len(y) else (np.nan, 0.0)
    nothing = np.empty(0, dtype=np.int64)
    if len(y) < FEWEST or spread <= 1e-12 * max(abs(centre), 1.0):
        return Emulator("mean", nothing, 0.0, spread**2, centre, spread, None)
    y = (y - centre) / spread
    errors, variances = _left_out(cube, y)
    kind: Kind = "ridge" if errors["ridge"] <= errors["gaussian process"] else "gaussian process"
    active = _active(cube, y)
    if not len(active):
        return Emulator("mean", nothing, 0.0, spread**2, centre, spread, None)
    law = _LAWS[kind].fit(_inputs(cube, active), y)
    # A law that was too sure of runs that it had not seen is given the rest as noise.
    noise = max(law.noise, errors[kind] - variances[kind])
    return Emulator(
        kind=kind,
        active=active,
        r2=1.0 - errors[kind] / float(y.var()),
        noise=spread**2 * noise,
        centre=centre,
        spread=spread,
        law=law,
    )


def _left_out(cube: Floats, y: Floats) -> tuple[dict[Kind, float], dict[Kind, float]]:
    """Mean squared error of each kind on runs left out, and the mean variance it gave its expectations.

    The inputs are chosen anew without these runs: chosen with them, they would seem to foretell what they
    were chosen for.
    """
    fold = np.arange(len(y)) % FOLDS
    errors: dict[Kind, list[Floats]] = {kind: [] for kind in _LAWS}
    variances: dict[Kind, list[Floats]] = {kind: [] for kind in _LAWS}
    for out in range(FOLDS):
        seen, unseen = fold != out, fold == out
        active = _active(cube[seen], y[seen])
        for kind, made in _LAWS.items():
            mean, variance = np.full(int(unseen.sum()), y[seen].mean()), np.zeros(int(unseen.sum()))
            if len(active):
                law = made.fit(_inputs(cube[seen], active), y[seen])
                mean, variance = law.predict(_inputs(cube[unseen], active))
            errors[kind].append((y[unseen] - mean) ** 2)
            variances[kind].append(variance)
    return (
        {kind: float(np.concatenate(found).mean()) for kind, found in errors.items()},
        {kind: float(np.concatenate(found).mean()) for kind, found in variances.items()},
    )


def _inputs(cube: Floats, active: Ints) -> Floats:
    """Active inputs from −1 to 1, so that linear and squared terms are nearly uncorrelated."""
    return np.asarray(2.0 * cube[:, active] - 1.0)


def _active(cube: Floats, y: Floats) -> Ints:
    """Columns of the parameters that move a statistic, the first ones first.

    A lasso on linear and squared terms, its penalty by cross-validation, names the candidates (Tibshirani
    1996); those with the largest terms are kept.
    """
    x = 2.0 * cube - 1.0
    both = np.column_stack((x, x**2 - 1.0 / 3.0))
    use = np.flatnonzero(both.std(axis=0) > 0)
    # Far more candidates than runs only slow the lasso down: most have no correlation at all.
    kept = use[np.argsort(-np.abs(r_regression(both[:, use], y)), kind="stable")[: max(len(y) // 4, 20)]]
    scaled = both[:, kept] / both[:, kept].std(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        lasso = LassoCV(cv=5, alphas=30, max_iter=2000).fit(scaled, y)
    size = np.zeros(2 * x.shape[1])
    size[kept] = np.abs(lasso.coef_)
    of_parameter = np.maximum(size[: x.shape[1]], size[x.shape[1] :])
    first = np.argsort(-of_parameter, kind="stable")[:ACTIVE]
    return np.asarray(first[of_parameter[first] > 0], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Quadratic:
    """Ridge regression on all terms up to the second degree."""

    terms: PolynomialFeatures
    law: Ridge
    noise: float

    @classmethod
    def fit(cls, inputs: Floats, y: Floats) -> "_Quadratic":
        terms = PolynomialFeatures(degree=2, include_bias=False)
        law = fit_ridge(terms.fit_transform(inputs), y[:, None], np.ones(len(y)))
        return cls(terms, law, law.noise)

    def predict(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of the mean."""
        terms = self.terms.transform(inputs)
        return self.law.predict(terms)[:, 0], self.law.noise * self.law.leverage(terms)


@dataclass(frozen=True, eq=False)
class _Process:
    """Gaussian process with Matérn 5/2 covariance, a length scale per input and a nugget."""

    model: GaussianProcessRegressor
    noise: float

    @classmethod
    def fit(cls, inputs: Floats, y: Floats) -> "_Process":
        some = np.linspace(0, len(y) - 1, min(len(y), LEARNT_FROM)).astype(np.int64)
        kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(
            np.full(inputs.shape[1], 2.0), (0.2, 50.0), nu=2.5
        ) + WhiteKernel(0.3, (1e-6, 2.0))
        with warnings.catch_warnings():
            # A length scale at its bound is an input that hardly matters.
            warnings.simplefilter("ignore", ConvergenceWarning)
            learnt = GaussianProcessRegressor(kernel).fit(inputs[some], y[some])
        model = GaussianProcessRegressor(learnt.kernel_, optimizer=None).fit(inputs, y)
        return cls(model, float(learnt.kernel_.k2.noise_level))

    def predict(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of the mean, without the nugget."""
        mean, sd = self.model.predict(inputs, return_std=True)
        return mean, np.maximum(sd**2 - self.noise, 0.0)


_LAWS: dict[Kind, type[_Quadratic | _Process]] = {"ridge": _Quadratic, "gaussian process": _Process}
