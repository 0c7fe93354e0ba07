"""Memberships at the end of a course: how cities share in networks, and networks in cities."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.patterns.course import Course
from citysim.patterns.regression import loglinear
from citysim.patterns.shape import unequal
from citysim.patterns.statistic import Statistic
from citysim.world.networks import MIN_MEMBERS
from citysim.world.regions import REGIONS

EUROPE = REGIONS.index("Europe")

_IN = f"networks with at least {MIN_MEMBERS} members in the world"
STATISTICS = (
    Statistic("mean", "memberships", "of a city, mean"),
    Statistic("without", "share", "cities in no network"),
    Statistic("most", "memberships", "of the city that has most", "N2"),
    Statistic("gini", "index 0–1", "Gini of the cities' numbers of memberships"),
    Statistic(
        "one", "share", "cities in exactly one network, of those in any; the others are in two or more", "N2"
    ),
    Statistic("europe_mean", "memberships", "of a European city, mean", "N2"),
    Statistic("europe_one", "share", "European cities in exactly one network, of those in any", "N2"),
    Statistic("europe_most", "memberships", "of the European city that has most", "N2"),
    Statistic("population", "elasticity", "of a city's memberships with its population, Poisson regression"),
    Statistic("capacity", "log ratio per unit", "with its capacity, in the same regression"),
    Statistic("europe", "log ratio", "in Europe, in the same regression"),
    Statistic("network_median", "members in the world", f"median of {_IN}", "N3", "networks"),
    Statistic("network_upper_decile", "members in the world", f"upper decile of {_IN}", "N3", "networks"),
    Statistic("network_most", "members in the world", "of the largest network", "N3", "networks"),
    Statistic("open_european", "share", "European members of open networks", "N4", "networks"),
    Statistic("invited_european", "share", "European members of networks by invitation", "N4", "networks"),
)


def memberships(course: Course) -> dict[str, float]:
    """Of the memberships that hold at the end of the course; see ``STATISTICS``.

    Networks of fewer members than the pack keeps do not count among networks.
    """
    world, held = course.world, course.memberships.at(course.last)
    city, network = course.memberships.first[held], course.memberships.second[held]
    count = np.bincount(city, minlength=world.n_cities)
    found = unequal(count) | _one(count)
    own = count[world.region == EUROPE]
    if len(own):
        europe = unequal(own) | _one(own)
        found |= {f"europe_{name}": europe[name] for name in ("mean", "one", "most") if name in europe}
    return found | _elasticities(course, count) | _networks(course, city, network)


def _one(count: Ints) -> dict[str, float]:
    return {"one": float((count == 1).sum() / (count > 0).sum())} if count.any() else {}


def _elasticities(course: Course, count: Ints) -> dict[str, float]:
    """Poisson regression of cities' memberships on log population, capacity and Europe."""
    world = course.world
    terms: Floats = np.column_stack(
        (np.ones(len(count)), np.log(course.population), world.capacity, world.region == EUROPE)
    ).astype(np.float64)
    fit = loglinear(terms, np.ones(len(count)), count @ terms)
    names = ("population", "capacity", "europe")
    return dict(zip(names, fit[0][1:].tolist(), strict=True)) if fit else {}


def _networks(course: Course, city: Ints, network: Ints) -> dict[str, float]:
    size = np.bincount(network, minlength=len(course.networks.name))
    counted = size[size >= MIN_MEMBERS]
    if not len(counted):
        return {}
    found = {
        "network_median": float(np.median(counted)),
        "network_upper_decile": float(np.quantile(counted, 0.9)),
        "network_most": float(counted.max()),
    }
    european, invited = course.world.region[city] == EUROPE, course.networks.by_invitation[network]
    for name, which in (("open_european", ~invited), ("invited_european", invited)):
        if which.any():
            found[name] = float(european[which].mean())
    return found
