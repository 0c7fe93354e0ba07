"""Paired differences between arms and between stall levels, in a tidy table."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citysim.analysis.cells import Cells
from citysim.analysis.estimands import ESTIMANDS, estimand_tables
from citysim.analysis.intervals import mean_and_error, median_interval, sign_test, spread
from citysim.analysis.multiplicity import simultaneous_level
from citysim.analysis.results import BASELINE_ARM
from citysim.analysis.shares import place_of

#: With more arms than this, each is held against one only.
MAX_ARMS_ALL_PAIRS = 6
EFFECT_COLUMNS = (
    "estimand",
    "arm",
    "versus",
    "stall",
    "outcome",
    "estimate",
    "lower",
    "upper",
    "mean",
    "mean_error",
    "monte_carlo_error",
    "n_seeds",
    "probability_compensates",
    "verdict",
    "median_lower",
    "median_upper",
    "p_value",
    "lower_adjusted",
    "upper_adjusted",
)


def effects_table(
    cells: Cells, *, comparisons: int = 1, shares: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """Every effect of an experiment, one row per estimand, arm, stall level and outcome.

    ``compensation``: the ratio C; ``substitution``, ``response``: shares of what stall costs, as in the
    headline; ``level``: the outcome itself; ``difference_arms``: arm − versus at equal stall;
    ``difference_stall``: arm at this stall level − the same arm without stall; ``difference_unstalled``: arm
    at this stall level − baseline arm without stall.
    ``estimate`` with ``lower`` and ``upper``: median and 5–95 % quantiles over replications;
    ``mean`` with ``mean_error``: mean and its standard error; ``monte_carlo_error``: standard error of the
    mean at the default parameters; ``median_lower``, ``median_upper``: 90 % confidence interval of the
    median; ``lower_adjusted``, ``upper_adjusted``: the same for ``comparisons`` at once; ``p_value``: sign
    test that the median of a difference is 0. ``shares``: the estimands' tables, where made already.
    """
    level = simultaneous_level(comparisons)
    part = partial(_part, cells, level)
    both = cells.drawn.to_numpy(), cells.defaults.to_numpy()
    tables = shares or estimand_tables(cells, comparisons=comparisons, bootstrap=False)
    parts = [*_shares(cells, tables), part("level", "", *both)]
    parts += [_between_arms(cells, level, arm, versus) for versus, arm in arm_pairs(cells.arms)]
    if 0.0 in cells.stalls and len(cells.stalls) > 1:
        unstalled = [place_of(cells.drawn, "stall", 0.0)]
        y, y0 = (y - y[..., unstalled] for y in both)
        against = part("difference_stall", "no stall", y, y0)
        parts.append(against[against["stall"] != 0.0])
        if BASELINE_ARM in cells.arms:
            alone = [place_of(cells.drawn, "arm", BASELINE_ARM)]
            y, y0 = (y - y[:, :, alone][..., unstalled] for y in both)
            parts.append(part("difference_unstalled", BASELINE_ARM, y, y0))
    table = pd.concat([rows for rows in parts if len(rows)], ignore_index=True)
    table = table[table["n_seeds"] > 0].reset_index(drop=True)
    return table.reindex(columns=[*EFFECT_COLUMNS, *cells.sweep])


def arm_pairs(arms: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs (versus, arm): all of them for a few arms, else each against the first."""
    if len(arms) <= MAX_ARMS_ALL_PAIRS:
        return list(combinations(arms, 2))
    return [(arms[0], arm) for arm in arms[1:]]


def _between_arms(cells: Cells, level: float, arm: str, versus: str) -> pd.DataFrame:
    one, other = ([place_of(cells.drawn, "arm", name)] for name in (arm, versus))
    y, y0 = (y[:, :, one] - y[:, :, other] for y in (cells.drawn.to_numpy(), cells.defaults.to_numpy()))
    return _part(cells, level, "difference_arms", versus, y, y0, arms=(arm,))


def _shares(cells: Cells, tables: Mapping[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """What cooperation gives as share of what stall costs, compensation first."""
    return [_share(cells, tables[name], name) for name in reversed(ESTIMANDS) if name != "standing_value"]


def _share(cells: Cells, table: pd.DataFrame, estimand: str) -> pd.DataFrame:
    if table.empty:
        return table
    compensation = estimand == "compensation"  # its test is that of the difference to the unstalled world
    table = table.assign(
        estimand=estimand,
        versus=table["arm"].map(cells.counterparts) if estimand == "response" else BASELINE_ARM,
        mean=table["ratio_of_means"],
        mean_error=table["ratio_error"],
        p_value=np.nan if compensation else table["p_value"],
    )
    return table.reindex(columns=[*EFFECT_COLUMNS, *cells.sweep])


def _part(
    cells: Cells,
    level: float,
    estimand: str,
    versus: str,
    y: NDArray[Any],
    y0: NDArray[Any],
    arms: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Rows of one estimand; values as those of ``Cells``, drawn and at defaults, of some ``arms`` or all.

    ``level``: of the adjusted intervals.
    """
    over = spread(y)
    mean, error = mean_and_error(y)
    median_low, median_high = median_interval(y)
    low_all, high_all = median_interval(y, level)
    columns: dict[str, NDArray[Any]] = {
        "estimate": over.median,
        "lower": over.lower,
        "upper": over.upper,
        "mean": mean,
        "mean_error": error,
        "monte_carlo_error": mean_and_error(y0)[1],
        "n_seeds": over.count,
        "median_lower": median_low,
        "median_upper": median_high,
        "p_value": sign_test(y) if versus else np.full(over.median.shape, np.nan),
        "lower_adjusted": low_all,
        "upper_adjusted": high_all,
    }
    labels = [cells.arms if arms is None else arms, cells.stalls, cells.outcomes]
    index = pd.MultiIndex.from_product(labels, names=["arm", "stall", "outcome"])
    flat = {name: values.transpose(1, 2, 0).ravel() for name, values in columns.items()}
    table = pd.DataFrame(flat, index=index).reset_index()
    return table.assign(estimand=estimand, versus=versus, **cells.sweep)
