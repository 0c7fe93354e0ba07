"""How much of adoption has a state behind it, by size of city."""

import numpy as np

from citysim.arrays import Floats
from citysim.patterns.course import Course

#: Bounds of the classes of population.
CLASSES = {"small": (1e5, 5e5), "medium": (5e5, 1e6), "large": (1e6, np.inf)}


def by_size(population: Floats, adoptions: Floats, pushed: Floats) -> dict[str, float]:
    """Share of adoptions with a state behind them by class of population; all (n,) by city."""
    found = {}
    for name, (low, high) in CLASSES.items():
        here = (population >= low) & (population < high)
        if adoptions[here].sum() > 0:
            found[name] = float(pushed[here].sum() / adoptions[here].sum())
    if {"small", "large"} <= set(found):
        found["falls"] = found["small"] - found["large"]
    return found


def vertical(course: Course) -> dict[str, float]:
    """Of a run: share of the pledging hazard that is the state's and its mandates'; of a record: coordinated."""
    if course.adoptions is None or course.pushed is None:
        return {}
    return by_size(course.world.population, course.adoptions, course.pushed)
