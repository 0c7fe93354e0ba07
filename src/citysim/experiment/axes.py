"""Swept axes of a design as they stand in a config: a list of values, or a range to sample."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from citysim.experiment import checks
from citysim.experiment.checks import Fault, Value
from citysim.model.parameters import parameter_specs

GRID_KINDS = ("grid", "list")
SAMPLED_KINDS = ("latin_hypercube", "sobol")


@dataclass(frozen=True, slots=True)
class Values:
    """Values taken in turn."""

    values: tuple[Value, ...]

    def as_toml(self) -> list[Value]:
        """The axis as it is written in a config."""
        return list(self.values)


@dataclass(frozen=True, slots=True)
class Range:
    """A range that a design samples, evenly on its scale."""

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"

    def as_toml(self) -> dict[str, float | str]:
        """The axis as it is written in a config."""
        return {"low": self.low, "high": self.high, "scale": self.scale}

    def at(self, share: float) -> float:
        """Value at ``share`` ∈ [0, 1] of the range."""
        if self.scale == "log":
            return math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        return self.low + share * (self.high - self.low)


type Axis = Values | Range


def read_axes(found: Mapping[str, object]) -> tuple[dict[str, Axis], list[Fault]]:
    """The axes of ``[design]`` that can be read, and the faults of those that cannot."""
    axes: dict[str, Axis] = {}
    faults: list[Fault] = []
    known = checks.settable()
    for name, value in found.items():
        path = ("design", name)
        if name not in known:
            faults.append(checks.unknown_key(path, ["kind", "samples", *known]))
        elif isinstance(value, Mapping):
            wrong = _range_faults(path, name, value)
            if not wrong:
                axes[name] = Range(float(value["low"]), float(value["high"]), value.get("scale", "linear"))
            faults += wrong
        elif isinstance(value, list):
            wrong = _list_faults(path, name, value)
            if not wrong:
                axes[name] = Values(tuple(value))
            faults += wrong
        else:
            text = f"found {checks.shown(value)}, expected a list of values or a range {{low = …, high = …}}"
            faults.append(Fault(path, text))
    return axes, faults


def _list_faults(path: tuple[str, ...], name: str, values: list[Value]) -> list[Fault]:
    if not values:
        return [Fault(path, "empty sweep, expected at least one value")]
    return [
        fault
        for position, value in enumerate(values)
        for fault in checks.check_value((*path, position), name, value)
    ]


def _range_faults(path: tuple[str, ...], name: str, table: Mapping[str, object]) -> list[Fault]:
    faults = [
        checks.unknown_key((*path, key), ("low", "high", "scale"))
        for key in table
        if key not in ("low", "high", "scale")
    ]
    faults += [Fault((*path, end), "missing") for end in ("low", "high") if end not in table]
    spec = parameter_specs().get(name)
    if spec is None or isinstance(spec.default, str):
        return [
            Fault(path, f"a range needs a parameter that is a number; allowed: {checks.allowed_values(name)}")
        ]
    for end in ("low", "high"):
        if isinstance(table.get(end), str):
            faults.append(Fault((*path, end), f"found {checks.shown(table[end])}, expected a number"))
        elif end in table:
            faults += checks.check_value((*path, end), name, table[end])
    scale = table.get("scale", "linear")
    if scale not in ("linear", "log"):
        faults.append(Fault((*path, "scale"), f"found {checks.shown(scale)}, allowed: linear, log"))
    if faults:
        return faults
    low, high = table["low"], table["high"]
    if not low < high:  # type: ignore[operator]  # both were checked to be numbers above
        faults.append(Fault(path, f"low ({low}) must be below high ({high})"))
    if scale == "log" and not low > 0:  # type: ignore[operator]  # as above
        faults.append(Fault((*path, "low"), f"found {low}, a log scale needs a number above 0"))
    return faults


def check_axes(kind: str, samples: int | None, axes: Mapping[str, Axis]) -> list[Fault]:
    """Faults of axes that can each be read but do not make the design ``kind``."""
    if kind in GRID_KINDS:
        faults = [
            Fault(("design", name), f"a range needs kind = {' or '.join(map(repr, SAMPLED_KINDS))}")
            for name, axis in axes.items()
            if isinstance(axis, Range)
        ]
        if samples is not None:
            faults.append(Fault(("design", "samples"), f"only for kind = {' or '.join(SAMPLED_KINDS)}"))
        values = {name: axis.values for name, axis in axes.items() if isinstance(axis, Values)}
        return faults + (_grid_faults(values) if kind == "grid" else _rows_faults(values))
    if kind not in SAMPLED_KINDS:
        text = f"'{kind}' is not available yet, allowed: {', '.join((*GRID_KINDS, *SAMPLED_KINDS))}"
        return [Fault(("design", "kind"), text)]
    faults = [
        Fault(("design", name), f"kind = '{kind}' needs a range {{low = …, high = …}}, found a list")
        for name, axis in axes.items()
        if isinstance(axis, Values)
    ]
    if not axes:
        faults.append(Fault(("design",), f"kind = '{kind}' needs at least one range"))
    if samples is None:
        faults.append(Fault(("design", "samples"), f"missing; the number of points of '{kind}'"))
    elif kind == "sobol" and samples & (samples - 1):
        faults.append(Fault(("design", "samples"), f"found {samples}, a Sobol sequence needs a power of two"))
    return faults


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
