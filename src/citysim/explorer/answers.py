"""The answer in one sentence for every setting, by the rules of the briefing, and what it is made of."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.estimands import rows_of
from citysim.analysis.results import BASELINE_ARM, RunSet
from citysim.analysis.stall import at_level, stall_of
from citysim.analysis.tables import read_answer
from citysim.arrays import Bools
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
    headline, effects = _table(results, "headline"), _ByLevers(_table(results, "effects"), settings.levers)
    shares = _shares(_ByLevers(headline, settings.levers))
    estimands = {name: _ByLevers(rows_of(headline, name), settings.levers) for name in SHARES}
    name = next(iter(results.config.analyses), None)
    analysis = None if name is None else _table(results, name)
    found = []
    for setting in range(len(settings.chosen)):
        of = settings.of(setting)
        said = _said(settings, of, estimands, effects)
        told = {"answer": said.answer, "sure": said.sure, "shares": shares(of)}
        if name is not None and analysis is not None:
            rows = at_level(analysis, of["stall"])
            if len(rows):
                of_question = RULES[name](rows)
                told |= {"asked": of_question.answer, "asked_sure": of_question.sure}
        found.append(told)
    return found


def _table(results: RunSet, name: str) -> pd.DataFrame:
    """A table of the results, as made or as written."""
    return results.made[name] if results.made else read_answer(results.out, name)


def _said(
    settings: Settings, of: Mapping[str, Any], estimands: Mapping[str, "_ByLevers"], effects: "_ByLevers"
) -> Said:
    """What the rules say of one setting."""
    results, arm = settings.results, of["arm"]
    ratios = estimands["compensation"].at(of)
    if len(ratios):
        elsewhere = {name: value for name, value in of.items() if name != "stall"}
        swept = next(iter(results.sweep), None)
        return of_the_claim(
            {name: table.at(of) for name, table in estimands.items()},
            of["stall"],
            over_stall=estimands["compensation"].at(elsewhere),
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
        self.table = table
        self._values = {name: table[name].map(stall_of).to_numpy(object) for name in levers if name in table}

    def at(self, of: Mapping[str, Any]) -> pd.DataFrame:
        """Rows at some values; a lever that the table lacks counts for nothing."""
        return self.table[self.places(of)]

    def places(self, of: Mapping[str, Any]) -> Bools:
        """Which rows are at some values."""
        rows = np.ones(len(self.table), bool)
        for name, value in of.items():
            if name in self._values:
                rows &= self._values[name] == stall_of(value)
        return rows


def _shares(headline: _ByLevers) -> Callable[[Mapping[str, Any]], list[dict[str, Any]]]:
    """What gives rows of the headline as records, null where a number is not known or has no bound."""
    table = headline.table
    wanted = table["estimand"].isin(SHARES).to_numpy() if len(table) else np.zeros(0, bool)
    told = {
        place: {
            "estimand": row["estimand"],
            "outcome": row["outcome"],
            "verdict": row["verdict"],
            "count": int(row["n_seeds"]),
            "matter": int(row["n_states_matter"]),
            **{name: float(row[name]) if np.isfinite(row[name]) else None for name in _COLUMNS},
        }
        for place, row in zip(np.flatnonzero(wanted).tolist(), table[wanted].to_dict("records"), strict=True)
    }
    return lambda of: [told[place] for place in np.flatnonzero(wanted & headline.places(of)).tolist()]
