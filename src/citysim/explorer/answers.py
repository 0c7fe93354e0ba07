"""The answer in one sentence for every setting, by the rules of the briefing, and what it is made of."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.estimands import rows_of
from citysim.analysis.results import BASELINE_ARM
from citysim.analysis.stall import at_level, stall_of
from citysim.analysis.tables import read_answer, read_effects, read_headline
from citysim.briefing.short import RULES, events
from citysim.briefing.short.claim import of_the_claim
from citysim.briefing.short.form import Said
from citysim.explorer.settings import Settings
from citysim.explorer.words import strings

#: Shares of what stall costs, in the order in which they are drawn.
SHARES = ("compensation", "substitution", "response")
_COLUMNS = ("estimate", "lower", "upper", "probability_positive", "probability_compensates")


def answers_of(settings: Settings) -> list[dict[str, Any]]:
    """For every setting ``answer`` and ``sure``, and ``shares``: what cities make up for, by outcome.

    Where the experiment asks a question of its own, ``asked`` is its answer at the setting's stall level.
    Raises ``ResultError`` where a table is missing or has changed since it was written.
    """
    results = settings.results
    headline, effects = (
        _ByLevers(read(results.out), settings.levers) for read in (read_headline, read_effects)
    )
    name = next(iter(results.config.analyses), None)
    analysis = None if name is None else read_answer(results.out, name)
    found = []
    for setting in range(len(settings.chosen)):
        of = settings.of(setting)
        said = _said(settings, of, headline, effects)
        told = {"answer": said.answer, "sure": said.sure, "shares": _shares(headline.at(of))}
        if name is not None and analysis is not None:
            rows = at_level(analysis, of["stall"])
            if len(rows):
                of_question = RULES[name](rows)
                told |= {"asked": of_question.answer, "asked_sure": of_question.sure}
        found.append(told)
    return found


def _said(settings: Settings, of: Mapping[str, Any], headline: "_ByLevers", effects: "_ByLevers") -> Said:
    """What the rules say of one setting."""
    results, arm = settings.results, of["arm"]
    at = headline.at(of)
    ratios = rows_of(at, "compensation")
    if len(ratios):
        elsewhere = headline.at({name: value for name, value in of.items() if name != "stall"})
        tables = {name: rows_of(at, name) for name in SHARES}
        swept = next(iter(results.sweep), None)
        return of_the_claim(
            tables,
            of["stall"],
            over_stall=rows_of(elsewhere, "compensation"),
            swept=None if swept is None else (swept, ratios),
        )
    if arm == BASELINE_ARM:
        return Said(strings()["answer.reference"], ())
    if BASELINE_ARM not in results.arms and results.config.analyses:
        return Said("", ())  # no arm to hold it against; the analysis answers
    return events.other(effects.at(of), arm, asked=results.asked)


class _ByLevers:
    """A table whose rows are asked for at values of the levers, many times."""

    def __init__(self, table: pd.DataFrame, levers: Iterable[str]) -> None:
        self._table = table
        self._values = {name: table[name].map(stall_of).to_numpy(object) for name in levers if name in table}

    def at(self, of: Mapping[str, Any]) -> pd.DataFrame:
        """Rows at some values; a lever that the table lacks counts for nothing."""
        rows = np.ones(len(self._table), bool)
        for name, value in of.items():
            if name in self._values:
                rows &= self._values[name] == stall_of(value)
        return self._table[rows]


def _shares(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the headline as records, null where a number is not known or has no bound."""
    rows = rows[rows["estimand"].isin(SHARES)] if len(rows) else rows
    return [
        {
            "estimand": row["estimand"],
            "outcome": row["outcome"],
            "verdict": row["verdict"],
            "count": int(row["n_seeds"]),
            "matter": int(row["n_states_matter"]),
            **{name: float(row[name]) if np.isfinite(row[name]) else None for name in _COLUMNS},
        }
        for row in rows.to_dict("records")
    ]
