"""Figure: what twinnings and networks contribute, their interaction, and the effect per unit of attention."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.answers.differences import first_point
from citysim.analysis.answers.estimates import quoted
from citysim.analysis.answers.factorial import KEYS
from citysim.analysis.labels import outcome_label, outcome_unit, outcome_within
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import RunSet
from citysim.analysis.stall import at_level, shown_stall, states_stalled
from citysim.analysis.tables import read_answer
from citysim.errors import ResultError
from citysim.figures.answer_titles import factorial_details_title
from citysim.figures.answers.points import point_keys, points
from citysim.figures.caption import Caption, Drawn
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, arm_looks, new_figure, outside_legend, percent_axis, style, wrapped
from citysim.language import N_, gettext
from citysim.plan.report import Stall

_LOOKS = {**arm_looks(["twinning", "networks"]), "interaction": ("#CC79A7", "v")}
_LABELS = {"twinning": N_("twinnings"), "networks": N_("networks"), "interaction": N_("interaction")}
#: Distance of the effects' points at a stall level, as share of the axis.
_DODGE = 0.045


def draw(results: RunSet) -> Drawn:
    """What either form contributes, from ``factorial.csv``; told at the stall level shown."""
    return factorial_figure(read_answer(results.out, "factorial"), shown_stall(results))


def factorial_figure(table: pd.DataFrame, stall: Stall) -> Drawn:
    """Main effects and interaction (left) and effects per unit of attention (right), a row per outcome.

    Raises ``ResultError`` where the table holds no headline outcome.
    """
    rows = first_point(table, KEYS)
    outcomes = [name for name in HEADLINE_OUTCOMES if name in set(rows["outcome"])]
    if not outcomes:
        raise ResultError("factorial: no headline outcome was recorded")
    count = int(rows["n_seeds"].max())
    caption = gettext(
        "Left: main effects of twinnings and of networks, each averaged over the other being there or not, "
        "and their interaction (effect of both less the sum of each alone), in the outcome's unit: median "
        "over {count} paired replications; thin 5–95 % of replications, thick the 90 % confidence interval "
        "of the median. Hollow: no effect shown, above stall 0 by all planned comparisons held together. "
        "Right: change of the outcome over the change of attention that comes with it, in that of one "
        "membership: ratio of means with Fieller's 90 % interval; a cross where the change of attention "
        "cannot be told from 0.",
        count=count,
    )
    shown = rows[(rows["quantity"] == "difference") & (rows["outcome"] == outcomes[0])]
    told = at_level(shown[shown["effect"].isin(["twinning", "networks"])], stall)
    alt = gettext(
        "Points with bars by stall level. Main effects on {outcome}, {states_stalled}: ",
        outcome=outcome_within(outcomes[0]),
        states_stalled=states_stalled(stall),
    )
    names = [gettext(_LABELS[effect]) for effect in told["effect"]]
    alt += "; ".join(f"{name} {quoted(row)}" for name, (_, row) in zip(names, told.iterrows(), strict=True))
    title = factorial_details_title(at_level(table, stall))
    return _figure(rows, outcomes), Caption("factorial", title, caption, alt)


def _figure(rows: pd.DataFrame, outcomes: list[str]) -> Figure:
    outcomes = size().fitting(outcomes, rows=True)
    ratios = (3, 2)[: size().across]
    with style():
        figure = new_figure(2.4 + 3.9 * len(outcomes))
        grid = figure.subplots(len(outcomes), len(ratios), squeeze=False, width_ratios=ratios, sharex="col")
        for (left, *right), outcome in zip(grid, outcomes, strict=True):
            part = rows[rows["outcome"] == outcome]
            _panel(left, part[part["quantity"] == "difference"], ("twinning", "networks", "interaction"))
            left.set_title(outcome_label(outcome))
            left.set_ylabel(wrapped(gettext("change, {unit}", unit=outcome_unit(outcome)), 20))
            for ax in right:
                _panel(ax, part[part["quantity"] == "per_attention"], ("twinning", "networks"), ratio=True)
                ax.set_title(gettext("per unit of attention"))
        for ax in grid[:-1].ravel():
            ax.set_xlabel("")
        for ax in grid[-1]:
            ax.set_xlabel(gettext("Stall"))
        handles = [
            Line2D([], [], color=colour, marker=marker, lw=0, ms=4.2, label=gettext(_LABELS[effect]))
            for effect, (colour, marker) in _LOOKS.items()
        ]
        undefined = bool((rows["verdict"] == "undefined").any())
        outside_legend(figure, handles, loc="outside upper center", ncols=3)
        outside_legend(
            figure, point_keys(undefined=undefined), loc="outside lower center", ncols=4, columnspacing=1.2
        )
        return figure


def _panel(ax: Axes, rows: pd.DataFrame, effects: tuple[str, ...], *, ratio: bool = False) -> None:
    levels = np.unique(rows["stall"].to_numpy(float))
    width = max(float(np.ptp(levels)), 0.5) if levels.size else 0.5
    ax.axhline(0.0, color=MUTED, lw=0.9, zorder=1)
    for i, effect in enumerate(effects):
        part = rows[rows["effect"] == effect].sort_values("stall")
        at = part["stall"].to_numpy(float) + _DODGE * width * (i - (len(effects) - 1) / 2) * (1 + ratio / 2)
        points(ax, part, at, _LOOKS[effect], ratio=ratio)
    if levels.size:
        percent_axis(ax, levels.tolist())
        ax.set_xlim(levels[0] - 0.15 * width, levels[-1] + 0.15 * width)
