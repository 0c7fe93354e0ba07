"""Cities that come together when their state retreats: the members of a campaign."""

import numpy as np

from citysim.model.state import DT
from citysim.patterns.course import Course
from citysim.patterns.statistic import Statistic

#: Whose retreat the record is of (PATTERNS S1).
RETREATED = "USA"
#: Years after which the record counts again: 350 members in July 2017, 427–435 in 2019.
LATER = 2.0

STATISTICS = (
    Statistic("share", "share", "cities of the United States in the first campaign, after a quarter", "S1"),
    Statistic("later", "ratio", "its members there two years on, relative to those after a quarter", "S1"),
)


def surge(course: Course) -> dict[str, float]:
    """How the first campaign that is founded within the course fills with cities of ``RETREATED``.

    See ``STATISTICS``; a run's founding is noted at the end of its quarter. Nothing where no campaign is
    founded, or it has no such member.
    """
    networks, world = course.networks, course.world
    if networks.campaign is None or RETREATED not in world.state_iso3:
        return {}
    home = world.state == world.state_iso3.index(RETREATED)
    began = np.where(networks.campaign & (networks.founded >= course.first), networks.founded, np.inf)
    spells = course.memberships.take(home[course.memberships.first])
    for network in np.argsort(began, kind="stable"):
        if began[network] == np.inf:
            break
        of = spells.take(spells.second == network)
        filled = float(began[network]) + (0.0 if course.simulated else DT)
        members = of.at(filled).sum()
        if members:
            found = {"share": float(members / home.sum())}
            if filled + LATER <= course.last:
                found["later"] = float(of.at(filled + LATER).sum() / members)
            return found
    return {}
