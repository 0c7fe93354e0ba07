"""Figure: outcomes from 2023 to 2050 by arm at a high stall level, with the world without stall."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.results import BASELINE_ARM
from citysim.figures.style import (
    INK,
    arm_label,
    arm_looks,
    new_figure,
    outer_labels,
    style,
    wrap_axes,
    wrapped,
)
from citysim.model.outcomes import OUTCOMES

OUTCOMES_SHOWN = ("development", "loss", "marginalisation", "coverage")
#: Stall level shown where the experiment has it, else its highest.
STALL_SHOWN = 0.75
_FLOWS = tuple(name for name, outcome in OUTCOMES.items() if outcome.summary == "sum")


def shown_stall(stalls: pd.Series) -> float:
    """Level of stall that stands for a world of stalled states."""
    levels = np.unique(pd.to_numeric(stalls, errors="coerce").dropna().to_numpy(float))
    return STALL_SHOWN if STALL_SHOWN in levels else float(levels[-1])


def trajectories_figure(quarters: pd.DataFrame, arms: list[str]) -> Figure:
    """Median and 5–95 % band over replications per quarter, group ``world``.

    ``quarters``: columns arm, seed, stall, year and the outcomes. Outcomes that add up over time are
    shown as the sum of the last four quarters.
    """
    stall = shown_stall(quarters["stall"])
    with style():
        present = [name for name in OUTCOMES_SHOWN if name in quarters]
        looks = arm_looks(arms)
        figure = new_figure(7.2 if len(present) < 3 else 11.2)
        baseline = quarters[(quarters["stall"] == 0) & (quarters["arm"] == BASELINE_ARM)]
        stalled = quarters[quarters["stall"] == stall]
        axes = wrap_axes(figure, len(present))
        for ax, outcome in zip(axes, present, strict=True):
            for arm in arms:
                _band(ax, stalled[stalled["arm"] == arm], outcome, looks[arm][0], "-")
            if stall > 0 and len(baseline):
                _band(ax, baseline, outcome, INK, (0, (4, 2)))
            _frame(ax, outcome)
        outer_labels(axes)
        handles = [Line2D([], [], color=looks[a][0], label=arm_label(a)) for a in arms]
        if stall > 0 and len(baseline):
            label = "no stall, no cooperation"
            handles.append(Line2D([], [], color=INK, ls=(0, (4, 2)), label=label))
        title = f"States stalled by {100 * stall:.0f} %:"
        figure.legend(
            handles=handles, loc="outside upper center", ncols=min(len(handles), 5), title=title,
            title_fontsize=8, columnspacing=1.2, handlelength=1.6,
        )  # fmt: skip
        return figure


def _band(ax: Axes, rows: pd.DataFrame, outcome: str, colour: str, line: object) -> None:
    table = rows.pivot_table(index="year", columns=["draw", "seed"], values=outcome, aggfunc="first")
    table = table.astype(float)
    if outcome in _FLOWS:
        table = table.rolling(4).sum()
    table = table.dropna(how="all")
    if table.empty:
        return
    lower, median, upper = (table.quantile(q, axis=1) for q in (0.05, 0.5, 0.95))
    year = table.index.to_numpy(float)
    if table.shape[1] > 1:
        ax.fill_between(year, lower.to_numpy(), upper.to_numpy(), color=colour, alpha=0.10, lw=0)
    ax.plot(year, median.to_numpy(), color=colour, lw=1.4, ls=line)


def _frame(ax: Axes, outcome: str) -> None:
    known = OUTCOMES[outcome]
    ax.set_title(known.label)
    unit = known.unit.replace(", summed", "")
    ax.set_ylabel(wrapped(f"{unit}, sum of 4 quarters" if outcome in _FLOWS else unit))
    ax.margins(x=0.01)
    ax.set_xlabel("Year")
