"""How much of adoption has a state behind it, by size of city."""

import numpy as np

from citysim.arrays import Floats
from citysim.patterns.course import Course
from citysim.patterns.statistic import Statistic

STATISTICS = (
    Statistic("small", "share", "adoptions with a state behind them, cities of 100,000 to 500,000"),
    Statistic("medium", "share", "the same, 500,000 to 1 million"),
    Statistic("large", "share", "the same, 1 million and more"),
    Statistic("falls", "share", "small less large"),
)
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
    """Share of a run's pledging hazard that is a state's or a mandate's; of a record's joins, coordinated."""
    if not {"adoptions", "pushed"} <= set(course.panel):
        return {}
    adoptions, pushed = (course.panel[name].sum(axis=0) for name in ("adoptions", "pushed"))
    return by_size(course.world.population, adoptions, pushed)
