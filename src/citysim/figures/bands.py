"""Parts of figures that draw shares of what stall costs: lines with bands by arm, marks, legend."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.labels import arm_label
from citysim.figures.style import MUTED, outside_legend
from citysim.language import N_, gettext

#: Colour and marker of each arm.
type Looks = dict[str, tuple[str, str]]

#: A ratio explodes where stall costs little; beyond these bounds an arrow stands for it.
BOUNDS = (-1.5, 3.0)
#: Offset of an arm's points from those of the next, as share of the axis.
DODGE = 0.03
#: For captions: what the marks of a panel mean.
MARKS = N_(
    "Short bars with caps: ± one Monte Carlo standard error at the default parameters. "
    "A cross stands where the share is undefined (stall costs too little for sure), "
    "an arrow where the band (hollow) or the median too (filled) lies beyond the panel."
)


def limits_of(rows: pd.DataFrame, least: float = 1.0) -> tuple[float, float]:
    """Common limits of panels: all bands, within ``BOUNDS``, always with 0 and ``least`` inside."""
    ends = rows[["lower", "upper", "estimate"]].to_numpy(float)
    ends = ends[np.isfinite(ends)]
    low, high = (min(ends.min(), 0.0), max(ends.max(), least)) if ends.size else (0.0, least)
    margin = 0.12 * (min(high, BOUNDS[1]) - max(low, BOUNDS[0]))
    return max(low, BOUNDS[0]) - margin, min(high, BOUNDS[1]) + margin


def stall_limits(stalls: pd.Series, arms: int) -> tuple[float, float]:
    """Ends of the axis of stall levels, with room for the points of so many arms beside the outer levels."""
    levels = sorted(stalls.unique())
    span = levels[-1] - levels[0]
    aside = DODGE * (arms - 1) / 2
    margin = max(0.08 * max(span, 0.25), span * (aside / (1 - 2 * aside) + 0.02))
    return levels[0] - margin, levels[-1] + margin


def note_undefined(ax: Axes, rows: pd.DataFrame) -> None:
    """Say so in a panel that has nothing defined."""
    if rows["estimate"].notna().any():
        return
    middle = sum(ax.get_ylim()) / 2
    ax.annotate(
        gettext("undefined at every\nstall level: stall costs\ntoo little for sure"), (0.5, middle),
        xycoords=("axes fraction", "data"), ha="center", va="center", fontsize=7, color=MUTED,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


def draw_arms(
    ax: Axes, rows: pd.DataFrame, outcome: str, looks: Looks, limits: tuple[float, float]
) -> set[str]:
    """Draw the arms of ``looks`` in a panel of an outcome; gives what the legend has to explain.

    ``rows``: of one share, all its outcomes, stall levels and arms.
    """
    ax.set_xlim(*stall_limits(rows["stall"], len(looks)))
    of = rows[rows["outcome"] == outcome]
    marks: set[str] = set()
    for i, (arm, look) in enumerate(looks.items()):
        part = of[of["arm"] == arm]
        if len(part):
            shift = DODGE * (i - (len(looks) - 1) / 2)
            marks |= draw_arm(ax, part.sort_values("stall"), look, shift, limits)
    note_undefined(ax, of)
    return marks


def draw_arm(
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


def legend(figure: Figure, arms: list[str], looks: dict[str, tuple[str, str]], marks: set[str]) -> None:
    """Name the arms above a figure, and below it what ``marks`` stand for."""
    handles = [
        Line2D([], [], color=looks[arm][0], marker=looks[arm][1], ms=4, label=arm_label(arm)) for arm in arms
    ]
    outside_legend(figure, handles, loc="outside upper center", ncols=min(len(handles), 5))
    extra = {
        "undefined": Line2D([], [], ls="", marker="x", color=MUTED, ms=4.5, label=gettext("undefined")),
        "arrow": Line2D(
            [], [], ls="", marker="^", mfc="white", color=MUTED, ms=4, label=gettext("band goes on")
        ),
        "beyond": Line2D(
            [], [], ls="", marker="^", color=MUTED, ms=4, label=gettext("median lies beyond the panel")
        ),
    }
    if marks:
        found = [extra[mark] for mark in sorted(marks)]
        outside_legend(figure, found, loc="outside lower center", ncols=len(found))
