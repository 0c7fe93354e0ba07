"""Figure: what each kind of cooperation makes up for, as strips from nothing to all of it and beyond."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from citysim.analysis.answers.spoken import outcome_of_shares
from citysim.analysis.estimands import rows_of
from citysim.analysis.intervals import FEWEST_FOR_QUANTILES
from citysim.analysis.labels import arm_label, outcome_within, swept_label, value_label
from citysim.analysis.results import RunSet, first_sweep
from citysim.analysis.stall import level_in_words, shown_stall, stall_of, states_stalled
from citysim.analysis.tables import read_headline
from citysim.errors import ResultError
from citysim.figures.caption import Caption, Drawn
from citysim.figures.findings import makes_up_title
from citysim.figures.in_short.marks import SMALL_TYPE, TYPE
from citysim.figures.rows import of_main_arms, swept_note
from citysim.figures.style import INK, MUTED, arm_looks, new_figure, outside_legend, style
from citysim.language import N_, gettext
from citysim.plan.design.axes import Values

#: Shares beyond these are marked by an arrow.
BOUNDS = (-0.5, 2.0)
#: Arms in plain words.
_ARMS = {"twinning": N_("city twinnings"), "networks": N_("city networks"), "both": N_("both together")}
#: Most groups of strips that are named in the larger type.
_FEW = 4
_TRACK, _GAP = "#e8edf2", 0.7


def draw(results: RunSet) -> Drawn:
    """Strips over the stall levels, or over a value swept beside the only one.

    Raises ``ResultError`` where there is no compensation ratio.
    """
    table = of_main_arms(rows_of(read_headline(results.out), "compensation"), results)
    if table.empty:
        raise ResultError("the headline table is empty: the experiment has no compensation ratio")
    outcome = outcome_of_shares(table)
    rows, note = grouped(table[table["outcome"] == outcome], results)
    arms = list(dict.fromkeys(rows["arm"]))
    with style():
        count = len(rows) + _GAP * rows["group"].nunique()
        figure = new_figure(2.9 + 0.52 * count)
        ax = figure.subplots()
        draw_strips(ax, rows)
        label = outcome_within(outcome)
        ax.set_xlabel(
            gettext("Share of what the stall costs in {outcome} that cities make up for", outcome=label),
            fontsize=SMALL_TYPE,
        )
        outside_legend(
            figure, _keys(arms), loc="outside upper center", ncols=min(len(arms) + 1, 5), fontsize=SMALL_TYPE
        )
    caption = gettext(
        "Points: the middle case, for {outcome}. Lines: {which}; an arrow where they go on. "
        "0 %: cities change nothing; 100 %: they make up for all that stalled states no longer do.",
        outcome=label,
        which=_which(rows),
    )
    title = makes_up_title(rows, outcome, shown_stall(results))
    return figure, Caption(
        "makes_up", title, caption + note, _alt(rows), subtitle=_subtitle(results, _which(rows))
    )


def _subtitle(results: RunSet, which: str) -> str:
    return gettext(
        "Title: with {states_stalled}, all cooperation. Points: the middle case; lines: {which}",
        states_stalled=states_stalled(shown_stall(results)),
        which=which,
    )


def _which(rows: pd.DataFrame) -> str:
    count = int(rows["n_states_matter"].max())
    return gettext("nine of ten cases") if count >= FEWEST_FOR_QUANTILES else gettext("all cases")


def grouped(rows: pd.DataFrame, results: RunSet) -> tuple[pd.DataFrame, str]:
    """Rows with their ``group`` in words, a stall level or a value swept beside the only one; and a note."""
    swept = [name for name in results.sweep if name in rows]
    if swept and rows["stall"].nunique() == 1:
        first = swept[0]
        axis = results.config.design.axes.get(first)
        listed = list(axis.values) if isinstance(axis, Values) else []
        rows = rows.sort_values(first, key=lambda values: values.map(_place(listed)), kind="stable")
        for name in swept[1:]:
            rows = rows[rows[name] == rows[name].iloc[0]]
        name = swept_label(first)
        level = level_in_words(shown_stall(results))
        return rows.assign(group=[f"{name}: {value_label(value)}" for value in rows[first]]), gettext(
            " Stall: {level}.", level=level
        )
    rows = first_sweep(rows, results)
    levels = [level_in_words(stall_of(level)) for level in rows["stall"]]
    return rows.assign(group=[gettext("states lose {level}", level=level) for level in levels]), swept_note(
        rows, results
    )


def _place(listed: list[Any]) -> Callable[[Any], int]:
    """The place of a value in the order in which the design lists them."""
    return lambda value: listed.index(value) if value in listed else len(listed)


def draw_strips(ax: Axes, rows: pd.DataFrame) -> None:
    """A strip per row, rows of one ``group`` together, the first on top.

    ``rows``: ``group``, ``arm``, ``estimate``, ``lower``, ``upper`` as shares of what stall costs. An
    undefined share is said in words.
    """
    looks = arm_looks(list(dict.fromkeys(rows["arm"])))
    low, high = _limits(rows)
    at, ticks = 0.0, {}
    for name in dict.fromkeys(rows["group"]):
        part = rows[rows["group"] == name].to_dict("records")
        ticks[name] = at - (len(part) - 1) / 2
        for row in part:
            ax.barh(at, 1.0, height=0.62, color=_TRACK, zorder=1)
            _strip(ax, row, at, looks[row["arm"]], (low, high))
            at -= 1.0
        at -= _GAP
    few = len(ticks) <= _FEW
    ax.set_yticks(list(ticks.values()), list(ticks), fontsize=TYPE if few else SMALL_TYPE)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=SMALL_TYPE)
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False, axis="y")
    ax.set_ylim(at + _GAP + 0.3, 0.7)
    ax.set_xlim(low, high)
    ax.axvline(0.0, color=MUTED, lw=0.9, zorder=2)
    ax.axvline(1.0, color=INK, lw=0.9, ls="--", zorder=2)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %".replace("-", "−"))
    for place, text in ((0.0, gettext("nothing")), (1.0, gettext("all of it"))):
        ax.annotate(
            text, (place, 1), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
            ha="center", fontsize=SMALL_TYPE - 0.5, color=MUTED,
        )  # fmt: skip


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    ends = rows[["lower", "upper", "estimate"]].to_numpy(float)
    ends = ends[np.isfinite(ends)]
    least, most = (ends.min(), ends.max()) if ends.size else (0.0, 1.0)
    return max(min(least, -0.1), BOUNDS[0]) - 0.05, min(max(most, 1.1), BOUNDS[1]) + 0.05


def _strip(
    ax: Axes, row: dict[str, object], at: float, look: tuple[str, str], limits: tuple[float, float]
) -> None:
    colour, marker = look
    middle, *ends = (float(str(row[name])) for name in ("estimate", "lower", "upper"))
    if not np.isfinite(middle):
        ax.text(
            0.02,
            at,
            gettext("the stall costs too little to say"),
            fontsize=SMALL_TYPE - 0.5,
            color=MUTED,
            va="center",
        )
        return
    low, high = np.clip(ends, *limits)
    ax.hlines(at, low, high, color=colour, lw=3.2, alpha=0.45, zorder=3)
    for end, mark, place in ((ends[0] < limits[0], "<", limits[0]), (ends[1] > limits[1], ">", limits[1])):
        if end:
            ax.plot(place, at, mark, color=colour, ms=5, clip_on=False, zorder=4)
    if limits[0] <= middle <= limits[1]:
        ax.plot(middle, at, marker, color=colour, ms=5, zorder=5)


def _name(arm: str) -> str:
    return gettext(_ARMS[arm]) if arm in _ARMS else arm_label(arm)


def _keys(arms: list[str]) -> list[Line2D]:
    looks = arm_looks(arms)
    keys = [Line2D([], [], color=looks[a][0], marker=looks[a][1], ms=5, lw=3.2, label=_name(a)) for a in arms]
    for key in keys:
        key.set_alpha(0.75)
    return keys


def _alt(rows: pd.DataFrame) -> str:
    said = [
        f"{row['group']}, {_name(row['arm'])}: "
        + (
            gettext(
                "{estimate} % ({lower} to {upper} %)",
                **{name: f"{100 * row[name]:.0f}" for name in ("estimate", "lower", "upper")},
            )
            if np.isfinite(row["estimate"])
            else gettext("the stall costs too little to say")
        )
        for row in rows.to_dict("records")
    ]
    return gettext("Strips. {said}.", said="; ".join(said))
