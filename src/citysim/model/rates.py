"""Parameters of a quarter: rates on a path, and those that an event has set."""

from dataclasses import dataclass

from citysim.errors import ConfigError
from citysim.model.changing import set_fault
from citysim.model.events import kinds
from citysim.model.events.happen import course
from citysim.model.parameters import Parameters
from citysim.model.paths import unpacked, value_in
from citysim.model.setting import Setting
from citysim.world.sizes import START_YEAR


@dataclass(frozen=True)
class Changes:
    """What changes in the course of a run."""

    paths: dict[str, str]  # by rate
    sets: tuple[tuple[int, str, float], ...]  # quarter, rate and value of each event, in their order


def changes(setting: Setting) -> Changes:
    """Paths and events of a run that change parameters."""
    plan = setting.derive(course)
    for item in plan.events:
        fault = set_fault(item.event) if isinstance(item.event, kinds.SetRate) else None
        if fault:
            raise ConfigError(f"events.{item.event.name}.{fault[0]}: {fault[1]}")
    sets = [
        (quarter, item.event.parameter, item.event.to)
        for item, quarter in zip(plan.events, plan.at, strict=True)
        if isinstance(item.event, kinds.SetRate)
    ]
    sets.sort(key=lambda change: change[0])
    return Changes(unpacked(setting.parameters.paths), tuple(sets))


def may_change(parameters: Parameters) -> bool:
    """Whether parameters may differ between quarters of a run."""
    return bool(parameters.paths) or '"kind":"set"' in parameters.events


def of_start(parameters: Parameters, start: int) -> Parameters:
    """Parameters of a run's first quarter, in the year ``start``: they have rates on a path as in 2023."""
    if not parameters.paths or start == START_YEAR:
        return parameters
    values = {name: value_in(path, 0, start) for name, path in unpacked(parameters.paths).items()}
    return parameters.model_copy(update=values)


def of_quarter(quarter: int, setting: Setting) -> Setting:
    """The setting of a quarter, 0 the first, after that of the quarter before it."""
    found, start = setting.at_start(changes), setting.world.start_year
    values = {name: value_in(path, quarter, start) for name, path in found.paths.items()}
    values |= {name: value for since, name, value in found.sets if since <= quarter}
    now = setting.parameters
    changed = {name: value for name, value in values.items() if getattr(now, name) != value}
    if not changed:
        return setting
    return setting.with_parameters(now.model_copy(update=changed), changed)
