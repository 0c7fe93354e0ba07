"""All statistics of a course, by family."""

import math
from collections.abc import Callable, Iterable, Mapping

from citysim.patterns import (
    adopting,
    gravity,
    halves,
    joins,
    memberships,
    networks,
    onsets,
    rupture,
    spread,
    staggered,
    surge,
    ties,
    vertical,
    yearly,
)
from citysim.patterns.course import Course
from citysim.patterns.statistic import Statistic

#: A family works out statistics that belong together, and leaves out those that the course has no data for.
FAMILIES: Mapping[str, Callable[[Course], Mapping[str, float]]] = {
    "ties": ties.ties,
    "gravity": gravity.gravity,
    "memberships": memberships.memberships,
    "networks": networks.networks,
    "joins": joins.joins,
    "yearly": yearly.yearly,
    "curves": spread.curves,
    "dropping": spread.dropping,
    "adoption": adopting.adoption,
    "adoption_by_size": adopting.by_size,
    "pledging": adopting.pledging,
    "vertical": vertical.vertical,
    "onsets": onsets.onsets,
    "rupture": rupture.rupture,
    "surge": surge.surge,
    "staggered": staggered.staggered,
    "earlier": halves.earlier,
    "later": halves.later,
}
#: What the statistics of each family are; a test holds the families to it.
DESCRIBED: Mapping[str, tuple[Statistic, ...]] = {
    "ties": ties.STATISTICS,
    "gravity": gravity.STATISTICS,
    "memberships": memberships.STATISTICS,
    "networks": networks.STATISTICS,
    "joins": joins.STATISTICS,
    "yearly": yearly.STATISTICS,
    "curves": spread.CURVES,
    "dropping": spread.DROPPING,
    "adoption": adopting.ADOPTION,
    "adoption_by_size": adopting.BY_SIZE,
    "pledging": adopting.PLEDGING,
    "vertical": vertical.STATISTICS,
    "onsets": onsets.STATISTICS,
    "rupture": rupture.STATISTICS,
    "surge": surge.STATISTICS,
    "staggered": staggered.STATISTICS,
    "earlier": halves.EARLIER,
    "later": halves.LATER,
}
_SERIES = (
    "parking_reform.csv, participatory_budgeting_brazil.csv, plastic_bags_us_by_year.csv, "
    "covenant_signatories.csv.gz"
)
#: Where the record of each family is from: files of the data pack, or as published.
RECORDED_IN: Mapping[str, str] = {
    "ties": "twinning.csv",
    "gravity": "twinning.csv",
    "memberships": "memberships.csv, network_traits.csv",
    "networks": "networks.csv",
    "joins": "memberships.csv, networks.csv",
    "yearly": "memberships.csv, networks.csv",
    "curves": _SERIES,
    "dropping": _SERIES,
    "adoption": "parking_reform.csv, covenant_signatories.csv.gz",
    "adoption_by_size": "parking_reform.csv, covenant_signatories.csv.gz",
    "pledging": "parking_reform.csv, covenant_signatories.csv.gz",
    "vertical": "covenant_signatories.csv.gz",
    "onsets": "Correlates of War 1823–2003, as published",
    "rupture": "as published, docs/priors.md",
    "surge": "as published, docs/priors.md",
    "staggered": "as published, docs/patterns.md",
    "earlier": f"networks.csv, memberships.csv, {_SERIES}",
    "later": f"networks.csv, memberships.csv, {_SERIES}",
}


def statistics_of(course: Course, families: Iterable[str] = tuple(FAMILIES)) -> dict[str, float]:
    """Every statistic that the course has data for, as ``family.name``, in stable order."""
    return {
        f"{family}.{name}": value for family in families for name, value in FAMILIES[family](course).items()
    }


def limits_of(names: Iterable[str]) -> list[tuple[float, float]]:
    """Least and greatest value of statistics by their names; none of one that is not described."""
    found = []
    for name in names:
        try:
            found.append(described(name).limits)
        except KeyError:
            found.append((-math.inf, math.inf))
    return found


def described(name: str) -> Statistic:
    """What a statistic is, by its ``family.name``. Raises ``KeyError`` for none."""
    family, _, own = name.partition(".")
    for statistic in DESCRIBED[family]:
        if statistic.describes(own):
            return statistic
    raise KeyError(name)
