"""The part of the JSON Schema of a config that is about dated events and rates over time."""

from typing import Annotated, Any

from pydantic import TypeAdapter

from citysim.model.events.kinds import KINDS, SWEPT, Event
from citysim.plan.plain_schema import Schema, plain_schema, table_schema

_YEAR = {"type": "integer", "minimum": 1900, "maximum": 2199}
_QUARTER: Schema = {"anyOf": [{"type": "string", "pattern": r"^(19|20|21)\d\d(-Q[1-4])?$"}, _YEAR]}
_DATE: Schema = {
    "anyOf": [
        *_QUARTER["anyOf"],
        table_schema({"low": _QUARTER, "high": _QUARTER}, required=["low", "high"]),
    ],
    "description": 'a quarter "2027-Q3", a year, or {low = 2025, high = 2035} to draw from',
}
_NAME = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"}


def events_schema() -> Schema:
    """A list of events, each by the keys of its kind."""
    kinds = [_kind(kind, model) for kind, model in KINDS.items()]
    one = {"type": "object", "required": ["kind", "at"], "oneOf": kinds}
    return {"type": "array", "items": one}


def event_axes() -> Schema:
    """Pattern of names of axes over events, and what such an axis is."""
    values = {"type": "array", "minItems": 1}
    keys = "|".join(SWEPT)
    return {rf"^events\.[A-Za-z0-9][A-Za-z0-9_-]*\.({keys})$": values, "^events$": {"type": "object"}}


def rate_path(low: float, high: float) -> Schema:
    """Levels of a rate by year."""
    number = {"type": "number", "minimum": low, "maximum": high}
    return {
        "type": "object",
        "patternProperties": {r"^(19|20|21)\d\d$": number},
        "additionalProperties": False,
        "minProperties": 1,
    }


def _kind(kind: str, model: type[Event]) -> Schema:
    keys: dict[str, Schema] = {}
    needed = ["kind", "at"]
    for name, field in model.model_fields.items():
        keys[name] = _SPECIAL.get(name) or _of(field.annotation, tuple(field.metadata))
        if field.is_required() and name not in ("name", *needed):
            needed.append(name)
    keys["kind"] = {"const": kind}
    what = str(model.__doc__).splitlines()[0]
    return {**table_schema(keys, required=needed), "description": what}


def _of(annotation: Any, metadata: tuple[Any, ...]) -> Schema:
    found = TypeAdapter(Annotated[annotation, *metadata] if metadata else annotation).json_schema()
    return plain_schema(found, found.pop("$defs", {}))


_SPECIAL = {"at": _DATE, "name": _NAME}
