"""Several forms of the model, each calibrated: how much each counts, and the verdict over all of them.

No form is true, so weights are those of a mixture that foretells best, not posterior probabilities:
*stacking* of predictive distributions (Yao, Vehtari, Simpson & Gelman 2018, *Bayesian Analysis* 13) maximises
the log score of the mixture. It is scored on the statistics of use V, which have calibrated nothing, so none
has to be left out. *Pseudo-BMA+* of the same paper, with a Bayesian bootstrap, stands beside it: it takes
statistics for independent, and so is surer than there is reason to be. Statistics of one family are alike,
so each family counts once, however many statistics it has (assumed).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

from citysim.analysis.cells import Cells
from citysim.analysis.compare import share_values
from citysim.analysis.compensation import verdict
from citysim.analysis.estimands import share_verdict
from citysim.analysis.intervals import TAIL
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.arrays import Floats

AVERAGED = "averaged"
#: Resamples of families, and their seed.
RESAMPLES, SEED = 2000, 2018
#: Runs that the predictive density of a statistic takes at least.
FEWEST = 10
_KEYS = ("estimand", "arm", "stall", "outcome")
_PROBABILITIES = ("probability_positive", "probability_compensates", "share_states_hardly_matter")


def log_density(runs: Floats, value: Floats, error: Floats) -> Floats:
    """Log of the predictive density of the record, (K,).

    ``runs``: statistics of runs at posterior draws (n, K); ``value`` and ``error``: the record and the sd
    with which it lies about what a run shows (K,). The mean over runs of a Gaussian about each, no narrower
    than Silverman's (1986) rule has a kernel; NaN where fewer than ``FEWEST`` runs have the statistic.
    """
    found = np.full(len(value), np.nan)
    for k in range(len(value)):
        own = runs[np.isfinite(runs[:, k]), k]
        if len(own) < FEWEST:
            continue
        width = max(float(error[k]), 1.06 * float(own.std(ddof=1)) * len(own) ** -0.2)
        if width > 0:
            z = (value[k] - own) / width
            found[k] = logsumexp(-0.5 * z**2) - np.log(len(own) * width * np.sqrt(2 * np.pi))
    return found


def families(statistics: Sequence[str]) -> list[str]:
    """The family of each ``ARM/FAMILY.NAME``."""
    return [name.partition("/")[2].partition(".")[0] for name in statistics]


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of M forms, (M,) each: by stacking with 90 % intervals over families, and by pseudo-BMA+.

    ``score``: mean log predictive density over families, of each form, (M,).
    """

    stacking: Floats
    lower: Floats
    upper: Floats
    pseudo_bma: Floats
    score: Floats


