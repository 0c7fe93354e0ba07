"""Compensation ratio: how far cooperation of cities makes up for what stalled states no longer do.

    C(a, x) = (Y[x, a] − Y[x, none]) / (Y[0, none] − Y[x, none])

Y is an outcome, x the stall level, a the arm of cooperation; every term of a replication shares the
random numbers and the parameter draw. C = 0: cities change nothing. C = 1: they make up for everything.
"""

from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from citysim.analysis.cells import Cells
from citysim.analysis.intervals import (
    MIN_REPLICATIONS,
    Z,
    bootstrap_ratio,
    mean_and_error,
    median_interval,
    ratio_of_means,
    spread,
    wilson,
)
from citysim.analysis.multiplicity import simultaneous_level
from citysim.analysis.results import BASELINE_ARM
from citysim.model.outcomes import OUTCOMES

#: Columns that hold C itself, empty where it is undefined.
RATIO_COLUMNS = (
    "estimate",
    "lower",
    "upper",
    "median_lower",
    "median_upper",
    "lower_adjusted",
    "upper_adjusted",
)
Verdict = Literal["compensates", "partly", "no effect shown", "harms", "open", "undefined", "too few"]


def verdict(lower: float, upper: float, *, divisible: bool, count: int) -> Verdict:
    """What the 90 % interval of C says, in two words.

    ``undefined`` where the denominator is not ``divisible``: its mean cannot be told from 0, or states
    hardly matter in half of the replications; ``too few`` below ``MIN_REPLICATIONS``; ``open`` where the
    interval covers 1 but not 0.
    """
    if count < MIN_REPLICATIONS:
        return "too few"
    if not (divisible and np.isfinite(lower) and np.isfinite(upper)):
        return "undefined"
    if lower <= 0 <= upper:
        return "no effect shown"
    if upper < 0:
        return "harms"
    if lower >= 1:
        return "compensates"
    return "partly" if upper < 1 else "open"


def no_compensation_reason(cells: Cells) -> str | None:
    """Why an experiment has no compensation ratio; None where it has."""
    if BASELINE_ARM not in cells.arms:
        return f"no arm '{BASELINE_ARM}' to compare with; arms are {', '.join(cells.arms)}"
    if len(cells.arms) < 2:
        return f"the only arm is '{BASELINE_ARM}'"
    if all(isinstance(stall, float) and np.isnan(stall) for stall in cells.stalls):
        return "the design samples its points, so no stall level repeats"
    if 0.0 not in cells.stalls:
        return "no run without stall (stall = 0) to compare with"
    if len(cells.stalls) < 2:
        return "no stall level above 0"
    return None


