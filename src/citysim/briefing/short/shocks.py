"""Rules for shocks: losses that cooperation averts, and contact of cities when states are in conflict."""

import pandas as pd

from citysim.analysis.answers.differences import row_of
from citysim.analysis.answers.ledger import AXIS as CORRELATION
from citysim.analysis.answers.ledger import PARTS
from citysim.analysis.answers.spoken import (
    Of,
    Row,
    held_by_most,
    held_ties,
    losses_of,
    of_contact,
    of_ledger,
    outbreaks_of,
    planned_few,
)
from citysim.analysis.plain_words import listed
from citysim.analysis.rounding import Number, about, at_most, number_of, rounded, with_range
from citysim.briefing.short.cooperation import PER_CENT
from citysim.briefing.short.form import Said, above_zero, bullets, too_few
from citysim.briefing.short.sentences import say
from citysim.language import N_, gettext

#: Parts of what is averted, in plain words.
_PLAIN = {
    "fewer": N_("fewer or smaller crises"),
    "prevented": N_("services that prevent them"),
    "own": N_("own means"),
    "insurance": N_("insurers"),
    "state": N_("states"),
    "donations": N_("donations"),
    "networks": N_("networks"),
    "twins": N_("twins"),
    "faster": N_("services that speed up recovery"),
}


def ledger(rows: pd.DataFrame) -> Said:
    """Whether cooperation averts losses by prevention or by help."""
    rows = of_ledger(rows)
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    of = losses_of(rows)
    total, balance = of["averted", "total"], of["by_rate", "balance"]
    answer, number = _averted(of)
    return Said(
        answer,
        bullets(_does(of), _mutual(of), _correlated(rows, balance)),
        number,
        (above_zero(total, say("event.less_loss")), above_zero(balance, say("event.prevention"))),
    )


def _averted(of: Of) -> tuple[str, Number]:
    percent = of["percent", "total"]
    verdict = str(of["averted", "total"]["verdict"])
    less = say("of.less_loss")
    if verdict == "no effect shown":
        share = at_most(percent, unit=" %", signed=True)
        return say("ledger.not_shown", share=share), number_of(percent, share, less, unit=" %", bound=True)
    if verdict == "less":
        share = about(percent, scale=-1.0, unit=" %")
        more = number_of(percent, share, say("of.more_loss"), scale=-1.0, unit=" %")
        return say("ledger.more", share=share), more
    by = {"more": "prevention", "less": "response"}.get(str(of["by_rate", "balance"]["verdict"]), "open")
    share = about(percent, unit=" %")
    return say(f"ledger.{by}", share=share), number_of(percent, share, less, unit=" %")


def _does(of: Of) -> str:
    if str(of["averted", "total"]["verdict"]) != "more":
        return say("ledger.does_nothing")
    size = {part: float(of["by_rate", part]["mean"]) for part in PARTS if ("by_rate", part) in of}
    first = sorted((part for part in size if size[part] > 0), key=lambda part: -size[part])[:2]
    share = with_range(of["percent", "total"], unit=" %")
    return say("ledger.does", share=share, parts=listed(_plain(part) for part in first))


def _plain(part: str) -> str:
    return gettext(_PLAIN[part])


def _mutual(of: Of) -> str:
    return say("ledger.does_not", share=with_range(of["cover", "mutual"], **PER_CENT))


def _correlated(rows: pd.DataFrame, balance: Row) -> str:
    found = rows[(rows["quantity"] == "correlated") & (rows["part"] == "mutual")]
    if found.empty:
        return say("ledger.balance", balance=with_range(balance, **PER_CENT))
    verdict = str(found.sort_values(CORRELATION).iloc[-1]["verdict"])
    return say(f"ledger.{verdict}_cover" if verdict in ("more", "less") else "ledger.same_cover")


def contact(rows: pd.DataFrame) -> Said:
    """Whether ties of cities last through conflict of their states, and damp it."""
    rows = of_contact(rows)
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    slope: Row = dict(row_of(rows, quantity="slope", outcome="conflict_hazard"))
    least, *_, most = outbreaks_of(rows)
    shown = slope["verdict"] in ("better", "worse")
    does = say("contact.does", number=with_range(most)) if shown else say("contact.does_nothing")
    at_least_dose = say("contact.does_not_open", number=rounded(float(least["estimate"]), 0.0))
    if (held := held_ties(rows)) is not None:
        number = number_of(held, about(held, **PER_CENT), say("of.ties"), **PER_CENT)
        answer = say(f"contact.{held_by_most(held)}", share=number.text)
    else:
        number = number_of(most, about(most), say("of.outbreaks"))
        answer = say("contact.no_ties", number=number.text)
    return Said(
        answer,
        bullets(does, at_least_dose, say("contact.decides", number=with_range(slope))),
        number,
        (above_zero(slope, say("event.calms"), direction=-1),),
    )
