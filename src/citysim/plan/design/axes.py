"""Swept axes of a design as they stand in a config: a list of values, or a range to sample."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, SkipValidation, Tag

from citysim.plan.faults import Value
from citysim.plan.kinds import GridKind, SampledKind

GRID_KINDS: tuple[str, ...] = get_args(GridKind)
SAMPLED_KINDS: tuple[str, ...] = get_args(SampledKind)


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

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    low: SkipValidation[float]  # what is allowed depends on the parameter
    high: SkipValidation[float]
    scale: Literal["linear", "log"] = "linear"

    def as_toml(self) -> dict[str, float | str]:
        """The axis as it is written in a config."""
        return {"low": self.low, "high": self.high, "scale": self.scale}

    def at(self, share: float) -> float:
        """Value at ``share`` ∈ [0, 1] of the range, never outside of it by rounding."""
        if self.scale == "log":
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        return min(max(value, self.low), self.high)

    def whole_at(self, share: float) -> int:
        """Whole number at ``share`` ∈ [0, 1]: the range is parted evenly among them, both ends included."""
        wider = Range(self.low, self.high + 1, self.scale)
        return min(math.floor(wider.at(share)), int(self.high))


def _kind(found: object) -> str | None:
    """Which of the two an axis is: by its type in TOML, or as it has been read."""
    kinds = {"values": (list, Values), "range": (Mapping, Range)}
    return next((kind for kind, types in kinds.items() if isinstance(found, types)), None)


def _listed(found: object) -> object:
    return Values(tuple(found)) if isinstance(found, list) else found


def _not_empty(axis: Values) -> Values:
    if not axis.values:
        raise ValueError("empty sweep, expected at least one value")
    return axis


type Axis = Annotated[
    Annotated[Values, BeforeValidator(_listed), AfterValidator(_not_empty), Tag("values")]
    | Annotated[Range, Tag("range")],
    Discriminator(_kind, custom_error_type="axis_type", custom_error_message="neither a list nor a range"),
]


def in_order(axes: Mapping[str, Axis]) -> dict[str, Axis]:
    """Lists, then ranges: the order in which TOML can write them, so that a config reads back the same."""
    return dict(sorted(axes.items(), key=lambda item: isinstance(item[1], Range)))
