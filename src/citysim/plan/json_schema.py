"""The JSON Schema of a config (draft 2020-12), for editors that complete and check it as it is written.

Made of the models that check a config, and of the registries of parameters and outcomes. It says what single
values may be; what has to go together, as a Sobol sequence and a power of two, is left to ``load_config``.
"""

import json
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter

from citysim.model import levels
from citysim.model.groups import EXPOSURES, GROUPS
from citysim.model.outcomes import OUTCOMES
from citysim.model.parameters import parameter_specs, rate_bounds, switches
from citysim.plan import faults as checks
from citysim.plan.config import SLUG, DesignConfig, ExperimentConfig
from citysim.plan.design.coalitions import KEYS as COALITION_KEYS
from citysim.plan.design.coalitions import WHICH
from citysim.plan.design.read import UNCERTAIN
from citysim.plan.event_schema import event_axes, events_schema, rate_path
from citysim.plan.keys import KEYS
from citysim.plan.plain_schema import Schema, plain_schema, table_schema
from citysim.plan.world import LARGEST_SEED
from citysim.world.sizes import FIRST_YEAR, quarters_from

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
        **table_schema(top, required=needed),
        "$defs": {name: _value(name) for name in checks.settable()},
    }


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(config_schema(), indent=1, ensure_ascii=False) + "\n"


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
        return {**table_schema(keys), **described}
    found = TypeAdapter(Annotated[annotation, *metadata] if metadata else annotation).json_schema()
    return {**plain_schema(found, found.pop("$defs", {})), **described}


def _value(name: str) -> Schema:
    """What a switch or a parameter may be."""
    if name in switches():
        return {"type": "boolean", "description": switches()[name]}
    spec = parameter_specs()[name]
    any_of: list[Schema] = []
    if checks.takes_number(name):
        kind = "integer" if checks.is_whole(name) else "number"
        any_of.append({"type": kind, "minimum": spec.low, "maximum": spec.high})
    bounds = rate_bounds(name)
    if bounds is not None:
        any_of.append(rate_path(*bounds))
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


def _settings(events: Schema | None = None) -> Schema:
    own = {} if events is None else {"events": events}
    return table_schema({name: {"$ref": f"#/$defs/{name}"} for name in checks.settable()} | own)


def _arms() -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": _WHOLE_SLUG},
        "additionalProperties": {**_settings(events_schema()), "minProperties": 1},
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
    coalitions = table_schema(
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
    axes = table_schema(own | {name: _axis(name) for name in checks.settable()})
    return axes | {"patternProperties": event_axes()}


def _axis(name: str) -> Schema:
    """A list of values, or a range of a parameter that is a number."""
    value = {"$ref": f"#/$defs/{name}"}
    values: Schema = {"type": "array", "items": value, "minItems": 1}
    spec = parameter_specs().get(name)
    if spec is None or isinstance(spec.default, str):
        return {**values, "description": "a list of values"}
    end = {**value, "type": "number"}
    scale = {"enum": ["linear", "log"]}
    ends = table_schema({"low": end, "high": end, "scale": scale}, required=["low", "high"])
    return {"anyOf": [values, ends], "description": _AXIS_HINT}


def _list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}


def _seeds() -> Schema:
    seed = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED}
    return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 1_000_000}, _list_of(seed)]}


def _cities() -> Schema:
    number: Schema = {"type": "integer", "minimum": 1}
    return _list_of({"anyOf": [number, {"type": "string", "minLength": 1}]})


def _calibrated() -> Schema:
    uncertain = [spec.name for spec in parameter_specs().values() if spec.uncertain]
    return {"anyOf": [{"const": UNCERTAIN}, _list_of({"enum": uncertain})]}


def _number_or_auto() -> Schema:
    return {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]}


_WHOLE_SLUG = f"^{SLUG.pattern}$"
#: Keys that a function checks, which pydantic's schema does not tell.
_SPECIAL = {
    "name": lambda: {"type": "string", "pattern": _WHOLE_SLUG},
    "seeds": _seeds,
    "quarters": lambda: {"type": "integer", "minimum": 1, "maximum": quarters_from(FIRST_YEAR)},
    "parameters": _settings,
    "events": events_schema,
    "arms": _arms,
    "design": _design,
    "record.outcomes": lambda: _list_of({"enum": list(OUTCOMES)}),
    "record.groups": lambda: _list_of({"enum": [*GROUPS, *EXPOSURES]}),
    "report.stall": lambda: {"$ref": "#/$defs/stall"},
    "report.cities": _cities,
    "calibration.over": _calibrated,
    "execution.workers": _number_or_auto,
    "execution.slurm.elements": _number_or_auto,
}
