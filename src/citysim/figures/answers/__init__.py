"""Figures of the analyses that a config names, one module each."""

from typing import get_args

from citysim.figures.caption import Draw, draw_of
from citysim.plan.config import AnalysisName

#: Analysis → what draws its table.
ANSWER_FIGURES: dict[str, Draw] = {name: draw_of(f"{__name__}.{name}") for name in get_args(AnalysisName)}
