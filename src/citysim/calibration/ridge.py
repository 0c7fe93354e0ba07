"""Weighted ridge regression of several responses, with what each row would be without itself."""

from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats

#: Penalties that are tried, as shares of the mean squared singular value.
PENALTIES = np.geomspace(1e-4, 1e3, 22)


@dataclass(frozen=True, eq=False)
class Ridge:
    """Responses (n, R) on features (n, F): ``coefficients`` (F, R) on features as they were scaled.

    ``left_out``: residual of each row by the law fitted without it, (n, R). ``noise``: weighted mean square
    of the residuals over what is left of the degrees of freedom, of the first response.
    """

    centre: Floats
    scale: Floats
    intercept: Floats
    coefficients: Floats
    left_out: Floats
    noise: float
    _rotation: Floats
    _spread: Floats
    _at_mean: float

    def predict(self, features: Floats) -> Floats:
        """Expected responses, (m, R)."""
        return np.asarray(self.intercept + (features - self.centre) / self.scale @ self.coefficients)

    def leverage(self, features: Floats) -> Floats:
        """Variance of the expected first response as share of ``noise``, (m,)."""
        turned = (features - self.centre) / self.scale @ self._rotation
        return np.asarray(self._at_mean + turned**2 @ self._spread)


def fit_ridge(features: Floats, responses: Floats, weights: Floats) -> Ridge:
    """Ridge regression with a penalty for each response, the one with the least squared left-out residuals.

    ``features`` (n, F), ``responses`` (n, R), ``weights`` (n,). A row's left-out residual is its residual
    over 1 less its leverage (Hastie, Tibshirani & Friedman 2009, ch. 7; the penalty as in scikit-learn's
    ``RidgeCV``, which gives no residuals with a penalty for each response).
    """
    share = weights / weights.sum()
    centre = share @ features
    scale = np.sqrt(share @ (features - centre) ** 2)
    scale = np.where(scale > 0, scale, 1.0)
    mean = share @ responses
    root = np.sqrt(share * len(share))[:, None]
    left, singular, right = np.linalg.svd(root * (features - centre) / scale, full_matrices=False)
    turned = left.T @ (root * (responses - mean))
    best = np.full(responses.shape[1], np.inf)
    coefficients = np.zeros((features.shape[1], responses.shape[1]))
    left_out, noise, spread = np.zeros(responses.shape), 0.0, np.zeros(len(singular))
    residual = responses - mean
    for penalty in PENALTIES * float(np.mean(singular**2) or 1.0):
        shrunk = singular**2 / (singular**2 + penalty)
        leverage = left**2 @ shrunk + share
        own = residual - (left @ (shrunk[:, None] * turned)) / np.maximum(root, 1e-300)
        without = own / np.maximum(1.0 - leverage, 1e-6)[:, None]
        error = share @ without**2
        better = error < best
        best = np.where(better, error, best)
        slopes = right.T @ ((singular / (singular**2 + penalty))[:, None] * turned)
        coefficients[:, better], left_out[:, better] = slopes[:, better], without[:, better]
        if better[0]:
            free = max(1.0 - float(leverage.sum()) / len(share), 1.0 / len(share))
            noise = float(share @ own[:, 0] ** 2) / free
            spread = (singular / (singular**2 + penalty)) ** 2
    return Ridge(
        centre=centre,
        scale=scale,
        intercept=mean,
        coefficients=coefficients,
        left_out=left_out,
        noise=noise,
        _rotation=right.T,
        _spread=spread,
        _at_mean=1.0 / len(share),
    )
