"""The section ``[report]`` of a config: what is shown of the results. No run depends on it."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from citysim.model.parameters import Parameters
from citysim.model.strict import StrictModel
from citysim.plan import faults as checks
from citysim.plan.design.axes import Axis, Values
from citysim.plan.faults import Fault
from citysim.plan.kinds import LanguageKind

type Stall = float | str


def _stall(found: Any) -> object:
    faults = [] if found is None else checks.check_value((), "stall", found)
    if faults:
        raise ValueError(faults[0].text)
    return None if found is None else checks.normal("stall", found)


def _cities(found: Any) -> object:
    if found is None:
        return None
    given = list(found) if isinstance(found, list | tuple) else []
    for name in given:
        number = isinstance(name, int) and not isinstance(name, bool) and name > 0
        if not number and not (isinstance(name, str) and name.strip()):
            raise ValueError(f"found {checks.shown(name)}, expected a city's name or its number of GeoNames")
    if not given or len(set(given)) < len(given):
        raise ValueError(f"found {checks.shown(found)}, expected a list of cities, each once")
    return tuple(given)


class ReportConfig(StrictModel):
    """What figures, sentences and commands show of the results."""

    #: Level of stall that they are about, of those that are run.
    stall: Annotated[float | str | None, BeforeValidator(_stall)] = None
    #: Cities that get a card: numbers of GeoNames, names, or "Munich, DEU".
    cities: Annotated[tuple[str | int, ...] | None, BeforeValidator(_cities)] = None
    #: Language of figures, sentences and briefing.
    language: LanguageKind = "en"


def stall_levels(
    axes: Mapping[str, Axis], arms: Mapping[str, Mapping[str, Any]], parameters: Mapping[str, Any]
) -> tuple[Stall, ...]:
    """Stall levels that an experiment runs; none where it samples them from a range."""
    axis = axes.get("stall")
    if axis is not None:
        found = axis.values if isinstance(axis, Values) else ()
    else:
        default = parameters.get("stall", Parameters().stall)
        found = tuple(settings.get("stall", default) for settings in arms.values())
    normal = (checks.normal("stall", value) for value in found)
    return in_order(value if isinstance(value, str) else float(value) for value in normal)


def in_order(levels: Iterable[Stall]) -> tuple[Stall, ...]:
    """Each level once, numbers first."""
    return tuple(sorted(set(levels), key=lambda level: (isinstance(level, str), level)))


def of_stalled_states(levels: Iterable[Stall]) -> tuple[Stall, ...]:
    """The levels that a report may be about: those at which states stall, or the only one."""
    found = in_order(levels)
    return tuple(level for level in found if level != 0.0) or found


def check_report(report: ReportConfig, levels: tuple[Stall, ...], *, cities_kept: bool) -> list[Fault]:
    """Faults of ``[report]`` beside the stall levels that are run, and whether cities are recorded."""
    faults = [] if report.stall is None else _check_level(report.stall, levels)
    if report.cities is not None and not cities_kept:
        faults.append(
            Fault(("report", "cities"), "needs record.cities = true, which keeps what cards are made of")
        )
    return faults


def _check_level(stall: Stall, levels: tuple[Stall, ...]) -> list[Fault]:
    if stall in (allowed := of_stalled_states(levels)):
        return []
    path, found = ("report", "stall"), level_text(stall)
    if not levels:
        return [Fault(path, f"found {found}, but the design samples stall, so that no level of it repeats")]
    which = "the stall levels that are run" + (", without 0" if allowed != levels else "")
    return [Fault(path, f"found {found}, allowed: {', '.join(map(level_text, allowed))} ({which})")]


def level_text(level: Stall) -> str:
    """A stall level as a config has it."""
    return checks.shown(level) if isinstance(level, str) else f"{level:g}"
