"""Pictures of dated events, and of the past run again."""

import pandas as pd

from citysim.analysis.answers.intervention import group_label, main_outcome
from citysim.analysis.answers.spoken import (
    Row,
    inside_by_family,
    of_hindcast,
    of_intervention,
    those_meant,
)
from citysim.analysis.exposed import NAMED, OTHERS, WORLD
from citysim.analysis.plain_words import family_words, measure
from citysim.errors import ResultError
from citysim.figures.answer_titles import hindcast_title, intervention_title
from citysim.figures.caption import Drawn
from citysim.figures.in_short.marks import (
    Mark,
    change_label,
    draw_marks,
    drawn,
    in_cases,
    mark,
    no_change,
    where,
)
from citysim.language import capitalised, gettext
from citysim.model.groups import EXPOSURES
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall


def intervention(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """What the events change for the cities named, and for those exposed to these."""
    rows = of_intervention(rows)
    outcome = main_outcome(rows)
    found = rows[(rows["outcome"] == outcome) & (rows["quantity"] == "effect")]
    if found.empty:
        raise ResultError("intervention: the table holds no effect at the end")
    effects: dict[str, Row] = {str(row["group"]): row for row in found.to_dict("records")}
    meant = those_meant(effects)
    names = [name for name in dict.fromkeys((NAMED, *EXPOSURES, OTHERS, WORLD)) if name in effects]
    scale, _ = measure(outcome)
    marks = [
        mark(group_label(name), effects[name], scale=scale, better=OUTCOMES[outcome].better or 1,
             strong=name == meant)
        for name in names
    ]  # fmt: skip
    figure = draw_marks(marks, change_label(outcome), [no_change()])
    count = int(found["n_seeds"].max())
    return drawn(figure, intervention_title(rows), marks, where(stall), in_cases(count))


def hindcast(rows: pd.DataFrame, stall: Stall) -> Drawn:
    """How many of the figures of each kind that are recorded lie where the model has them."""
    del stall  # of the past
    own = of_hindcast(rows)
    if own.empty:
        raise ResultError("hindcast: no statistic of the runs has a record to be held against")
    family = own["statistic"].str.partition(".")[0]
    marks = []
    for name, share in inside_by_family(own)[::-1].items():
        count = int((family == name).sum())
        said = gettext("{inside} of {count}", inside=round(count * share), count=count)
        label = capitalised(family_words(str(name)))
        marks.append(Mark(label, 100 * share, 0.0, 100 * share, said))
    lines = [(0.0, gettext("none")), (100.0, gettext("all of them"))]
    label = gettext("Share of the recorded figures that lie where the model has them")
    figure = draw_marks(marks, label, lines, percent=True)
    reading = gettext("A model that is right would hold nine in ten.")
    return drawn(figure, hindcast_title(rows), marks, reading)
