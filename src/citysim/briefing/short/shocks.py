"""Rules for shocks: losses that cooperation averts, and contact of cities when states are in conflict."""

import numpy as np
import pandas as pd

from citysim.analysis.answers.contact import AXIS as DOSE
from citysim.analysis.answers.contact import KEYS as CONTACT_KEYS
from citysim.analysis.answers.differences import first_point
from citysim.analysis.answers.ledger import AXIS as CORRELATION
from citysim.analysis.answers.ledger import PARTS, usual_point
from citysim.analysis.answers.pairing import whole
from citysim.briefing.short.cooperation import PER_CENT, planned_few
from citysim.briefing.short.form import Row, Said, above_zero, bullets, too_few
from citysim.briefing.short.numbers import Number, about, at_most, number_of, rounded, with_range
from citysim.briefing.short.sentences import say
from citysim.briefing.short.words import listed
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

type Of = dict[tuple[str, str], Row]


def ledger(rows: pd.DataFrame) -> Said:
    """Whether cooperation averts losses by prevention or by help."""
    rows = rows[rows["arm"] == whole(list(dict.fromkeys(rows["arm"])))]
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    of: Of = {(str(row["quantity"]), str(row["part"])): row for row in usual_point(rows).to_dict("records")}
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
    rows = first_point(rows, (*CONTACT_KEYS, "needed"))
    rows = rows[rows["arm"] == whole(list(dict.fromkeys(rows.loc[rows["quantity"] == "slope", "arm"])))]
    if (count := planned_few(rows)) is not None:
        return too_few(count)
    of = rows[rows["outcome"] == "conflict_hazard"]
    slope = dict(of[of["quantity"] == "slope"].iloc[0])
    differences = of[of["quantity"] == "difference"].sort_values(DOSE)
    least, most = (dict(differences.iloc[place]) for place in (0, -1))
    holding = rows[(rows["quantity"] == "level") & (rows["outcome"] == "ties_in_conflict")].sort_values(DOSE)
    shown = slope["verdict"] in ("better", "worse")
    does = say("contact.does", number=with_range(most)) if shown else say("contact.does_nothing")
    at_least_dose = say("contact.does_not_open", number=rounded(float(least["estimate"]), 0.0))
    if len(holding):
        answer, number = _held(dict(holding.iloc[len(holding) // 2]))
    else:
        number = number_of(most, about(most), say("of.outbreaks"))
        answer = say("contact.no_ties", number=number.text)
    return Said(
        answer,
        bullets(does, at_least_dose, say("contact.decides", number=with_range(slope))),
        number,
        (above_zero(slope, say("event.calms"), direction=-1),),
    )


def _held(row: Row) -> tuple[str, Number]:
    low, high = float(row["median_lower"]), float(row["median_upper"])
    known = np.isfinite(low) and np.isfinite(high)
    by = "no" if known and high < 0.5 else "yes" if known and low > 0.5 else "open"
    number = number_of(row, about(row, **PER_CENT), say("of.ties"), **PER_CENT)
    return say(f"contact.{by}", share=number.text), number
