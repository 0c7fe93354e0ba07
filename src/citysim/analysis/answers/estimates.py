"""From paired replications to estimates with intervals that hold together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from citysim.analysis.cube import cube
from citysim.analysis.intervals import (
    MIN_REPLICATIONS,
    mean_and_error,
    median_interval,
    sign_test,
    spread,
)
from citysim.analysis.multiplicity import holm, simultaneous_level
from citysim.analysis.results import RunSet
from citysim.analysis.rounding import SPREAD, Fields, fields_in_digits
from citysim.arrays import Bools
from citysim.errors import ResultError
from citysim.language import gettext
from citysim.model.outcomes import OUTCOMES

#: What follows an answer's own columns.
ESTIMATES = (
    *("estimate", "lower", "upper", "median_lower", "median_upper", "mean", "mean_error", "n_seeds"),
    *("planned", "p_value", "p_adjusted", "lower_adjusted", "upper_adjusted", "verdict"),
)


def replications(results: RunSet, outcomes: Sequence[str], *, groups: Sequence[str] = ()) -> pd.DataFrame:
    """Outcomes paired by replication: a row per seed with its draw, a column per outcome and run.

    Columns are a MultiIndex of ``outcome``, ``arm``, ``stall``, the other swept values by name, and with
    ``groups`` the ``group`` of cities (from the groups' summary; otherwise the whole world). NaN where a run
    is missing. Replications at the defaults are left out where others exist.
    Raises ``ResultError`` where an outcome or group was not recorded, or two runs claim one place.
    """
    runs = results.groups() if groups else results.runs
    lacking = [name for name in outcomes if name not in runs]
    if groups:
        lacking += [name for name in groups if name not in set(runs["group"])]
        runs = runs[runs["group"].isin(groups)]
    if lacking:
        raise ResultError(f"{results.path}: did not record {', '.join(lacking)}, which this analysis needs")
    runs = runs[runs["draw"] == results.draw]
    sweep = [name for name in results.sweep if name not in outcomes]
    keys = ["arm", "stall", *sweep, *(["group"] if groups else [])]
    y = cube(runs, outcomes, keys, results.path)
    places = pd.DataFrame({name: y[name].values for name in keys})
    columns = pd.concat(dict.fromkeys(outcomes, places), names=["outcome"]).reset_index("outcome")
    return pd.DataFrame(
        y.to_numpy().reshape(len(y), -1),
        index=pd.Index(y["seed"].values, name="seed"),
        columns=pd.MultiIndex.from_frame(columns),
        copy=False,  # numbers lie as they were read, on which the last digits of their means depend
    )


def estimates(values: pd.DataFrame, *, planned: Bools | None = None, tested: bool = True) -> pd.DataFrame:
    """One row per column of ``values`` (replications × quantities, MultiIndex columns of the answer's keys).

    ``estimate``, ``lower``, ``upper``: median and 5–95 % quantiles over replications, which differ in what is
    not known of the parameters. ``median_lower``, ``median_upper``: 90 % confidence interval of the median.
    ``mean``, ``mean_error``: mean and its standard error. With ``tested`` the null hypothesis is a median of
    0: ``p_value`` by the sign test, and for ``planned`` quantities (all, unless said otherwise) Holm's
    ``p_adjusted``, intervals ``lower_adjusted``, ``upper_adjusted`` that hold together, and a ``verdict``.
    """
    y = values.to_numpy(float)
    asked = np.full(y.shape[1], tested) if planned is None else planned & tested
    over, (mean, error), (low, high) = spread(y), mean_and_error(y), median_interval(y)
    p = sign_test(y) if tested else np.full(y.shape[1], np.nan)
    low_all, high_all = median_interval(y, simultaneous_level(max(int(asked.sum()), 1)))
    table = values.columns.to_frame(index=False).assign(
        estimate=over.median,
        lower=over.lower,
        upper=over.upper,
        median_lower=low,
        median_upper=high,
        mean=mean,
        mean_error=error,
        n_seeds=over.count,
        planned=asked,
        p_value=p,
        p_adjusted=holm(np.where(asked, p, np.nan)),
        lower_adjusted=np.where(asked, low_all, np.nan),
        upper_adjusted=np.where(asked, high_all, np.nan),
    )
    outcome = table["outcome"] if "outcome" in table else [""] * len(table)
    rows = zip(outcome, table["lower_adjusted"], table["upper_adjusted"], over.count, asked, strict=True)
    table["verdict"] = [_verdict(*row) for row in rows]
    return table[table["n_seeds"] > 0].reset_index(drop=True)


def _verdict(outcome: str, lower: float, upper: float, count: int, asked: bool) -> str:
    """What the adjusted interval of a difference says; empty where nothing was asked."""
    if not asked:
        return ""
    if count < MIN_REPLICATIONS:
        return "too few"
    if not (lower > 0 or upper < 0):
        return "no effect shown"
    better = OUTCOMES[outcome].better if outcome in OUTCOMES else 0
    if better == 0:
        return "more" if lower > 0 else "less"
    return "better" if (lower > 0) == (better > 0) else "worse"


def quoted(row: Fields, ends: tuple[str, str] = SPREAD) -> str:
    """An estimate for a sentence, with its 5–95 % range or the interval between other ``ends``."""
    estimate, lower, upper = fields_in_digits(row, ("estimate", *ends)).values()
    return gettext("{estimate} ({lower} to {upper})", estimate=estimate, lower=lower, upper=upper)
