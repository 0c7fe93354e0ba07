"""What cooperation gives as a share of what stall costs: statistics over replications.

A share is a ratio of two paired differences. Where stall costs no more than chance makes of it, a replication
has no share, is counted apart, and is never one in which cities make up for anything.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citysim.analysis.intervals import (
    Z,
    bootstrap_ratio,
    mean_and_error,
    median_interval,
    ratio_of_means,
    sign_test,
    spread,
    wilson,
)
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES, simultaneous_level
from citysim.model.outcomes import OUTCOMES

if TYPE_CHECKING:
    import xarray as xr

    from citysim.analysis.cells import Cells

#: Columns that hold a share itself, empty where it is undefined.
RATIO_COLUMNS = (
    "estimate",
    "lower",
    "upper",
    "median_lower",
    "median_upper",
    "lower_adjusted",
    "upper_adjusted",
)
#: Outcomes as float (replication, outcome, arm, stall) → what is given and what stall costs, in the
#: outcome's own direction, and their difference; NaN where a run is missing.
type Terms = Callable[[xr.DataArray], tuple[xr.DataArray, xr.DataArray, xr.DataArray]]
#: Lower and upper end of the interval, whether one can divide, number of replications → words.
type Judge = Callable[..., str]


def direction(cells: "Cells") -> NDArray[Any]:
    """1 where more of an outcome is better, −1 where less is, 0 where neither: (outcomes, 1, 1)."""
    return np.array([OUTCOMES[name].better for name in cells.outcomes], float)[:, None, None]


def place_of(y: "xr.DataArray", axis: str, label: object) -> int:
    """Where a label stands on an axis."""
    return int(y.indexes[axis].get_loc(label))


def complete(y: "xr.DataArray", *terms: NDArray[Any]) -> "tuple[xr.DataArray, xr.DataArray, xr.DataArray]":
    """Three terms of the labels of ``y``, or broadcast to it, NaN where one is unknown."""
    whole = np.logical_and.reduce(np.broadcast_arrays(*map(np.isfinite, terms)))
    top, bottom, gap = (y.copy(data=np.where(whole, term, np.nan)) for term in terms)
    return top, bottom, gap


def share_table(
    cells: "Cells",
    terms: Terms,
    judge: Judge,
    *,
    comparisons: int = 1,
    bootstrap: bool = False,
    baseline: bool = False,
) -> pd.DataFrame:
    """One row per outcome with a better direction, arm and stall above 0.

    Arms without cooperation only with ``baseline``.

    ``estimate``, ``lower``, ``upper``: median and 5–95 % quantiles of the share over the replications in
    which stall costs something (``n_states_matter`` of ``n_seeds``); ``median_lower``, ``median_upper``: 90 %
    confidence interval of that median; ``lower_adjusted``, ``upper_adjusted``: the same held for
    ``comparisons`` at once. ``probability_positive``, ``probability_compensates``: share of all
    replications in which stall costs something and the share of it is above 0, or at least 1; both with
    ``share_states_hardly_matter``, in which it costs nothing, may add up to less than 1.
    ``amount``: what is given, in the outcome's unit, signed so that more is better.
    ``monte_carlo_error`` is the standard error of the share at the default parameters.
    With ``bootstrap``, headline outcomes also have the paired bootstrap interval of the ratio of means.
    """
    drawn, at_defaults = (_numbers(terms(y)) for y in (cells.drawn, cells.defaults))
    table = laid_out_rows(cells, _statistics(cells, drawn, at_defaults, comparisons))
    judged = [name for name in cells.outcomes if OUTCOMES[name].better != 0]
    keep = table["outcome"].isin(judged) & (table["stall"] != 0.0)
    if not baseline:
        keep &= ~table["arm"].isin(cells.without_cooperation)
    table = table[keep & (table["n_seeds"] > 0)].reset_index(drop=True)
    sure = np.isfinite(table["fieller_lower"]) & (table["share_states_hardly_matter"] <= 0.5)
    table["verdict"] = [
        judge(lower, upper, divisible=divisible, count=count)
        for lower, upper, divisible, count in zip(
            table["lower"], table["upper"], sure, table["n_seeds"], strict=True
        )
    ]
    # A ratio without a usable denominator is no number to quote; the difference stands beside it.
    table.loc[table["verdict"] == "undefined", list(RATIO_COLUMNS)] = np.nan
    return _with_bootstrap(table, cells, *drawn[:2]) if bootstrap else table


def costs_something(cost: NDArray[Any], cost_at_defaults: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """In which replications stall costs more than chance makes of it, and the yardstick.

    ``cost`` and ``cost_at_defaults`` over replications in axis 0, signed so that more is worse. The yardstick
    is the 95 % quantile of what the random numbers alone do to the cost of one replication; 0 where fewer
    than two replications at the default parameters measure it. False where a run is missing.
    """
    count = np.isfinite(cost_at_defaults).sum(axis=0)
    yardstick = Z * mean_and_error(cost_at_defaults)[1] * np.sqrt(count)
    return cost > np.nan_to_num(yardstick), yardstick


def _numbers(terms: "Iterable[xr.DataArray]") -> list[NDArray[Any]]:
    return [term.to_numpy() for term in terms]


def _statistics(
    cells: "Cells", drawn: Sequence[NDArray[Any]], at_defaults: Sequence[NDArray[Any]], comparisons: int
) -> dict[str, NDArray[Any]]:
    """Numbers of every cell, each an array (outcomes, arms, stalls), from terms with replications before."""
    (top, bottom, gap), (top0, bottom0, _) = drawn, at_defaults
    better = direction(cells)
    d, given, n = spread(bottom), spread(better * top + 0.0), np.isfinite(gap).sum(axis=0)
    matters, noise = costs_something(better * bottom, better * bottom0)
    reached = (matters & (better * gap >= 0)).sum(axis=0)
    above = (matters & (better * top > 0)).sum(axis=0)
    p_low, p_high = wilson(reached, n)
    means, means0 = ratio_of_means(top, bottom), ratio_of_means(top0, bottom0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(matters, top / bottom, np.nan)
    c = spread(ratios)
    c_low, c_high = median_interval(ratios)
    c_low_all, c_high_all = median_interval(ratios, simultaneous_level(comparisons))
    some = np.where(n > 0, n, np.nan)
    return {
        "estimate": c.median,
        "lower": c.lower,
        "upper": c.upper,
        "probability_compensates": reached / some,
        "probability_positive": above / some,
        "monte_carlo_error": means0.error,
        "n_seeds": n,
        "median_lower": c_low,
        "median_upper": c_high,
        "lower_adjusted": c_low_all,
        "upper_adjusted": c_high_all,
        "p_value": sign_test(top),
        "probability_lower": p_low,
        "probability_upper": p_high,
        "amount": given.median,
        "amount_lower": given.lower,
        "amount_upper": given.upper,
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
        "estimate_defaults": means0.value,
        "n_defaults": means0.count,
        "n_incomplete": len(cells.drawn) - n,
    }


def laid_out_rows(cells: "Cells", statistics: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """Arrays (outcomes, arms, stalls) as a table with a row per cell."""
    index = pd.MultiIndex.from_product(
        [cells.arms, cells.stalls, cells.outcomes], names=["arm", "stall", "outcome"]
    )
    columns = {name: values.transpose(1, 2, 0).ravel() for name, values in statistics.items()}
    return pd.DataFrame(columns, index=index).reset_index().assign(**cells.sweep)


def _with_bootstrap(
    table: pd.DataFrame, cells: "Cells", top: NDArray[Any], bottom: NDArray[Any]
) -> pd.DataFrame:
    """Add the paired bootstrap interval of the ratio of means to the rows of headline outcomes."""
    labels = (cells.outcomes, cells.arms, cells.stalls)
    places = [{label: place for place, label in enumerate(axis)} for axis in labels]
    ends = np.full((2, len(table)), np.nan)
    for row, key in enumerate(zip(table["outcome"], table["arm"], table["stall"], strict=True)):
        if key[0] in HEADLINE_OUTCOMES:
            cell: Any = (slice(None), *(place[label] for place, label in zip(places, key, strict=True)))
            ends[:, row] = bootstrap_ratio(top[cell], bottom[cell])
    return table.assign(bootstrap_lower=ends[0], bootstrap_upper=ends[1])
