"""Figure: the parameters that matter most for what cooperation gives back, a panel per outcome."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.assumption_words import names_in_words, parameter_name
from citysim.analysis.labels import arm_label, outcome_label, outcome_within
from citysim.analysis.sensitivity import TOLD, quantity_label
from citysim.analysis.stall import states_stalled
from citysim.figures.assessed import sensitivity_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import MUTED, new_figure, outside_legend, style, wrap_axes, wrapped
from citysim.language import N_, gettext

#: Parameters in a panel.
SHOWN = 10
#: Those of each panel that the caption says in words.
_NAMED = 3
_SECOND, _FIRST = "#0072B2", "#D55E00"
#: Index that ranks, its label, a second one beside it, and its label.
_LOOKS = {
    "ST": ("ST", N_("total"), "S1", N_("first order")),
    "mu_star": ("mu_star", N_("mean size µ* of the effect"), "sigma", N_("its spread σ")),
}


def ranking_index(indices: pd.DataFrame) -> str:
    """The index by which parameters rank: ``ST`` of a Saltelli design, ``mu_star`` of Morris's."""
    return "ST" if "ST" in indices else "mu_star"


def draw(indices: pd.DataFrame) -> Drawn:
    """The most important parameters; argument as of ``sensitivity_figure``."""
    row, index = indices.iloc[0], ranking_index(indices)
    main, label, _, second = _LOOKS[index]
    caption = gettext(
        "The {shown} parameters that matter most for the quantity {quantity} of {arm} with {states_stalled}: "
        "{first} (above) and {second} (below), bars 90 % intervals; hollow: not told from 0 or from chance.",
        shown=SHOWN,
        quantity=quantity_label(row["quantity"]),
        arm=arm_label(row["arm"]),
        states_stalled=states_stalled(row["stall"]),
        first=gettext(label),
        second=gettext(second),
    )
    alt = gettext("Points with bars by parameter. First of each: ") + "; ".join(
        f"{outcome_within(str(outcome))}: {parameter_name(part.nlargest(1, main)['parameter'].iloc[0])}"
        for outcome, part in indices.groupby("outcome", sort=False)
    )
    more = row["quantity"] in ("substitution", "more")
    name, title = (
        "sensitivity_substitution" if more else "sensitivity",
        sensitivity_title(indices, index, more=more),
    )
    named = [
        each
        for _, part in indices.groupby("outcome", sort=False)
        for each in part.nlargest(_NAMED, main)["parameter"]
    ]
    return sensitivity_figure(indices), Caption(name, title, caption + names_in_words(named), alt)


def sensitivity_figure(indices: pd.DataFrame) -> Figure:
    """Sensitivity of one quantity by outcome.

    ``indices``: rows of one quantity, arm and stall level as in ``sensitivity.csv``. Filled: 90 % interval
    above 0, or above what the random numbers alone give; hollow: not. What they give is marked where it is
    known: with two or more seeds a point.
    """
    with style():
        outcomes = list(dict.fromkeys(indices["outcome"]))
        figure = new_figure(7.6 if len(outcomes) < 3 else 14.0)
        look = _LOOKS[ranking_index(indices)]
        chance_known = bool(indices[f"{look[0]}_noise"].notna().any())
        for ax, outcome in zip(wrap_axes(figure, len(outcomes)), outcomes, strict=True):
            part = indices[indices["outcome"] == outcome]
            _panel(ax, part.nlargest(SHOWN, look[0]).iloc[::-1], look)
            ax.set_title(wrapped(outcome_label(outcome)))
        handles = [
            Line2D([], [], color=_SECOND, marker="o", ms=4, label=gettext(look[1])),
            Line2D(
                [],
                [],
                color=_FIRST,
                marker="D",
                ms=4,
                lw=0 if look[2] == "sigma" else 1.2,
                label=gettext(look[3]),
            ),
            Line2D(
                [],
                [],
                color=MUTED,
                marker="o",
                mfc="white",
                lw=0,
                ms=4,
                label=gettext("not told from 0 or chance") if chance_known else gettext("not told from 0"),
            ),
        ]
        if chance_known:  # else the line at 0 would pass for it
            handles.append(Line2D([], [], color=MUTED, marker="|", lw=0, ms=7, label=gettext("chance alone")))
        outside_legend(figure, handles, loc="outside upper center", ncols=len(handles))
        return figure


def _panel(ax: Axes, rows: pd.DataFrame, look: tuple[str, str, str, str]) -> None:
    main, _, second, _ = look
    at = np.arange(len(rows), dtype=float)
    _dots(ax, rows, main, at + 0.14, _SECOND, "o")
    if second == "sigma":
        ax.plot(rows[second], at - 0.14, color=_FIRST, marker="D", ms=3.2, lw=0)
    else:
        _dots(ax, rows, second, at - 0.14, _FIRST, "D")
    ax.plot(rows[f"{main}_noise"], at + 0.14, color=MUTED, marker="|", ms=7, lw=0)
    ax.set_yticks(at, [parameter_name(name) for name in rows["parameter"]])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=MUTED, lw=0.9, zorder=1)
    ax.set_xlabel(gettext("Share of the variance") if main == "ST" else gettext("Change over the range"))


def _dots(ax: Axes, rows: pd.DataFrame, index: str, at: np.ndarray, colour: str, marker: str) -> None:
    ax.hlines(at, rows[f"{index}_lower"], rows[f"{index}_upper"], color=colour, lw=1.1, alpha=0.7)
    told = rows[f"{index}_told"].isin(TOLD).to_numpy()
    for filled, face in ((told, colour), (~told, "white")):
        ax.plot(rows[index][filled], at[filled], color=colour, marker=marker, mfc=face, ms=3.4, lw=0)
