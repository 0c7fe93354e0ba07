"""Which pairs of cities are tied: a log-linear regression over all pairs (PATTERNS T2-T5)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.gravity import CONTINENT, EUROPE, NEAREST_KM
from citysim.patterns.course import Course
from citysim.patterns.people import people_at
from citysim.patterns.regression import loglinear
from citysim.patterns.statistic import Statistic
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.world import World

STATISTICS = (
    Statistic("distance", "elasticity", "of the hazard of a tie with distance", "T2"),
    Statistic("population", "elasticity", "with the population of either side", "T3"),
    Statistic("same_country", "log hazard ratio", "both cities in one state", "T4"),
    Statistic("both_european", "log hazard ratio", "both in Europe", "T5"),
    Statistic("same_continent", "log hazard ratio", "both on one other continent", "T5"),
    Statistic("both_rich", "log hazard ratio", "both of high-income countries, against neither", "T5"),
    Statistic("one_rich", "log hazard ratio", "one of a high-income country, against neither", "T5"),
    Statistic("distance_raw", "elasticity", "with distance, nothing else held fixed", "T2"),
    Statistic(
        "distance_raw_million", "elasticity", "the same among cities of at least 1,000,000 inhabitants", "T2"
    ),
)
#: In the order of the columns after the constant.
TERMS = tuple(statistic.name for statistic in STATISTICS[:7])
MILLION = 1_000_000.0
#: Terms that are 0 or 1.
_EITHER = slice(3, 8)
#: Fewer ties say nothing.
LEAST_TIES = 30
#: Width of a cell in ln km and in ln people². A term of coefficient b misses b² · width² / 24 of the hazard
#: within it, about alike in all cells, which the constant takes up.
WIDTH = 0.1
#: Rows of pairs at a time.
BLOCK = 256


@dataclass(frozen=True, eq=False)
class Cells:
    """Pairs of cities, gathered: ``pairs`` (C,) in each cell, ``terms`` (C, 8) their means, the first 1."""

    pairs: Floats
    terms: Floats


def gravity(course: Course) -> dict[str, float]:
    """Poisson regression of the ties at the end on what a pair of cities is; see ``STATISTICS``.

    The ties count each with its own terms, the pairs that could be tied by cells (``cells``), so that a run's
    takes milliseconds; tests hold it to the regression over every pair.
    """
    world, held = course.world, course.twins.at(course.last)
    first, second = course.twins.first[held], course.twins.second[held]
    people = course.population
    every = cells(world, course.last)
    terms = pair_terms(world, people, first, second)
    found = coefficients(every, terms)
    found |= _raw(every, terms, "distance_raw")
    large = (people[first] >= MILLION) & (people[second] >= MILLION)
    return found | _raw(cells(world, course.last, MILLION), terms[large], "distance_raw_million")


def coefficients(every: Cells, tied: Floats) -> dict[str, float]:
    """Coefficients by ``TERMS``; ``tied``: terms of each tie, (E, 8). A kind that no tie is of has none."""
    if len(tied) < LEAST_TIES:
        return {}
    # Without a tie of a kind its coefficient is minus infinity, and its pairs add nothing to the rest.
    empty = [place for place in range(8)[_EITHER] if not tied[:, place].any()]
    kept = [place for place in range(8) if place not in empty]
    inside = ~every.terms[:, empty].any(axis=1)
    fit = loglinear(every.terms[inside][:, kept], every.pairs[inside], tied[:, kept].sum(axis=0))
    if fit is None:
        return {}
    return {TERMS[place - 1]: float(value) for place, value in zip(kept, fit[0], strict=True) if place}


def _raw(every: Cells, tied: Floats, name: str) -> dict[str, float]:
    if len(tied) < LEAST_TIES:
        return {}
    fit = loglinear(every.terms[:, :2], every.pairs, tied[:, :2].sum(axis=0))
    return {} if fit is None else {name: float(fit[0][1])}


def pair_terms(world: World, people: Floats, i: Ints, j: Ints) -> Floats:
    """Constant and ``TERMS`` of pairs of cities, (M, 8); ``people`` (N,)."""
    cosine = np.einsum("na,na->n", world.xyz[i], world.xyz[j])
    europe = (world.region[i] == EUROPE) & (world.region[j] == EUROPE)
    continent = CONTINENT[world.region]
    rich = world.rich[i].astype(int) + world.rich[j]
    terms = (
        np.ones(len(i)),
        _log_km(cosine),
        np.log(people[i]) + np.log(people[j]),
        world.state[i] == world.state[j],
        europe,
        (continent[i] == continent[j]) & ~europe,
        rich == 2,
        rich == 1,
    )
    return np.column_stack(terms).astype(np.float64)


def _log_km(cosine: Floats) -> Floats:
    return np.log(np.maximum(np.arccos(np.clip(cosine, -1.0, 1.0)) * EARTH_RADIUS_KM, NEAREST_KM))


@lru_cache(maxsize=4)  # fixed by the world: shared by the runs of a process
def cells(world: World, last: float, least: float = 0.0) -> Cells:
    """All pairs of cities of at least ``least`` people in the year ``last``, by cells alike in all terms."""
    people = people_at(world, last)
    chosen = np.flatnonzero(people >= least)
    xyz, size = world.xyz[chosen], np.log(people[chosen])
    home, region, rich = world.state[chosen], world.region[chosen], world.rich[chosen].astype(np.int64)
    continent = CONTINENT[region]
    near, far = np.log(NEAREST_KM), np.log(np.pi * EARTH_RADIUS_KM)
    low = 2 * size.min() if len(size) else 0.0
    across, along = (
        int((far - near) / WIDTH) + 1,
        int((2 * size.max() - low) / WIDTH) + 1 if len(size) else 1,
    )
    sums = np.zeros((3, 18 * across * along))
    for start in range(0, len(chosen), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(chosen)))
        i, j = np.nonzero(np.arange(start, len(chosen)) > rows[:, None])
        i, j = i + start, j + start
        distance = _log_km((xyz[rows] @ xyz[start:].T)[i - start, j - start])
        both = size[i] + size[j]
        kind = 3 * np.where(continent[i] == continent[j], np.where(region[i] == EUROPE, 1, 2), 0)
        kind += 9 * (home[i] == home[j]) + rich[i] + rich[j]
        place = (kind * across + ((distance - near) / WIDTH).astype(np.int64)) * along
        place += ((both - low) / WIDTH).astype(np.int64)
        for row, weights in enumerate((None, distance, both)):
            sums[row] += np.bincount(place, weights, minlength=sums.shape[1])
    filled = np.flatnonzero(sums[0])
    pairs, distance, both = sums[:, filled]
    kind = filled // (across * along)
    terms = (
        np.ones(len(filled)),
        distance / pairs,
        both / pairs,
        kind >= 9,
        kind % 9 // 3 == 1,
        kind % 9 // 3 == 2,
        kind % 3 == 2,
        kind % 3 == 1,
    )
    return Cells(pairs, np.column_stack(terms).astype(np.float64))
