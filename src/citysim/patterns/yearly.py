"""How the members of dated networks came, year by year: drawn beside the record, and told by ``joins``."""

import numpy as np

from citysim.patterns.course import Course
from citysim.patterns.joins import NEVER, joins_of
from citysim.patterns.statistic import Statistic, slug

STATISTICS = (
    Statistic(
        "{network}_{year}",
        "cities",
        "had joined by the end of a year, and stayed until the list's last",
    ),
)


def yearly(course: Course) -> dict[str, float]:
    """Joins of each dated network by the end of every year of its list; see ``STATISTICS``."""
    found = {}
    for one in joins_of(course):
        joined = one.year[one.year != NEVER]
        first = max(one.list.founded, int(np.ceil(course.first)))
        for year in range(first, one.list.last + 1):
            found[f"{slug(one.name)}_{year}"] = float((joined <= year).sum())
    return found
