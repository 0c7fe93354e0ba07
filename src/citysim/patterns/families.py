"""All statistics of a course, by family."""

from collections.abc import Callable, Mapping

from citysim.patterns import adopting, onsets, shape, spread, vertical
from citysim.patterns.course import Course
from citysim.patterns.statistic import Statistic

#: A family works out statistics that belong together, and leaves out those that the course has no data for.
FAMILIES: Mapping[str, Callable[[Course], Mapping[str, float]]] = {
    "ties": shape.ties,
    "curves": spread.curves,
    "dropping": spread.dropping,
    "adoption": adopting.adoption,
    "adoption_by_size": adopting.by_size,
    "pledging": adopting.pledging,
    "vertical": vertical.vertical,
    "onsets": onsets.onsets,
}
#: What the statistics of each family are; a test holds the families to it.
DESCRIBED: Mapping[str, tuple[Statistic, ...]] = {
    "curves": spread.CURVES,
    "dropping": spread.DROPPING,
    "adoption": adopting.ADOPTION,
    "adoption_by_size": adopting.BY_SIZE,
    "pledging": adopting.PLEDGING,
    "vertical": vertical.STATISTICS,
    "onsets": onsets.STATISTICS,
}


def statistics_of(course: Course) -> dict[str, float]:
    """Every statistic that the course has data for, as ``family.name``, in stable order."""
    return {
        f"{family}.{name}": value for family, of in FAMILIES.items() for name, value in of(course).items()
    }
