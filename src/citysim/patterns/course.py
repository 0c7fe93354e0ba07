"""What happened in a world, recorded or simulated: all that a statistic may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.patterns.people import people_at
from citysim.world.world import World

#: End of what has not ended.
OPEN = np.inf


@dataclass(frozen=True, eq=False)
class Spells:
    """Times during which pairs of things held together, (M,): a tie, a membership, a practice of a city.

    ``begin`` and ``end`` are decimal years, the spell holding from ``begin`` until before ``end``.
    Where ``begin`` is NaN it was not recorded: the spell holds from ``known`` on.
    """

    first: Ints
    second: Ints
    begin: Floats
    end: Floats
    known: float

    @classmethod
    def none(cls) -> "Spells":
        """No spell at all."""
        nothing, never = np.empty(0, np.int64), np.empty(0)
        return cls(nothing, nothing, never, never, 0.0)

    @cached_property
    def since(self) -> Floats:
        """Time from which each spell is known to hold, (M,)."""
        return np.where(np.isnan(self.begin), self.known, self.begin)

    @property
    def dated(self) -> Bools:
        """Whose begin is recorded, (M,)."""
        return ~np.isnan(self.begin)

    def at(self, time: float) -> Bools:
        """Which spells hold at a time, (M,)."""
        return (self.since <= time) & (time < self.end)

    def take(self, kept: Bools | Ints) -> "Spells":
        """The spells at ``kept``."""
        return Spells(self.first[kept], self.second[kept], self.begin[kept], self.end[kept], self.known)


@dataclass(frozen=True, eq=False)
class CourseNetworks:
    """K networks: ``founded`` and ``closed`` are decimal years, NaN and ``OPEN`` where there is none."""

    name: tuple[str, ...]  # "" of those founded in a run, or never
    founded: Floats
    closed: Floats
    region: Ints  # −1 for none
    by_invitation: Bools
    reported_size: Floats  # members anywhere, NaN where not known
    campaign: Bools | None = None  # founded in answer to a retreat of states; None where that is not known


@dataclass(frozen=True, eq=False)
class Course:
    """A world from ``first`` to ``last``, decimal years: N cities, K networks, P practices, T whole years.

    What is None was not recorded; a statistic that needs it then has no value.
    """

    world: World
    first: float
    last: float
    #: Live and suspended twinnings, ``first`` < ``second`` cities.
    twins: Spells
    #: Of cities (``first``) in networks (``second``).
    memberships: Spells
    networks: CourseNetworks
    #: Practices (``second``) that a city (``first``) has pledged or implemented, and those implemented.
    pledged: Spells | None = None
    implemented: Spells | None = None
    practice_name: tuple[str, ...] = ()
    #: Cities that could have each practice, (N, P): those that it suits, or that the record covers.
    suited: Bools | None = None
    #: Times during which a twinning was suspended, as ``twins``.
    suspended: Spells | None = None
    #: Conflicts of two states, ``first`` < ``second``.
    conflicts: Spells | None = None
    #: Expected onsets of interstate conflict in each year, (T,).
    onsets: Floats | None = None
    #: Values of cities at the end of each year by outcome, (T, N); of the year, ``adoptions`` of practices
    #: and how many of them a state was behind, ``pushed``.
    panel: Mapping[str, Floats] = field(default_factory=dict)
    #: Whether the course is of a run, all of which is known.
    simulated: bool = False

    @property
    def population(self) -> Floats:
        """People of each city at the end, (N,)."""
        return people_at(self.world, self.last)

    @property
    def years(self) -> Ints:
        """Calendar years that lie wholly in the course, (T,)."""
        return np.arange(int(np.ceil(self.first)), int(np.floor(self.last)))

    def degree(self, time: float) -> Ints:
        """Twinnings of each city at a time, (N,)."""
        held = self.twins.at(time)
        ends = np.concatenate((self.twins.first[held], self.twins.second[held]))
        return np.bincount(ends, minlength=self.world.n_cities)
