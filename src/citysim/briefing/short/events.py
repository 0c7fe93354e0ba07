"""Rules for dated events, for the past run again, and for experiments that ask none of the questions."""

import numpy as np
import pandas as pd

from citysim.analysis.answers.differences import SHOWN
from citysim.analysis.answers.intervention import group_label, main_outcome
from citysim.analysis.answers.spoken import (
    MAIN,
    Row,
    inside_by_family,
    of_hindcast,
    of_intervention,
    those_meant,
)
from citysim.analysis.exposed import NAMED, WORLD
from citysim.analysis.plain_words import family_words, listed, measure, outcome_words
from citysim.analysis.results import BASELINE_ARM
from citysim.analysis.rounding import CONFIDENCE, Number, with_range
from citysim.briefing.short.cooperation import PER_CENT, change_of
from citysim.briefing.short.form import Said, above_zero, bullets, too_few
from citysim.briefing.short.sentences import say
from citysim.model.groups import EXPOSURES
from citysim.model.outcomes import OUTCOMES

#: Families that are named.
_MOST_NAMED = 2


def intervention(rows: pd.DataFrame) -> Said:
    """What the events of the first arm that has some change."""
    rows = of_intervention(rows)
    outcome = main_outcome(rows)
    of = rows[rows["outcome"] == outcome]
    effects = {str(row["group"]): row for row in of[of["quantity"] == "effect"].to_dict("records")}
    if any(row["verdict"] == "too few" for row in effects.values()):
        return too_few(int(rows["n_seeds"].max()))
    key = those_meant(effects)
    row, whom = effects[key], _whom(key, effects[key])
    open_ = [
        group_label(name)
        for name in EXPOSURES
        if name in effects and name != key and effects[name]["verdict"] not in SHOWN
    ]
    scale, on = measure(outcome)
    name = outcome_words(outcome)
    answer, number = _changes(row, outcome, whom)
    does = say("events.does", whom=whom, outcome=name, change=with_range(row, scale=scale), **on)
    direction = OUTCOMES[outcome].better or 1
    return Said(
        answer,
        bullets(
            does,
            say("events.does_not", names=listed(open_)) if open_ else say("events.does_not_none"),
            _spill(of),
        ),
        number,
        (above_zero(row, say("event.named", whom=whom), direction=direction),),
    )


def _whom(group: str, row: Row) -> str:
    if group == NAMED:
        return say("events.named_one" if int(row["cities"]) == 1 else "events.named")
    return say("events.all") if group == WORLD else group_label(group)


def _changes(row: Row, outcome: str, whom: str) -> tuple[str, Number]:
    _, on = measure(outcome)
    told = {"whom": whom, "outcome": outcome_words(outcome)}
    verdict = str(row["verdict"])
    number = change_of(row, outcome, bound=verdict not in SHOWN, whom=whom)
    if verdict in ("better", "worse"):
        return say(f"events.{verdict}", points=number.text, **told, **on), number
    if verdict in SHOWN:
        return say("events.value", number=number.text, **told, **on), number
    key = "events.nothing" if float(row["lower"]) == float(row["upper"]) == 0 else "events.open"
    return say(key, points=number.text, **told, **on), number


def _spill(of: pd.DataFrame) -> str:
    share = of[of["quantity"] == "spillover_share"]
    if share.empty or not np.isfinite(share["estimate"].iloc[0]):
        return say("events.unknown")
    return say("events.decides", share=with_range(dict(share.iloc[0]), **PER_CENT, ends=CONFIDENCE))


def hindcast(rows: pd.DataFrame) -> Said:
    """How much of what is recorded lies where the model has it; of the arm that does best."""
    own = of_hindcast(rows)
    if own.empty:
        return too_few(int(rows["n_seeds"].max()) if len(rows) else 0)
    names = [family_words(str(name)) for name in inside_by_family(own).index]
    number = Number(str(int(own["inside"].astype(bool).sum())), say("of.recorded", tested=len(own)))
    return Said(
        say("hindcast.answer", inside=number.text, tested=len(own)),
        bullets(
            say("hindcast.does", families=listed(names[::-1][:_MOST_NAMED])),
            say("hindcast.does_not", families=listed(names[:_MOST_NAMED])),
            say("hindcast.decides"),
            heads=("right", "wrong", "told"),
        ),
        number,
        unsure=say("sure.none", why=say("hindcast.sure")),
    )


def other(effects: pd.DataFrame, arm: str, *, asked: int) -> Said:
    """What cooperation changes where nothing else can be told; ``effects``: rows at the level shown."""
    rows = effects[
        (effects["estimand"] == "difference_arms")
        & (effects["arm"] == arm)
        & (effects["versus"] == BASELINE_ARM)
    ]
    judged = [name for name in rows["outcome"] if OUTCOMES[name].better]
    if not judged:
        return _nothing_varied(asked)
    outcome = MAIN if MAIN in judged else judged[0]
    row = dict(rows[rows["outcome"] == outcome].iloc[0])
    if row["verdict"] == "too few":
        return too_few(int(row["n_seeds"]))
    scale, on = measure(outcome)
    name = outcome_words(outcome)
    shown = not float(row["lower"]) <= 0 <= float(row["upper"])
    number = change_of(row, outcome, bound=not shown)
    return Said(
        say("other.change" if shown else "other.not_shown", outcome=name, points=number.text, **on),
        bullets(
            say("other.does", outcome=name, change=with_range(row, scale=scale), **on),
            say("other.does_not"),
            say("other.decides"),
        ),
        number,
        (above_zero(row, say("event.change", outcome=name)),),
    )


def _nothing_varied(asked: int) -> Said:
    return Said(
        say("other.none", runs=asked),
        bullets(say("other.none", runs=asked), say("other.does_not"), say("other.decides")),
        unsure=say("sure.none", why=say("nothing.sure")),
    )
