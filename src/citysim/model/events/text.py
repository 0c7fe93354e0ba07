"""Events as one text among the parameters of a run: equal events are one text, and so one run."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from citysim.model.events.kinds import KINDS, Event
from citysim.world.plain import plain


def named(tables: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tables of events, each with a name: those without have their kind's and a number."""
    counts: dict[str, int] = {}
    found = []
    for table in tables:
        kind = str(table.get("kind"))
        counts[kind] = counts.get(kind, 0) + 1
        found.append({"name": f"{kind}-{counts[kind]}", **table})
    return found


def as_tables(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Events as tables of a config, without what is at its default."""
    return [event.model_dump(mode="json", exclude_defaults=True) for event in events]


def written(events: Sequence[Event]) -> str:
    """The one text of these events; empty where there are none."""
    if not events:
        return ""
    return json.dumps(as_tables(events), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def text_of(given: object) -> object:
    """The text of a list of tables, of events or of a text; what is neither is given back.

    Raises ``ValueError``, of which pydantic's errors are a kind, with what is wrong in the first event.
    """
    if isinstance(given, str):
        return _text_of(given)
    if not isinstance(given, list | tuple):
        return given
    tables = [as_tables([table])[0] if isinstance(table, Event) else table for table in given]
    if not all(isinstance(table, Mapping) for table in tables):
        raise ValueError("expected a list of tables, each an event")
    events = [read_event(table) for table in named(tables)]
    names = [event.name for event in events]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two events are named '{twice}'")
    return written(events)


@lru_cache(maxsize=256)  # shared by the runs of a process
def _text_of(given: str) -> object:
    return text_of(_tables(given)) if given else ""


def read_event(table: Mapping[str, Any]) -> Event:
    """The event in a table with a name. Raises ``ValueError``, of which pydantic's errors are a kind."""
    model = KINDS.get(str(plain(table.get("kind"))))
    if model is None:
        raise ValueError(f"kind: found {table.get('kind')!r}, allowed: {', '.join(KINDS)}")
    return model.model_validate(dict(table))


@lru_cache(maxsize=256)  # shared by the runs of a process
def read(text: str) -> tuple[Event, ...]:
    """The events in a text, in their order."""
    return tuple(read_event(table) for table in _tables(text)) if text else ()


def _tables(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"events: not JSON ({error.msg})") from None
    if not isinstance(found, list):
        raise ValueError("events: expected a list of tables, each an event")  # noqa: TRY004  pydantic collects it
    return found