def weights_of(densities: Floats, family: Sequence[str]) -> Weights:
    """Weights from log predictive densities (K statistics, M forms), all finite; ``family`` of each."""
    names = list(dict.fromkeys(family))
    member = np.array([[of == name for of in family] for name in names], dtype=float)  # (F, K)
    share = member / member.sum(axis=1, keepdims=True)
    by_family = share @ densities
    rng = np.random.default_rng(SEED)
    draws = rng.dirichlet(np.ones(len(names)), size=RESAMPLES)  # Rubin's (1981) Bayesian bootstrap
    resampled = _stacked(densities, draws[: RESAMPLES // 4] @ share)
    pseudo = softmax(len(names) * (draws @ by_family), axis=1).mean(axis=0)
    ends = np.quantile(resampled, (TAIL, 1 - TAIL), axis=0)
    return Weights(
        stacking=_stacked(densities, share.mean(axis=0)[None])[0],
        lower=ends[0],
        upper=ends[1],
        pseudo_bma=pseudo,
        score=by_family.mean(axis=0),
    )


def _stacked(densities: Floats, counts: Floats, steps: int = 500) -> Floats:
    """Weights w that maximise Σ_k counts_k log Σ_m w_m p_km, for each row of ``counts`` (R, K): (R, M).

    The steps of expectation and maximisation of a mixture with known components; the score is concave.
    """
    p = np.exp(densities - densities.max(axis=1, keepdims=True))
    w = np.full((len(counts), p.shape[1]), 1.0 / p.shape[1])
    for _ in range(steps):
        mixture = w @ p.T
        w = w * ((counts / mixture) @ p)
    return np.asarray(w / w.sum(axis=1, keepdims=True))


def averaged(
    headlines: Mapping[str, pd.DataFrame], cells: Mapping[str, Cells], weights: Floats
) -> pd.DataFrame:
    """The verdict under each form, and averaged: a row per share of what stall costs, arm, stall, and form.

    ``headlines`` and ``cells``: by form, in the order of ``weights``. Averaged probabilities are sums by
    weight; the averaged estimate and interval are quantiles of the mixture of the forms' replications.
    ``agree``: whether all forms say the same.
    """
    forms = list(headlines)
    pooled = {form: share_values(cells[form]) for form in forms}
    first = headlines[forms[0]]
    rows = []
    shares = first.loc[first["estimand"] != "standing_value", list(_KEYS)]
    keys: list[tuple[Any, ...]] = list(shares.itertuples(index=False, name=None))
    for key in keys:
        here = [_row(headlines[form], key) for form in forms]
        if any(row is None for row in here):
            continue
        known = [row for row in here if row is not None]
        agree = len({row["verdict"] for row in known}) == 1
        names: dict[str, Any] = dict(zip(_KEYS, key, strict=True))
        values = [_at(pooled[form][key[0]], cells[form], names) for form in forms]
        mixed = _mixture(known, values, weights, str(key[0]))
        for form, weight, row in zip([*forms, AVERAGED], [*weights, 1.0], [*known, mixed], strict=True):
            shown = ("estimate", "lower", "upper", *_PROBABILITIES, "n_seeds", "verdict")
            rows.append(
                {
                    **names,
                    "form": form,
                    "weight": weight,
                    **{name: row[name] for name in shown},
                    "agree": agree,
                }
            )
    return pd.DataFrame(rows)


def _row(headline: pd.DataFrame, key: Sequence[object]) -> dict[Any, Any] | None:
    found = headline[(headline[list(_KEYS)] == list(key)).all(axis=1)]
    return found.iloc[0].to_dict() if len(found) else None


def _at(values: Floats, cells: Cells, names: Mapping[str, Any]) -> Floats:
    """Replications of one cell of ``share_values``."""
    outcomes = [name for name in cells.outcomes if name in HEADLINE_OUTCOMES]
    place = (
        outcomes.index(str(names["outcome"])),
        cells.arms.index(str(names["arm"])),
        cells.stalls.index(names["stall"]),
    )
    found = values[:, place[0], place[1], place[2]]
    return np.asarray(found[np.isfinite(found)])


def _mixture(
    rows: Sequence[Mapping[Any, Any]], values: Sequence[Floats], weights: Floats, estimand: str
) -> dict[Any, Any]:
    chance = {
        name: float(sum(w * row[name] for w, row in zip(weights, rows, strict=True)))
        for name in _PROBABILITIES
    }
    count = int(sum(row["n_seeds"] for row in rows))
    pool = np.concatenate(values)
    each = np.concatenate(
        [np.full(len(own), weight / max(len(own), 1)) for own, weight in zip(values, weights, strict=True)]
    )
    divisible = chance["share_states_hardly_matter"] <= 0.5 and each.sum() > 0
    if divisible:
        low, middle, high = np.quantile(pool, (TAIL, 0.5, 1 - TAIL), weights=each, method="inverted_cdf")
    else:
        low = middle = high = np.nan
    judge = verdict if estimand == "compensation" else share_verdict
    said = judge(float(low), float(high), divisible=divisible, count=count)
    return {"estimate": middle, "lower": low, "upper": high, **chance, "n_seeds": count, "verdict": said}
