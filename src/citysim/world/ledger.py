"""Fills gaps by stated rules and keeps the count of every filled value."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from citysim.world.imputation import Imputation

type Fill = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def group_median(groups: NDArray[np.object_]) -> Fill:
    """Rule: the median of the known values of the same group; the median of all where it has none."""

    def fill(values: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.full(len(values), np.nanmedian(values))
        for name in np.unique(groups[np.isnan(values)].astype(str)):
            known = values[(groups == name) & ~np.isnan(values)]
            if len(known):
                out[groups == name] = np.median(known)
        return out

    return fill


def least_squares(*columns: NDArray[np.float64]) -> Fill:
    """Rule: ordinary least squares on ``columns``; NaN where one of them is missing."""
    design = np.column_stack((np.ones(len(columns[0])), *columns))

    def fill(values: NDArray[np.float64]) -> NDArray[np.float64]:
        known = ~np.isnan(values) & ~np.isnan(design).any(axis=1)
        slope, *_ = np.linalg.lstsq(design[known], values[known], rcond=None)
        return np.asarray(design @ slope)

    return fill


class Filled:
    """One attribute of countries while its gaps are filled; remembers which rule filled which value.

    ``rule`` is 0 where the value is the data's own, else the number of the entry of ``rules``.
    """

    def __init__(self, name: str, values: NDArray[np.float64]) -> None:
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

    def used(self, rows: NDArray[np.int64], field: str) -> list[Imputation]:
        """How often each rule was needed for ``rows`` (one per city or state, repeats counted)."""
        counts = np.bincount(self.rule[rows], minlength=len(self.rules) + 1)[1:]
        return [
            Imputation(field, int(count), len(rows), f"{self.name}: {rule}")
            for count, rule in zip(counts, self.rules, strict=True)
            if count
        ]
