"""Paired differences between arms and between stall levels, in a tidy table."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citysim.analysis.cells import Cells
from citysim.analysis.compensation import compensation_table
from citysim.analysis.intervals import mean_and_error, spread
from citysim.analysis.results import BASELINE_ARM

type Floats = NDArray[np.float64]

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
)


def effects_table(cells: Cells) -> pd.DataFrame:
    """Every effect of an experiment, one row per estimand, arm, stall level and outcome.

    ``compensation``: the ratio C; ``level``: the outcome itself; ``difference_arms``: arm − versus at
    equal stall; ``difference_stall``: arm at this stall level − the same arm without stall;
    ``difference_unstalled``: arm at this stall level − baseline arm without stall.
    ``estimate`` with ``lower`` and ``upper``: median and 5–95 % quantiles over replications;
    ``mean`` with ``mean_error``: mean and its standard error; ``monte_carlo_error``: standard error of the
    mean at the default parameters.
    """
    parts = [_compensation(cells), _part(cells, "level", "", cells.drawn, cells.defaults)]
    parts += [_between_arms(cells, arm, versus) for versus, arm in arm_pairs(cells.arms)]
    if 0.0 in cells.stalls and len(cells.stalls) > 1:
        zero = cells.stalls.index(0.0)
        y, y0 = cells.drawn, cells.defaults
        against = _part(cells, "difference_stall", "no stall", y - y[..., [zero]], y0 - y0[..., [zero]])
        parts.append(against[against["stall"] != 0.0])
        if BASELINE_ARM in cells.arms:
            base = cells.arms.index(BASELINE_ARM)
            y, y0 = (z - z[:, :, [base], :][..., [zero]] for z in (y, y0))
            parts.append(_part(cells, "difference_unstalled", BASELINE_ARM, y, y0))
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    table = table[table["n_seeds"] > 0].reset_index(drop=True)
    return table.reindex(columns=[*EFFECT_COLUMNS, *cells.sweep])


def arm_pairs(arms: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs (versus, arm): all of them for a few arms, else each against the first."""
    if len(arms) <= MAX_ARMS_ALL_PAIRS:
        return list(combinations(arms, 2))
    return [(arms[0], arm) for arm in arms[1:]]


def _between_arms(cells: Cells, arm: str, versus: str) -> pd.DataFrame:
    a, b = cells.arms.index(arm), cells.arms.index(versus)
    y, y0 = (z[:, :, [a], :] - z[:, :, [b], :] for z in (cells.drawn, cells.defaults))
    return _part(cells, "difference_arms", versus, y, y0, arms=(arm,))


def _compensation(cells: Cells) -> pd.DataFrame:
    table = compensation_table(cells)
    if table.empty:
        return table
    table = table.assign(estimand="compensation", versus=BASELINE_ARM)
    table = table.assign(mean=table["ratio_of_means"], mean_error=table["ratio_error"])
    return table.reindex(columns=[*EFFECT_COLUMNS, *cells.sweep])


def _part(
    cells: Cells, estimand: str, versus: str, y: Floats, y0: Floats, *, arms: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Rows of one estimand; ``y``, ``y0``: (replications, outcomes, arms, stalls), drawn and at defaults."""
    over = spread(y)
    mean, error = mean_and_error(y)
    columns: dict[str, NDArray[Any]] = {
        "estimate": over.median,
        "lower": over.lower,
        "upper": over.upper,
        "mean": mean,
        "mean_error": error,
        "monte_carlo_error": mean_and_error(y0)[1],
        "n_seeds": over.count,
    }
    axes = [arms or cells.arms, cells.stalls, cells.outcomes]
    index = pd.MultiIndex.from_product(axes, names=["arm", "stall", "outcome"])
    flat = {name: values.transpose(1, 2, 0).ravel() for name, values in columns.items()}
    table = pd.DataFrame(flat, index=index).reset_index()
    return table.assign(estimand=estimand, versus=versus, **cells.sweep)
