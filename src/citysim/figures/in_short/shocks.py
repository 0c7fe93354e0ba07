"""Pictures of shocks: what averts losses, and which ties of cities outlast conflict of their states."""

import pandas as pd

from citysim.analysis.answers.differences import SHOWN
from citysim.analysis.answers.spoken import held_ties, losses_of, of_contact, of_ledger, outbreaks_of
from citysim.figures.answer_titles import contact_title, ledger_title
from citysim.figures.caption import Drawn
from citysim.figures.in_short.marks import draw_marks, drawn, in_cases, mark, no_change, where
from citysim.language import gettext
from citysim.plan.report import Stall


def ledger(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """By how much losses are smaller through prevention, through help, and in all."""
    rows = of_ledger(rows)
    of = losses_of(rows)
    total = of["averted", "total"]
    shown = str(total["verdict"]) in SHOWN
    labels = {
        "prevention": gettext("through prevention"),
        "response": gettext("through help and recovery"),
    }
    marks = [
        # Without a whole that is shown no part of it is.
        mark(label, of["percent_by_rate", part], unit=" %", shown=None if shown else False)
        for part, label in labels.items()
    ]
    whole = of["percent", "total"]
    marks.append(mark(gettext("all together"), whole, unit=" %", strong=True, shown=shown))
    label = gettext("Losses from crises: share that is averted")
    better = gettext("{arrow} better", arrow="→")
    figure = draw_marks(marks, f"{label}\n{better}", [no_change()], percent=True)
    count = int(total["n_seeds"])
    return drawn(figure, ledger_title(rows), marks, where(stall), in_cases(count))


def contact(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """Which ties between states in conflict stay alive, or what all ties change in outbreaks."""
    rows = of_contact(rows)
    held = held_ties(rows)
    title = contact_title(rows)
    if held is None:
        most = outbreaks_of(rows)[-1]
        marks = [mark(gettext("with all ties of cities"), most, better=-1, strong=True)]
        label = gettext("Outbreaks of conflict: change in their number")
        figure = draw_marks(marks, label, [no_change()])
        return drawn(figure, title, marks, where(stall), in_cases(int(most["n_seeds"])))
    ended = {name: 1 - float(held[name]) for name in ("estimate", "median_lower", "median_upper")}
    ended |= {"lower": 1 - float(held["upper"]), "upper": 1 - float(held["lower"])}
    marks = [
        mark(gettext("stay alive"), held, scale=100.0, unit=" %", strong=True),
        mark(gettext("rest or end"), {**held, **ended}, scale=100.0, unit=" %", better=-1),
    ]
    lines = [(0.0, gettext("none")), (50.0, gettext("half")), (100.0, gettext("all of them"))]
    label = gettext("Share of the ties between cities whose states are in conflict")
    figure = draw_marks(marks, label, lines, percent=True)
    return drawn(figure, title, marks, where(stall), in_cases(int(held["n_seeds"])))
