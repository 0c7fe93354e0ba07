"""Dated events in a config: ``[[events]]`` of all arms, ``[[arms.NAME.events]]`` of one, axes over them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from citysim.model.changing import set_fault
from citysim.model.events.dates import ends, quarter_of
from citysim.model.events.kinds import KINDS, SWEPT, Event, SetRate
from citysim.model.events.text import as_tables, named, read, read_event, text_of, written
from citysim.plan import faults as checks
from citysim.plan.faults import Fault, Value
from citysim.world.sizes import QUARTERS, quarters_from

type Place = tuple[str | int, ...]

KEY = "events"
#: Columns of the runs of an experiment with events: cities, ties and states they came to, or could not.
COUNTS = ("events_taken", "events_not_taken")
#: Where the events of all arms stand; those of one stand under its name.
ALL_ARMS = ""


def take_events(table: dict[str, Any], start: int) -> tuple[dict[str, str], list[Fault]]:
    """Put the text of its events in their place in a config, and give it by arm, with all faults.

    The events of an arm are those of all arms and its own; ``start`` is the first year of the runs.
    """
    quarters, most = table.get("quarters", QUARTERS), quarters_from(start)
    run = _Run(start, quarters if isinstance(quarters, int) and 0 < quarters <= most else most)
    general, faults = _read((KEY,), table.pop(KEY, []), (), run)
    found = {ALL_ARMS: written(general)}
    arms = table.get("arms")
    for arm, settings in arms.items() if isinstance(arms, Mapping) else ():
        if isinstance(settings, dict) and KEY in settings:
            own, wrong = _read(("arms", arm, KEY), settings[KEY], general, run)
            faults += wrong
            found[arm] = settings[KEY] = written(own)
    if general:
        table[KEY] = found[ALL_ARMS]
    return found, faults


def _read(
    path: Place, given: object, before: Sequence[Event], run: "_Run"
) -> tuple[list[Event], list[Fault]]:
    """The events of a list that can be read, after those of all arms, and the faults of the others."""
    if not isinstance(given, list) or not all(isinstance(item, Mapping) for item in given):
        return [], [
            Fault(
                path, f"found {checks.shown(given)}, expected tables such as [[{'.'.join(map(str, path))}]]"
            )
        ]
    tables = named([*as_tables(before), *given])[len(before) :]
    events: list[Event] = []
    faults: list[Fault] = []
    names = {event.name for event in before}
    for place, table in enumerate(tables):
        event, wrong = _event((*path, place), table)
        faults += wrong
        if event is None:
            continue
        faults += _date_faults((*path, place, "at"), event, run)
        if event.name in names:
            faults.append(Fault((*path, place, "name"), f"another event is named '{event.name}', too"))
        names.add(event.name)
        events.append(event)
    return events, faults


def _event(path: Place, table: Mapping[str, Any]) -> tuple[Event | None, list[Fault]]:
    kind = table.get("kind")
    if kind is None:
        return None, [Fault((*path, "kind"), f"missing; one of {', '.join(KINDS)}")]
    if kind not in KINDS:
        return None, [Fault((*path, "kind"), f"found {checks.shown(kind)}, allowed: {', '.join(KINDS)}")]
    try:
        event = read_event(table)
        wrong = set_fault(event) if isinstance(event, SetRate) else None
        return event, [Fault((*path, wrong[0]), wrong[1])] if wrong else []
    except ValidationError as error:
        keys: dict[tuple[str, ...], tuple[str, ...]] = {(): tuple(KINDS[str(kind)].model_fields)}
        return None, [
            Fault((*path, *_without_tags(fault.path)), fault.text) for fault in checks.faults_of(error, keys)
        ]


def _without_tags(path: Place) -> Place:
    """A path without the names that pydantic gives the members of a union."""
    return tuple(part for part in path if isinstance(part, int) or part.isidentifier())


class _Run(NamedTuple):
    """When the runs of a config are: from the first quarter of a year, for so many quarters."""

    start: int
    quarters: int


def _date_faults(path: Place, event: Event, run: _Run) -> list[Fault]:
    last = f"{run.start + (run.quarters - 1) // 4}-Q{(run.quarters - 1) % 4 + 1}"
    return [
        Fault(path, f"found {date}, the run has {run.start}-Q1 to {last}")
        for date in dict.fromkeys(ends(event.at))
        if not 0 <= quarter_of(date, run.start) < run.quarters
    ]


def texts(general: str, arms: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The text of the events of each arm: those of all, then its own."""
    return {arm: written([*read(general), *read(str(own.get(KEY, "")))]) for arm, own in arms.items()}


def toml_tables(text: str) -> list[dict[str, Any]]:
    """Events as a config has them."""
    return as_tables(read(text))


def is_axis(name: str) -> bool:
    """Whether a swept name is of an event: ``events.NAME.at``."""
    return name.startswith(f"{KEY}.")


def split_axes(found: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Axes of parameters, and those of events as ``events.NAME.KEY``, also where they are nested tables."""
    ours: dict[str, object] = {}
    for name, value in found.items():
        if is_axis(name):
            ours[name] = value
        elif name == KEY and isinstance(value, Mapping):
            for event, keys in value.items():
                inner = keys if isinstance(keys, Mapping) else {"": keys}
                ours |= {f"{KEY}.{event}.{key}": axis for key, axis in inner.items()}
    return {name: found[name] for name in found if name != KEY and not is_axis(name)}, ours


def value_faults(
    name: str, value: object, events: Mapping[str, str], quarters: int, start: int
) -> Iterator[str]:
    """What is wrong with a value of an axis over an event; nothing where it may be."""
    _, event, key = (*name.split("."), "", "")[:3]
    known = {item.name: item for text in events.values() for item in read(text)}
    if event not in known:
        hint = checks.suggestion(event, known) if known else "the config has none"
        yield f"unknown event '{event}', {hint}"
        return
    item = known[event]
    sweepable = [field for field in SWEPT if field in type(item).model_fields]
    if key not in sweepable:
        yield f"'{key}' of '{event}' is no axis, allowed: {', '.join(sweepable)}"
        return
    changed, faults = _event((), as_tables([item])[0] | {key: value})
    if changed is not None:
        faults += _date_faults((key,), changed, _Run(start, quarters))
    yield from (fault.text for fault in faults)


def normal(name: str, value: Any, events: Mapping[str, str]) -> Value:
    """A checked value of an axis as one run's: ``2027`` is ``"2027-Q1"``."""
    _, event, key = name.split(".")
    item = next(item for text in events.values() for item in read(text) if item.name == event)
    found: Value = as_tables([read_event(as_tables([item])[0] | {key: value})])[0].get(key, value)
    return found


def with_values(text: str, point: Mapping[str, Value]) -> str:
    """The events in a text with the values of a design point in place of their own."""
    tables = as_tables(read(text))
    for name, value in point.items():
        _, event, key = name.split(".")
        for table in tables:
            if table["name"] == event:
                table[key] = value
    return str(text_of(tables))


def place_of(event: str, general: str, arms: Mapping[str, Mapping[str, Any]]) -> str:
    """Where an event stands in a config: ``events[2]`` or ``arms.NAME.events[1]``."""
    lists: dict[Place, str] = {(KEY,): general}
    lists |= {("arms", arm, KEY): str(own.get(KEY, "")) for arm, own in arms.items()}
    for path, text in lists.items():
        for place, item in enumerate(read(text)):
            if item.name == event:
                return Fault((*path, place), "").key
    return f"{KEY}.{event}"
