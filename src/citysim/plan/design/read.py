"""Reading and checking the section ``[design]`` of a config."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from citysim.model.forms import forms, idle
from citysim.model.levels import FORMS
from citysim.model.parameter_fields import ParameterSpec
from citysim.model.parameters import parameter_specs
from citysim.plan import faults as checks
from citysim.plan.design.axes import GRID_KINDS, SAMPLED_KINDS, Axis, Range, Values, in_order
from citysim.plan.design.coalitions import read_coalitions
from citysim.plan.events import normal, split_axes, value_faults
from citysim.plan.faults import Fault, Value
from citysim.world.sizes import QUARTERS

#: What ``over`` says for every parameter that a prior makes uncertain.
UNCERTAIN = "uncertain"
#: Keys of ``[design]`` that are not axes.
OWN_KEYS = ("kind", "samples", "levels", "second_order", "over", "coalitions")
#: Own keys that stand for axes.
_EXPANDED = ("over", "coalitions")

_ENDS = ("low", "high")
_AXIS: TypeAdapter[Axis] = TypeAdapter(Axis)

_POWERS_OF_TWO = ("sobol", "saltelli")
_SAMPLES_ARE = {
    "latin_hypercube": "the number of points",
    "sobol": "the number of points, a power of two",
    "saltelli": "the base number N, a power of two; the points are N × (number of ranges + 2)",
    "morris": "the number of trajectories; the points are that × (number of ranges + 1)",
}


def read_design(
    raw: Mapping[str, Any], events: Mapping[str, str], start: int
) -> tuple[dict[str, Any], dict[str, Axis], list[Fault]]:
    """Keys of ``[design]`` that are not axes, the axes that can be read, and the faults of the others.

    ``raw`` is the whole config: what it sets elsewhere is not swept by ``over``. ``events``: texts of its
    events, whose dates and sizes may be axes; ``start``: the first year of the runs.
    """
    design = raw.get("design", {})
    if not isinstance(design, Mapping):
        return {}, {}, []
    found, of_events = split_axes({key: value for key, value in design.items() if key not in OWN_KEYS})
    axes, faults = _read_axes(found)
    more, wrong = _event_axes(of_events, events, raw.get("quarters", QUARTERS), start)
    axes, faults = axes | more, faults + wrong
    if "over" in design and design.get("kind", "grid") not in GRID_KINDS:
        places = _places(raw)
        fixed = {name for settings in places.values() for name in settings} | _idle(places, axes)
        more, wrong = _prior_axes(design["over"], found, fixed)
        axes, faults = more | axes, faults + wrong
    if "coalitions" in design:
        more, wrong = read_coalitions(design["coalitions"], design.get("kind", "grid"), found)
        axes, faults = more | axes, faults + wrong
    own = {key: design[key] for key in design if key in OWN_KEYS and key not in _EXPANDED}
    return own, in_order(axes), faults


def _idle(places: Mapping[str, Mapping[str, Any]], axes: Mapping[str, Axis]) -> set[str]:
    """Parameters of forms that no run has; what a form is set to may yet be a fault."""
    of_all = places.get("parameters", {})
    arms = [{**of_all, **settings} for place, settings in places.items() if place != "parameters"]
    words = [{name: str(each[name]) for name in forms() if name in each} for each in arms or [{**of_all}]]
    return idle(words, {name: axis.values for name, axis in axes.items() if isinstance(axis, Values)})


def check_conflicts(raw: Mapping[str, Any], axes: Collection[str]) -> list[Fault]:
    """Faults of a design beside the rest of the config: a swept value is set and drawn nowhere else."""
    design = raw.get("design")
    if not isinstance(design, Mapping):
        return []
    swept = [name for name in checks.settable() if name in design or name in axes]
    return [
        Fault(("design", name), f"swept here and also set in {place}; keep one")
        for place, settings in _places(raw).items()
        for name in swept
        if name in settings
    ] + (_check_over(raw, design) if "over" in design else [])


def _places(raw: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Tables of the config that set parameters, by their key."""
    arms = raw.get("arms")
    places = {"parameters": raw.get("parameters")}
    if isinstance(arms, Mapping):
        places |= {f"arms.{name}": settings for name, settings in arms.items()}
    return {place: settings for place, settings in places.items() if isinstance(settings, Mapping)}


def _check_over(raw: Mapping[str, Any], design: Mapping[str, Any]) -> list[Fault]:
    path, kind = ("design", "over"), design.get("kind", "grid")
    if kind in GRID_KINDS:
        return [Fault(path, f"only for kind = {' or '.join(map(repr, SAMPLED_KINDS))}")]
    uncertainty = raw.get("uncertainty", {})
    drawn = uncertainty.get("parameters", "prior") if isinstance(uncertainty, Mapping) else "defaults"
    if design["over"] == UNCERTAIN and drawn != "defaults":
        text = "sweeps all that a replication would draw; set uncertainty.parameters = 'defaults'"
        return [Fault(path, text)]
    return []


