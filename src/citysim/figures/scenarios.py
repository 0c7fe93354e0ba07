"""Figure: boxes of scenario discovery, the part of each limited parameter's draws that a box keeps."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from citysim.analysis.assumption_words import names_in_words, parameter_name
from citysim.analysis.labels import arm_label, outcome_label, outcome_within
from citysim.analysis.stall import states_stalled
from citysim.analysis.verdict import event_label
from citysim.figures.assessed import limit_said, scenarios_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import GRID, MUTED, new_figure, style, wrap_axes, wrapped
from citysim.language import gettext, numeral

_COLOURS = {"compensates": "#009E73", "harms": "#D55E00"}


def draw(boxes: pd.DataFrame, limits: pd.DataFrame, parameters: pd.DataFrame) -> Drawn:
    """The boxes of events at one stall level; arguments as of ``scenarios_figure``."""
    caption = gettext(
        "Boxes of parameters in which cities compensate or do harm, with {states_stalled}: grey, all draws "
        "of a parameter by rank; coloured, those in the box; beside it, the limits.",
        states_stalled=states_stalled(boxes["stall"].iloc[0]),
    )
    alt = gettext("Bars by parameter. Limits: ") + "; ".join(
        f"{event_label(row['event'])}, {outcome_within(row['outcome'])}, {arm_label(row['arm'])}: "
        f"{parameter_name(row['parameter'])} {limit_said(row)}"
        for row in limits.to_dict("records")
    )
    title = scenarios_title(boxes, limits)
    return scenarios_figure(boxes, limits, parameters), Caption(
        "scenarios", title, caption + names_in_words(limits["parameter"]), alt
    )


def scenarios_figure(boxes: pd.DataFrame, limits: pd.DataFrame, parameters: pd.DataFrame) -> Figure:
    """A panel per box: by parameter, the range drawn (grey) and what the box keeps of it (coloured).

    ``boxes`` and ``limits`` as in ``scenarios.csv`` and ``scenarios_boxes.csv``, boxes without limits left
    out; ``parameters``: the draws.
    """
    with style():
        shown = boxes[boxes["limits"] > 0]
        figure = new_figure(1.0 + 5.6 * -(-len(shown) // 2))
        for ax, box in zip(wrap_axes(figure, len(shown)), shown.to_dict("records"), strict=True):
            same = (limits["event"] == box["event"]) & (limits["outcome"] == box["outcome"])
            _panel(ax, limits[same & (limits["arm"] == box["arm"])], parameters, _COLOURS[box["event"]])
            what = f"{arm_label(box['arm'])}: {event_label(box['event'])}"
            ax.set_title(f"{wrapped(outcome_label(box['outcome']))}\n{what}")
            ax.set_xlabel(
                gettext(
                    "Held out: coverage {coverage}, density {density}\n(of all {share})",
                    coverage=numeral(f"{box['coverage_held_out']:.2f}"),
                    density=numeral(f"{box['density_held_out']:.2f}"),
                    share=numeral(f"{box['base_rate']:.2f}"),
                )
            )
        return figure


def _panel(ax: Axes, limits: pd.DataFrame, parameters: pd.DataFrame, colour: str) -> None:
    for i, row in enumerate(reversed(limits.to_dict("records"))):
        draws = parameters[row["parameter"]]
        low = 0.0 if pd.isna(row["lower"]) else float((draws < row["lower"]).mean())
        high = 1.0 if pd.isna(row["upper"]) else float((draws <= row["upper"]).mean())
        ax.barh(i, 1, height=0.5, color=GRID)
        ax.barh(i, high - low, left=low, height=0.5, color=colour)
        ax.text(1.02, i, limit_said(row), va="center", fontsize=6.5, color=MUTED)
    ax.set_yticks(
        range(len(limits)), [wrapped(parameter_name(name), 16) for name in limits["parameter"][::-1]]
    )
    ax.set_ylim(-0.6, max(len(limits) - 0.4, 1.6))
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False)
    ax.set_xlim(0, 1.3)
    ax.set_xticks([0, 0.5, 1], [gettext("lowest"), gettext("median"), gettext("highest")])
