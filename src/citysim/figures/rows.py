"""The rows of tables and trajectories that figures draw."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from citysim.analysis.arms import main_arms
from citysim.analysis.results import RunSet, first_sweep
from citysim.analysis.stall import at_level, shown_stall, stall_of, states_stalled
from citysim.errors import ResultError
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
        return "Line chart."
    said = [
        f"{row['outcome']}, {row['arm']}: "
        + (
            f"{name} {row['estimate']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
            if np.isfinite(row["estimate"])
            else str(row["verdict"])
        )
        for row in at
    ]
    return f"Line chart. With {states_stalled(level)}: {'; '.join(said)}"


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
    named = [f"{column} = {table[column].iloc[0]}" for column in results.sweep if column in table]
    return f" Drawn for {', '.join(named)}." if named else ""


def count_text(numbers: pd.Series) -> str:
    """For a caption: a number of replications, or its range."""
    low, high = int(numbers.min()), int(numbers.max())
    return f"{low}" if low == high else f"{low}–{high}"
