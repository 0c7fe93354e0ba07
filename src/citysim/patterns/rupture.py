"""Ties that break when two states go to war: those of the one's cities with states behind the other."""

import numpy as np

from citysim.arrays import Bools
from citysim.model.kernels.dyads import TAKES_SIDES
from citysim.model.state import DT
from citysim.patterns.course import Course, Spells
from citysim.patterns.statistic import Statistic

#: Whose break the record counts (PATTERNS T8): ties with cities of the first of those behind the second.
BROKE = ("RUS", "UKR")
#: Years after which the lists of 2022 and 2026 say what is left (docs/priors.md, "Ruptures").
LATER = 4.0

_TIES = "live ties between Russian cities and those of states with Ukraine"
STATISTICS = (
    Statistic("lost", "share", f"{_TIES}, suspended or ended within a quarter of the war's beginning", "T8"),
    Statistic(
        "cities", "share", "cities of these states with such a tie that lost one in that quarter", "T8"
    ),
    Statistic("states", "states", "that these cities are in", "T8"),
    Statistic("later", "share", f"{_TIES}, gone after four years beyond other foreign ties", "T8"),
)


def rupture(course: Course) -> dict[str, float]:
    """What the first war of ``BROKE`` that begins within the course does to ties with third states.

    See ``STATISTICS``. ``later`` is 1 − ratio of the share of these ties that is left to that of the third
    states' other foreign ties. Nothing where no such war begins, where what is suspended is not known, or
    where no such tie is there.
    """
    world, began = course.world, _began(course)
    if began is None or course.suspended is None:
        return {}
    aggressor, victim = (world.state_iso3.index(code) for code in BROKE)
    behind = world.aligned[:, victim] - world.aligned[:, aggressor] >= TAKES_SIDES
    behind[[aggressor, victim]] = False
    first, second = world.state[course.twins.first], world.state[course.twins.second]
    live = _live(course, began)
    at_stake = live & (((first == aggressor) & behind[second]) | ((second == aggressor) & behind[first]))
    if not at_stake.any():
        return {}
    gone = at_stake & ~_live(course, began + DT)
    third = np.where(first == aggressor, course.twins.second, course.twins.first)
    lost, had = np.unique(third[gone]), np.unique(third[at_stake])
    found = {
        "lost": float(gone.sum() / at_stake.sum()),
        "cities": len(lost) / len(had),
        "states": float(len(np.unique(world.state[lost]))),
    }
    others = live & (first != second) & (behind[first] | behind[second])
    others &= (first != aggressor) & (second != aggressor)
    if began + LATER <= course.last and others.any():
        left = _live(course, began + LATER)
        found["later"] = float(1.0 - left[at_stake].mean() / left[others].mean())
    return found


def _began(course: Course) -> float | None:
    """When the first war of ``BROKE`` began within the course; a run's is noted at the end of its quarter."""
    codes = course.world.state_iso3
    if course.conflicts is None or not set(BROKE) <= set(codes):
        return None
    pair = sorted(codes.index(code) for code in BROKE)
    wars = course.conflicts
    theirs = (wars.first == pair[0]) & (wars.second == pair[1]) & wars.dated
    if not theirs.any():
        return None
    return float(wars.begin[theirs].min()) - (DT if course.simulated else 0.0)


def _live(course: Course, time: float) -> Bools:
    """Which twinnings hold at a time and are not suspended, (E,)."""
    suspended = course.suspended if course.suspended is not None else Spells.none()
    held, cities = suspended.at(time), course.world.n_cities
    keys = suspended.first[held] * cities + suspended.second[held]
    live: Bools = course.twins.at(time) & ~np.isin(course.twins.first * cities + course.twins.second, keys)
    return live
