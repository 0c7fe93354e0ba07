"""Figure: two experiments of one kind on the same axes, and the difference where their runs pair."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from citysim.analysis.estimands import title
from citysim.analysis.labels import arm_label, arm_name, outcome_label, outcome_unit, outcome_within
from citysim.analysis.side_by_side import DIFFERENCE, SIDES
from citysim.analysis.stall import states_stalled
from citysim.figures.assessed import side_by_side_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import INK, MUTED, new_figure, style, wrapped
from citysim.language import gettext, lowered, numeral
from citysim.model.outcomes import OUTCOMES

_COLOURS = ("#0072B2", "#0072B2", "#D55E00")


def draw(table: pd.DataFrame, name: str, names: Sequence[str], why_not: str) -> Drawn:
    """Median and nine of ten replications of each, a row of panels per outcome; rows as of ``side_by_side``.

    ``name``: file stem; ``names``: of both experiments; ``why_not``: why their runs do not pair, empty where
    they do.
    """
    outcomes = [outcome for outcome in OUTCOMES if outcome in set(table["outcome"])]
    heads = [wrapped(head, 28) for head in (*names, *([] if why_not else [less(names)]))]
    lines = table.drop_duplicates(["estimand", "arm"]).to_dict("records")
    with style():
        figure = new_figure(2.4 + len(outcomes) * (1.5 + 0.55 * len(lines)))
        grid = figure.subplots(len(outcomes), len(heads), squeeze=False, sharey=True)
        for axes, outcome in zip(grid, outcomes, strict=True):
            rows = table[table["outcome"] == outcome].to_dict("records")
            for ax, column in zip(axes, _columns(paired=not why_not), strict=False):
                _panel(ax, rows, lines, column)
            axes[1].sharex(axes[0])
            axes[0].set_xlim(*_ends(rows, *(f"{end}_{side}" for end in ("lower", "upper") for side in SIDES)))
            if not why_not:
                axes[2].set_xlim(*_ends(rows, "difference_lower", "difference_upper"))
            axes[0].set_yticks(range(len(lines)), [_line(line) for line in lines[::-1]])
            axes[0].set_ylim(-0.6, len(lines) - 0.4)
            axes[0].set_title(wrapped(outcome_label(outcome), 34))
            for ax in axes:
                ax.set_xlabel(wrapped(_unit(outcome, lines[0]), 24))
        for ax, head, colour in zip(grid[0], heads, _COLOURS, strict=False):
            above = f"{head}\n{ax.get_title('left')}" if ax is grid[0][0] else f"{head}\n"
            ax.set_title(above, color=INK if colour == _COLOURS[0] else colour)
    return figure, Caption(
        name,
        side_by_side_title(table, names, paired=not why_not),
        _caption(table, names, why_not),
        _alt(table, names),
    )


def less(names: Sequence[str]) -> str:
    """What the difference is of."""
    return gettext("{second} less {first}", first=names[0], second=names[1])


def _columns(*, paired: bool) -> list[tuple[str, str, str, str]]:
    """Columns of each panel in a row: middle, ends, colour."""
    sides = [(f"estimate_{side}", f"lower_{side}", f"upper_{side}", _COLOURS[0]) for side in SIDES]
    last = ("difference", "difference_lower", "difference_upper", _COLOURS[2])
    return [*sides, *([last] if paired else [])]


def _line(row: Mapping[Any, Any]) -> str:
    """What a line of a panel is of."""
    return wrapped(arm_label(row["arm"]) if row["estimand"] == DIFFERENCE else title(row["estimand"]), 20)


def _unit(outcome: str, line: Mapping[Any, Any]) -> str:
    return outcome_unit(outcome) if line["estimand"] == DIFFERENCE else gettext("Share of what stall costs")


def _ends(rows: Sequence[Mapping[Any, Any]], *columns: str) -> tuple[float, float]:
    """Ends of an axis, a little beyond what is drawn and 0."""
    known = [row[column] for row in rows for column in columns]
    low, high = (end([0.0, *(value for value in known if np.isfinite(value))]) for end in (min, max))
    beyond = 0.06 * (high - low) or 1.0
    return low - beyond, high + beyond


def _panel(
    ax: Axes,
    rows: Sequence[Mapping[Any, Any]],
    lines: Sequence[Mapping[Any, Any]],
    columns: tuple[str, str, str, str],
) -> None:
    middle, low, high, colour = columns
    ax.axvline(0, color=MUTED, lw=0.8)
    for y, line in enumerate(lines[::-1]):
        for row in rows:
            if (row["estimand"], row["arm"]) != (line["estimand"], line["arm"]):
                continue
            if not np.isfinite([row[middle], row[low], row[high]]).all():
                ax.text(0.5, y, gettext("undefined"), transform=ax.get_yaxis_transform(), color=MUTED,
                        fontsize=6.5, va="center", ha="center")  # fmt: skip
                continue
            ax.hlines(y, row[low], row[high], color=colour, lw=2.0)
            ax.plot(row[middle], y, "o", color=colour, ms=4)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")


def _caption(table: pd.DataFrame, names: Sequence[str], why_not: str) -> str:
    counts = [int(table[f"n_seeds_{side}"].max()) for side in SIDES]
    text = gettext(
        "With {states_stalled}, median and nine of ten replications: {count_first} of {first}, "
        "{count_second} of {second}.",
        states_stalled=states_stalled(table["stall"].iloc[0]),
        first=names[0],
        second=names[1],
        count_first=counts[0],
        count_second=counts[1],
    )
    if (table["estimand"] == DIFFERENCE).all():
        text += " " + gettext("Each arm less the one without cooperation.")
    if why_not:
        return f"{text} " + gettext("Their runs do not pair: {why}.", why=why_not)
    return f"{text} " + gettext(
        "Right: {less}, replication by replication, in {count} pairs.",
        less=less(names),
        count=int(table["n_pairs"].max()),
    )


def _alt(table: pd.DataFrame, names: Sequence[str]) -> str:
    said = []
    for row in table.to_dict("records"):
        what = arm_name(row["arm"]) if row["estimand"] == DIFFERENCE else lowered(title(row["estimand"]))
        values = [_number(row[f"estimate_{side}"]) for side in SIDES]
        said.append(
            gettext(
                "{outcome}, {what}: {first} and {second}",
                outcome=outcome_within(row["outcome"]),
                what=what,
                first=values[0],
                second=values[1],
            )
        )
    start = gettext("Intervals of {first} beside those of {second}. ", first=names[0], second=names[1])
    return start + "; ".join(said)


def _number(value: float) -> str:
    return numeral(f"{value:.2g}") if np.isfinite(value) else gettext("undefined")
