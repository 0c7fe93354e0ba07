"""The short answer on page 1 of a briefing and after a run, made by rules from tables and verdicts."""

from collections.abc import Callable, Mapping

import pandas as pd

from citysim.analysis.answers.pairing import FULL_ARM
from citysim.analysis.answers.spoken import MAIN
from citysim.analysis.estimands import rows_of
from citysim.analysis.labels import experiment_text
from citysim.analysis.results import BASELINE_ARM, DEFAULTS, RunSet, first_sweep
from citysim.analysis.stall import at_level, shown_stall
from citysim.analysis.tables import read_answer, read_effects, read_headline
from citysim.analysis.verdict import Dependence, hangs_on, replications_of
from citysim.briefing.short import cooperation, events, networks, shocks
from citysim.briefing.short.claim import of_the_claim
from citysim.briefing.short.form import Said, Short, nothing
from citysim.briefing.short.sentences import say
from citysim.errors import ResultError
from citysim.figures.caption import IN_SHORT
from citysim.figures.rows import shown_arms
from citysim.language import numeral
from citysim.plan.report import Stall

#: Analysis → the rule that says it in short, of the rows of its table at the stall level shown.
RULES: Mapping[str, Callable[[pd.DataFrame], Said]] = {
    "added_value": networks.added_value,
    "contact": shocks.contact,
    "factorial": cooperation.factorial,
    "gains": cooperation.gains,
    "hindcast": events.hindcast,
    "intervention": events.intervention,
    "ledger": shocks.ledger,
    "number": networks.number,
    "pathway": cooperation.pathway,
}
#: Figure that shows what the headline says.
STRIP = "makes_up"


def short_answer(results: RunSet) -> Short:
    """The short answer of an experiment, from the tables that were made of its runs.

    Of the first analysis that its config names, or else of the headline, or of the differences between arms.
    Raises ``ResultError`` where a table is missing or damaged.
    """
    said, picture = _said(results)
    open_ = results.asked - len(results.runs)
    return Short(
        question=experiment_text(results.config.question) or say("no_question"),
        missing=_missing(open_, results.asked) if open_ > 0 else "",
        answer=said.answer,
        number=said.number,
        bullets=said.bullets,
        sure=said.sure,
        likely=said.likely,
        chances=said.chances,
        limits=say("limits.defaults" if results.draw == DEFAULTS else "limits"),
        picture=picture,
    )


def _missing(open_: int, asked: int) -> str:
    return say("missing", missing=numeral(f"{open_:,}"), asked=numeral(f"{asked:,}"))


def _said(results: RunSet) -> tuple[Said, str]:
    """What the rule that fits says, and the name of the figure that shows it."""
    stall = shown_stall(results)
    if results.config.analyses:
        name = results.config.analyses[0]
        rows = at_level(read_answer(results.out, name), stall)
        return RULES[name](rows) if len(rows) else nothing(results.asked), IN_SHORT
    table = read_headline(results.out)
    if len(table) == 0:
        effects = first_sweep(read_effects(results.out), results)
        return events.other(at_level(effects, stall), shown_arms(results)[-1], asked=results.asked), ""
    return _of_headline(table, results, stall), STRIP


def _of_headline(table: pd.DataFrame, results: RunSet, stall: Stall) -> Said:
    arm = spoken_arm(table, results)
    of_arm = table[table["arm"] == arm]
    first = first_sweep(of_arm, results)
    names = ("compensation", "substitution", "response")
    at = {name: rows_of(at_level(first, stall), name) for name in names}
    if at["compensation"].empty:
        return nothing(results.asked)
    return of_the_claim(
        at,
        stall,
        over_stall=rows_of(first, "compensation"),
        swept=_swept(of_arm, results, stall),
        hangs_on=_dependence(results, arm, is_claim=len(at["response"]) > 0),
    )


def spoken_arm(table: pd.DataFrame, results: RunSet) -> str:
    """The arm that a headline is told of: all cooperation, or the last that figures show."""
    return FULL_ARM if FULL_ARM in set(table["arm"]) else shown_arms(results)[-1]


def _swept(of_arm: pd.DataFrame, results: RunSet, stall: Stall) -> tuple[str, pd.DataFrame] | None:
    """The first value swept beside stall with its compensation, all others at their first."""
    swept = [name for name in results.sweep if name in of_arm]
    if not swept:
        return None
    rows = rows_of(at_level(of_arm, stall), "compensation")
    for name in swept[1:]:
        rows = rows[rows[name] == rows[name].iloc[0]]
    return swept[0], rows


def _dependence(results: RunSet, arm: str, *, is_claim: bool) -> Dependence | None:
    """The assumption that the answer hangs on, where the runs can tell."""
    if arm == BASELINE_ARM:
        return None
    try:
        replications = replications_of(results)
    except ResultError:  # too few, at the defaults, or a sweep of more than stall
        return None
    return hangs_on(replications, "substitutes" if is_claim else "compensates", MAIN, arm)
