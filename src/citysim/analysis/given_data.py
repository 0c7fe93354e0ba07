"""What knowing a parameter would tell, estimated from the replications of any experiment.

No design is needed, and inputs may depend on each other, as those of a posterior do: the expectation of a
result given a parameter is a regression on it (Strong, Oakley & Brennan 2014, *Medical Decision Making* 34),
here a penalised spline whose penalty has the least leave-one-out error. Two measures:

    share  Var(E[Y | θ]) / Var(Y)                            first-order Sobol index of a result Y
    value  E[max(P(V | θ), 1 − P(V | θ))] − max(P(V), 1 − P(V))

The second is the expected value of partial perfect information under 0–1 loss: by how much the probability
of judging right whether V is so would rise if θ were known. It is counted, not read off the regression, whose
spline is too smooth where V turns at a threshold of θ: each replication is judged by what the regression on
all others says of it, above or below one half. Where inputs depend on each other, both count
what θ tells through the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer, StandardScaler

from citysim.analysis.intervals import TAIL
from citysim.arrays import Bools, Floats, Ints

#: Permutations that a parameter which does not matter is told by, resamples of the intervals, and their seed.
PERMUTATIONS, RESAMPLES, SEED = 299, 200, 20140101
#: Knots of a spline over the ranks of a parameter.
_KNOTS = 5
#: Penalties to choose from, a replication each; at the highest the regression is its mean.
_PENALTIES = np.logspace(-4, 3, 10)
#: A group of at most so many parameters also has the products of pairs.
_PRODUCTS = 12
#: Splines of more would have more terms than a sweep has replications; they have linear and squared ones.
_SPLINES = 30
#: Least replications that a regression says anything from.
FEWEST = 40


@dataclass(frozen=True, eq=False)
class Known:
    """What knowing each of S sets of parameters would tell of E results: arrays (sets, results).

    ``share`` and ``value`` with 90 % intervals; ``null``: the mean over permutations, what one that does not
    matter shows, so the estimate's bias there; ``p``: of a set that does not matter having so much,
    adjusted for all sets (Westfall & Young 1993, greatest of all sets in each permutation) and all results
    (Bonferroni).
    ``r2``: share of the variance of the result that is foretold of replications left out.
    """

    share: Floats
    share_lower: Floats
    share_upper: Floats
    share_null: Floats
    share_p: Floats
    value: Floats
    value_lower: Floats
    value_upper: Floats
    value_null: Floats
    value_p: Floats
    r2: Floats


def known(
    x: Floats,
    sets: Sequence[Sequence[int]],
    results: Floats,
    events: Bools,
    *,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
) -> Known:
    """What knowing each of ``sets``, columns of ``x``, would tell.

    ``x``: parameters (n, P); ``results`` and ``events``: what they make, (n, E) each. The same for any number
    of processors: all that is random is drawn from ``SEED``.
    """
    n = len(x)
    rng = np.random.default_rng(SEED)
    shuffled = np.vstack((np.arange(n), [rng.permutation(n) for _ in range(permutations)]))
    weights = rng.multinomial(n, np.full(n, 1.0 / n), size=resamples).astype(float)
    y = (results - results.mean(axis=0)) / np.where(np.ptp(results, axis=0) > 0, results.std(axis=0), 1.0)
    parts = [
        _of_set(terms(x[:, list(columns)]), y, events.astype(float), shuffled, weights) for columns in sets
    ]
    share, value = (np.stack([part[kind] for part in parts]) for kind in ("share", "value"))
    ends = np.stack([part["ends"] for part in parts], axis=-1)  # measure, end, result, set
    return Known(
        share=share[:, 0],
        share_lower=ends[0, 0].T,
        share_upper=ends[0, 1].T,
        share_null=share[:, 1:].mean(axis=1),
        share_p=_adjusted(share),
        value=value[:, 0],
        value_lower=ends[1, 0].T,
        value_upper=ends[1, 1].T,
        value_null=value[:, 1:].mean(axis=1),
        value_p=_adjusted(value),
        r2=np.stack([part["r2"] for part in parts]),
    )


def terms(x: Floats) -> Floats:
    """Terms of a regression on some parameters, (n, k): cubic splines over the ranks of each.

    A few parameters also have the products of pairs; many have linear and squared terms alone.
    """
    n, count = x.shape
    shares = (stats.rankdata(x, axis=0) - 0.5) / n
    centred = 2.0 * shares - 1.0
    if count > _SPLINES:
        found = np.column_stack((centred, centred**2))
    else:
        splines = SplineTransformer(_KNOTS, degree=3, knots="uniform", include_bias=False)
        found = splines.fit_transform(shares)
        if 1 < count <= _PRODUCTS:
            products = PolynomialFeatures(2, interaction_only=True, include_bias=False)
            found = np.column_stack((found, products.fit_transform(centred)[:, count:]))
    return np.asarray(StandardScaler().fit_transform(found))


def _of_set(z: Floats, y: Floats, events: Floats, shuffled: Ints, weights: Floats) -> dict[str, Floats]:
    """Both measures of one set: ``share`` and ``value`` (1 + permutations, E), as it is first; ``ends``."""
    found: dict[str, Floats] = {}
    ends = []
    scores, sizes, _ = np.linalg.svd(z, full_matrices=False)
    squares = sizes**2
    for kind, targets in (("share", y), ("value", events)):
        # Every permutation chooses its penalty anew, as the estimate does.
        ridge = _ridge(z, targets[shuffled].transpose(1, 0, 2).reshape(len(z), -1))
        true = targets[shuffled].transpose(1, 0, 2)
        fit = ridge.predict(z).reshape(true.shape)
        penalty = np.broadcast_to(ridge.alpha_, true[0].size).reshape(true.shape[1:])
        kept = squares[:, None, None] / (squares[:, None, None] + penalty)
        if kind == "share":
            variance = targets.var(axis=0)
            rest = ((true - fit) ** 2).mean(axis=0)
            found[kind] = _share(rest, variance, kept, len(z))
            score = np.broadcast_to(ridge.best_score_, penalty.size).reshape(penalty.shape)[0]
            found["r2"] = 1.0 + score / np.where(variance > 0, variance, np.inf)
        else:
            leverage = 1.0 / len(z) + np.tensordot(scores**2, kept, axes=1)
            left_out = true - (true - fit) / np.maximum(1.0 - leverage, 1e-9)
            found[kind] = _value(left_out, true, np.full(len(z), 1.0 / len(z)))
        ends.append(_ends(z, targets, kind, penalty[0], weights, found[kind][0]))
    found["ends"] = np.stack(ends)
    return found


def _ridge(z: Floats, targets: Floats) -> RidgeCV:
    """Regression of every column of ``targets``, each with the penalty of its least leave-one-out error."""
    return RidgeCV(len(z) * _PENALTIES, alpha_per_target=True).fit(z, targets)


def _share(rest: Floats, variance: Floats, kept: Floats, n: int) -> Floats:
    """Share of the variance that a fit leaves no residual of, less what it takes in of chance: adjusted R².

    ``rest``: mean squared residual; ``kept``: factors by which the penalty shrinks each component
    (components, …), from which the fit has 1 + Σ (2 kept − kept²) degrees of freedom.
    """
    free = 1.0 + (2.0 * kept - kept**2).sum(axis=0)
    noise = rest * (n - 1) / np.maximum(n - free, 1.0)
    found = 1.0 - noise / np.where(variance > 0, variance, np.inf)
    return np.asarray(np.where(variance > 0, np.clip(found, 0.0, 1.0), 0.0))


def _value(fit: Floats, true: Floats, weights: Floats) -> Floats:
    """Rise in the probability of judging right events that are ``true`` (1) or not (0), from fits (n, …)."""
    p = np.tensordot(weights, true, axes=1)
    right = np.tensordot(weights, np.where(fit >= 0.5, true, 1.0 - true), axes=1)
    return np.asarray(np.maximum(right - np.maximum(p, 1.0 - p), 0.0))


def _ends(
    z: Floats, targets: Floats, kind: str, penalty: Floats, weights: Floats, estimate: Floats
) -> Floats:
    """90 % interval (2, E): replications resampled, quantiles moved by the bias that the resamples show."""
    n = len(z)
    drawn = []
    for weight in weights / n:
        inputs, y = z - weight @ z, targets - weight @ targets
        inner, vectors = np.linalg.eigh(n * (inputs.T * weight) @ inputs)
        kept = np.maximum(inner, 0.0)[:, None] / (np.maximum(inner, 0.0)[:, None] + penalty)
        against = vectors.T @ ((inputs.T * weight) @ y) * n
        fit = inputs @ (vectors @ (against / (np.maximum(inner, 0.0)[:, None] + penalty)))
        if kind == "share":
            rest = weight @ (y - fit) ** 2
            drawn.append(_share(rest, weight @ y**2, kept, n))
        else:
            drawn.append(_value(fit + weight @ targets, targets, weight))
    found = np.stack(drawn)
    low, high = np.quantile(found, (TAIL, 1.0 - TAIL), axis=0)
    moved = found.mean(axis=0) - estimate
    return np.asarray(np.clip(np.stack((low - moved, high - moved)), 0.0, 1.0))


def _adjusted(measures: Floats) -> Floats:
    """P of every set and result, (sets, E), from ``measures`` (sets, 1 + permutations, E)."""
    greatest = measures[:, 1:].max(axis=0)
    reached = (greatest[None] >= measures[:, :1] - 1e-12).sum(axis=1)
    p = np.minimum(greatest.shape[1] * (1 + reached) / (1 + greatest.shape[0]), 1.0)
    # Nothing is told by one that shows nothing.
    return np.asarray(np.where(measures[:, 0] > 1e-9, p, 1.0))
