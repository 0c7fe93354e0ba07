"""What the record says of the cities that are simulated, by the estimators that work on runs."""

from collections.abc import Mapping

import numpy as np

from citysim.patterns.course import OPEN, Course, CourseNetworks, Spells
from citysim.patterns.families import statistics_of
from citysim.world.world import World

#: Value and the ends of its interval, by statistic.
type Records = Mapping[str, tuple[float, float, float]]


def record_of(world: World) -> Records:
    """Statistics of the recorded ties and memberships of a real world, as of its start."""
    start = float(world.start_year)
    course = Course(
        world=world,
        first=start,
        last=start,
        twins=_undated(world.twin_a, world.twin_b, start),
        memberships=_undated(world.membership_city, world.membership_network, start),
        networks=CourseNetworks(
            name=world.network_name,
            founded=np.full(world.n_networks, np.nan),
            closed=np.full(world.n_networks, OPEN),
            region=world.network_region,
            by_invitation=world.network_by_invitation,
            reported_size=world.network_reported_size,
        ),
    )
    return {name: (value, value, value) for name, value in statistics_of(course).items()}


def _undated(first: np.ndarray, second: np.ndarray, known: float) -> Spells:
    return Spells(first, second, np.full(len(first), np.nan), np.full(len(first), OPEN), known)
