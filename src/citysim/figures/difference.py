"""Figure: distance of every arm to a world without stall, Y[x, a] − Y[0, none], beside the ratio."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.figures.style import (
    MUTED,
    arm_label,
    arm_looks,
    new_figure,
    outer_labels,
    percent_axis,
    style,
    wrap_axes,
    wrapped,
)
from citysim.model.outcomes import OUTCOMES


def difference_figure(effects: pd.DataFrame, outcomes: list[str]) -> Figure:
    """Difference to the world without stall and without cooperation, in the outcome's own unit.

    ``effects`` as in ``effects.csv``; line: median over replications; band: 5–95 %.
    """
    rows = effects[(effects["estimand"] == "difference_unstalled") & effects["outcome"].isin(outcomes)]
    with style():
        present = [name for name in outcomes if name in set(rows["outcome"])]
        arms = list(dict.fromkeys(rows["arm"]))
        looks = arm_looks(arms)
        figure = new_figure(7.2 if len(present) < 3 else 11.2)
        axes = wrap_axes(figure, len(present))
        for ax, outcome in zip(axes, present, strict=True):
            for arm in arms:
                part = rows[(rows["outcome"] == outcome) & (rows["arm"] == arm)].sort_values("stall")
                _draw_arm(ax, part, looks[arm])
            _frame(ax, outcome, rows["stall"])
        outer_labels(axes)
        handles = [Line2D([], [], color=c, marker=m, ms=4, label=arm_label(a)) for a, (c, m) in looks.items()]
        handles.append(Line2D([], [], color=MUTED, lw=0.9, label="as without stall"))
        figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), 5))
        return figure


def _draw_arm(ax: Axes, rows: pd.DataFrame, look: tuple[str, str]) -> None:
    colour, marker = look
    x, y, lower, upper = (rows[name].to_numpy(float) for name in ("stall", "estimate", "lower", "upper"))
    ax.fill_between(x, lower, upper, color=colour, alpha=0.10, lw=0)
    ax.plot(x, y, color=colour, marker=marker, ms=3.6, lw=1.3)


def _frame(ax: Axes, outcome: str, stalls: pd.Series) -> None:
    known = OUTCOMES[outcome]
    ax.set_title(known.label)
    ax.set_ylabel(f"Difference\n{wrapped(known.unit)}")
    ax.axhline(0, color=MUTED, lw=0.9, zorder=1)
    ax.margins(y=0.14)
    low, high = ax.get_ylim()
    reach = max(abs(low), abs(high), 1e-9)
    ax.set_ylim(min(low, -0.2 * reach), max(high, 0.2 * reach))
    percent_axis(ax, np.unique(stalls.to_numpy(float)).tolist())
    if known.better:
        at, side, arrow = (0.97, "top", "↑ better") if known.better > 0 else (0.03, "bottom", "↓ better")
        ax.text(0.02, at, arrow, transform=ax.transAxes, fontsize=6.5, color=MUTED, va=side, zorder=6)
