"""The rule for stalled states: whether cities do more because of them, and what they make up for."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.spoken import Row, by_estimate, defined, outcome_of_shares
from citysim.analysis.assumption_words import parameter_words
from citysim.analysis.intervals import MIN_REPLICATIONS
from citysim.analysis.labels import swept_label, value_label
from citysim.analysis.likelihood import SURE_ENOUGH, chance_of, likelihood
from citysim.analysis.plain_words import listed, outcome_words, share_words, when_stalled
from citysim.analysis.rounding import Number, about, at_most, number_of, with_range
from citysim.analysis.stall import stall_of
from citysim.analysis.verdict import Dependence
from citysim.briefing.short.form import Bullets, Chance, Said, too_few
from citysim.briefing.short.sentences import head, say
from citysim.language import capitalised
from citysim.plan.report import Stall

_HUNDRED: dict[str, Any] = {"scale": 100.0, "unit": " %"}


def of_the_claim(
    tables: Mapping[str, pd.DataFrame],
    stall: Stall,
    *,
    over_stall: pd.DataFrame,
    swept: tuple[str, pd.DataFrame] | None = None,
    hangs_on: Dependence | None = None,
) -> Said:
    """What the headline says of one arm at one stall level.

    ``tables``: rows by estimand (``compensation``, ``substitution``, ``response``), one per outcome.
    ``over_stall``: compensation of that arm at every stall level; ``swept``: name and rows of compensation at
    ``stall`` for every value swept beside it, the first of which ``tables`` are of; ``hangs_on``: what the
    answer hangs on most, if that is shown.
    """
    ratios, more, added = (tables[name] for name in ("compensation", "substitution", "response"))
    count = int(ratios["n_seeds"].max())
    if count < MIN_REPLICATIONS:
        return too_few(count)
    row = _main(ratios)
    is_claim = len(more) > 0 and len(added) > 0
    number = _number(row)
    if is_claim and not defined(more).empty:
        answer = say("claim.both", claim=_claim(more, added), makes_up=_makes_up(row, more, number.text))
    else:
        value = "" if swept is None else ratios[swept[0]].iloc[0]
        answer = _ratio(
            row, number.text, given=_given(swept[0], value) if swept and isinstance(value, str) else ""
        )
    return Said(
        answer,
        (
            *_bullets(ratios, more if is_claim else more.iloc[:0], _when(stall, ratios, swept)),
            (head("decides"), _decides(row, over_stall, swept, hangs_on, is_claim=is_claim)),
        ),
        number,
        _chances(row, _spoken_of(more, row) if is_claim else None),
    )


def _main(ratios: pd.DataFrame) -> Row:
    """The row of the outcome that is spoken of."""
    rows = ratios[ratios["outcome"] == outcome_of_shares(ratios)]
    known = defined(rows)
    return dict((known if len(known) else rows).iloc[0])


def _same_outcome(rows: pd.DataFrame, row: Row) -> Row:
    return dict(rows[rows["outcome"] == row["outcome"]].iloc[0])


def _spoken_of(more: pd.DataFrame, row: Row) -> Row:
    """Substitution in the outcome that the claim is told for: one in which it is shown, or the main one."""
    shown = more[more["verdict"] == "adds"]
    return dict(shown.iloc[0]) if len(shown) else _same_outcome(more, row)


def _claim(more: pd.DataFrame, added: pd.DataFrame) -> str:
    """Whether cities do more because states stall: by substitution, and by response."""
    more, added = defined(more), defined(added)
    verdicts = {*more["verdict"], *added["verdict"]}
    if verdicts == {"adds"}:
        return say("claim.adds")
    if "adds" in set(more["verdict"]):
        names = more.loc[more["verdict"] == "adds", "outcome"]
        return say("claim.mixed", outcomes=listed(map(outcome_words, names), 2))
    if "takes away" in set(more["verdict"]):
        return say("claim.takes_away")
    return say("claim.not_shown")


def _kind(row: Row) -> str:
    """How the ratio of an outcome is told."""
    if row["verdict"] in ("undefined", "harms"):
        return str(row["verdict"])
    sure_enough = row["verdict"] != "no effect shown" or row["probability_positive"] >= SURE_ENOUGH
    if sure_enough:
        return "some"
    # An interval from nothing to all bounds nothing.
    return "at_most" if row["upper"] < 1 else "unknown"


def _number(row: Row) -> Number:
    """The one number: how much is made up for, or of how many cases that can be said."""
    kind, outcome = _kind(row), outcome_words(str(row["outcome"]))
    if kind == "undefined":
        return Number(_cases(row), say("of.cases_free", outcome=outcome))
    if kind == "unknown":
        return Number(_all_of_it(row), say("of.cases_all", outcome=outcome))
    of = say("of.larger" if kind == "harms" else "of.made_up", outcome=outcome)
    if kind == "at_most":
        return number_of(row, at_most(row, signed=True, **_HUNDRED), of, **_HUNDRED, bound=True)
    scale = _HUNDRED | {"scale": -100.0 if kind == "harms" else 100.0}
    return number_of(row, about(row, **scale), of, **scale)


def _cases(row: Row) -> str:
    return f"{100 * row['share_states_hardly_matter']:.0f}"


def _all_of_it(row: Row) -> str:
    """In how many of a hundred cases cities make up for all."""
    return f"{100 * row['probability_compensates']:.0f}"


def _makes_up(row: Row, more: pd.DataFrame, number: str) -> str:
    kind, outcome = _kind(row), outcome_words(str(row["outcome"]))
    if kind in ("undefined", "unknown"):
        return say(f"makes_up.{kind}", outcome=outcome, cases=number)
    anyway = kind == "some" and not (defined(more)["verdict"] == "adds").any()
    return say(f"makes_up.{'anyway' if anyway else kind}", share=number, outcome=outcome)


def _ratio(row: Row, number: str, *, given: str) -> str:
    kind, outcome = _kind(row), outcome_words(str(row["outcome"]))
    if kind == "undefined":
        return say("ratio.undefined", cases=number, outcome=outcome)
    if kind == "unknown":
        return say("ratio.unknown", cases=number, outcome=outcome, given=given)
    return say(f"ratio.{kind}", share=number, outcome=outcome, given=given)


def _when(stall: Stall, ratios: pd.DataFrame, swept: tuple[str, pd.DataFrame] | None) -> str:
    """The stall level, and the value of what is swept beside it."""
    when = when_stalled(stall)
    if swept is None:
        return when
    return say("claim.given", when=when, given=_given(swept[0], ratios[swept[0]].iloc[0]))


def _given(name: str, value: object) -> str:
    """Of which value of what is swept something is said."""
    return say("claim.swept_value", name=swept_label(name), value=value_label(value))


def _bullets(ratios: pd.DataFrame, more: pd.DataFrame, when: str) -> Bullets:
    rows: list[Row] = [dict(row) for row in ratios.to_dict("records")]
    parts = [
        say("ratio.part", share=with_range(row, **_HUNDRED), outcome=outcome_words(row["outcome"]))
        for row in rows
        if _kind(row) == "some"
    ]
    name = "claim.makes_up" if parts else "claim.makes_up_nothing"
    makes_up = say(name, when=when, parts=listed(parts))
    return ((head("makes_up"), makes_up), (head("cities_do_not"), _not_made_up(ratios, more)))


def _not_made_up(ratios: pd.DataFrame, more: pd.DataFrame) -> str:
    row = _main(ratios)
    outcome = outcome_words(str(row["outcome"]))
    count = int(row["n_seeds"])
    false = count - _so_often(row, "probability_compensates")
    text = say("claim.all", outcome=outcome, false=false, count=count)
    found = _same_outcome(more, row) if len(more) else None
    if found is not None and found["verdict"] in ("adds", "takes away", "no effect shown"):
        text = say(
            "claim.more",
            share=with_range(found, **_HUNDRED),
            outcome=outcome,
            verdict=say(f"verdict.{found['verdict']}"),
            all=text,
        )
    free = ratios.loc[(ratios["verdict"] == "undefined") & (ratios["outcome"] != row["outcome"]), "outcome"]
    return say("claim.no_cost", text=text, outcomes=listed(map(outcome_words, free))) if len(free) else text


def _decides(
    row: Row,
    over_stall: pd.DataFrame,
    swept: tuple[str, pd.DataFrame] | None,
    hangs_on: Dependence | None,
    *,
    is_claim: bool,
) -> str:
    """What moves the answer: a value that is swept, an assumption shown to matter, how far states stall."""
    if swept is not None and (text := _by_value(row, *swept)):
        return text
    if hangs_on is not None:
        low, high = (likelihood(chance_of(*of)) for of in (hangs_on.low, hangs_on.high))
        what = parameter_words(hangs_on.parameter)
        event = say("event.more" if is_claim else "event.all", outcome=outcome_words(str(row["outcome"])))
        return say("claim.hangs", what=what, likelihood_low=low, likelihood_high=high, event=event)
    rows = defined(over_stall[over_stall["outcome"] == row["outcome"]])
    rows = rows[rows["stall"].map(lambda level: isinstance(stall_of(level), float))]
    if len(rows) < 2:
        return say("claim.unknown")
    rows = rows.assign(stall=rows["stall"].map(stall_of)).sort_values("stall")
    least, most = (dict(rows.iloc[place]) for place in (0, -1))
    return say(
        "claim.depth",
        low=share_words(least["stall"]),
        high=share_words(most["stall"]),
        share_low=about(least, **_HUNDRED),
        share_high=about(most, **_HUNDRED),
    )


def _by_value(row: Row, name: str, rows: pd.DataFrame) -> str:
    rows = defined(rows[rows["outcome"] == row["outcome"]])
    if rows[name].nunique() < 2:
        return ""
    least, *_, most = by_estimate(rows)
    return say(
        "claim.swept",
        name=capitalised(swept_label(name)),
        low=value_label(least[name]),
        high=value_label(most[name]),
        share_low=about(least, **_HUNDRED),
        share_high=about(most, **_HUNDRED),
    )


def _so_often(row: Row, column: str) -> int:
    share = float(row[column])
    return round(share * int(row["n_seeds"])) if np.isfinite(share) else 0


def _chances(row: Row, more: Row | None) -> tuple[Chance, ...]:
    count = int(row["n_seeds"])
    outcome = outcome_words(str(row["outcome"]))
    all_of_it = Chance(say("event.all", outcome=outcome), _so_often(row, "probability_compensates"), count)
    first, key = (row, "event.some") if more is None else (more, "event.more")
    event = say(key, outcome=outcome_words(str(first["outcome"])))
    return Chance(event, _so_often(first, "probability_positive"), int(first["n_seeds"])), all_of_it
