"""Figures of the analyses that a config names, one module each."""

from collections.abc import Callable
from importlib import import_module
from typing import get_args

from citysim.analysis.results import RunSet
from citysim.figures.caption import Drawn
from citysim.plan.config import AnalysisName

#: Analysis → what draws its table.
ANSWER_FIGURES: dict[str, Callable[[RunSet], Drawn]] = {
    name: import_module(f"{__name__}.{name}").draw for name in get_args(AnalysisName)
}
