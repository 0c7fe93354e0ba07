"""Figure: how far the scope of action widens by group, and the share of the effect that runs through it."""

from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from citysim.analysis.answers.differences import first_point
from citysim.analysis.answers.estimates import quoted
from citysim.analysis.answers.pathway import GROUPS, KEYS, SCOPES, SHARES
from citysim.analysis.labels import arm_label, group_label, outcome_label, outcome_within
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall, states_have_lost
from citysim.analysis.tables import read_answer
from citysim.figures.answer_titles import pathway_details_title
from citysim.figures.answers.points import point_keys, points
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import rows_at
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, arm_looks, new_figure, outside_legend, style, wrapped
from citysim.language import N_, capitalised, gettext
from citysim.plan.report import Stall

_SHARE_LOOKS = {
    "share_scope": ("#000000", "o", N_("both scopes")),
    "share_national": ("#E69F00", "v", N_("national autonomy")),
    "share_reach": ("#56B4E9", "P", N_("international reach")),
}
#: Panels of shares; more arms would be too small to read.
_MOST_ARMS = 2


def draw(results: RunSet) -> Drawn:
    """How far scope widens, from ``pathway.csv`` at the stall level shown."""
    return pathway_figure(read_answer(results.out, "pathway"), shown_stall(results))


def pathway_figure(table: pd.DataFrame, stall: Stall) -> Drawn:
    """Changes of autonomy and reach by group (above), shares of the effect by outcome and arm (below)."""
    rows = first_point(rows_at(table, stall), KEYS)
    arms = list(dict.fromkeys(rows["arm"]))[:_MOST_ARMS]
    count = int(rows["n_seeds"].max())
    caption = gettext(
        "Where {states_have_lost}. Above: change of national autonomy and international reach against no "
        "cooperation, by group of cities: median over {count} paired replications, thin 5–95 % of "
        "replications, thick the 90 % confidence interval of the median. Below: share of an arm's total "
        "effect that is lost when the gain of scope is switched off, and its split between the two scopes "
        "(Shapley): ratios of means with Fieller's 90 % interval; a cross where the total effect cannot be "
        "told from 0.",
        states_have_lost=states_have_lost(stall),
        count=count,
    )
    world = rows[(rows["quantity"] == "change") & (rows["group"] == "world")]
    alt = gettext("Points with bars. Change for all cities: ") + "; ".join(
        f"{outcome_within(row['outcome'])}, {arm_label(str(row['arm']))}: {quoted(row)}"
        for _, row in world.iterrows()
    )
    title = pathway_details_title(rows)
    return _figure(rows, arms), Caption("pathway", title, caption, alt)


def _figure(rows: pd.DataFrame, arms: list[str]) -> Figure:
    changes = rows[rows["quantity"] == "change"]
    groups = [name for name in GROUPS if name in set(changes["group"])]
    with style():
        ratios = size().fitting((2.2 + 0.5 * len(groups), 5.6), rows=True)
        figure = new_figure(0.2 + sum(ratios))
        parts = figure.subfigures(len(ratios), 1, height_ratios=ratios, squeeze=False)
        above, *below = cast("list[SubFigure]", list(parts[:, 0]))
        scopes = SCOPES[: size().across]
        axes = above.subplots(1, len(scopes), sharey=True, squeeze=False)[0]
        for i, (ax, scope) in enumerate(zip(axes, scopes, strict=True)):
            _changes(ax, changes[changes["outcome"] == scope], arms, groups)
            ax.set_title(outcome_label(scope))
            if i:
                ax.tick_params(axis="y", labelleft=False)
        looks = arm_looks(arms)
        outside_legend(
            above,
            [
                Line2D([], [], color=looks[arm][0], marker=looks[arm][1], lw=0, ms=4.2, label=arm_label(arm))
                for arm in arms
            ],
            loc="outside upper center",
            ncols=2,
        )
        for part in below:
            _all_shares(part, rows, arms[: size().across])
        undefined = bool((rows["verdict"] == "undefined").any())
        outside_legend(
            figure, point_keys(undefined=undefined), loc="outside lower center", ncols=4, columnspacing=1.2
        )
        return figure


def _all_shares(figure: SubFigure, rows: pd.DataFrame, arms: list[str]) -> None:
    panels = figure.subplots(1, len(arms), sharey=True, sharex=True, squeeze=False)[0]
    for ax, arm in zip(panels, arms, strict=True):
        _shares(ax, rows[rows["arm"] == arm])
        ax.set_title(capitalised(arm_label(arm)))
    handles = [
        Line2D([], [], color=colour, marker=marker, lw=0, ms=4.2, label=gettext(label))
        for colour, marker, label in _SHARE_LOOKS.values()
    ]
    outside_legend(figure, handles, loc="outside upper center", ncols=3)


def _flat(ax: Axes, names: list[str], label: str) -> None:
    ax.set_yticks(np.arange(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.axvline(0.0, color=MUTED, lw=0.9, zorder=1)
    ax.set_xlabel(label)


def _changes(ax: Axes, rows: pd.DataFrame, arms: list[str], groups: list[str]) -> None:
    place = {name: i for i, name in enumerate(groups)}
    for i, arm in enumerate(arms):
        part = rows[rows["arm"] == arm]
        at = part["group"].map(place).to_numpy(float) + 0.3 * (i - (len(arms) - 1) / 2)
        points(ax, part, at, arm_looks(arms)[arm], flat=True)
    _flat(ax, [group_label(name) for name in groups], gettext("Change, index 0–1"))


def _shares(ax: Axes, rows: pd.DataFrame) -> None:
    outcomes = [name for name in HEADLINE_OUTCOMES if name in set(rows["outcome"])]
    place = {name: i for i, name in enumerate(outcomes)}
    for i, share in enumerate(SHARES):
        part = rows[(rows["quantity"] == share) & rows["outcome"].isin(outcomes)]
        at = part["outcome"].map(place).to_numpy(float) + 0.26 * (i - 1)
        points(ax, part, at, _SHARE_LOOKS[share][:2], ratio=True, flat=True)
    ax.axvline(1.0, color=MUTED, lw=0.9, ls="--", zorder=1)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    _flat(
        ax,
        [wrapped(outcome_label(name), 18) for name in outcomes],
        gettext("Share of the effect that runs through scope"),
    )
