"""Small courses with a known answer."""

from dataclasses import replace

import numpy as np

from citysim.patterns.course import OPEN, Course, CourseNetworks, Spells
from citysim.world.world import World

START = 2020.0


def spells(*rows: tuple[int, int, float, float]) -> Spells:
    """Spells by first, second, begin (NaN: not recorded) and end."""
    first, second, begin, end = zip(*rows, strict=True)
    ints = (np.array(part, dtype=np.int64) for part in (first, second))
    return Spells(*ints, np.array(begin, dtype=float), np.array(end, dtype=float), START)


def always(*pairs: tuple[int, int]) -> list[tuple[int, int, float, float]]:
    """Spells of pairs that hold from before the start for good."""
    return [(first, second, np.nan, OPEN) for first, second in pairs]


def networks(founded: list[float], campaign: list[bool]) -> CourseNetworks:
    """Networks by founding date."""
    count = len(founded)
    return CourseNetworks(
        name=("",) * count,
        founded=np.array(founded),
        closed=np.full(count, OPEN),
        region=np.full(count, -1),
        by_invitation=np.zeros(count, dtype=bool),
        reported_size=np.full(count, np.nan),
        campaign=np.array(campaign),
    )


def world(states: tuple[str, ...], home: list[int]) -> World:
    """Cities in the states named by ``home``, all of them rich."""
    made = World.synthetic(len(home), len(states), 3)
    return replace(
        made,
        state_iso3=states,
        state=np.array(home),
        rich=np.ones(len(home), dtype=bool),
        aligned=np.zeros((len(states),) * 2),
    )


def course(of: World, years: int, **parts: object) -> Course:
    """A run's course of so many years, with no tie and no membership but those given."""
    given = {"twins": Spells.none(), "memberships": Spells.none(), "networks": networks([], [])} | parts
    return Course(world=of, first=START, last=START + years, simulated=True, **given)  # type: ignore[arg-type]
