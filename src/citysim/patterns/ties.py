"""Twinnings at the end of a course: degrees, clustering, components, and whom they join."""

import numpy as np

from citysim.arrays import Bools, Ints
from citysim.patterns.course import Course
from citysim.patterns.people import people_at
from citysim.patterns.record import KNOWN
from citysim.patterns.shape import assortativity, closed, graph, reach, unequal
from citysim.patterns.statistic import Statistic

#: Cities of at least so many people, with ties among themselves.
SIZES = {"large": 500_000.0, "million": 1_000_000.0}

_AMONG = "among cities of at least {} inhabitants"
STATISTICS = (
    Statistic("mean", "ties", "twinnings of a city, mean", "T7"),
    Statistic("without", "share", "cities without any twinning"),
    Statistic("most", "ties", "twinnings of the city that has most"),
    Statistic("gini", "index 0–1", "Gini of the cities' numbers of twinnings"),
    Statistic(
        "transitivity", "share", "pairs of a city's partners that are partners, over all such pairs", "T7"
    ),
    Statistic(
        "clustering", "share", "the same share city by city, mean over those with two partners or more", "T7"
    ),
    Statistic("assortativity", "correlation", "of the numbers of twinnings at the two ends of a tie"),
    Statistic("giant", "share", "cities in the largest component, of those with any twinning", "T7"),
    Statistic(
        "distance", "steps", "mean shortest path within the largest component, from 64 of its cities", "T7"
    ),
    Statistic("within_country", "share", "ties between two cities of one state", "T4"),
    Statistic("within_region", "share", "ties between two cities of one of the six regions"),
    Statistic("both_rich", "share", "ties between two cities of high-income countries"),
    Statistic("one_rich", "share", "ties between a city of a high-income country and one of another"),
    *(
        Statistic(f"{name}_{of}", unit, f"{what}, {_AMONG.format(f'{size:,.0f}')}", pattern)
        for name, size in SIZES.items()
        for of, unit, what, pattern in (
            ("mean", "ties", "twinnings of a city, mean", "T1"),
            ("without", "share", "cities without any twinning", "T1"),
            ("most", "ties", "twinnings of the city that has most", "T1"),
            ("gini", "index 0–1", "Gini of the cities' numbers of twinnings", "T6"),
            ("international", "share", "ties across a border", "T4"),
        )
    ),
)


def ties(course: Course) -> dict[str, float]:
    """Of the twinnings that hold, suspended or not, at the end of the course; see ``STATISTICS``."""
    world, held = course.world, course.twins.at(course.last)
    first, second = course.twins.first[held], course.twins.second[held]
    degree, tied = course.degree(course.last), graph(first, second, world.n_cities)
    found = unequal(degree) | closed(tied) | reach(tied, world.city_id)
    found["assortativity"] = assortativity(first, second, degree)
    rich = world.rich[first].astype(int) + world.rich[second]
    found |= {
        "within_country": _share(world.state[first] == world.state[second]),
        "within_region": _share(world.region[first] == world.region[second]),
        "both_rich": _share(rich == 2),
        "one_rich": _share(rich == 1),
    }
    for name, size in SIZES.items():
        found |= {f"{name}_{of}": value for of, value in _among(course, first, second, size).items()}
    return {name: value for name, value in found.items() if not np.isnan(value)}


def _among(course: Course, first: Ints, second: Ints, size: float) -> dict[str, float]:
    """Ties among cities that have ``size`` people at the end of the course or of the record.

    After the record they stay the same cities: who grows into the class brings no ties of it along.
    """
    large = people_at(course.world, min(course.last, KNOWN)) >= size
    if not large.any():
        return {}
    kept = large[first] & large[second]
    first, second = first[kept], second[kept]
    degree = np.bincount(np.concatenate((first, second)), minlength=len(large))[large]
    across = course.world.state[first] != course.world.state[second]
    return unequal(degree) | {"international": _share(across)}


def _share(which: Bools) -> float:
    return float(which.mean()) if len(which) else np.nan
