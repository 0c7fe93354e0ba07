"""The JSON Schema of a config (draft 2020-12), for editors that complete and check it as it is written.

Made of the models that check a config, and of the registries of parameters and outcomes. It says what single
values may be; what has to go together, as a Sobol sequence and a power of two, is left to ``load_config``.
"""

import json
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter

from citysim.model import levels
from citysim.model.groups import GROUPS
from citysim.model.outcomes import OUTCOMES
from citysim.model.parameters import parameter_specs, switches
from citysim.plan import faults as checks
from citysim.plan.config import SLUG, DesignConfig, ExperimentConfig
from citysim.plan.design.coalitions import KEYS as COALITION_KEYS
from citysim.plan.design.coalitions import WHICH
from citysim.plan.design.read import UNCERTAIN
from citysim.plan.keys import KEYS
from citysim.plan.world import LARGEST_SEED

type Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_AXIS_HINT = "a list of values, or a range to sample"


def config_schema() -> Schema:
    """The schema of a whole config."""
    top = {
        name: _key(name, field.annotation, tuple(field.metadata))
        for name, field in ExperimentConfig.model_fields.items()
    }
    needed = [name for name, field in ExperimentConfig.model_fields.items() if field.is_required()]
    return {
        "$schema": DRAFT,
        "title": "Config of a citysim experiment",
        **_table(top, required=needed),
        "$defs": {name: _value(name) for name in checks.settable()},
    }


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(config_schema(), indent=1, ensure_ascii=False) + "\n"


def _table(keys: dict[str, Schema], required: list[str] | None = None) -> Schema:
    needed = {"required": required} if required else {}
    return {"type": "object", "properties": keys, "additionalProperties": False, **needed}


def _key(path: str, annotation: Any, metadata: tuple[Any, ...]) -> Schema:
    """The schema of a key at its full name."""
    described = {"description": KEYS[path]} if path in KEYS else {}
    special = _SPECIAL.get(path)
    if special is not None:
        return {**special(), **described}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        keys = {
            name: _key(f"{path}.{name}", field.annotation, tuple(field.metadata)) for name, field in fields
        }
        return {**_table(keys), **described}
    found = TypeAdapter(Annotated[annotation, *metadata] if metadata else annotation).json_schema()
    return {**_plain(found, found.pop("$defs", {})), **described}


def _plain(schema: Schema, named: Schema) -> Schema:
    """One of pydantic's schemas with the types it names written out, and without null, which TOML has not."""
    if "$ref" in schema:
        return _plain(named[schema["$ref"].removeprefix("#/$defs/")], named)
    schema = {name: value for name, value in schema.items() if name not in ("default", "title")}
    if "items" in schema:
        schema["items"] = _plain(schema["items"], named)
    if "anyOf" not in schema:
        return schema
    rest = [_plain(part, named) for part in schema.pop("anyOf") if part != {"type": "null"}]
    return {**schema, **(rest[0] if len(rest) == 1 else {"anyOf": rest})}


def _value(name: str) -> Schema:
    """What a switch or a parameter may be."""
    if name in switches():
        return {"type": "boolean", "description": switches()[name]}
    spec = parameter_specs()[name]
    any_of: list[Schema] = []
    if checks.takes_number(name):
        kind = "integer" if checks.is_whole(name) else "number"
        any_of.append({"type": kind, "minimum": spec.low, "maximum": spec.high})
    if checks.choices(name):
        any_of.append({"enum": list(checks.choices(name))})
    if name in levels.FORMS:
        any_of += _levels(levels.FORMS[name])
    elif checks.takes_any_text(name):
        any_of.append({"type": "string"})
    description = f"{spec.description} [{spec.unit}; source: {spec.source}]"
    allowed = any_of[0] if len(any_of) == 1 else {"anyOf": any_of}
    return {**allowed, "default": spec.default, "description": description}


def _levels(form: levels.Form) -> list[Schema]:
    """A table of levels, or its text."""
    entry = rf"{form.key.pattern}:[0-9.eE+-]+"
    text = rf"{entry}( \+ {entry})*"
    return [
        {
            "type": "object",
            "patternProperties": {rf"^{form.key.pattern}$": _SHARE},
            "additionalProperties": False,
            **({} if form.may_be_empty else {"minProperties": 1}),
        },
        {"type": "string", "pattern": rf"^({text}){'?' if form.may_be_empty else ''}$"},
    ]


def _settings() -> Schema:
    return _table({name: {"$ref": f"#/$defs/{name}"} for name in checks.settable()})


def _arms() -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": _WHOLE_SLUG},
        "additionalProperties": {**_settings(), "minProperties": 1},
    }


def _design() -> Schema:
    own = {
        name: _key(f"design.{name}", field.annotation, tuple(field.metadata))
        for name, field in DesignConfig.model_fields.items()
        if name != "axes"
    }
    uncertain = [spec.name for spec in parameter_specs().values() if spec.uncertain]
    over: Schema = {"anyOf": [{"const": UNCERTAIN}, _list_of({"enum": uncertain})]}
    names, which, placebos = COALITION_KEYS
    coalitions = _table(
        {
            names: {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True},
            which: {"enum": list(WHICH)},
            placebos: {"type": "boolean"},
        },
        required=[names],
    )
    own |= {
        "over": {**over, "description": KEYS["design.over"]},
        "coalitions": {**coalitions, "description": KEYS["design.coalitions"]},
    }
    return _table(own | {name: _axis(name) for name in checks.settable()})


def _axis(name: str) -> Schema:
    """A list of values, or a range of a parameter that is a number."""
    value = {"$ref": f"#/$defs/{name}"}
    values: Schema = {"type": "array", "items": value, "minItems": 1}
    spec = parameter_specs().get(name)
    if spec is None or isinstance(spec.default, str):
        return {**values, "description": "a list of values"}
    end = {**value, "type": "number"}
    ends = _table({"low": end, "high": end, "scale": {"enum": ["linear", "log"]}}, required=["low", "high"])
    return {"anyOf": [values, ends], "description": _AXIS_HINT}


def _list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}


def _seeds() -> Schema:
    seed = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED}
    return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 1_000_000}, _list_of(seed)]}


def _cities() -> Schema:
    number: Schema = {"type": "integer", "minimum": 1}
    return _list_of({"anyOf": [number, {"type": "string", "minLength": 1}]})


def _number_or_auto() -> Schema:
    return {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]}


_WHOLE_SLUG = f"^{SLUG.pattern}$"
#: Keys that a function checks, which pydantic's schema does not tell.
_SPECIAL = {
    "name": lambda: {"type": "string", "pattern": _WHOLE_SLUG},
    "seeds": _seeds,
    "parameters": _settings,
    "arms": _arms,
    "design": _design,
    "record.outcomes": lambda: _list_of({"enum": list(OUTCOMES)}),
    "record.groups": lambda: _list_of({"enum": list(GROUPS)}),
    "report.stall": lambda: {"$ref": "#/$defs/stall"},
    "report.cities": _cities,
    "execution.workers": _number_or_auto,
    "execution.slurm.elements": _number_or_auto,
}
