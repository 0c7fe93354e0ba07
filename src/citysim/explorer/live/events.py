"""Dated events on a live page: the fields of each kind, and what is wrong with those of a reader."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from citysim.plan.event_schema import events_schema
from citysim.plan.events import KEY, take_events
from citysim.plan.plain_schema import Schema

#: What is told of an event once the world is known: arm, number of the event, key.
_TOLD = re.compile(rf"(?:[^:]*: )?arms\.(\w+)\.{KEY}\[(\d+)\]\.?([a-z_.]*)[^:]*: (.*)")
#: Names that the page gives events itself, and the choice that it draws the fields of.
_NOT_ASKED = ("name", "kind")


def event_kinds() -> list[dict[str, Any]]:
    """Each kind with what it is and its fields, from the schema of a config's events."""
    return [
        {
            "kind": one["properties"]["kind"]["const"],
            "about": one["description"],
            "fields": [*_fields(one)],
        }
        for one in events_schema()["items"]["oneOf"]
    ]


def _fields(schema: Schema, within: str = "") -> Iterator[dict[str, Any]]:
    for name, of in schema["properties"].items():
        if name in _NOT_ASKED and not within:
            continue
        if of.get("type") == "object":
            yield from _fields(of, f"{name}.")
            continue
        needed = not within and name in schema.get("required", ())
        yield {
            "name": within + name,
            "sort": "date" if name == "at" else _sort(of),
            "needed": needed,
            "choices": of.get("enum", []),
        }


def _sort(schema: Schema) -> str:
    """How a value is typed: as one of the keys of ``MEANS`` in ``page/events.js``, or a ``switch``."""
    options = [*_options(schema)]
    kinds = [option.get("type") for option in options]
    if "enum" in schema:
        return "choice"
    for option in options:
        if option.get("type") == "array":
            inner = option.get("items", {})
            if "string" in kinds:
                return "place"
            return "pairs" if isinstance(inner, Mapping) and inner.get("type") == "array" else "list"
    if "boolean" in kinds:
        return "switch"
    return "number" if {"number", "integer"} & {*kinds} and "string" not in kinds else "text"


def _options(schema: Schema) -> Iterator[Schema]:
    """A schema, and all that it may be instead."""
    yield schema
    for option in schema.get("anyOf", ()):
        yield from _options(option)


def event_faults(
    given: object, before: Sequence[Any], table: Mapping[str, Any], start: int
) -> dict[str, str]:
    """What is wrong with a reader's events, by field such as ``events.0.at``; of all under ``events``.

    ``before``: events of the arm that they are added to; ``table``: the config, which runs from ``start``.
    """
    if not isinstance(given, list):
        return {KEY: "expected a list of events"}
    own = {name: copy.deepcopy(table[name]) for name in (KEY, "quarters") if name in table}
    _, faults = take_events({**own, "arms": {"mine": {KEY: [*copy.deepcopy(before), *given]}}}, start)
    return {
        _field(fault.path[2:], len(before)): fault.text
        for fault in faults
        if fault.path[:1] == ("arms",) and not _of_others(fault.path[3:], len(before))
    }


def _of_others(path: Sequence[str | int], before: int) -> bool:
    return bool(path) and isinstance(path[0], int) and path[0] < before


def _field(path: Sequence[str | int], before: int) -> str:
    """Where a fault is told: the event's place among the reader's own, and its key."""
    if len(path) < 2 or not isinstance(path[1], int):
        return KEY
    names = [part for part in path[2:] if isinstance(part, str)]
    return ".".join((KEY, str(path[1] - before), *names[: 2 if names[:1] == ["rule"] else 1]))


def told_of_events(messages: Sequence[str], arm: str, before: int) -> dict[str, str]:
    """Faults of an arm's events by field, of what a plan says of a config; all others under an empty name."""
    found: dict[str, str] = {}
    for message in messages:
        match = _TOLD.fullmatch(message)
        if match is not None and match[1] == arm and int(match[2]) > before:
            keys = [key for key in match[3].split(".") if key]
            found[_field((KEY, int(match[2]) - 1, *keys), before)] = match[4]
        else:
            found[""] = f"{found[''] + '; ' if '' in found else ''}{message}"
    return found
