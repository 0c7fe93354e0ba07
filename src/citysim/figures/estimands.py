"""Figure: substitution and response over stall, a panel per outcome, a line with its 90 % band per arm."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from citysim.analysis.answers.spoken import outcome_of_shares
from citysim.analysis.estimands import rows_of, title
from citysim.analysis.labels import outcome_label
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall
from citysim.analysis.tables import read_headline
from citysim.errors import ResultError
from citysim.figures.bands import MARKS, Looks, draw_arms, legend, limits_of
from citysim.figures.caption import Caption, Drawn
from citysim.figures.findings import more_title
from citysim.figures.rows import alt_text, count_text, of_main_arms, over_stall, swept_note
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, arm_looks, new_figure, style, wrapped
from citysim.language import gettext

#: In the order of rows.
SHOWN = ("substitution", "response")
#: Part of the scale that is always shown above 0, so that next to nothing looks like it.
LEAST = 0.5


def draw(results: RunSet) -> Drawn:
    """Substitution and response over stall. Raises ``ResultError`` where there is neither."""
    headline = of_main_arms(over_stall(read_headline(results.out), results), results)
    parts = {name: rows_of(headline, name) for name in SHOWN}
    if parts["substitution"].empty:
        raise ResultError("the headline table has no substitution: no stall level or arm to compare with")
    replications = count_text(parts["substitution"]["n_seeds"])
    caption = (
        (
            gettext(
                "Above, substitution: what cooperation gives more than without stall, as share of what "
                "stall costs. Below, response: what behavioural response adds, against an arm with the same "
                "rules of ties and no response, as share of the same cost; without cooperation, what cities "
                "do alone. Stall: action capacity that states have lost. "
            )
            if len(parts["response"])
            else gettext(
                "Substitution: what cooperation gives more than without stall, as share of what stall "
                "costs. No arm without response was run, so there is no response to show. "
            )
        )
        + gettext(
            "0: cities do no more because states stall. Median over those of "
            "{count} replications in which stall costs something, band 5–95 %. {marks}",
            count=replications,
            marks=gettext(MARKS),
        )
        + swept_note(headline, results)
    )
    told = [alt_text(rows, results, title(name)) for name, rows in parts.items() if len(rows)]
    more = parts["substitution"]
    said = more_title(more, outcome_of_shares(more), shown_stall(results))
    return estimands_figure(headline), Caption("estimands", said, caption, " ".join(told))


def estimands_figure(headline: pd.DataFrame) -> Figure:
    """Panels of substitution (above) and response (below, if any) by outcome, from the headline table."""
    with style():
        names = size().fitting([name for name in SHOWN if len(rows_of(headline, name))], rows=True)
        outcomes = list(dict.fromkeys(rows_of(headline, "substitution")["outcome"]))[: size().beside]
        drawn = pd.concat([rows_of(headline, name) for name in names])
        arms = [arm for arm in dict.fromkeys(headline["arm"]) if arm in set(drawn["arm"])]
        looks = arm_looks(arms)
        figure = new_figure(2.0 + 4.6 * len(names))
        grid = figure.subplots(len(names), len(outcomes), squeeze=False, sharex=True, sharey="row")
        marks: set[str] = set()
        for axes, name in zip(grid, names, strict=True):
            rows = rows_of(headline, name)
            limits = limits_of(rows, LEAST)
            for ax, outcome in zip(axes, outcomes, strict=True):
                marks |= estimand_panel(ax, rows, outcome, looks, limits)
            axes[0].set_ylabel(gettext("{estimand}\n(share of what stall costs)", estimand=title(name)))
        for ax, outcome in zip(grid[0], outcomes, strict=True):
            ax.set_title(wrapped(outcome_label(outcome), 40 // len(outcomes) + 6))
        for ax in grid[-1]:
            ax.set_xlabel(gettext("Stall (%)"))
        legend(figure, arms, looks, marks)
        return figure


def estimand_panel(
    ax: Axes, rows: pd.DataFrame, outcome: str, looks: Looks, limits: tuple[float, float]
) -> set[str]:
    """Lines and bands of an outcome by arm; gives what a legend has to explain."""
    _frame(ax, rows["stall"], limits)
    return draw_arms(ax, rows, outcome, looks, limits)


def _frame(ax: Axes, stalls: pd.Series, limits: tuple[float, float]) -> None:
    ax.set_ylim(*limits)
    levels = sorted(stalls.unique())
    if len(levels) <= 5:
        ax.set_xticks(levels)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")
    ax.axhline(0.0, color=MUTED, lw=0.9, zorder=1)
    if limits[1] > 1:
        ax.axhline(1.0, color=MUTED, lw=0.9, ls="--", zorder=1)