def _read_axes(found: Mapping[str, object]) -> tuple[dict[str, Axis], list[Fault]]:
    """The axes of ``[design]`` that can be read, and the faults of those that cannot."""
    axes: dict[str, Axis] = {}
    faults: list[Fault] = []
    known = checks.settable()
    for name, value in found.items():
        if name not in known:
            faults.append(checks.unknown_key(("design", name), [*OWN_KEYS, *known]))
        else:
            axis, wrong = _read_axis(name, value)
            axes |= {name: axis} if axis and not wrong else {}
            faults += wrong
    return axes, faults


def _event_axes(
    found: Mapping[str, object], events: Mapping[str, str], quarters: object, start: int
) -> tuple[dict[str, Axis], list[Fault]]:
    """Axes over dates and sizes of events, which are lists, and the faults of those that cannot be read."""
    axes: dict[str, Axis] = {}
    faults: list[Fault] = []
    last = quarters if isinstance(quarters, int) else QUARTERS
    for name, values in found.items():
        path = ("design", name)
        if not isinstance(values, list) or not values:
            faults.append(Fault(path, f"found {checks.shown(values)}, expected a list of values"))
            continue
        wrong = [
            Fault((*path, place), text)
            for place, value in enumerate(values)
            for text in value_faults(name, value, events, last, start)
        ]
        faults += wrong
        if not wrong:
            axes[name] = Values(tuple(normal(name, value, events) for value in values))
    return axes, faults


def _prior_axes(
    over: object, swept: Collection[str], fixed: Collection[str]
) -> tuple[dict[str, Axis], list[Fault]]:
    """Axes over the priors that ``design.over`` asks for, and its faults.

    ``over`` is a list of parameters, or ``"uncertain"`` for all that have a prior and are not ``fixed``
    elsewhere; ``swept`` have an axis of their own, which goes before.
    """
    uncertain = {name: spec for name, spec in parameter_specs().items() if spec.uncertain}
    if over == UNCERTAIN:
        return {name: _prior_range(spec) for name, spec in uncertain.items() if name not in fixed}, []
    path = ("design", "over")
    if isinstance(over, str):
        return {}, [Fault(path, f"found {checks.shown(over)}, {checks.suggestion(over, [UNCERTAIN])}")]
    if not isinstance(over, list) or not over:
        text = f"found {checks.shown(over)}, expected '{UNCERTAIN}' or a list of parameters"
        return {}, [Fault(path, text)]
    faults = [
        Fault((*path, position), fault)
        for position, name in enumerate(over)
        if (fault := _over_fault(name, over, swept))
    ]
    return ({}, faults) if faults else ({name: _prior_range(uncertain[name]) for name in over}, [])


def _over_fault(name: object, over: list[object], swept: Collection[str]) -> str | None:
    specs = parameter_specs()
    if not isinstance(name, str) or name not in checks.settable():
        near = checks.suggestion(str(name), [spec.name for spec in specs.values() if spec.uncertain])
        return f"unknown parameter {checks.shown(name)}, {near}"
    if over.count(name) > 1:
        return f"'{name}' is named twice"
    if name in swept:
        return f"'{name}' has an axis of its own; keep one"
    if name not in specs or not specs[name].uncertain:
        return f"'{name}' has no prior to sweep; give it values or a range: {name} = …"
    return None


def _prior_range(spec: ParameterSpec) -> Range:
    if spec.prior is None:
        raise ValueError(f"{spec.name} has no prior")
    return Range(*spec.prior, spec.scale)


def _read_axis(name: str, found: object) -> tuple[Axis | None, list[Fault]]:
    """The axis of a parameter, and its faults; None where it is neither a list nor a range."""
    path = ("design", name)
    spec = parameter_specs().get(name)
    if isinstance(found, Mapping) and (spec is None or isinstance(spec.default, str)):
        text = f"a range needs a parameter that is a number; allowed: {checks.allowed_values(name)}"
        return None, [Fault(path, text)]
    if isinstance(found, Mapping) and found and all(str(key).isdecimal() for key in found):
        return None, [Fault(path, f"levels by year go into a list: {name} = [{FORMS['stall'].example}]")]
    wrong = _value_faults(path, name, found)
    try:
        axis = _AXIS.validate_python(found)
    except ValidationError as error:
        shape = checks.faults_of(error, {("range",): (*_ENDS, "scale")})
        return None, [*(Fault((*path, *fault.path[1:]), fault.text) for fault in shape), *wrong]
    if not wrong and isinstance(axis, Values):
        tables = (
            checks.normal(name, value) if isinstance(value, Mapping) else value for value in axis.values
        )
        return Values(tuple(tables)), []
    if wrong or isinstance(axis, Values):
        return axis, wrong
    number = int if checks.is_whole(name) else float
    return replace(axis, low=number(axis.low), high=number(axis.high)), _order_faults(path, axis)


