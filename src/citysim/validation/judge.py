"""One rule for every pattern: does the model's prediction lie in the accepted range?

*Holds*: the median over runs does. *Partly*: the median does not, but the interval that holds 90 % of the
runs reaches into the range. *Misses*: it does not even that. A pattern holds if all its parts do, misses if
all do, and else holds partly; parts that nothing was run for do not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats
from citysim.validation.catalogue import Part

HOLDS, PARTLY, MISSES, NOT_RUN = "holds", "partly", "misses", "not run"
#: Quantiles of a prediction that are told.
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Range:
    """What is accepted; ``target``: the record's value, NaN where only a range is published."""

    low: float
    high: float
    target: float

    def holds(self, value: float) -> bool:
        """Whether a value lies in it."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Prediction:
    """A statistic over runs: 5 %, 50 % and 95 % of them, their number, and the share within the range."""

    lower: float
    median: float
    upper: float
    runs: int
    inside: float

    @classmethod
    def of(cls, values: Floats, accepted: Range) -> "Prediction | None":
        """Of the runs (n,) that have a value; None where none has."""
        known = values[~np.isnan(values)]
        if not len(known):
            return None
        lower, median, upper = (float(q) for q in np.quantile(known, QUANTILES))
        inside = float(((known >= accepted.low) & (known <= accepted.high)).mean())
        return cls(lower, median, upper, len(known), inside)


def accepted(part: Part, record: tuple[float, float, float] | None) -> Range | None:
    """The accepted range of a part; None where it is of a record that there is none of.

    ``record``: the value by the same estimator, and the ends of its interval.
    """
    if not part.computed:
        low = -np.inf if part.low is None else part.low
        high = np.inf if part.high is None else part.high
        return Range(low, high, np.nan)
    if record is None:
        return None
    value, lower, upper = record
    if part.factor is not None:
        ends = sorted(value * factor for factor in part.factor)
    else:
        ends = [value + shift for shift in part.shift or (0.0, 0.0)]
    return Range(float(np.fmin(ends[0], lower)), float(np.fmax(ends[1], upper)), value)


def verdict(accepted: Range, prediction: Prediction | None) -> str:
    """By the rule above."""
    if prediction is None:
        return NOT_RUN
    if accepted.holds(prediction.median):
        return HOLDS
    reaches = prediction.lower <= accepted.high and prediction.upper >= accepted.low
    return PARTLY if reaches else MISSES


def together(verdicts: Iterable[str]) -> str:
    """The verdict on a pattern from those on its parts."""
    found = [each for each in verdicts if each != NOT_RUN]
    if not found:
        return NOT_RUN
    return found[0] if len(set(found)) == 1 else PARTLY


def number(value: float) -> str:
    """To three digits; a dash for none."""
    return "–" if np.isnan(value) else f"{value:.3g}".replace("-", "−")


def sentence(accepted: Range, prediction: Prediction | None) -> str:
    """How the prediction lies to the range, in words composed from the numbers."""
    if prediction is None:
        return "No run has this statistic."
    median = f"The median of {prediction.runs} runs, {number(prediction.median)}, "
    if accepted.holds(prediction.median):
        return median + f"lies in the range, and {100 * prediction.inside:.0f} % of the runs do."
    high = prediction.median > accepted.high
    end, side = (accepted.high, "above") if high else (accepted.low, "below")
    return (
        median
        + f"lies {side} {number(end)}, {_by(prediction.median, end)}; {_interval(accepted, prediction)}."
    )


def _by(median: float, end: float) -> str:
    """How far off: by a factor where both have a sign that makes one, else by the difference."""
    if median * end > 0.0:
        factor = median / end
        return f"by a factor of {number(factor if abs(factor) >= 1 else 1 / factor)}"
    return f"by {abs(median - end):.2g}"


def _interval(accepted: Range, prediction: Prediction) -> str:
    told = f"{number(prediction.lower)} to {number(prediction.upper)}, the middle 90 %, "
    reaches = prediction.lower <= accepted.high and prediction.upper >= accepted.low
    return told + (
        f"reaches into it, with {100 * prediction.inside:.0f} % of the runs"
        if reaches
        else "does not reach it"
    )
