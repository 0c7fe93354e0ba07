"""Figure: what cooperation does to conflict by contact effect, and whether ties hold."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.answers.contact import AXIS, KEYS, PLANNED
from citysim.analysis.answers.differences import first_point
from citysim.analysis.answers.estimates import quoted
from citysim.analysis.labels import arm_label, outcome_label, outcome_unit, outcome_within
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.analysis.tables import read_answer
from citysim.errors import ResultError
from citysim.figures.answer_titles import contact_details_title
from citysim.figures.answers.points import point_keys, points
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import rows_at
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, arm_looks, new_figure, outside_legend, style, wrap_axes, wrapped
from citysim.language import gettext
from citysim.plan.report import Stall

_DODGE = 0.03


def draw(results: RunSet) -> Drawn:
    """What contact does, from ``contact.csv`` at the stall level shown."""
    return contact_figure(read_answer(results.out, "contact"), shown_stall(results))


def contact_figure(table: pd.DataFrame, stall: Stall) -> Drawn:
    """Arm less no cooperation over the contact effect, a panel per outcome; last the live share of ties.

    Raises ``ResultError`` where the table holds no difference.
    """
    rows = first_point(rows_at(table, stall), (*KEYS, "needed"))
    differences = rows[rows["quantity"] == "difference"]
    if differences.empty:
        raise ResultError("contact: the table holds no difference between arms")
    caption = gettext(
        "What cooperation changes against none, {states_stalled}, by contact effect η (fall of two "
        "states' mean tension at full trust density of their cities' twinnings): median over "
        "{count} paired replications; thin 5–95 % of replications, "
        "thick the 90 % confidence interval of the median. Hollow: no effect shown (at the largest η by all "
        "planned comparisons together). Last panel: live share of the ties between states in conflict, a "
        "level.",
        states_stalled=states_stalled(stall),
        count=int(rows["n_seeds"].max()),
    )
    slopes = rows[(rows["quantity"] == "slope") & rows["outcome"].isin(PLANNED)]
    alt = gettext("Points with bars over the contact effect. Slopes of the differences: ") + "; ".join(
        f"{outcome_within(row['outcome'])}, {arm_label(row['arm'])}: {quoted(row)}"
        for _, row in slopes.iterrows()
    )
    return _figure(rows), Caption("contact", contact_details_title(rows), caption, alt)


def _figure(rows: pd.DataFrame) -> Figure:
    arms = list(dict.fromkeys(rows.loc[rows["quantity"] == "difference", "arm"]))
    looks = arm_looks(arms)
    panels = [("difference", name) for name in PLANNED if name in set(rows["outcome"])]
    panels += [("level", "ties_in_conflict")] if "ties_in_conflict" in set(rows["outcome"]) else []
    panels = size().fitting(panels)
    with style():
        figure = new_figure(2.2 + 4.4 * -(-len(panels) // size().across))
        for ax, (quantity, outcome) in zip(wrap_axes(figure, len(panels)), panels, strict=True):
            part = rows[
                (rows["quantity"] == quantity) & (rows["outcome"] == outcome) & rows["arm"].isin(arms)
            ]
            _panel(ax, part, looks, quantity)
            unit = outcome_unit(outcome)
            ax.set_title(wrapped(outcome_label(outcome), 44))
            ax.set_ylabel(
                wrapped(gettext("change, {unit}", unit=unit) if quantity == "difference" else unit, 24)
            )
            ax.set_xlabel(gettext("Contact effect η"))
        handles = [
            Line2D([], [], color=looks[a][0], marker=looks[a][1], lw=0, ms=4.2, label=arm_label(a))
            for a in arms
        ]
        outside_legend(figure, handles, loc="outside upper center", ncols=4)
        outside_legend(figure, point_keys(undefined=False), loc="outside lower center", ncols=3)
        return figure


def _panel(ax: Axes, rows: pd.DataFrame, looks: dict[str, tuple[str, str]], quantity: str) -> None:
    levels = np.unique(rows[AXIS].to_numpy(float))
    for i, (arm, look) in enumerate(looks.items()):
        part = rows[rows["arm"] == arm].sort_values(AXIS)
        at = part[AXIS].to_numpy(float) + _DODGE * (i - (len(looks) - 1) / 2)
        points(ax, part, at, look)
    if quantity == "difference":
        ax.axhline(0.0, color=MUTED, lw=0.9, zorder=1)
    else:
        ax.set_ylim(0, 1)
    ax.set_xticks(levels)
