"""Figure: compensation ratio over stall, a panel per outcome, a line with its 90 % band per arm."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.analysis.tables import read_headline
from citysim.errors import ResultError
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import count_text, over_stall, swept_note
from citysim.figures.style import (
    MUTED,
    arm_label,
    arm_looks,
    new_figure,
    outer_labels,
    percent_axis,
    style,
    wrap_axes,
)
from citysim.model.outcomes import OUTCOMES

#: A ratio explodes where stall costs little; beyond these bounds an arrow stands for it.
BOUNDS = (-1.5, 3.0)
#: Widest offset of the arms' points from their stall level, as share of the axis.
DODGE = 0.03


def draw(results: RunSet) -> Drawn:
    """C over stall. Raises ``ResultError`` where there is no compensation ratio."""
    headline = over_stall(read_headline(results.out), results)
    if headline.empty:
        raise ResultError("the headline table is empty: the experiment has no compensation ratio")
    caption = (
        f"Compensation ratio C over stall: median over those of {count_text(headline['n_seeds'])} "
        "replications in which states matter, band 5–95 %. "
        "C = 0: cooperation of cities changes nothing; C = 1: it makes up for all that stalled states "
        "no longer do. Short bars with caps: ± one Monte Carlo standard error at the default parameters. "
        "A cross stands where C is undefined (stall costs too little for sure), "
        "an arrow where the band (hollow) or the median too (filled) lies beyond the panel."
        f"{swept_note(headline, results)}"
    )
    level = shown_stall(results)
    at = headline[headline["stall"] == level]
    alt = f"Line chart. With {states_stalled(level)}: " + "; ".join(
        f"{row['outcome']}, {row['arm']}: "
        + (
            f"C {row['estimate']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
            if np.isfinite(row["estimate"])
            else row["verdict"]
        )
        for row in at.to_dict("records")
    )
    return compensation_figure(headline), Caption(
        "compensation", "Do cities make up for stalled states?", caption, alt if len(at) else "Line chart."
    )


def compensation_figure(headline: pd.DataFrame) -> Figure:
    """Small multiples of C(a, x) from the headline table.

    Solid line: median over replications; band: 5–95 %; error bar: ± one Monte Carlo standard error at
    the default parameters. Undefined cells have a cross at the foot of the panel.
    """
    with style():
        outcomes = list(dict.fromkeys(headline["outcome"]))
        arms = list(dict.fromkeys(headline["arm"]))
        looks = arm_looks(arms)
        figure = new_figure(7.2 if len(outcomes) < 3 else 11.2)
        low, high = _limits(headline)
        marks: set[str] = set()
        axes = wrap_axes(figure, len(outcomes))
        for ax, outcome in zip(axes, outcomes, strict=True):
            _frame(ax, outcome, headline["stall"], low, high)
            for i, arm in enumerate(arms):
                rows = headline[(headline["outcome"] == outcome) & (headline["arm"] == arm)]
                shift = DODGE * (i - (len(arms) - 1) / 2)
                marks |= _draw_arm(ax, rows.sort_values("stall"), looks[arm], shift, (low, high))
            _note_undefined(ax, headline[headline["outcome"] == outcome])
            _name_references(ax)
        outer_labels(axes, y=True)
        _legend(figure, arms, looks, marks)
        return figure


def _limits(headline: pd.DataFrame) -> tuple[float, float]:
    """Common limits of the panels: all bands, within ``BOUNDS``, always with 0 and 1 inside."""
    ends = headline[["lower", "upper", "estimate"]].to_numpy(float)
    ends = ends[np.isfinite(ends)]
    low, high = (min(ends.min(), 0.0), max(ends.max(), 1.0)) if ends.size else (0.0, 1.0)
    margin = 0.12 * (min(high, BOUNDS[1]) - max(low, BOUNDS[0]))
    return max(low, BOUNDS[0]) - margin, min(high, BOUNDS[1]) + margin


def _frame(ax: Axes, outcome: str, stalls: pd.Series, low: float, high: float) -> None:
    known = OUTCOMES[outcome]
    ax.set_title(known.label)
    ax.set_ylim(low, high)
    ax.set_ylabel("Compensation ratio C")
    levels = sorted(stalls.unique())
    margin = 0.08 * max(levels[-1] - levels[0], 0.25)
    ax.set_xlim(levels[0] - margin, levels[-1] + margin)
    percent_axis(ax, levels)
    ax.axhline(0.0, color=MUTED, lw=0.9, zorder=1)
    ax.axhline(1.0, color=MUTED, lw=0.9, ls="--", zorder=1)


def _name_references(ax: Axes) -> None:
    """Say in the right margin what C = 0 and C = 1 mean; once a row."""
    place = ax.get_subplotspec()
    if place is None or not place.is_last_col():
        return
    for value, text in ((0.0, "cities\nchange\nnothing"), (1.0, "cities\nmake up\nfor it")):
        ax.annotate(
            text, (1, value), xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
            fontsize=6.5, color=MUTED, va="center", annotation_clip=False,
        )  # fmt: skip


def _note_undefined(ax: Axes, rows: pd.DataFrame) -> None:
    if rows["estimate"].notna().any():
        return
    middle = sum(ax.get_ylim()) / 2
    ax.annotate(
        "undefined at every stall level:\nstall costs too little for sure", (0.5, max(middle, 0.5)),
        xycoords=("axes fraction", "data"), ha="center", va="center", fontsize=7, color=MUTED,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


def _draw_arm(
    ax: Axes, rows: pd.DataFrame, look: tuple[str, str], shift: float, limits: tuple[float, float]
) -> set[str]:
    """Draw one arm; gives what the legend has to explain."""
    colour, marker = look
    low, high = limits
    x = rows["stall"].to_numpy(float) + shift * (ax.get_xlim()[1] - ax.get_xlim()[0])
    y, lower, upper, error = (
        rows[name].to_numpy(float) for name in ("estimate", "lower", "upper", "monte_carlo_error")
    )
    marks: set[str] = set()
    shown = np.where((y < low) | (y > high), np.nan, y)
    if len(rows) > 1:
        ax.fill_between(
            x, np.clip(lower, low, high), np.clip(upper, low, high), color=colour, alpha=0.14, lw=0
        )
    ax.vlines(x, np.clip(lower, low, high), np.clip(upper, low, high), color=colour, lw=1.0, alpha=0.75)
    ax.errorbar(
        x, shown, yerr=np.nan_to_num(error), color=colour, marker=marker, elinewidth=1.0, capsize=3.0,
        capthick=1.0, ms=3.6, lw=1.0, zorder=4,
    )  # fmt: skip
    undefined = ~np.isfinite(y)
    if undefined.any():
        foot = low + 0.035 * (high - low)
        ax.plot(
            x[undefined], np.full(undefined.sum(), foot), "x", color=colour, ms=4.5, mew=1.3, clip_on=False
        )
        marks.add("undefined")
    edge = 0.03 * (high - low)
    for band, median, at, sign in (
        (upper > high, y > high, high - edge, "^"),
        (lower < low, y < low, low + edge, "v"),
    ):
        for beyond, fill, mark in ((band & ~median, "white", "arrow"), (median, colour, "beyond")):
            if beyond.any():
                places = np.full(beyond.sum(), at)
                ax.plot(x[beyond], places, sign, color=colour, ms=4.2, mfc=fill, mew=0.9, zorder=5)
                marks.add(mark)
    return marks


def _legend(figure: Figure, arms: list[str], looks: dict[str, tuple[str, str]], marks: set[str]) -> None:
    handles = [
        Line2D([], [], color=looks[arm][0], marker=looks[arm][1], ms=4, label=arm_label(arm)) for arm in arms
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), 5))
    extra = {
        "undefined": Line2D([], [], ls="", marker="x", color=MUTED, ms=4.5, label="undefined"),
        "arrow": Line2D([], [], ls="", marker="^", mfc="white", color=MUTED, ms=4, label="band goes on"),
        "beyond": Line2D([], [], ls="", marker="^", color=MUTED, ms=4, label="median lies beyond the panel"),
    }
    if marks:
        found = [extra[mark] for mark in sorted(marks)]
        figure.legend(handles=found, loc="outside lower center", ncols=len(found))
