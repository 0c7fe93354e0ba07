"""What the record says of the cities that are simulated, by the estimators that work on runs."""

from collections.abc import Mapping

from citysim.patterns.targets import targets
from citysim.world.world import World

#: Value and the ends of its 90 % interval, by statistic.
type Records = Mapping[str, tuple[float, float, float]]


def record_of(world: World) -> Records:
    """Statistics of what is recorded of the cities of a real world, with bootstrap intervals."""
    table = targets(world)
    rows = zip(table["statistic"], table["value"], table["lower"], table["upper"], strict=True)
    return {name: (value, lower, upper) for name, value, lower, upper in rows}
