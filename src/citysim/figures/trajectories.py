"""Figure: outcomes from 2023 to 2050 by arm with stalled states, beside the world without stall."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from citysim.analysis.answers.pairing import whole
from citysim.analysis.labels import arm_label, outcome_label, outcome_within, unit_label
from citysim.analysis.results import BASELINE_ARM, RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.analysis.yearly import YEAR, over_a_year
from citysim.errors import ResultError
from citysim.figures.caption import Caption, Drawn
from citysim.figures.findings import path_title
from citysim.figures.rows import headline_runs, quarters_of, shown_arms
from citysim.figures.sizes import size
from citysim.figures.style import INK, MUTED, arm_looks, new_figure, outside_legend, style, wrapped
from citysim.language import gettext
from citysim.model.levels import is_table
from citysim.model.outcomes import OUTCOMES, added_outcomes
from citysim.plan.report import Stall

#: Of the model itself; those that extensions add come below.
OUTCOMES_SHOWN = ("development", "loss", "marginalisation", "coverage")
#: More arms than this do not fit side by side.
MOST_ARMS = 5


def draw(results: RunSet) -> Drawn:
    """The paths of the world at the stall level shown. Raises ``ResultError`` without trajectories of it."""
    stall = shown_stall(results)
    runs = headline_runs(results, stall)
    needed = (runs["stall"] == stall) | ((runs["stall"] == 0) & (runs["arm"] == BASELINE_ARM))
    quarters = quarters_of(results, runs[needed], _outcomes(), ["world"])
    shown = [name for name in _outcomes() if name in quarters]
    if not shown:
        raise ResultError(f"trajectories hold none of {', '.join(OUTCOMES_SHOWN)}")
    seeds = runs[["draw", "seed"]].drop_duplicates()
    caption = gettext(
        "The world from {first} to {last} with "
        "{states_stalled}, a column per arm, beside the world without stall and without "
        "cooperation. Median and 5–95 % over {count} replications. The bands show how uncertain the "
        "level is; arms are compared within a replication (figures of C and of differences), which is far "
        "more certain.",
        first=int(quarters["year"].min()),
        last=int(quarters["year"].max() - 0.01),
        states_stalled=states_stalled(stall),
        count=len(seeds),
    )
    arms = shown_arms(results)
    if len(arms) > MOST_ARMS:
        caption += gettext(" The first {shown} of {count} arms.", shown=MOST_ARMS, count=len(arms))
    alt = gettext(
        "Line charts over time of {outcomes} by arm, {states_stalled}.",
        outcomes=", ".join(map(outcome_within, shown)),
        states_stalled=states_stalled(stall),
    )
    title = _title(quarters[quarters["stall"] == stall], arms, shown[0])
    return trajectories_figure(quarters, arms, stall), Caption("trajectories", title, caption, alt)


def _title(stalled: pd.DataFrame, arms: list[str], outcome: str) -> str:
    """Where the first outcome starts and ends, with all cooperation and without any."""
    arm = whole(arms)
    alone = BASELINE_ARM if arm != BASELINE_ARM else ""
    return path_title(outcome, *(_medians(stalled[stalled["arm"] == name], outcome) for name in (arm, alone)))


def _medians(quarters: pd.DataFrame, outcome: str) -> "pd.Series[float]":
    """By year; empty where there are none."""
    band = quantiles(quarters, outcome)
    return band[1] if len(band) else pd.Series(dtype=float)


def _outcomes() -> tuple[str, ...]:
    return (*OUTCOMES_SHOWN, *(outcome.name for outcome in added_outcomes()))


def trajectories_figure(quarters: pd.DataFrame, arms: list[str], stall: Stall) -> Figure:
    """Median and 5–95 % band over replications per quarter; a row per outcome, a column per arm.

    ``quarters``: columns arm, draw, seed, stall, year and the outcomes, group ``world``. Outcomes that add
    up over time are shown as the sum of the last four quarters.
    """
    shown = arms[: MOST_ARMS if size().beside is None else 2 * size().across]
    with style():
        present = size().fitting([name for name in _outcomes() if name in quarters], rows=True)
        looks = arm_looks(arms)
        figure = new_figure(1.6 + 2.7 * len(present))
        grid = figure.subplots(len(present), len(shown), sharex=True, sharey="row", squeeze=False)
        baseline = quarters[(quarters["stall"] == 0) & (quarters["arm"] == BASELINE_ARM)]
        at_level = quarters[quarters["stall"] == stall]
        stalled = {arm: at_level[at_level["arm"] == arm] for arm in shown}
        for row, outcome in zip(grid, present, strict=True):
            unstalled = quantiles(baseline, outcome)
            for ax, arm in zip(row, shown, strict=True):
                course_panel(ax, quantiles(stalled[arm], outcome), looks[arm][0])
                if stall != 0:
                    unstalled_panel(ax, unstalled)
            row[0].set_ylabel(_row_label(outcome), fontsize=7)
        for ax, arm in zip(grid[0], shown, strict=True):
            ax.set_title(wrapped(arm_label(arm), 16), color=looks[arm][0], fontsize=8)
        for ax in grid[-1]:
            ax.set_xticks([2030, 2050])
            ax.set_xlim(quarters["year"].min(), quarters["year"].max())
        _legend(figure, stall, with_unstalled=stall != 0 and not baseline.empty)
        return figure


def quantiles(quarters: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """5 %, 50 % and 95 % quantiles over replications (columns) by year (rows)."""
    if quarters[outcome].isna().all():  # no run without stall, or none that has the outcome
        return pd.DataFrame()
    place, years = pd.factorize(quarters["year"], sort=True)
    replication = quarters.groupby(["draw", "seed"], sort=False).ngroup().to_numpy()
    values = np.full((len(years), replication.max() + 1), np.nan)
    values[place, replication] = quarters[outcome]
    if OUTCOMES[outcome].summary == "sum":
        if len(years) < YEAR:
            return pd.DataFrame()
        values, years = over_a_year(values, axis=0), years[YEAR - 1 :]
    known = ~np.isnan(values).all(axis=1)
    found = np.nanquantile if np.isnan(values).any() else np.quantile
    return pd.DataFrame(found(values[known], [0.05, 0.5, 0.95], axis=1).T, index=years[known])


def course_panel(ax: Axes, band: pd.DataFrame, colour: str) -> None:
    """Median and band of ``quantiles``, (years, 3)."""
    if band.empty:
        return
    year = band.index.to_numpy(float)
    lower, median, upper = band.to_numpy(float).T
    ax.fill_between(year, lower, upper, color=colour, alpha=0.25, lw=0)
    ax.plot(year, median, color=colour, lw=1.5)


def unstalled_panel(ax: Axes, band: pd.DataFrame) -> None:
    """The same of the world without stall, as lines."""
    if band.empty:
        return
    lower, median, upper = band.to_numpy(float).T
    year = band.index.to_numpy(float)
    ax.plot(year, median, color=INK, lw=1.0, ls=(0, (4, 2)))
    for edge in (lower, upper):
        ax.plot(year, edge, color=INK, lw=0.6, ls=":")


def _row_label(outcome: str) -> str:
    known = OUTCOMES[outcome]
    unit = known.unit.replace(", summed", ", per year") if known.summary == "sum" else known.unit
    return f"{wrapped(outcome_label(outcome), 20)}\n{wrapped(f'({unit_label(unit)})', 22)}"


def _legend(figure: Figure, stall: Stall, *, with_unstalled: bool) -> None:
    # a path of levels is too long for one line; the caption tells it
    stalled = gettext("states stalled by the path") if is_table("stall", stall) else states_stalled(stall)
    handles: list[Line2D | Patch] = [
        Line2D(
            [], [], color=MUTED, lw=1.5, label=gettext("{states_stalled}: median", states_stalled=stalled)
        ),
        Patch(color=MUTED, alpha=0.25, lw=0, label="5–95 %"),
    ]
    if with_unstalled:
        handles += [
            Line2D(
                [], [], color=INK, lw=1.0, ls=(0, (4, 2)), label=gettext("no stall, no cooperation: median")
            ),
            Line2D([], [], color=INK, lw=0.6, ls=":", label="5–95 %"),
        ]
    outside_legend(figure, handles, loc="outside upper center", ncols=4, columnspacing=1.2, handlelength=1.8)
