"""Figure: distance of every arm to a world without stall, Y[x, a] − Y[0, none], beside the ratio."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.labels import arm_label, outcome_label, outcome_unit
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import BASELINE_ARM, RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.analysis.tables import read_effects
from citysim.errors import ResultError
from citysim.figures.bands import Looks
from citysim.figures.caption import Caption, Drawn
from citysim.figures.findings import difference_title
from citysim.figures.rows import count_text, of_main_arms, over_stall, swept_note
from citysim.figures.sizes import size
from citysim.figures.style import (
    MUTED,
    arm_looks,
    new_figure,
    outer_labels,
    outside_legend,
    percent_axis,
    style,
    wrap_axes,
    wrapped,
)
from citysim.language import gettext
from citysim.model.outcomes import OUTCOMES

#: Distance of neighbouring arms at a stall level, as share of the axis.
DODGE = 0.025


def draw(results: RunSet) -> Drawn:
    """Distance to the unstalled world over stall. Raises ``ResultError`` without runs of that world."""
    effects = of_main_arms(over_stall(read_effects(results.out), results), results)
    outcomes = [name for name in HEADLINE_OUTCOMES if name in results.outcomes]
    rows = effects[(effects["estimand"] == "difference_unstalled") & effects["outcome"].isin(outcomes)]
    if rows.empty:
        raise ResultError(f"no runs of arm '{BASELINE_ARM}' without stall to compare with")
    caption = gettext(
        "Difference between each arm at each stall level and the world without stall and without "
        "cooperation, in the outcome's own unit: median over {count} replications, "
        "bars 5–95 %. The zero line is the world without stall.",
        count=count_text(rows["n_seeds"]),
    ) + swept_note(rows, results)
    alt = gettext("Line charts of the difference to a world without stall, by stall level and arm.")
    return difference_figure(rows, outcomes), Caption(
        "difference",
        difference_title(rows, outcomes[0], shown_stall(results)),
        caption,
        alt,
        subtitle=gettext(
            "Title: with {states_stalled}, all cooperation. Difference to a world without stall and "
            "cooperation, median and 5–95 % of replications",
            states_stalled=states_stalled(shown_stall(results)),
        ),
    )


def difference_figure(effects: pd.DataFrame, outcomes: list[str]) -> Figure:
    """Difference to the world without stall and without cooperation, in the outcome's own unit.

    ``effects`` as in ``effects.csv``; line: median over replications; bar: 5–95 %.
    """
    rows = effects[(effects["estimand"] == "difference_unstalled") & effects["outcome"].isin(outcomes)]
    with style():
        present = size().fitting([name for name in outcomes if name in set(rows["outcome"])])
        arms = list(dict.fromkeys(rows["arm"]))
        looks = arm_looks(arms)
        figure = new_figure(3.2 + 4.0 * -(-len(present) // size().across))
        axes = wrap_axes(figure, len(present))
        for ax, outcome in zip(axes, present, strict=True):
            difference_panel(ax, rows, outcome, looks)
        outer_labels(axes)
        handles = [Line2D([], [], color=c, marker=m, ms=4, label=arm_label(a)) for a, (c, m) in looks.items()]
        handles.append(Line2D([], [], color=MUTED, lw=0.9, label=gettext("as without stall")))
        outside_legend(figure, handles, loc="outside upper center", ncols=min(len(handles), 5))
        return figure


def difference_panel(ax: Axes, rows: pd.DataFrame, outcome: str, looks: Looks) -> None:
    """Lines and bars of an outcome by arm; ``rows``: of ``difference_unstalled``."""
    width = DODGE * max(float(np.ptp(rows["stall"].to_numpy(float))), 0.25)
    for i, (arm, look) in enumerate(looks.items()):
        part = rows[(rows["outcome"] == outcome) & (rows["arm"] == arm)].sort_values("stall")
        _draw_arm(ax, part, look, width * (i - (len(looks) - 1) / 2))
    _frame(ax, outcome, rows["stall"])


def _draw_arm(ax: Axes, rows: pd.DataFrame, look: tuple[str, str], shift: float) -> None:
    colour, marker = look
    x, y, lower, upper = (rows[name].to_numpy(float) for name in ("stall", "estimate", "lower", "upper"))
    ax.vlines(x + shift, lower, upper, color=colour, lw=1.1, alpha=0.7)
    ax.plot(x + shift, y, color=colour, marker=marker, ms=3.4, lw=1.0)


def _frame(ax: Axes, outcome: str, stalls: pd.Series) -> None:
    known = OUTCOMES[outcome]
    ax.set_title(outcome_label(outcome))
    ax.set_ylabel(gettext("Difference\n{unit}", unit=wrapped(outcome_unit(outcome))))
    ax.axhline(0, color=MUTED, lw=0.9, zorder=1)
    ax.margins(y=0.14)
    low, high = ax.get_ylim()
    reach = max(abs(low), abs(high), 1e-9)
    ax.set_ylim(min(low, -0.2 * reach), max(high, 0.2 * reach))
    percent_axis(ax, np.unique(stalls.to_numpy(float)).tolist())
    if known.better:
        at, side, arrow = (0.97, "top", "↑") if known.better > 0 else (0.03, "bottom", "↓")
        text = gettext("{arrow} better", arrow=arrow)
        ax.text(0.02, at, text, transform=ax.transAxes, fontsize=6.5, color=MUTED, va=side, zorder=6)