def _value_faults(path: tuple[str, ...], name: str, found: object) -> list[Fault]:
    """Faults of a list's values or a range's ends, by what the parameter may be."""
    if isinstance(found, list):
        places = enumerate(found)
        return [fault for place, value in places for fault in checks.check_value((*path, place), name, value)]
    faults: list[Fault] = []
    ends = {end: found[end] for end in _ENDS if end in found} if isinstance(found, Mapping) else {}
    for end, value in ends.items():
        if isinstance(value, str):
            faults.append(Fault((*path, end), f"found {checks.shown(value)}, expected a number"))
        else:
            faults += checks.check_value((*path, end), name, value)
    return faults


def _order_faults(path: tuple[str, ...], axis: Range) -> list[Fault]:
    faults = []
    if not axis.low < axis.high:
        faults.append(Fault(path, f"low ({axis.low}) must be below high ({axis.high})"))
    if axis.scale == "log" and not axis.low > 0:
        faults.append(Fault((*path, "low"), f"found {axis.low}, a log scale needs a number above 0"))
    return faults


def check_axes(
    axes: Mapping[str, Axis],
    kind: str,
    *,
    samples: int | None = None,
    levels: int | None = None,
    second_order: bool | None = None,
) -> list[Fault]:
    """Faults of axes that can each be read but do not make the design ``kind``."""
    faults = _misplaced_keys(kind, samples=samples, levels=levels, second_order=second_order)
    values = {name: axis.values for name, axis in axes.items() if isinstance(axis, Values)}
    if kind not in SAMPLED_KINDS:
        faults += [
            Fault(("design", name), f"a range needs kind = {' or '.join(map(repr, SAMPLED_KINDS))}")
            for name, axis in axes.items()
            if isinstance(axis, Range)
        ]
        return faults + (_grid_faults(values) if kind == "grid" else _rows_faults(values))
    ranges, least = len(axes) - len(values), 2 if kind in ("saltelli", "morris") else 1
    if ranges < least:
        count = "two ranges" if least == 2 else "one range"
        faults.append(Fault(("design",), f"kind = '{kind}' needs at least {count} {{low = …, high = …}}"))
    if samples is None:
        faults.append(Fault(("design", "samples"), f"missing; {_SAMPLES_ARE[kind]}"))
    elif kind in _POWERS_OF_TWO and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        text = f"found {samples}, a Sobol sequence needs a power of two, such as {below} or {2 * below}"
        faults.append(Fault(("design", "samples"), text))
    if levels is not None and levels % 2:
        faults.append(Fault(("design", "levels"), f"found {levels}, expected an even number"))
    return faults + _grid_faults(values)


def _misplaced_keys(
    kind: str, *, samples: int | None, levels: int | None, second_order: bool | None
) -> list[Fault]:
    """Faults of keys that mean nothing to the design ``kind``."""
    keys = {
        "samples": (samples, SAMPLED_KINDS),
        "levels": (levels, ("morris",)),
        "second_order": (second_order, ("saltelli",)),
    }
    return [
        Fault(("design", key), f"only for kind = {' or '.join(map(repr, kinds))}")
        for key, (found, kinds) in keys.items()
        if found is not None and kind not in kinds
    ]


def _grid_faults(values: Mapping[str, tuple[Value, ...]]) -> list[Fault]:
    faults = []
    for name, sweep in values.items():
        twice = dict.fromkeys(checks.shown(value) for value in sweep if sweep.count(value) > 1)
        if twice:
            faults.append(Fault(("design", name), f"duplicate values {', '.join(twice)}; name each once"))
    return faults


def _rows_faults(values: Mapping[str, tuple[Value, ...]]) -> list[Fault]:
    lengths = {name: len(sweep) for name, sweep in values.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        return [Fault(("design",), f"kind = 'list' takes lists of equal length: {found}")]
    rows = list(zip(*values.values(), strict=True))
    twice = dict.fromkeys(str(row) for row in rows if rows.count(row) > 1)
    return [Fault(("design",), f"duplicate points {', '.join(twice)}; name each once")] if twice else []


def check_names(axes: Mapping[str, Axis], outcomes: Collection[str]) -> list[Fault]:
    """Faults of swept switches that would share their column of a result table with an outcome."""
    return [
        Fault(
            ("design", name),
            "is a recorded outcome, too; make arms of it, or leave it out of record.outcomes",
        )
        for name in axes
        if name in outcomes
    ]
