"""Faults of a config as lines: where, what was found, what is allowed."""

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin

from pydantic import ValidationError

from citysim.errors import ConfigError
from citysim.model import levels, paths
from citysim.model.changing import why_fixed
from citysim.model.parameter_fields import ParameterSpec
from citysim.model.parameters import Parameters, parameter_specs, parameters_at_hand, rate_bounds, switches
from citysim.world.plain import plain, whole

type Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: key path in the config, and what is wrong there."""

    path: tuple[str | int, ...]
    text: str

    @property
    def key(self) -> str:
        """Dotted path, ``record.outcomes[1]``."""
        dotted = ""
        for part in self.path:
            dotted += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if dotted else ''}{part}"
        return dotted


# Parameters are those of the experiment at hand, so what is kept is kept by their class.
@cache
def _specs_of(_parameters: type[Parameters]) -> dict[str, ParameterSpec]:
    return parameter_specs()


def _specs() -> dict[str, ParameterSpec]:
    return _specs_of(parameters_at_hand())


@cache
def _switches_of(_parameters: type[Parameters]) -> frozenset[str]:
    return frozenset(switches())


def _switches() -> frozenset[str]:
    return _switches_of(parameters_at_hand())


def settable() -> list[str]:
    """Names of all switches and parameters."""
    return [*switches(), *_specs()]


def shown(value: object) -> str:
    """A found value as it stands in a config, shortened."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a table"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def kind_of(value: object) -> str:
    """The type of a found value in a reader's words."""
    names = ((bool, "true or false"), (int, "a whole number"), (float, "a number"), (str, "text"))
    for type_, name in (*names, (Mapping, "a table"), (list, "a list")):
        if isinstance(value, type_):
            return name
    return f"a {type(value).__name__}"


