"""Figure: compensation ratio over stall, a panel per outcome, a line with its 90 % band per arm."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from citysim.analysis.answers.spoken import outcome_of_shares
from citysim.analysis.estimands import rows_of
from citysim.analysis.labels import outcome_label
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.analysis.tables import read_headline
from citysim.errors import ResultError
from citysim.figures.bands import MARKS, Looks, draw_arms, legend, limits_of
from citysim.figures.caption import Caption, Drawn
from citysim.figures.findings import makes_up_title
from citysim.figures.rows import alt_text, count_text, of_main_arms, over_stall, swept_note
from citysim.figures.sizes import size
from citysim.figures.style import (
    MUTED,
    arm_looks,
    new_figure,
    outer_labels,
    percent_axis,
    style,
    wrap_axes,
)
from citysim.language import gettext


def draw(results: RunSet) -> Drawn:
    """C over stall. Raises ``ResultError`` where there is no compensation ratio."""
    headline = rows_of(over_stall(read_headline(results.out), results), "compensation")
    if headline.empty:
        raise ResultError("the headline table is empty: the experiment has no compensation ratio")
    main = of_main_arms(headline, results)
    caption = gettext(
        "Compensation ratio C over stall: median over those of {count} "
        "replications in which states matter, band 5–95 %. "
        "C = 0: cooperation of cities changes nothing; C = 1: it makes up for all that stalled states "
        "no longer do. C counts all that cooperation gives, also what it would give without any stall. "
        "{marks}",
        count=count_text(main["n_seeds"]),
        marks=gettext(MARKS),
    ) + swept_note(main, results)
    return compensation_figure(main), Caption(
        "compensation",
        makes_up_title(main, outcome_of_shares(main), shown_stall(results)),
        caption,
        alt_text(main, results, "C"),
        subtitle=gettext(
            "Title: with {states_stalled}, all cooperation. C: share of what the stall costs, "
            "median and 5–95 % of replications",
            states_stalled=states_stalled(shown_stall(results)),
        ),
    )


def compensation_figure(headline: pd.DataFrame) -> Figure:
    """Small multiples of C(a, x) from the headline table.

    Solid line: median over replications; band: 5–95 %; error bar: ± one Monte Carlo standard error at
    the default parameters. Undefined cells have a cross at the foot of the panel.
    """
    with style():
        outcomes = size().fitting(list(dict.fromkeys(headline["outcome"])))
        arms = list(dict.fromkeys(headline["arm"]))
        looks = arm_looks(arms)
        figure = new_figure(3.2 + 4.0 * -(-len(outcomes) // size().across))
        limits = limits_of(headline)
        marks: set[str] = set()
        axes = wrap_axes(figure, len(outcomes))
        for ax, outcome in zip(axes, outcomes, strict=True):
            marks |= compensation_panel(ax, headline, outcome, looks, limits)
            _name_references(ax)
        outer_labels(axes, y=True)
        legend(figure, arms, looks, marks)
        return figure


def compensation_panel(
    ax: Axes, headline: pd.DataFrame, outcome: str, looks: Looks, limits: tuple[float, float]
) -> set[str]:
    """Lines and bands of an outcome by arm; gives what a legend has to explain."""
    _frame(ax, outcome, headline["stall"], *limits)
    return draw_arms(ax, headline, outcome, looks, limits)


def _frame(ax: Axes, outcome: str, stalls: pd.Series, low: float, high: float) -> None:
    ax.set_title(outcome_label(outcome))
    ax.set_ylim(low, high)
    ax.set_ylabel(gettext("Compensation ratio C"))
    percent_axis(ax, sorted(stalls.unique()))
    ax.axhline(0.0, color=MUTED, lw=0.9, zorder=1)
    ax.axhline(1.0, color=MUTED, lw=0.9, ls="--", zorder=1)


def _name_references(ax: Axes) -> None:
    """Say in the right margin what C = 0 and C = 1 mean; once a row."""
    place = ax.get_subplotspec()
    if place is None or not place.is_last_col():
        return
    for value, text in (
        (0.0, gettext("nothing")),
        (1.0, gettext("all of it")),
    ):
        ax.annotate(
            text, (1, value), xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
            fontsize=6.5, color=MUTED, va="center", annotation_clip=False,
        )  # fmt: skip
