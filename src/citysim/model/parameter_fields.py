"""What a parameter is made of: a field with all that is known of it, and the row that is shown of it."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

ASSUMED = "assumed"

Scale = Literal["linear", "log"]


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """What is known of one parameter: a row of ``citysim params``."""

    name: str
    symbol: str
    default: float | int | str
    unit: str
    low: float
    high: float
    description: str
    source: str
    group: str
    prior: tuple[float, float] | None
    scale: Scale
    #: A choice, and what has to be chosen for this parameter to count; None where it always does.
    only: tuple[str, str] | None = None

    @property
    def uncertain(self) -> bool:
        """Whether a replication draws it from the prior."""
        return self.prior is not None


def parameter(
    default: float,
    symbol: str,
    unit: str,
    allowed: tuple[float, float],
    description: str,
    *,
    source: str = ASSUMED,
    prior: tuple[float, float] | None = None,
    scale: Scale = "linear",
    only: tuple[str, str] | None = None,
) -> Any:
    """A number within ``allowed``, uncertain over its ``prior`` if it has one.

    ``only``: a choice and the value of it under which the number counts; where something else is chosen,
    nothing draws it and no id holds it.
    """
    return Field(
        default,
        ge=allowed[0],
        le=allowed[1],
        allow_inf_nan=False,
        description=description,
        json_schema_extra={
            "symbol": symbol,
            "unit": unit,
            "source": source,
            "prior": list(prior) if prior else None,
            "scale": scale,
            "only": list(only) if only else None,
        },
    )


def form_parameter(default: str, description: str, source: str) -> Any:
    """A choice among forms of a mechanism; ids do not hold it at its default, which runs had before it."""
    return Field(
        default=default,
        description=description,
        json_schema_extra={"symbol": "-", "unit": "choice", "source": source, "form": True},
    )


def names_parameter(
    symbol: str, description: str, default: str = "", unit: str = "names joined by ' + '"
) -> Any:
    """Names joined in one text."""
    return Field(
        default,
        description=description,
        json_schema_extra={"symbol": symbol, "unit": unit, "source": "the experiments' lever"},
    )


def switch(description: str) -> Any:
    """A mechanism that an arm may turn off."""
    return Field(True, description=description, json_schema_extra={"switch": True})
