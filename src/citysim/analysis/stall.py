"""The stall level that everything made of a result folder is about: decided here and nowhere else."""

from typing import Any

import pandas as pd

from citysim.analysis.results import RunSet
from citysim.errors import ResultError
from citysim.language import N_, gettext, numeral
from citysim.model.levels import is_table, parsed
from citysim.plan.design.axes import Range
from citysim.plan.report import Stall, in_order, level_text, of_stalled_states

#: The middle of the scale: states that have lost half of their action capacity.
MIDDLE = 0.5
#: Stands for the level where a design samples it from a range, so that none repeats.
SWEPT = "swept"
#: How states stall at a level that has a name.
_HOW = {
    SWEPT: N_("to different degrees"),
    "endogenous": N_("as the powers divide (endogenous stall)"),
}


def _how(level: str) -> str:
    """How states stall at a level that is no number; a path says from when on by how much."""
    if level in _HOW:
        return gettext(_HOW[level])
    return gettext("by {level}", level=level_in_words(level))


def stall_of(value: object) -> Stall:
    """A stall level from a table as a number, or its name ("endogenous")."""
    try:
        return float(str(value))
    except ValueError:
        return str(value)


def levels_of(column: "pd.Series[Any]") -> tuple[Stall, ...]:
    """Stall levels of a column, numbers first."""
    return in_order(stall_of(value) for value in column.unique())


def shown_stall(results: RunSet, asked: float | None = None) -> Stall:
    """The stall level that figures, sentences and commands show.

    ``asked`` on the command line, else ``[report] stall`` of the config, else of the levels above 0 that
    were run the one nearest to the middle of the scale, of two equally near the higher: neither states that
    all but work nor states that have all but gone, whatever the results are. Without a number above 0
    "endogenous", or 0 where nothing stalls; ``SWEPT`` where the design samples stall from a range.
    Raises ``ResultError`` where no run has the level asked for.
    """
    if isinstance(results.config.axes.get("stall"), Range):
        return SWEPT
    levels = of_stalled_states(levels_of(results.runs["stall"]))
    if asked is not None:
        if asked not in levels:
            allowed = ", ".join(map(level_text, levels))
            raise ResultError(f"--stall: found {asked:g}, allowed: {allowed}")
        return asked
    if results.config.report.stall is not None:
        return results.config.report.stall
    numbers = [level for level in levels if isinstance(level, float)]
    return min(numbers, key=lambda level: (abs(level - MIDDLE), -level)) if numbers else levels[0]


def at_level(table: pd.DataFrame, level: Stall) -> pd.DataFrame:
    """Rows of a table at a stall level, however its column ``stall`` has it."""
    same = [value for value in table["stall"].unique() if stall_of(value) == level]
    return table[table["stall"].isin(same)].assign(stall=level)


def level_in_words(level: Stall) -> str:
    """A stall level for people: ``50 %``, ``0 % from 2023, 75 % from 2028``, or its name."""
    if not isinstance(level, str):
        return _percent(level)
    if not is_table("stall", level):
        return level
    steps = parsed(level, int).items()
    return ", ".join(
        gettext("{share} from {year}", share=_percent(share), year=year) for year, share in steps
    )


def _percent(share: float) -> str:
    return numeral(f"{100 * share:g} %")


def states_stalled(level: Stall) -> str:
    """For a sentence: ``states stalled by 50 %``."""
    how = _how(level) if isinstance(level, str) else gettext("by {level}", level=level_in_words(level))
    return gettext("states stalled {how}", how=how)


def states_have_lost(level: Stall) -> str:
    """For a sentence: ``states have lost 50 % of their action capacity``."""
    if isinstance(level, str):
        return gettext("states stall {how}", how=_how(level))
    return gettext("states have lost {share} of their action capacity", share=level_in_words(level))
