"""The rows of tables and trajectories that figures draw."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.arms import main_arms
from citysim.analysis.labels import arm_label, outcome_within, swept_label, value_label, verdict_label
from citysim.analysis.results import RunSet, first_sweep
from citysim.analysis.stall import at_level, shown_stall, stall_of, states_stalled
from citysim.errors import ResultError
from citysim.language import gettext, numeral
from citysim.plan.report import Stall


def over_stall(table: pd.DataFrame, results: RunSet) -> pd.DataFrame:
    """Rows of the first combination of the swept values beside stall, at numeric stall levels."""
    table = first_sweep(table, results)
    number = pd.to_numeric(table["stall"], errors="coerce")
    return table[number.notna()].assign(stall=number[number.notna()])


def of_main_arms(table: pd.DataFrame, results: RunSet) -> pd.DataFrame:
    """Rows of the arms that figures show."""
    return table[table["arm"].isin(shown_arms(results))]


def shown_arms(results: RunSet) -> list[str]:
    """Arms that figures show, all but those made from another by taking away response."""
    made = set(results.config.arms) - set(main_arms(results.config))
    return [arm for arm in results.arms if arm not in made]


def alt_text(rows: pd.DataFrame, results: RunSet, name: str) -> str:
    """A line chart of shares of what stall costs in words, at the stall level that is shown."""
    level = shown_stall(results)
    at = rows[rows["stall"] == level].to_dict("records")
    if not at:
        return gettext("Line chart.")
    said = [
        f"{outcome_within(row['outcome'])}, {arm_label(row['arm'])}: "
        + (f"{name} {_interval(row)}" if np.isfinite(row["estimate"]) else verdict_label(row["verdict"]))
        for row in at
    ]
    return gettext(
        "Line chart. With {states_stalled}: {said}",
        states_stalled=states_stalled(level),
        said="; ".join(said),
    )


def _interval(row: Mapping[Any, Any]) -> str:
    told = {name: numeral(f"{row[name]:.2f}") for name in ("estimate", "lower", "upper")}
    return gettext("{estimate} ({lower} to {upper})", **told)


def rows_at(table: pd.DataFrame, stall: Stall) -> pd.DataFrame:
    """Rows of an analysis at a stall level. Raises ``ResultError`` where there are none."""
    rows = at_level(table, stall)
    if rows.empty:
        raise ResultError(f"no comparison with {states_stalled(stall)} has both its runs")
    return rows


def headline_runs(results: RunSet, stall: Stall) -> pd.DataFrame:
    """Runs of the headline's replications at the first combination of swept values, stall as a level.

    Raises ``ResultError`` where none has the level ``stall``, or no level repeats.
    """
    if results.sampled:
        raise ResultError("the design samples its points, so no stall level repeats")
    runs = first_sweep(results.runs[results.runs["draw"] == results.draw], results)
    levels = {value: stall_of(value) for value in runs["stall"].unique()}
    runs = runs.assign(stall=runs["stall"].map(levels))
    if not (runs["stall"] == stall).any():
        raise ResultError(f"trajectories hold no run with {states_stalled(stall)}")
    return runs


def quarters_of(
    results: RunSet, runs: pd.DataFrame, outcomes: Iterable[str], groups: Iterable[str], *, last: bool = False
) -> pd.DataFrame:
    """Trajectories of some ``headline_runs``, or their ``last`` quarter.

    Raises ``ResultError`` where there are none.
    """
    quarters = results.trajectories(outcomes, groups, runs["run"], last=last)
    if quarters is None:
        raise ResultError(
            "no trajectories were recorded; set trajectories = true under [record] and run again"
        )
    if quarters.empty:
        raise ResultError("trajectories hold none of the experiment's runs")
    return quarters.assign(stall=quarters["run"].map(runs.set_index("run")["stall"]))


def swept_note(table: pd.DataFrame, results: RunSet) -> str:
    """For a caption: at which of the swept values beside stall a figure is."""
    named = [
        f"{swept_label(column)} = {value_label(table[column].iloc[0])}"
        for column in results.sweep
        if column in table
    ]
    return gettext(" Drawn for {values}.", values=", ".join(named)) if named else ""


def count_text(numbers: pd.Series) -> str:
    """For a caption: a number of replications, or its range."""
    low, high = int(numbers.min()), int(numbers.max())
    return f"{low}" if low == high else f"{low}–{high}"
