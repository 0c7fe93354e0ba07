"""Pictures of what cooperation gives: of its two kinds, to groups of cities, by their freedom to act."""

from typing import Any

import pandas as pd

from citysim.analysis.answers.differences import SHOWN
from citysim.analysis.answers.spoken import (
    Row,
    effects_of,
    gains_of,
    of_factorial,
    of_gains,
    of_pathway,
    scopes_of,
    share_of_sum,
    shares_of,
)
from citysim.analysis.labels import GROUP_LABELS, group_label
from citysim.analysis.plain_words import measure
from citysim.analysis.rounding import CONFIDENCE, rounded, step_of
from citysim.figures.answer_titles import factorial_title, gains_title, pathway_title, runs_through_scope
from citysim.figures.caption import Drawn
from citysim.figures.in_short.marks import (
    Mark,
    change_label,
    draw_marks,
    drawn,
    in_cases,
    in_sum,
    mark,
    no_change,
    where,
)
from citysim.figures.sizes import size
from citysim.figures.style import MUTED
from citysim.language import gettext
from citysim.model.groups import REGION_GROUPS
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall


def factorial(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """What twinnings, networks and both give, and where both help what they would if they added up.

    That is of means over all cases, since of these alone the parts of a sum add up to it.
    """
    rows = of_factorial(rows)
    outcome, of = effects_of(rows)
    share, (scale, _) = share_of_sum(rows), measure(outcome)
    shown = {name: str(of[name]["verdict"]) in SHOWN for name in ("twinning", "networks")}
    if share is None:
        labels = {"twinning": gettext("city twinnings"), "networks": gettext("city networks")}
    else:
        of = {name: {**row, "estimate": row["mean"]} for name, row in of.items()}
        labels = {
            "twinning_alone": gettext("city twinnings alone"),
            "networks_alone": gettext("city networks alone"),
        }
    known: dict[str, Any] = {"scale": scale, "better": OUTCOMES[outcome].better}
    marks = [
        mark(label, of[name], shown=shown[name.removesuffix("_alone")], **known)
        for name, label in labels.items()
    ]
    both = mark(gettext("both together"), of["both"], shown=any(shown.values()), strong=True, **known)
    if share is not None:
        total = both.middle / float(share["estimate"])
        said = rounded(total, step_of(both.low, both.high))
        marks.append(Mark(gettext("if the two added up"), total, total, total, said, MUTED))
    figure = draw_marks([*marks, both], change_label(outcome), [no_change()])
    reading = in_cases(int(of["both"]["n_seeds"]), mean=share is not None)
    return drawn(figure, factorial_title(rows), [*marks, both], where(stall), reading)


def gains(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """What cooperation changes for each group of cities."""
    rows = of_gains(rows)
    outcome, of = gains_of(rows)
    by_group: dict[str, Row] = {str(row["group"]): row for row in of.to_dict("records")}
    names = [name for name in GROUP_LABELS if name in by_group]
    cut = size().down == 1
    if cut:  # on a slide the regions of the world have no room
        names = [name for name in names if name not in REGION_GROUPS]
    scale, _ = measure(outcome)
    marks = [
        mark(group_label(name), by_group[name], scale=scale, better=OUTCOMES[outcome].better,
             strong=name == "world")
        for name in names
    ]  # fmt: skip
    figure = draw_marks(marks, change_label(outcome), [no_change()])
    left_out = [gettext("Without the regions of the world.")] if cut else []
    count = int(of["n_seeds"].max())
    return drawn(figure, gains_title(rows), marks, where(stall), in_cases(count), *left_out)


def pathway(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """How much of what networks do comes from wider freedom to act, or how far that widens."""
    rows = of_pathway(rows)
    if runs_through_scope(rows):
        return _shares(rows, stall)
    changes = scopes_of(rows)
    labels = {"autonomy": gettext("freedom to act at home"), "reach": gettext("reach of cities abroad")}
    wider = [name for name, row in changes.items() if row["verdict"] == "better"]
    told = "reach" if wider == ["reach"] else "autonomy"
    marks = [mark(label, changes[name], scale=100.0, strong=name == told) for name, label in labels.items()]
    label = gettext("Change on a scale of 100") + "\n" + gettext("{arrow} better", arrow="→")
    figure = draw_marks(marks, label, [no_change()])
    count = int(changes["autonomy"]["n_seeds"])
    return drawn(figure, pathway_title(rows), marks, where(stall), in_cases(count))


def _shares(rows: pd.DataFrame, stall: Stall) -> Drawn:
    _, shares = shares_of(rows)
    labels = {
        "share_national": gettext("by more freedom at home"),
        "share_reach": gettext("by more reach abroad"),
        "share_scope": gettext("by both together"),
    }
    marks = [
        mark(label, shares[name], scale=100.0, unit=" %", ends=CONFIDENCE, tested=CONFIDENCE,
             strong=name == "share_scope")
        for name, label in labels.items()
    ]  # fmt: skip
    lines = [(0.0, gettext("nothing")), (100.0, gettext("all of it"))]
    label = gettext("Share of what networks change")
    figure = draw_marks(marks, label, lines, percent=True)
    return drawn(figure, pathway_title(rows), marks, where(stall), in_sum())
