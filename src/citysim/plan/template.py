"""A config to start from: every section with its defaults, each key explained in a line."""

from collections.abc import Iterator
from typing import Any

import tomli_w
from pydantic import BaseModel

from citysim.plan.config import DesignConfig, ExperimentConfig
from citysim.plan.design.read import OWN_KEYS
from citysim.plan.keys import KEYS

#: The file that the schema line names, beside the config.
SCHEMA_FILE = "citysim.schema.json"
#: What the sections hold that a default does not show.
_EXAMPLES: dict[str, Any] = {
    "hypothesis": "text",
    "estimand": "text",
    "refuted_by": "text",
    "analyses": ["factorial"],
    "world.states": 30,
    "world.seed": 1,
    "world.start": 2023,
    "world.propensity": "record",
    "world.data": "my_data",
    "world.replace": ["twinning"],
    "world.regions": ["Europe"],
    "world.countries": ["DEU", "POL"],
    "world.networks": ["C40", "ICLEI"],
    "world.min_population": 500_000,
    "world.ties": True,
    "model.extensions": ["my_mechanism.py"],
    "uncertainty.file": "draws.csv",
    "report.stall": 0.5,
    "report.cities": ["Munich, DEU"],
    "record.networks": ["C40"],
    "record.cities_every": 20,
    "record.statistics": True,
    "record.outcomes": ["development", "loss"],
    "design.samples": 64,
    "design.levels": 4,
    "design.second_order": False,
    "design.over": "uncertain",
    "design.coalitions": {"networks": ["C40", "ICLEI"], "which": "latin"},
    "calibration.targets": "targets.csv",
    "calibration.ranges": {"initial_coverage": [0.01, 0.1]},
    "calibration.quick": ["world.cities=300"],
    "execution.scheduler": "tcp://host:8786",
    "execution.slurm.partition": "short",
    "execution.slurm.account": "project",
    "execution.slurm.time": "04:00:00",
    "execution.slurm.memory": "4G",
    "execution.slurm.at_once": 100,
    "execution.slurm.directives": ["--constraint=skylake"],
}
#: Keys that are set from the start: enough for a first answer within a minute.
_SET: dict[str, Any] = {
    "question": "What is asked?",
    "seeds": 8,
    "world.cities": 500,
    "design.stall": [0.0, 0.5, 1.0],
}
_ARMS = """\
# {arms}
[arms.none]
twinning = false
networks = false

[arms.both]
twinning = true
networks = true
"""
_EVENTS = """\
# {events}
# [[events]]
# kind = "join"
# at = "2027-Q3"
# cities = ["Munich, DEU"]
# network = "C40"
"""
_PARAMETERS = """\
# {parameters}
[parameters]
# contact_effect = 0.5
"""
#: Sections that are tables of the user's own.
_TEXTS = {"parameters": _PARAMETERS, "events": _EVENTS, "arms": _ARMS}


def starting_config(name: str) -> str:
    """The text of a config named ``name``: what it sets runs at once, all else is commented out."""
    sections = {key: field for key, field in ExperimentConfig.model_fields.items() if _is_section(key)}
    top = [key for key in ExperimentConfig.model_fields if key not in sections]
    said = f"# What is commented out is the default, or an example. Run it: citysim run {name}.toml"
    parts = [
        f"#:schema ./{SCHEMA_FILE}\n{said}",
        "\n".join(_lines("", ExperimentConfig, {**_SET, "name": name}, top)),
    ]
    for key, field in sections.items():
        if key in _TEXTS:
            text = _TEXTS[key]
            parts.append(text.format(**{key: KEYS[key]}).rstrip())
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            parts += _section(key, field.annotation)
    return "\n\n".join(parts) + "\n"


def _is_section(key: str) -> bool:
    annotation = ExperimentConfig.model_fields[key].annotation
    model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return model or key in _TEXTS


def _section(path: str, model: type[BaseModel]) -> Iterator[str]:
    """A section, then those within it."""
    inner = {
        key: field.annotation
        for key, field in model.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    own = [key for key in model.model_fields if key not in inner and key != "axes"]
    if model is DesignConfig:
        own = list(OWN_KEYS)
    lines = [f"# {KEYS[path]}", f"[{path}]", *_lines(f"{path}.", model, _SET, own)]
    if model is DesignConfig:
        lines.append(_entry("stall", _SET["design.stall"]))
    yield "\n".join(lines)
    for key, found in inner.items():
        yield from _section(f"{path}.{key}", found)


def _lines(path: str, model: type[BaseModel], given: dict[str, Any], keys: list[str]) -> Iterator[str]:
    for key in keys:
        full = f"{path}{key}"
        what = KEYS[full]
        if full in given:
            yield f"{_entry(key, given[full])}  # {what}"
        else:
            default = model.model_fields[key].default if key in model.model_fields else None
            yield f"# {_entry(key, _EXAMPLES.get(full, default))}  # {what}"


def _entry(key: str, value: Any) -> str:
    """A key and its value on one line."""
    if isinstance(value, dict):
        return f"{key} = {{{', '.join(_entry(name, inner) for name, inner in value.items())}}}"
    lines = (line.strip() for line in tomli_w.dumps({key: value}).splitlines())
    return " ".join(lines).replace("[ ", "[").replace(", ]", "]")
