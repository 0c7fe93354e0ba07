"""Paired differences of replications: between arms, and along a swept axis."""

from collections.abc import Mapping

import pandas as pd

from citysim.analysis.answers.estimates import estimates
from citysim.analysis.multiplicity import baseline
from citysim.analysis.results import Results
from citysim.errors import ResultError

#: Arms that stand for cooperation as a whole, the first that an experiment has.
FULL_ARM = "both"


def arms_against(results: Results) -> tuple[tuple[str, ...], str]:
    """Arms of cooperation, and the arm they are held against.

    Raises ``ResultError`` where the experiment has only one arm.
    """
    reference = baseline(results.arms)
    others = tuple(arm for arm in results.arms if arm != reference)
    if not others:
        raise ResultError(f"{results.path}: only arm '{reference}' has runs; expected one to compare it with")
    return others, reference


def whole(arms: "tuple[str, ...] | list[str]") -> str:
    """The arm that answers speak of: all cooperation, or else the last."""
    return FULL_ARM if FULL_ARM in arms else arms[-1]


def runs_of(values: pd.DataFrame, outcome: str, arm: str) -> pd.DataFrame:
    """One outcome of one arm from ``replications``: a row per seed, a column per point (stall first)."""
    return values.xs((outcome, arm), level=("outcome", "arm"), axis=1)


def against_first(values: pd.DataFrame, axis: str) -> pd.DataFrame:
    """Every point less the one with the lowest value of ``axis``, which is left out; seeds × points."""
    levels = sorted(values.columns.unique(axis))
    first = values.xs(levels[0], level=axis, axis=1)
    parts = {level: values.xs(level, level=axis, axis=1) - first for level in levels[1:]}
    if not parts:
        return values.iloc[:, :0]
    table = pd.concat(parts, axis=1, names=[axis])
    return table.reorder_levels(values.columns.names, axis=1)


def in_columns(parts: Mapping[tuple[str, ...], pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Quantities side by side, their keys before the points' in the columns."""
    return pd.concat({key: part for key, part in parts.items() if part.shape[1]}, axis=1, names=names)


def estimated(values: pd.DataFrame, planned: "pd.Series[bool]", versus: str) -> pd.DataFrame:
    """``estimates`` with the reference arm after the arm; ``planned``: one entry per column."""
    table = estimates(values, planned=planned.to_numpy(bool))
    table.insert(table.columns.get_loc("arm") + 1, "versus", versus)  # type: ignore[arg-type]  one such column
    return table
