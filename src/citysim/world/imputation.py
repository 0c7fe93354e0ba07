"""Values that the data do not hold: filled by stated rules, and counted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats, Ints, Labels

type Fill = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Imputation:
    """One rule that filled ``filled`` of ``total`` values of ``field``."""

    field: str
    filled: int
    total: int
    rule: str


def group_median(groups: Labels) -> Fill:
    """Rule: the median of the known values of the same group; the median of all where it has none."""

    def fill(values: Floats) -> Floats:
        out = np.full(len(values), np.nanmedian(values))
        for name in np.unique(groups[np.isnan(values)].astype(str)):
            known = values[(groups == name) & ~np.isnan(values)]
            if len(known):
                out[groups == name] = np.median(known)
        return out

    return fill


def least_squares(*columns: Floats) -> Fill:
    """Rule: ordinary least squares on ``columns``; NaN where one of them is missing."""
    design = np.column_stack((np.ones(len(columns[0])), *columns))

    def fill(values: Floats) -> Floats:
        known = ~np.isnan(values) & ~np.isnan(design).any(axis=1)
        slope, *_ = np.linalg.lstsq(design[known], values[known], rcond=None)
        return np.asarray(design @ slope)

    return fill


class Filled:
    """One attribute of countries while its gaps are filled; remembers which rule filled which value.

    ``rule`` is 0 where the value is the data's own, else the number of the entry of ``rules``.
    """

    def __init__(self, name: str, values: Floats) -> None:
        self.name = name
        self.values = np.array(values, np.float64)
        self.rules: list[str] = []
        self.rule = np.zeros(len(self.values), np.int64)

    def fill(self, rule: str, fill: Fill) -> "Filled":
        """Fill what is still missing where ``fill`` knows a value."""
        found = fill(self.values)
        take = np.isnan(self.values) & ~np.isnan(found)
        self.rules.append(rule)
        self.values[take] = found[take]
        self.rule[take] = len(self.rules)
        return self

    def clipped(self, low: float, high: float) -> "Filled":
        """Keep filled values within the range of the measure."""
        self.values = np.clip(self.values, low, high)
        return self

    def used(self, rows: Ints, field: str) -> list[Imputation]:
        """How often each rule was needed for ``rows`` (one per city or state, repeats counted)."""
        counts = np.bincount(self.rule[rows], minlength=len(self.rules) + 1)[1:]
        return [
            Imputation(field, int(count), len(rows), f"{self.name}: {rule}")
            for count, rule in zip(counts, self.rules, strict=True)
            if count
        ]
