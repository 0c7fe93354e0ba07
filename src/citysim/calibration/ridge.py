"""Weighted ridge regression of several responses, with what each row would be without itself."""

from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats, Ints

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


@dataclass(frozen=True, eq=False)
class _Fit:
    """A fit with one penalty, on the turned features."""

    residual: Floats
    left_out: Floats
    leverage: Floats
    slopes: Floats
    spread: Floats

    @classmethod
    def of(
        cls,
        residual: Floats,
        penalty: float,
        left: Floats,
        singular: Floats,
        turned: Floats,
        root: Floats,
        share: Floats,
    ) -> "_Fit":
        """``residual``: of the mean alone."""
        shrunk = singular**2 / (singular**2 + penalty)
        leverage = left**2 @ shrunk + share
        own = residual - (left @ (shrunk[:, None] * turned)) / np.maximum(root, 1e-300)
        return cls(
            residual=own,
            left_out=own / np.maximum(1.0 - leverage, 1e-6)[:, None],
            leverage=leverage,
            slopes=(singular / (singular**2 + penalty))[:, None] * turned,
            spread=(singular / (singular**2 + penalty)) ** 2,
        )


def _cautious(squared: Floats, errors: Floats, share: Floats) -> Ints:
    """The largest penalty, in ascending order, within one standard error of the least error, (R,).

    ``squared``: left-out residuals by penalty, (E, n, R); ``errors``: their weighted means, (E, R).
    """
    best = errors.argmin(axis=0)
    responses = np.arange(errors.shape[1])
    apart = squared - squared[best, :, responses].T[None]
    excess = errors - errors[best, responses]
    error = np.sqrt(np.einsum("n,enr->er", share**2, (apart - excess[:, None, :]) ** 2))
    near = excess <= error
    return np.asarray(len(errors) - 1 - near[::-1].argmax(axis=0))


def fit_ridge(features: Floats, responses: Floats, weights: Floats, *, cautious: bool = False) -> Ridge:
    """Ridge regression with a penalty for each response, the one with the least squared left-out residuals.

    ``cautious``: the largest penalty that is no worse than that by one standard error (Breiman et al. 1984),
    so that of many responses those that nothing foretells are not fitted by chance.
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
    penalties = PENALTIES * float(np.mean(singular**2) or 1.0)
    residual = responses - mean
    fits = [
        _Fit.of(
            residual, penalty=penalty, left=left, singular=singular, turned=turned, root=root, share=share
        )
        for penalty in penalties
    ]
    errors = np.array([share @ fit.left_out**2 for fit in fits])
    chosen = errors.argmin(axis=0)
    if cautious:
        chosen = _cautious(np.array([fit.left_out**2 for fit in fits]), errors, share)
    left_out, slopes = np.empty(responses.shape), np.empty((len(singular), responses.shape[1]))
    for response, at in enumerate(chosen):
        left_out[:, response], slopes[:, response] = (
            fits[at].left_out[:, response],
            fits[at].slopes[:, response],
        )
    first = fits[chosen[0]]
    free = max(1.0 - float(first.leverage.sum()) / len(share), 1.0 / len(share))
    return Ridge(
        centre=centre,
        scale=scale,
        intercept=mean,
        coefficients=right.T @ slopes,
        left_out=left_out,
        noise=float(share @ first.residual[:, 0] ** 2) / free,
        _rotation=right.T,
        _spread=first.spread,
        _at_mean=1.0 / len(share),
    )
