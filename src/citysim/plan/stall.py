"""Paths of stall in a config: each year named is a year of the run."""

from collections.abc import Iterator, Mapping
from typing import Any

from citysim.model import levels
from citysim.plan.design.axes import Axis, Values
from citysim.plan.faults import Fault

type Place = tuple[str | int, ...]


def check_years(
    parameters: Mapping[str, Any],
    arms: Mapping[str, Mapping[str, Any]],
    axes: Mapping[str, Axis],
    quarters: int,
    start: int,
) -> list[Fault]:
    """Faults of years that lie outside the run."""
    last = start + (quarters - 1) // 4
    return [
        Fault((*place, str(year)), f"found {year}, the run has {start} to {last}")
        for place, value in _stalls(parameters, arms, axes)
        if levels.is_table("stall", value)
        for year in levels.parsed(levels.text("stall", value), int)
        if not start <= year <= last
    ]


def _stalls(
    parameters: Mapping[str, Any], arms: Mapping[str, Mapping[str, Any]], axes: Mapping[str, Axis]
) -> Iterator[tuple[Place, Any]]:
    """Every stall that a config sets, and where."""
    yield ("parameters", "stall"), parameters.get("stall")
    for arm, settings in arms.items():
        yield ("arms", arm, "stall"), settings.get("stall")
    axis = axes.get("stall")
    for position, value in enumerate(axis.values if isinstance(axis, Values) else ()):
        yield ("design", "stall", position), value
