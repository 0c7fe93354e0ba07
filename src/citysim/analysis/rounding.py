"""Numbers rounded to what their interval supports."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from citysim.language import gettext, numeral

#: An interval is at least so many steps of its rounding wide.
STEPS = 8.0
SPREAD = ("lower", "upper")
CONFIDENCE = ("confidence_lower", "confidence_upper")
#: Of the median over all cases.
MEDIAN = ("median_lower", "median_upper")


class Fields(Protocol):
    """A mapping, or a row of a table."""

    def __getitem__(self, name: Any, /) -> Any:
        """A field by its name."""


@dataclass(frozen=True, slots=True)
class Number:
    """The one number of an answer, as it stands there, and what it is of, in a few words.

    ``low`` and ``high``: ends of its interval, empty where it has none; ``bound``: it is at most that.
    """

    text: str
    of: str
    low: str = ""
    high: str = ""
    bound: bool = False

    @property
    def shown(self) -> str:
        """The number by itself."""
        return f"≤ {self.text}" if self.bound else self.text


def number_of(
    row: Mapping[Any, Any],
    text: str,
    of: str,
    *,
    scale: float = 1.0,
    unit: str = "",
    ends: tuple[str, str] = SPREAD,
    bound: bool = False,
) -> Number:
    """The number that an answer gives of a row as ``text``, with its interval on the scale of the text."""
    low, high = sorted(scale * float(row[end]) for end in ends)
    if not (math.isfinite(low) and math.isfinite(high)):
        return Number(text, of, bound=bound)
    step = step_of(low, high)
    least, most = rounded(low, step), rounded(high, step)
    zero = numeral(".0")
    if least.endswith(zero) and most.endswith(zero):
        least, most = least.removesuffix(zero), most.removesuffix(zero)
    return Number(text, of, f"{least}{unit}", f"{most}{unit}", bound)


def step_of(lower: float, upper: float) -> float:
    """What numbers of an interval are rounded to: 1 or 5 times a power of ten; 0 where it has no width."""
    width = upper - lower
    if not (math.isfinite(width) and width > 0):
        return 0.0
    target = width / STEPS * (1 + 1e-9)
    power = 10.0 ** math.floor(math.log10(target))
    return 5 * power if 5 * power <= target else power


def rounded(value: float, step: float) -> str:
    """A number to the nearest step, with no more digits than the step has; to three digits without one."""
    if not math.isfinite(value):
        return "–"
    if step <= 0:
        text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    else:
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        text = f"{round(value / step) * step + 0.0:,.{digits}f}"
    return numeral(text) if any(digit in text for digit in "123456789") else "0"


def in_digits(values: Iterable[float], digits: int = 3) -> list[str]:
    """Numbers that are read side by side: all with the decimals that the largest has with so many digits.

    Decimals that are 0 in all of them are left out.
    """
    values = [float(value) for value in values]
    known = [value for value in values if math.isfinite(value)]
    largest = max(map(abs, known), default=0.0)
    decimals = max(0, digits - 1 - math.floor(math.log10(largest))) if largest else 0
    while decimals and all(f"{value:.{decimals}f}".endswith("0") for value in known):
        decimals -= 1
    return [
        numeral(f"{round(value, decimals) + 0.0:,.{decimals}f}") if math.isfinite(value) else "–"
        for value in values
    ]


def change_in_digits(value: float, digits: int = 2) -> str:
    """A change with its sign and so many digits, in full however small it is."""
    decimals = (
        max(0, digits - 1 - math.floor(math.log10(abs(value)))) if math.isfinite(value) and value else 0
    )
    return numeral(f"{value:+,.{decimals}f}") if math.isfinite(value) else "–"


def fields_in_digits(row: Fields, names: Sequence[str]) -> dict[str, str]:
    """Fields of a row that are read side by side, by name."""
    return dict(zip(names, in_digits(row[name] for name in names), strict=True))


def about(
    row: Mapping[Any, Any], *, scale: float = 1.0, unit: str = "", ends: tuple[str, str] = SPREAD
) -> str:
    """The estimate of a row alone, as its interval supports and to two digits at most."""
    value = scale * float(row["estimate"])
    step = step_of(*sorted(scale * float(row[end]) for end in ends))
    two = 10.0 ** (math.floor(math.log10(abs(value))) - 1) if math.isfinite(value) and value else 0.0
    return rounded(value, max(step, two)) + unit


def with_range(
    row: Mapping[Any, Any],
    *,
    scale: float = 1.0,
    unit: str = "",
    ends: tuple[str, str] = SPREAD,
    step: float | None = None,
) -> str:
    """The estimate of a row with its interval, rounded to what that supports or to a ``step``."""
    low, high = sorted(scale * float(row[end]) for end in ends)
    step = step_of(low, high) if step is None else step
    middle = rounded(scale * float(row["estimate"]), step)
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{middle}{unit}"
    told = {"low": rounded(low, step), "high": rounded(high, step)}
    return gettext("{middle}{unit} ({low} to {high}{unit})", middle=middle, unit=unit, **told)


def at_most(row: Mapping[Any, Any], *, scale: float = 1.0, unit: str = "", signed: bool = False) -> str:
    """The end of the interval further from 0, or with ``signed`` its upper one, not rounded down."""
    low, high = (scale * float(row[end]) for end in SPREAD)
    bound = high if signed else max(abs(low), abs(high))
    step = step_of(low, high)
    return rounded(math.ceil(bound / step - 1e-9) * step if step else bound, step) + unit
