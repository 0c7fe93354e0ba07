"""Answers to the dialogue's questions, one module each: a table with intervals, and what it says in words.

A config names those it is made for, ``analyses = ["factorial"]``. Each has ``TITLE``, ``table``, ``words``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import get_args

import pandas as pd

from citysim.analysis.results import Results
from citysim.plan.config import AnalysisName


@dataclass(frozen=True, slots=True)
class Answer:
    """One analysis: ``table`` gives a row per estimate (see ``estimates``), ``words`` says it."""

    title: str
    table: Callable[[Results], pd.DataFrame]
    words: Callable[[pd.DataFrame], list[str]]


def answers() -> dict[str, Answer]:
    """Every analysis by the name that a config gives it."""
    found = {}
    for name in get_args(AnalysisName):
        module = import_module(f"{__name__}.{name}")  # now, since they import this package
        found[name] = Answer(module.TITLE, module.table, module.words)
    return found


def asked_for(results: Results) -> dict[str, Answer]:
    """The analyses that the experiment's config names, in its order."""
    known = answers()
    return {name: known[name] for name in results.config.analyses}
