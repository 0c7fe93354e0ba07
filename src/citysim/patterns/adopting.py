"""Who adopts: coefficients of the event history of adoption."""

import numpy as np

from citysim.arrays import Floats
from citysim.patterns.course import Course
from citysim.patterns.history import History, coefficients, history
from citysim.patterns.statistic import Statistic

_HAVE = "log-odds to adopt in a year with what those have that"
ADOPTION = (
    Statistic("country", "elasticity", f"{_HAVE} are of the own state: with the log of 1 % + their share"),
    Statistic("twins", "log-odds", f"{_HAVE} are twins: with ln (1 + their number)"),
    Statistic("neighbours", "log-odds", f"{_HAVE} are the nearest: all against none"),
    Statistic("networks", "log-odds", f"{_HAVE} are co-members: ln (1 + shares summed over networks)"),
    Statistic("population", "elasticity", "odds to adopt in a year with population"),
    Statistic("capacity", "log-odds", "to adopt in a year, capacity 1 against 0"),
)
BY_SIZE = (
    Statistic("learning", "elasticity", "rise of learning from the own state with log population", "N7"),
    Statistic("imitation", "log-odds", "rise of imitation of the larger with log population", "N7"),
)
PLEDGING = (
    Statistic("member", "log-odds", "to adopt in a year, members of a network against others", "N5"),
    Statistic("one", "log-odds", "the same, with one membership", "N5"),
    Statistic("some", "log-odds", "the same, with two to four", "N5"),
    Statistic("many", "log-odds", "the same, with five and more", "N5"),
    Statistic(
        "monotone", "log-odds", "least step from none to one to some to many, positive if all rise", "N5"
    ),
)
#: Classes of memberships: from so many to so many.
MEMBERSHIPS = {"one": (1, 1), "some": (2, 4), "many": (5, np.inf)}


def adoption(course: Course) -> dict[str, float]:
    """Log-odds of adopting by what country, twins, neighbours and co-members have, by size and capacity."""
    rows = history(course)
    return {} if rows is None else around(rows)


def around(rows: History, weight: Floats | None = None) -> dict[str, float]:
    """As ``adoption``, of city-years."""
    names = ("country", "twins", "neighbours", "networks", "population", "capacity")
    return coefficients(rows, {name: getattr(rows, name) for name in names}, weight)


def by_size(course: Course) -> dict[str, float]:
    """How learning and imitation change with the log of population (Shipan & Volden 2008: more, and less)."""
    rows = history(course)
    return {} if rows is None else with_size(rows)


def with_size(rows: History, weight: Floats | None = None) -> dict[str, float]:
    """As ``by_size``, of city-years: learning from the country, imitation of the nearest larger city."""
    columns = {
        "country": rows.country,
        "larger": rows.larger,
        "population": rows.population,
        "capacity": rows.capacity,
        "learning": rows.country * rows.population,
        "imitation": rows.larger * rows.population,
    }
    found = coefficients(rows, columns, weight)
    return {name: found[name] for name in ("learning", "imitation") if name in found}


def pledging(course: Course) -> dict[str, float]:
    """Log-odds of adopting by members of networks against others, population and capacity held.

    ``member``: of any network; ``one``, ``some``, ``many`` (five or more): by number; ``monotone``: the
    smallest step from one of these classes to the next, positive where more memberships go with more.
    """
    rows = history(course)
    return {} if rows is None else by_membership(rows)


def by_membership(rows: History, weight: Floats | None = None) -> dict[str, float]:
    """As ``pledging``, of city-years."""
    held = {"population": rows.population, "capacity": rows.capacity}
    member = coefficients(rows, {"member": (rows.memberships > 0).astype(np.float64), **held}, weight)
    classes = {
        name: ((rows.memberships >= low) & (rows.memberships <= high)).astype(np.float64)
        for name, (low, high) in MEMBERSHIPS.items()
    }
    number = coefficients(rows, {**classes, **held}, weight)
    found = {name: value for name, value in (member | number).items() if name not in held}
    if set(MEMBERSHIPS) <= set(found):
        steps = np.diff([0.0, *(found[name] for name in MEMBERSHIPS)])
        found["monotone"] = float(steps.min())
    return found
