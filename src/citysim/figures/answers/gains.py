"""Figure: what cooperation gives each group of cities, and how gains differ between groups."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from citysim.analysis.answers.differences import first_point
from citysim.analysis.answers.estimates import quoted
from citysim.analysis.answers.gains import GAPS, KEYS, PLANNED
from citysim.analysis.answers.pairing import whole
from citysim.analysis.labels import GROUP_LABELS, arm_label, group_label, outcome_label, outcome_unit
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.analysis.tables import read_answer
from citysim.errors import ResultError
from citysim.figures.answer_titles import gains_details_title
from citysim.figures.answers.points import point_keys, points
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import rows_at
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, new_figure, outside_legend, style, wrapped
from citysim.language import gettext
from citysim.model.groups import REGION_GROUPS
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

_LOOK = ("#0072B2", "o")
_GAP_LOOK = ("#D55E00", "D")


def draw(results: RunSet) -> Drawn:
    """Who gains, from ``gains.csv`` at the stall level shown."""
    return gains_figure(read_answer(results.out, "gains"), shown_stall(results))


def gains_figure(table: pd.DataFrame, stall: Stall) -> Drawn:
    """Gains by group above, gaps between groups below; a column for each planned outcome.

    Raises ``ResultError`` where the table holds no gain.
    """
    rows = first_point(rows_at(table, stall), KEYS)
    if not (rows["quantity"] == "gain").any():
        raise ResultError("gains: the table holds no gain of a group")
    arm = whole(list(dict.fromkeys(rows.loc[rows["quantity"] == "gain", "arm"])))
    rows = rows[rows["arm"] == arm]
    caption = gettext(
        "Blue: “{arm}” less no cooperation in 2050, {states_stalled}, each group of "
        "2023 against itself. Orange: gain of the first group less that of the second. Median over "
        "{count} paired replications; thin 5–95 % of replications, thick the 90 % "
        "confidence interval of the median. Hollow: no effect shown, all planned comparisons held together.",
        arm=arm_label(arm),
        states_stalled=states_stalled(stall),
        count=int(rows["n_seeds"].max()),
    )
    shown = rows[(rows["quantity"] == "gain") & (rows["outcome"] == "development")]
    alt = gettext("Points with bars by group. Gain in development: ") + "; ".join(
        f"{group_label(str(row['group']))} {quoted(row)}" for _, row in shown.iterrows()
    )
    return _figure(rows), Caption("gains", gains_details_title(rows), caption, alt)


def _figure(rows: pd.DataFrame) -> Figure:
    outcomes = [name for name in PLANNED if name in set(rows["outcome"])][: size().beside]
    groups = [name for name in GROUP_LABELS if name in set(rows["group"])]
    shown_gaps = GAPS
    if size().down == 1:
        groups, shown_gaps = [name for name in groups if name not in REGION_GROUPS], {}
    gaps = {gap: f"{group_label(a)}\n− {group_label(b)}" for gap, (a, b) in shown_gaps.items()}
    labels = [group_label(name) for name in groups] + list(gaps.values())
    places = {name: float(place) for place, name in enumerate(groups)}
    places |= {gap: len(groups) + 0.7 + 1.6 * i for i, gap in enumerate(gaps)}
    with style():
        figure = new_figure(3.0 + 0.56 * (len(groups) + 1.6 * len(gaps)))
        axes = figure.subplots(1, len(outcomes), sharey=True, squeeze=False)[0]
        for ax, outcome in zip(axes, outcomes, strict=True):
            of = rows[rows["outcome"] == outcome]
            for quantity, look in (("gain", _LOOK), ("gap", _GAP_LOOK)):
                part = of[(of["quantity"] == quantity) & of["group"].isin(list(places))]
                at = np.array([places[group] for group in part["group"]], float)
                points(ax, part, at, look, flat=True)
            ax.axvline(0, color=MUTED, lw=0.9, zorder=1)
            ax.axhline(len(groups) - 0.2, color=MUTED, lw=0.6)
            ax.grid(axis="x")
            ax.grid(visible=False, axis="y")
            ax.locator_params(axis="x", nbins=4)
            known = OUTCOMES[outcome]
            ax.set_title(wrapped(outcome_label(outcome), 24))
            difference = wrapped(gettext("Difference ({unit})", unit=outcome_unit(outcome)), 30)
            better = gettext("{arrow} better", arrow="→" if known.better > 0 else "←")
            ax.set_xlabel(f"{difference}\n{better}")
        axes[0].set_yticks(list(places.values()), labels)
        axes[0].set_ylim(max(places.values()) + 0.8, -0.6)
        outside_legend(figure, point_keys(undefined=False), loc="outside upper center", ncols=3)
        return figure
