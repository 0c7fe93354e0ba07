"""Rules for city networks: what each of them adds, and whether there can be too many."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.added_value import LEAVE_ONE_OUT, PLACEBO_TEST
from citysim.analysis.answers.differences import SHOWN
from citysim.analysis.answers.number import AXIS
from citysim.analysis.answers.spoken import (
    Row,
    added_of,
    decline,
    largest,
    most_networks,
    numbers_of,
    of_added_value,
    planned_few,
)
from citysim.analysis.intervals import MIN_REPLICATIONS
from citysim.analysis.labels import arm_label
from citysim.analysis.plain_words import listed, measure, outcome_words
from citysim.analysis.rounding import MEDIAN, Number, about, at_most, number_of, with_range
from citysim.briefing.short.form import Said, above_zero, bullets, too_few
from citysim.briefing.short.sentences import say
from citysim.language import numeral

#: Arm with a downside off → the key of its sentence.
_CAUSES = {
    "no_attention_cost": "attention",
    "no_grant_sharing": "grants",
    "no_solicitation": "solicitation",
    "no_overload": "overload",
}


def added_value(rows: pd.DataFrame) -> Said:
    """What each network adds to the world and to its members."""
    rows = of_added_value(rows)
    count = int(rows["n_seeds"].max())
    if count < MIN_REPLICATIONS:
        return too_few(count)
    world, whole = added_of(rows)
    members = rows[(rows["group"] == "members") & (rows["estimand"] == LEAVE_ONE_OUT)]
    open_ = [name for name in dict.fromkeys(world["network"]) if not _named(world[world["network"] == name])]
    does_not = say("added.does_not", names=listed(open_)) if open_ else say("added.does_not_none")
    answer, one = _of_the_world(world, whole)
    return Said(
        answer,
        bullets(_of_members(members), does_not, _against_lot(rows)),
        one,
        (above_zero(whole, say("event.networks_together")),),
    )


def _named(rows: pd.DataFrame) -> list[str]:
    """Networks with an effect that is shown."""
    return list(dict.fromkeys(rows.loc[rows["verdict"].isin(["better", "worse"]), "network"]))


def _of_the_world(world: pd.DataFrame, whole: Row) -> tuple[str, Number]:
    outcome = outcome_words(str(whole["outcome"]))
    level: dict[str, Any] = {"scale": 100.0 / abs(float(whole["reference"])), "unit": " %"}
    of = say("of.share", outcome=outcome)
    bound = number_of(whole, at_most(whole, **level), of, **level, bound=True)
    size: dict[str, Any] = {"outcome": outcome, "size": bound.text}
    for verdict in ("better", "worse"):
        shown = world[world["verdict"] == verdict]
        if len(shown):
            told = say(f"verdict.{verdict}")
            names = [_in_what(str(name), rows) for name, rows in shown.groupby("network", sort=False)]
            return say("added.some", verdict=told, names=listed(names, 2), **size), bound
    if whole["verdict"] in ("better", "worse"):
        verdict_text = say(f"verdict.{whole['verdict']}")
        told = about(whole, **level)
        answer = say("added.together", outcome=outcome, verdict=verdict_text, size=told)
        return answer, number_of(whole, told, of, **level)
    return say("added.none", **size), bound


def _in_what(network: str, rows: pd.DataFrame) -> str:
    """A network, and the outcomes in which it has an effect."""
    return f"{network} ({listed(outcome_words(str(outcome)) for outcome in rows['outcome'])})"


def _by_verdict(rows: pd.DataFrame) -> Iterable[tuple[str, list[str]]]:
    for verdict in ("better", "worse"):
        names = list(dict.fromkeys(rows.loc[rows["verdict"] == verdict, "network"]))
        if names:
            yield verdict, names


def _of_members(members: pd.DataFrame) -> str:
    parts = [
        say("added.part", names=listed(names), verdict=say(f"verdict.{verdict}"))
        for verdict, names in _by_verdict(members)
    ]
    return say("added.members", parts=listed(parts)) if parts else say("added.members_none")


def _against_lot(rows: pd.DataFrame) -> str:
    asked = rows[(rows["estimand"] == PLACEBO_TEST) & (rows["group"] == "world")]
    if asked.empty:
        return say("added.no_placebo")
    for verdict, names in _by_verdict(asked):
        other = {"better": "worse", "worse": "better"}[verdict]
        return say("added.placebo", verdict=say(f"verdict.{other}"), names=listed(names))
    return say("added.placebo_none")


def number(rows: pd.DataFrame) -> Said:
    """Whether more networks do harm from some number on."""
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    outcome, told = numbers_of(rows)
    best, change, first = told.values()
    name, most = outcome_words(outcome), most_networks(rows)
    peak, (scale, on) = int(change[AXIS]), measure(outcome)
    fallen = decline(rows)
    ends = {"best": numeral(f"{peak:,}"), "most": numeral(f"{most:,}")}
    one = _best(best, about(best, ends=MEDIAN) if fallen == "open" else ends["best"], outcome)
    key = {"no": "number.no", "falls": "number.falls", "open": "number.not_shown"}[fallen]
    answer = say(key, outcome=name, best=one.text)
    fall = above_zero(change, say("event.fall", outcome=name, **ends), direction=-1)
    return Said(
        answer,
        bullets(
            say("number.does", outcome=name, change=with_range(first, scale=scale), **on),
            say(
                "number.does_not",
                outcome=name,
                **ends,
                change=with_range(change, scale=scale),
                **on,
            ),
            _causes(rows, outcome),
        ),
        one,
        (fall,),
    )


def _best(row: Row, text: str, outcome: str) -> Number:
    """The best number of networks, with the confidence interval of its median."""
    return number_of(row, text, say("of.best", outcome=outcome_words(outcome)), ends=MEDIAN)


def _causes(rows: pd.DataFrame, outcome: str) -> str:
    """The downside without which the change differs most, among those that are shown."""
    caused = rows[(rows["quantity"] == "caused") & (rows["outcome"] == outcome)]
    caused = caused[caused["verdict"].isin(SHOWN)]
    known = caused[caused["arm"].isin(list(_CAUSES))]
    caused = known if len(known) else caused
    if caused.empty or not np.isfinite(caused["estimate"]).any():
        return say("number.unknown")
    row = largest(caused)
    arm = str(row["arm"])
    cause = say(f"number.{_CAUSES.get(arm, 'other')}", arm=arm_label(arm))
    scale, on = measure(outcome)
    told = {"outcome": outcome_words(outcome), "change": with_range(row, scale=scale)}
    return say("number.decides", cause=cause, **told, **on)
