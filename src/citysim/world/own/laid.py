"""What tables of one's own make of the data pack: all that a world is built from."""

from dataclasses import dataclass, field

import numpy as np

from citysim.arrays import Ints
from citysim.world.imputation import Imputation
from citysim.world.pack import DataPack


@dataclass
class Overlay:
    """A data pack with one's own tables in it, and what else a world then needs to know."""

    pack: DataPack
    #: Cities that are in the world whatever their size, by geonameid.
    always: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    #: Those of them that the pack does not have.
    new: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    #: Cities of the world where cities.csv replaces the pack's, else None.
    only: Ints | None = None
    #: Networks that are in the world whatever their size.
    networks: tuple[str, ...] = ()
    #: Values that cities have of their own, by field and geonameid.
    values: dict[str, dict[int, float]] = field(default_factory=dict)
    #: How many of the new cities' values the pack's rules fill.
    imputations: list[Imputation] = field(default_factory=list)
    #: What the tables add and change, a line each.
    changes: list[str] = field(default_factory=list)
