"""Courses made of given ties and memberships."""

from dataclasses import replace

import numpy as np

from citysim.patterns.course import OPEN, Course, CourseNetworks, Spells
from citysim.world.world import World
from worlds import Size, small_world


def spells(first, second, begin=None, end=None, known=2023.0) -> Spells:
    """Spells that hold at the end unless said otherwise."""
    n = len(first)
    return Spells(
        np.array(first, dtype=np.int64),
        np.array(second, dtype=np.int64),
        np.full(n, np.nan) if begin is None else np.array(begin, dtype=float),
        np.full(n, OPEN) if end is None else np.array(end, dtype=float),
        known,
    )


def networks(names, founded=None, closed=None, region=None, by_invitation=None) -> CourseNetworks:
    """Networks without a region, open and never closed unless said otherwise."""
    n = len(names)
    return CourseNetworks(
        name=tuple(names),
        founded=np.full(n, 1990.5) if founded is None else np.array(founded, dtype=float),
        closed=np.full(n, OPEN) if closed is None else np.array(closed, dtype=float),
        region=np.full(n, -1) if region is None else np.array(region),
        by_invitation=np.zeros(n, dtype=bool) if by_invitation is None else np.array(by_invitation),
        reported_size=np.full(n, np.nan),
    )


def course(
    world: World, ties=((), ()), memberships: Spells | None = None, of: CourseNetworks | None = None
) -> Course:
    """The years 1985 to 2023 of a world."""
    return Course(
        world=world,
        first=1985.0,
        last=2023.0,
        twins=spells(*ties),
        memberships=spells([], []) if memberships is None else memberships,
        networks=networks([]) if of is None else of,
    )


def cities(n: int, seed: int = 0, states: int = 4, **changes: object) -> World:
    """A small world of so many cities."""
    world = small_world(Size(cities=n, states=min(states, n)), seed)
    return replace(world, **changes) if changes else world


def random_ties(n: int, share: float, seed: int):
    """Ends of ties, each pair tied with probability ``share``."""
    i, j = np.triu_indices(n, 1)
    tied = np.random.default_rng(seed).random(len(i)) < share
    return i[tied], j[tied]
