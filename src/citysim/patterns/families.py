"""All statistics of a course, by family."""

from collections.abc import Callable, Mapping

from citysim.patterns import rupture, shape, staggered, surge
from citysim.patterns.course import Course

#: A family works out statistics that belong together, and leaves out those that the course has no data for.
FAMILIES: Mapping[str, Callable[[Course], Mapping[str, float]]] = {
    "ties": shape.ties,
    "rupture": rupture.rupture,
    "surge": surge.surge,
    "staggered": staggered.staggered,
}


def statistics_of(course: Course) -> dict[str, float]:
    """Every statistic that the course has data for, as ``family.name``, in stable order."""
    return {
        f"{family}.{name}": value for family, of in FAMILIES.items() for name, value in of(course).items()
    }