def headline_terms(y: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Numerator, denominator and Y[x, a] − Y[0, none]; each float (replication, outcome, arm, stall).

    Replications that lack one of the four runs of a cell are NaN in all three.
    """
    alone, unstalled = y.sel(arm=BASELINE_ARM, drop=True), y.sel(arm=BASELINE_ARM, stall=0.0, drop=True)
    top, bottom, gap = y - alone, (unstalled - alone).broadcast_like(y), y - unstalled
    bottom = bottom.transpose(*y.dims)
    complete = np.isfinite(top) & np.isfinite(bottom) & np.isfinite(gap)
    return top.where(complete), bottom.where(complete), gap.where(complete)


def compensation_table(cells: Cells, *, comparisons: int = 1, bootstrap: bool = False) -> pd.DataFrame:
    """One row per outcome with a better direction, arm other than the baseline and stall above 0.

    ``estimate``, ``lower``, ``upper`` are the median and the 5–95 % quantiles of C over the replications in
    which states matter (``n_states_matter`` of ``n_seeds``): in the others C divides by next to nothing.
    ``median_lower``, ``median_upper``: 90 % confidence interval of that median; ``lower_adjusted``,
    ``upper_adjusted``: the same held for ``comparisons`` at once.
    ``probability_compensates`` needs no division and is over all.
    ``monte_carlo_error`` is the standard error of C at the default parameters.
    Empty where ``no_compensation_reason`` names one.
    """
    if no_compensation_reason(cells):
        return pd.DataFrame()
    table = _lay_out(cells, _statistics(cells, comparisons))
    judged = [name for name in cells.outcomes if OUTCOMES[name].better != 0]
    keep = table["outcome"].isin(judged) & (table["arm"] != BASELINE_ARM) & (table["stall"] != 0.0)
    table = table[keep & (table["n_seeds"] > 0)].reset_index(drop=True)
    sure = np.isfinite(table["fieller_lower"]) & (table["share_states_hardly_matter"] <= 0.5)
    table["verdict"] = [
        verdict(lower, upper, divisible=divisible, count=count)
        for lower, upper, divisible, count in zip(
            table["lower"], table["upper"], sure, table["n_seeds"], strict=True
        )
    ]
    # A ratio without a usable denominator is no number to quote; the difference stands beside it.
    table.loc[table["verdict"] == "undefined", list(RATIO_COLUMNS)] = np.nan
    return _with_bootstrap(table, cells) if bootstrap else table


def _statistics(cells: Cells, comparisons: int) -> dict[str, NDArray[Any]]:
    """Numbers of every cell, each an array (outcomes, arms, stalls)."""
    top, bottom, gap = (term.to_numpy() for term in headline_terms(cells.drawn))
    top0, bottom0, _ = (term.to_numpy() for term in headline_terms(cells.defaults))
    d, g = spread(bottom), spread(gap)
    better = np.array([OUTCOMES[name].better for name in cells.outcomes], float)[:, None, None]
    n = g.count
    reached = (better * gap >= 0).sum(axis=0)
    p_low, p_high = wilson(reached, n)
    means, at_defaults = ratio_of_means(top, bottom), ratio_of_means(top0, bottom0)
    # What the random numbers alone do to the denominator of one replication.
    noise = Z * mean_and_error(bottom0)[1] * np.sqrt(at_defaults.count)
    matters = better * bottom > np.nan_to_num(noise)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(matters, top / bottom, np.nan)
    c = spread(ratios)
    c_low, c_high = median_interval(ratios)
    c_low_all, c_high_all = median_interval(ratios, simultaneous_level(comparisons))
    g_low, g_high = median_interval(gap)
    some = np.where(n > 0, n, np.nan)
    return {
        "estimate": c.median,
        "lower": c.lower,
        "upper": c.upper,
        "probability_compensates": reached / some,
        "monte_carlo_error": at_defaults.error,
        "n_seeds": n,
        "median_lower": c_low,
        "median_upper": c_high,
        "lower_adjusted": c_low_all,
        "upper_adjusted": c_high_all,
        "probability_lower": p_low,
        "probability_upper": p_high,
        "difference": g.median,
        "difference_lower": g.lower,
        "difference_upper": g.upper,
        "difference_median_lower": g_low,
        "difference_median_upper": g_high,
        "share_states_hardly_matter": 1.0 - matters.sum(axis=0) / some,
        "n_states_matter": c.count,
        "yardstick_states_matter": noise,
        "denominator": d.median,
        "denominator_lower": d.lower,
        "denominator_upper": d.upper,
        "ratio_of_means": means.value,
        "ratio_error": means.error,
        "fieller_lower": means.lower,
        "fieller_upper": means.upper,
        "estimate_defaults": at_defaults.value,
        "n_defaults": at_defaults.count,
        "n_incomplete": len(cells.drawn) - n,
    }


def _lay_out(cells: Cells, statistics: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """Arrays (outcomes, arms, stalls) as a table with a row per cell."""
    index = pd.MultiIndex.from_product(
        [cells.arms, cells.stalls, cells.outcomes], names=["arm", "stall", "outcome"]
    )
    columns = {name: values.transpose(1, 2, 0).ravel() for name, values in statistics.items()}
    return pd.DataFrame(columns, index=index).reset_index().assign(**cells.sweep)


def _with_bootstrap(table: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Add the paired bootstrap interval of the ratio of means."""
    top, bottom, _ = headline_terms(cells.drawn)
    keys = table[["outcome", "arm", "stall"]].to_dict("records")
    intervals = [bootstrap_ratio(top.sel(key).to_numpy(), bottom.sel(key).to_numpy()) for key in keys]
    low, high = zip(*intervals, strict=True) if intervals else ((), ())
    return table.assign(bootstrap_lower=low, bootstrap_upper=high)