def suggestion(found: str, allowed: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the nearest allowed word, else the allowed words where they are few."""
    words = list(allowed)
    near = difflib.get_close_matches(found, words, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    if len(words) <= 12:
        return f"allowed: {', '.join(words)}"
    return "`citysim params` lists what is allowed"


def check_named(option: str, known: Iterable[str], named: Iterable[str], lacking: str = "no") -> None:
    """Raise ``ConfigError`` unless all that an option names is known."""
    known = list(known)
    for name in named:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise ConfigError(f"{option}: {lacking} '{name}'; {hint}allowed: {', '.join(known)}")


#: What people type for a key whose nearest spelling is another one, and where that key stands.
SYNONYMS = {
    # A key of the top that stands below a [section] belongs to that section.
    **{name: name for name in ("seeds", "quarters", "question", "analyses")},
    **dict.fromkeys(("years", "steps", "n_steps", "ticks", "periods", "duration", "horizon"), "quarters"),
    **dict.fromkeys(("replications", "replicates", "repetitions", "n_seeds", "n_runs", "runs"), "seeds"),
    **dict.fromkeys(("seed", "random_seed"), "seeds"),
    **dict.fromkeys(("arm", "scenario", "scenarios", "treatment", "treatments", "policies"), "arms"),
    **dict.fromkeys(("sweep", "grid", "factors", "axes"), "design"),
    **dict.fromkeys(("title", "id"), "name"),
    **dict.fromkeys(("params", "fixed", "settings"), "parameters"),
    **dict.fromkeys(("analysis", "answers"), "analyses"),
    **dict.fromkeys(("cities", "n_cities", "size"), "world.cities"),
    **dict.fromkeys(("n_states", "countries"), "world.states"),
    **dict.fromkeys(("prior", "posterior", "draws"), "uncertainty.parameters"),
    **dict.fromkeys(("mc_seeds", "n_mc"), "uncertainty.monte_carlo_seeds"),
    **dict.fromkeys(("n_samples", "n_points", "points"), "design.samples"),
    **dict.fromkeys(("metrics", "outputs", "variables"), "record.outcomes"),
    **dict.fromkeys(("n_workers", "processes", "n_jobs", "jobs", "cores"), "execution.workers"),
    **dict.fromkeys(("cluster", "backend"), "execution.executor"),
    # Renamed since version 0.1.0.
    "retreat_response": "parameters.campaign_pool",
}


def unknown_key(
    path: tuple[str | int, ...], allowed: Iterable[str], elsewhere: Mapping[str, str] | None = None
) -> Fault:
    """Fault of a key that does not exist at this place; ``elsewhere``: full names of keys of other places."""
    words, found, section = list(allowed), str(path[-1]), ".".join(map(str, path[:-1]))
    meant = SYNONYMS.get(found.lower().replace("-", "_"), (elsewhere or {}).get(found))
    if meant is None:
        return Fault(path, f"unknown key, {suggestion(found, words)}")
    place, _, key = meant.rpartition(".")
    if place == section and key in words:
        meant = key
    top = " at the top of the file" if section and meant == key and place != section else ""
    return Fault(path, f"unknown key, did you mean '{meant}'{top}?")


def choices(name: str) -> tuple[str, ...]:
    """Words a parameter may take beside or instead of a number."""
    return _choices_of(parameters_at_hand(), name)


@cache
def _choices_of(parameters: type[Parameters], name: str) -> tuple[str, ...]:
    annotation = parameters.model_fields[name].annotation
    parts = [annotation] if get_origin(annotation) is Literal else get_args(annotation)
    return tuple(word for part in parts if get_origin(part) is Literal for word in get_args(part))


def _types(name: str) -> tuple[Any, ...]:
    annotation = parameters_at_hand().model_fields[name].annotation
    return annotation, *get_args(annotation)


def takes_number(name: str) -> bool:
    """Whether a parameter can be a number."""
    return float in _types(name) or int in _types(name)


def takes_any_text(name: str) -> bool:
    """Whether a parameter is free text, whose meaning is checked against the world."""
    return str in _types(name) and name not in levels.FORMS


def takes_words(name: str) -> bool:
    """Whether a parameter can be a word, such as ``stall = "endogenous"``."""
    return name not in _switches() and (bool(choices(name)) or str in _types(name))


def is_whole(name: str) -> bool:
    """Whether a parameter counts something."""
    return name in parameters_at_hand().counts


def allowed_values(name: str) -> str:
    """What a switch or parameter may be, in words."""
    if name in _switches():
        return "true or false"
    spec, words = _specs()[name], [f"'{word}'" for word in choices(name)]
    if name in levels.FORMS:
        words.append(f"levels such as {levels.FORMS[name].example}")
    if takes_any_text(name):
        return f"text ({spec.unit})"
    if not takes_number(name):
        return " or ".join(words)
    number = "a whole number" if is_whole(name) else "a number"
    return " or ".join([f"{number} from {spec.low:g} to {spec.high:g} ({spec.unit})", *words])


def check_value(path: tuple[str | int, ...], name: str, value: object) -> list[Fault]:
    """Faults of one value of a switch or parameter that exists."""
    value = plain(value)
    over_time = _levels_faults(name, value)
    if over_time is not None:
        return [Fault((*path, key) if key else path, text) for key, text in over_time]
    wrong = [Fault(path, f"found {shown(value)}, allowed: {allowed_values(name)}")]
    if name in _switches():
        return [] if isinstance(value, bool) else wrong
    if isinstance(value, str):
        return [] if value in choices(name) or takes_any_text(name) else wrong
    if isinstance(value, bool) or not isinstance(value, int | float) or not takes_number(name):
        return wrong
    if is_whole(name) and not isinstance(whole(value), int):
        return wrong
    spec = _specs()[name]
    finite = isinstance(value, int) or math.isfinite(value)
    return [] if finite and spec.low <= value <= spec.high else wrong


def _levels_faults(name: str, value: object) -> list[tuple[str, str]] | None:
    """Key and fault of every wrong level of a value over time or by state; None where it is neither."""
    if levels.is_table(name, value):
        return levels.faults(name, cast("Mapping[object, object] | str", value))
    if paths.is_path(value) and (bounds := rate_bounds(name)) is not None:
        return paths.faults(value, *bounds)
    if isinstance(value, Mapping):
        return [("", f"found levels over time, but {name} {why_fixed(name)}")]
    return None


def check_settings(path: tuple[str | int, ...], settings: object) -> list[Fault]:
    """Faults of a table of switches and parameters."""
    if not isinstance(settings, Mapping):
        return [Fault(path, f"found {shown(settings)}, expected a table of switches and parameters")]
    faults: list[Fault] = []
    for name, value in settings.items():
        if name in _specs() or name in _switches():
            faults += check_value((*path, name), name, value)
        else:
            faults.append(unknown_key((*path, name), settable()))
    return faults


def normal(name: str, value: Value) -> Value:
    """A checked value in the parameter's own type, so that ``0`` and ``0.0`` are one run."""
    value = cast("Value", plain(value))
    if levels.is_table(name, value):
        return levels.text(name, cast("str", value))
    if paths.is_path(value) and rate_bounds(name) is not None:
        return paths.text(cast("str", value))
    if isinstance(value, bool | str):
        return value
    if is_whole(name):
        return int(value)
    return float(value) + 0.0  # not −0.0, which is equal to 0.0 and reads otherwise


_WANTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a table",
    "axis_type": "a list of values or a range {low = …, high = …}",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_BOUNDS = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}


def faults_of(error: ValidationError, keys_at: Mapping[tuple[str, ...], Iterable[str]]) -> list[Fault]:
    """Pydantic's errors in our words; ``keys_at`` holds the keys that exist in each table."""
    return [_fault_of(dict(item), keys_at) for item in error.errors()]


def _fault_of(item: dict[str, Any], keys_at: Mapping[tuple[str, ...], Iterable[str]]) -> Fault:
    path, kind, found = tuple(item["loc"]), str(item["type"]), item.get("input")
    context = item.get("ctx", {})
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):  # of a model, of a dataclass
        return unknown_key(path, keys_at.get(tuple(str(part) for part in path[:-1]), ()))
    if kind == "missing":
        return Fault(path, "missing")
    if kind == "literal_error":
        words = str(context["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
        return Fault(path, f"found {shown(found)}, {suggestion(str(found), words)}")
    if kind in _WANTED:
        return Fault(path, f"found {shown(found)} ({kind_of(found)}), expected {_WANTED[kind]}")
    if kind in _BOUNDS:
        bound, words_ = _BOUNDS[kind]
        return Fault(path, f"found {shown(found)}, must be {words_} {context[bound]}")
    text = str(item["msg"]).removeprefix("Value error, ")
    return Fault(path, text)
