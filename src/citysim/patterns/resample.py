"""Resamples of a course: other cities or networks as chance could have had them."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from citysim.arrays import Ints
from citysim.patterns.course import Course, CourseNetworks, Spells
from citysim.world.fields import WorldFields
from citysim.world.world import World

#: Fields of a world with a value for each city, in their order; the last holds places of other cities.
_OF_CITIES = tuple(field.name for field in fields(WorldFields))
_OF_CITIES = _OF_CITIES[_OF_CITIES.index("city_id") : _OF_CITIES.index("neighbours") + 1]


def with_cities(course: Course, taken: Ints, chance: np.random.Generator) -> Course:
    """The course of the cities at ``taken``, (N',), in their place; a city may be there several times.

    Copies of two cities are tied as these are, copies of one city as a pair drawn at random from all (vertex
    bootstrap: Snijders & Borgatti 1999, Connections 22(2)). All else that a city has each copy has.
    """
    world, n = course.world, course.world.n_cities
    changed = {name: _at(getattr(world, name), taken) for name in _OF_CITIES[:-1]}
    place = np.full(n, -1, dtype=np.int64)
    place[taken[::-1]] = np.arange(len(taken))[::-1]
    near = world.neighbours[taken]
    changed["neighbours"] = np.where(near >= 0, place[near], -1)
    changed |= {name: np.empty(0, np.int64) for name in ("twin_a", "twin_b")}
    changed |= {name: np.empty(0, np.int64) for name in ("membership_city", "membership_network")}
    resampled: World = replace(world, **changed)
    return replace(
        course,
        world=resampled,
        twins=_ties(course.twins, taken, n, chance),
        memberships=_of_first(course.memberships, taken, n),
        pledged=None if course.pledged is None else _of_first(course.pledged, taken, n),
        implemented=None if course.implemented is None else _of_first(course.implemented, taken, n),
        suited=None if course.suited is None else course.suited[taken],
        panel={name: values[:, taken] for name, values in course.panel.items()},
    )


def with_networks(course: Course, taken: Ints) -> Course:
    """The course with the networks at ``taken``, (K',), in their place, each copy with all its members."""
    of, n = course.networks, len(course.networks.name)
    turned = _of_first(_turned(course.memberships), taken, n)
    return replace(
        course,
        memberships=_turned(turned),
        networks=CourseNetworks(
            name=tuple(of.name[place] for place in taken),
            founded=of.founded[taken],
            closed=of.closed[taken],
            region=of.region[taken],
            by_invitation=of.by_invitation[taken],
            reported_size=of.reported_size[taken],
        ),
    )


def _at(values: Any, taken: Ints) -> Any:
    return values[taken] if isinstance(values, np.ndarray) else tuple(values[place] for place in taken)


def _turned(spells: Spells) -> Spells:
    return replace(spells, first=spells.second, second=spells.first)


def _copies(first: Ints, taken: Ints, n: int) -> tuple[Ints, Ints]:
    """For every copy of the ``first`` of a spell, (M,): place of the spell, and of the copy in ``taken``."""
    order = np.argsort(taken, kind="stable")
    number = np.bincount(taken, minlength=n)
    start = np.cumsum(number) - number
    each = number[first]
    spell = np.repeat(np.arange(len(first)), each)
    within = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    return spell, order[start[first[spell]] + within]


def _of_first(spells: Spells, taken: Ints, n: int) -> Spells:
    spell, copy = _copies(spells.first, taken, n)
    return replace(spells.take(spell), first=copy)


def _ties(spells: Spells, taken: Ints, n: int, chance: np.random.Generator) -> Spells:
    spell, copy = _copies(spells.first, taken, n)
    one = spells.take(spell)
    spell, other = _copies(one.second, taken, n)
    ends = copy[spell], other
    found = replace(one.take(spell), first=np.minimum(*ends), second=np.maximum(*ends))
    copy_a, copy_b, like = _between_copies(len(spells.first), taken, n, chance)
    return Spells(
        first=np.concatenate((found.first, copy_a)),
        second=np.concatenate((found.second, copy_b)),
        begin=np.concatenate((found.begin, spells.begin[like])),
        end=np.concatenate((found.end, spells.end[like])),
        known=spells.known,
    )


def _between_copies(ties: int, taken: Ints, n: int, chance: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Pairs of copies of one city that chance ties, (M,) each, and the tie that each is like."""
    alike = csr_array((np.ones(len(taken)), (taken, np.arange(len(taken)))), shape=(n, len(taken)))
    pairs = (alike.T @ alike).tocoo()
    first, second = (ends[pairs.row < pairs.col].astype(np.int64) for ends in (pairs.row, pairs.col))
    # a pair of the graph drawn at random is tied as often as the graph's pairs are
    drawn = chance.integers(0, max(n * (n - 1) // 2, 1), len(first))
    tied = drawn < ties
    return first[tied], second[tied], drawn[tied]
