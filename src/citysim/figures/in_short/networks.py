"""Pictures of city networks: what each of them adds, and how many are best."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from citysim.analysis.answers.added_value import ALL
from citysim.analysis.answers.number import AXIS
from citysim.analysis.answers.spoken import Row, added_of, decline, numbers_of, of_added_value
from citysim.analysis.plain_words import measure, outcome_words
from citysim.analysis.rounding import MEDIAN, SPREAD, about, step_of
from citysim.arrays import Floats
from citysim.figures.answer_titles import added_value_title, number_title
from citysim.figures.caption import IN_SHORT, Caption, Drawn
from citysim.figures.in_short.marks import (
    BLUE,
    change_label,
    draw_marks,
    drawn,
    in_cases,
    mark,
    no_change,
    where,
    which_cases,
)
from citysim.figures.sizes import size
from citysim.figures.style import INK, MUTED, new_figure, style
from citysim.language import N_, capitalised, gettext, numeral
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

_GREY = N_("Grey: the number that is best in the middle case, and where that lies, sure to nine in ten.")


def added_value(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """What each network changes for the world, and what all of them do together."""
    rows = of_added_value(rows)
    world, whole = added_of(rows)
    outcome = str(whole["outcome"])
    better = OUTCOMES[outcome].better
    level = 100.0 / abs(float(whole["reference"]))
    of_each = world[world["outcome"] == outcome].to_dict("records")
    # All of them are told as exactly as the whole.
    known: dict[str, Any] = {"scale": level, "unit": " %", "better": better}
    known["step"] = step_of(*(level * float(whole[end]) for end in SPREAD))
    marks = [mark(str(row["network"]), row, **known) for row in of_each]
    if whole["network"] == ALL:
        marks.append(mark(gettext("all of them together"), whole, strong=True, **known))
    said = gettext(
        "{outcome}: change through the network, in per cent", outcome=capitalised(outcome_words(outcome))
    )
    arrow = gettext("{arrow} better", arrow="→" if better > 0 else "←")
    figure = draw_marks(marks, f"{said}\n{arrow}", [no_change()])
    count = int(rows["n_seeds"].max())
    return drawn(figure, added_value_title(rows), marks, where(stall), in_cases(count))


def number(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """How an outcome changes with the number of networks, and with how many it is best."""
    outcome, told = numbers_of(rows)
    full = str(told["from_none"]["arm"])
    curve = rows[(rows["quantity"] == "from_fewest") & (rows["arm"] == full) & (rows["outcome"] == outcome)]
    curve = curve.sort_values(AXIS)
    best = _best(rows, told)
    figure = _curve(curve, outcome, best)
    caption = " ".join(
        (
            where(stall),
            gettext("Change against the fewest networks."),
            gettext("Line: the middle case; band: {which}.", which=which_cases(int(curve["n_seeds"].max()))),
            *([gettext(_GREY)] if best[0] < best[2] else []),
        )
    )
    scale, _ = measure(outcome)
    changes = [f"{_count(row[AXIS])}: {about(row, scale=scale)}" for row in curve.to_dict("records")]
    alt = gettext("Line with a band over the number of networks. {said}.", said="; ".join(changes))
    return figure, Caption(IN_SHORT, number_title(rows), caption, alt, subtitle=caption)


def _count(number: float) -> str:
    return numeral(f"{number:,.0f}")


def _best(rows: pd.DataFrame, told: Mapping[str, Row]) -> tuple[float, float, float, str]:
    """The best number that the answer names with the interval of its median, and the same in words."""
    best = told["best_number"]
    low, high = (float(best[name]) for name in MEDIAN)
    if decline(rows) == "open":
        return low, float(best["estimate"]), high, about(best, ends=MEDIAN)
    peak = float(told["from_best"][AXIS])
    return peak, peak, peak, _count(peak)


def _curve(rows: pd.DataFrame, outcome: str, best: tuple[float, float, float, str]) -> Figure:
    """Numbers of networks that were run are equally far apart, others lie between them."""
    numbers = rows[AXIS].to_numpy(float)
    at = np.arange(len(numbers))
    scale, _ = measure(outcome)
    lower, middle, upper = (scale * rows[name].to_numpy(float) for name in ("lower", "estimate", "upper"))
    with style():
        figure = new_figure(8.0)
        ax = figure.subplots()
        ax.axhline(0.0, color=MUTED, lw=1.0, zorder=1)
        ax.fill_between(at, lower, upper, color=BLUE, alpha=0.16, lw=0)
        ax.plot(at, middle, "o-", color=BLUE, lw=2.0, ms=5)
        _mark_best(ax, np.interp(best[:3], numbers, at), best[3])
        every = 1 if size().width_cm > 10 else 3
        ax.set_xticks(at, [_count(n) if not i % every else "" for i, n in enumerate(numbers)])
        ax.tick_params(labelsize=8.5)
        ax.set_xlabel(gettext("Number of networks"), fontsize=9)
        change, _, better = change_label(outcome).partition("\n")
        upright = better.replace("→", "↑").replace("←", "↓")
        ax.set_title(f"{change}  {upright}", fontsize=8.5, fontweight="normal")
        return figure


def _mark_best(ax: Axes, at: Floats, said: str) -> None:
    """Where the outcome is best, at the foot of the panel, in words."""
    low, middle, high = (float(place) for place in at)
    bottom, top = ax.get_ylim()
    ax.set_yticks([tick for tick in ax.get_yticks() if bottom <= tick <= top])
    ax.set_ylim(bottom - 0.22 * (top - bottom), top)
    foot = ax.get_xaxis_transform()
    ax.hlines(0.06, low, high, transform=foot, color=INK, lw=5.0, alpha=0.3)
    ax.plot(middle, 0.06, "o", transform=foot, color=INK, ms=7)
    ax.annotate(
        gettext("best: about {number}", number=said), (middle, 0.06), xycoords=foot, xytext=(0, 7),
        textcoords="offset points", ha="left" if middle < 1 else "center", fontsize=9.5, fontweight="bold",
    )  # fmt: skip
