"""Answers to the dialogue's questions, one module each: a table with intervals, and what it says in words.

A config names those it is made for, ``analyses = ["factorial"]``. Each has ``TITLE``, ``table``, ``words``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import get_args

import pandas as pd

from citysim.analysis.results import RunSet
from citysim.analysis.stall import at_level, shown_stall, states_stalled
from citysim.analysis.tables import read_answer
from citysim.language import gettext
from citysim.plan.config import AnalysisName


@dataclass(frozen=True, slots=True)
class Answer:
    """One analysis: ``table`` gives a row per estimate (see ``estimates``), ``words`` says it.

    ``words`` takes the rows of the stall level that is shown; there are some.
    """

    title: str
    table: Callable[[RunSet], pd.DataFrame]
    words: Callable[[pd.DataFrame], list[str]]


def answers() -> dict[str, Answer]:
    """Every analysis by the name that a config gives it."""
    return {name: _answer(name) for name in get_args(AnalysisName)}


def _answer(name: str) -> Answer:
    module = import_module(f"{__name__}.{name}")  # now, since they import this package
    return Answer(module.TITLE, module.table, module.words)


def asked_for(results: RunSet) -> dict[str, Answer]:
    """The analyses that the experiment's config names, in its order."""
    return {name: _answer(name) for name in results.config.analyses}


def said(results: RunSet) -> dict[str, list[str]]:
    """What the analyses that the config names say at the stall level shown, by title; of their tables.

    Raises ``ResultError`` where a table is missing or damaged.
    """
    level = shown_stall(results)
    found = {}
    for name, answer in asked_for(results).items():
        rows = at_level(read_answer(results.out, name), level)
        nothing = [
            gettext(
                "No comparison with {states_stalled} has both its runs.", states_stalled=states_stalled(level)
            )
        ]
        found[gettext(answer.title)] = answer.words(rows) if len(rows) else nothing
    return found
