"""What the record says of the cities that are simulated, by the estimators that work on runs."""

from collections.abc import Mapping

from citysim.patterns.recorded import record_targets
from citysim.patterns.targets import RESAMPLES
from citysim.world.world import World

#: Value and the ends of its 90 % interval by statistic and source; by statistic alone with no source.
type Records = Mapping[tuple[str, str], tuple[float, float, float]]


def record_of(world: World, resamples: int = RESAMPLES) -> Records:
    """Statistics of what is recorded of the cities of a real world, with bootstrap intervals."""
    table = record_targets(world, resamples)
    found: dict[tuple[str, str], tuple[float, float, float]] = {}
    names = zip(table["statistic"], table["source"], strict=True)
    rows = table[["value", "lower", "upper"]].to_numpy(dtype=float).tolist()
    for (statistic, source), (value, lower, upper) in zip(names, rows, strict=True):
        found[statistic, source] = (value, lower, upper)
        found.setdefault((statistic, ""), (value, lower, upper))
    return found
