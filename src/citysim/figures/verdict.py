"""Figure: the probability of an event, and how it moves with the assumptions that tell most."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.assumption_words import names_in_words, parameter_name
from citysim.analysis.labels import arm_label, outcome_label, outcome_within
from citysim.analysis.stall import states_stalled
from citysim.analysis.verdict import event_label
from citysim.figures.assessed import verdict_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import MUTED, new_figure, outer_labels, outside_legend, style, wrap_axes, wrapped
from citysim.language import N_, gettext, numeral

#: Thirds of a parameter's draws, light to dark; sequential, told apart in grey.
_COLOURS = {"low": "#9ecae1", "middle": "#4292c6", "high": "#08306b"}
_MARKERS = {"low": "v", "middle": "o", "high": "^"}
_STEP = 0.22


#: Event → stem of the file of its figure.
_NAMES = {"compensates": "verdict", "substitutes": "verdict_substitution"}
_THIRDS = {"low": N_("low third"), "middle": N_("middle third"), "high": N_("high third")}


def draw(verdict: pd.DataFrame, dependence: pd.DataFrame) -> Drawn:
    """Probability of an event of one arm at one stall level; arguments as of ``verdict_figure``."""
    row = verdict.iloc[0]
    event = event_label(row["event"])
    apart = verdict["share_costs_nothing"].max()
    caption = gettext(
        "Probability that {event} for {arm} with {states_stalled}, by third of a parameter's draws, and "
        "over all {count} replications (grey); bars and band: 90 % intervals. Replications in which stall "
        "costs no more than chance count, and never as success (at most {apart} % of an outcome).",
        event=event,
        arm=arm_label(row["arm"]),
        states_stalled=states_stalled(row["stall"]),
        count=verdict["n"].max(),
        apart=f"{100 * apart:.0f}",
    )
    alt = gettext("Points with bars by parameter. Over all replications: ") + "; ".join(
        f"{outcome_within(each['outcome'])} {numeral(f'{each["probability"]:.2f}')}"
        for each in verdict.to_dict("records")
    )
    name = _NAMES[row["event"]]
    return verdict_figure(verdict, dependence), Caption(
        name, verdict_title(verdict), caption + names_in_words(dependence["parameter"]), alt
    )


def verdict_figure(verdict: pd.DataFrame, dependence: pd.DataFrame) -> Figure:
    """Probability of one event by outcome: over all replications, and by third of some parameters.

    ``verdict``: a row per outcome as in ``verdict.csv``; ``dependence``: the rows to show of
    ``verdict_by_parameter.csv``. Bars: 90 % intervals.
    """
    with style():
        outcomes = list(verdict["outcome"])
        figure = new_figure(7.2 if len(outcomes) < 3 else 12.0)
        axes = wrap_axes(figure, len(outcomes))
        for ax, row in zip(axes, verdict.to_dict("records"), strict=True):
            _panel(ax, dependence[dependence["outcome"] == row["outcome"]], event_label(row["event"]))
            ax.axvspan(row["lower"], row["upper"], color=MUTED, alpha=0.18, lw=0)
            ax.axvline(row["probability"], color=MUTED, lw=1.0)
            ax.set_title(wrapped(outcome_label(row["outcome"])))
        outer_labels(axes)
        handles = [
            Line2D([], [], color=colour, marker=_MARKERS[third], ms=4, label=gettext(_THIRDS[third]))
            for third, colour in _COLOURS.items()
        ]
        handles.append(Line2D([], [], color=MUTED, lw=1.0, label=gettext("all replications (90 %)")))
        outside_legend(figure, handles, loc="outside upper center", ncols=4)
        return figure


def _panel(ax: Axes, rows: pd.DataFrame, event: str) -> None:
    names = list(dict.fromkeys(rows["parameter"]))[::-1]
    for i, (third, colour) in enumerate(_COLOURS.items()):
        part = rows[rows["third"] == third].set_index("parameter").loc[names]
        at = np.arange(len(names)) + _STEP * (1 - i)
        ax.hlines(at, part["lower"], part["upper"], color=colour, lw=1.2)
        ax.plot(part["probability"], at, color=colour, marker=_MARKERS[third], ms=3.6, lw=0, clip_on=False)
    ax.set_yticks(range(len(names)), [parameter_name(name) for name in names])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.set_xlabel(gettext("Probability of {event}", event=event))
