"""How many networks there are, year by year."""

import numpy as np

from citysim.patterns.course import Course
from citysim.patterns.statistic import Statistic

#: Years at whose end networks are counted.
EVERY = 5
STATISTICS = (
    Statistic("alive_{year}", "networks", "at the end of every fifth year", "N1", "networks"),
    Statistic(
        "growth", "per year", "of their number, from the end of the first year to the last", "N1", "networks"
    ),
)


def networks(course: Course) -> dict[str, float]:
    """Networks whose founding is dated and that are not closed; see ``STATISTICS``."""
    years = course.years
    found = {f"alive_{year}": alive(course, year) for year in years.tolist() if year % EVERY == 0}
    return found | growth(course, int(years[0]), int(years[-1])) if len(years) > 1 else found


def growth(course: Course, first: int, last: int) -> dict[str, float]:
    """Of their number, from the end of one year to that of another; nothing where there was none."""
    then, now = alive(course, first), alive(course, last)
    return {"growth": float(np.log(now / then) / (last - first))} if then and now else {}


def alive(course: Course, year: int) -> float:
    """Networks at the end of a calendar year."""
    of, end = course.networks, year + 1.0
    return float(((of.founded <= end) & (of.closed > end)).sum())
