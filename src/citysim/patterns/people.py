"""How many people cities have at a time, by the paths of their states."""

from functools import lru_cache

import numpy as np

from citysim.arrays import Floats
from citysim.world.world import World


@lru_cache(maxsize=8)  # fixed by the world: shared by the runs of a process
def people_at(world: World, time: float) -> Floats:
    """People of each city in the year that ``time`` is nearest to, (N,): of the start, as its state grows.

    A statistic that takes cities by size takes the same ones on the record and in every run.
    """
    years = min(max(round(time) - world.start_year, 0), world.urban_growth.shape[1])
    people = world.population * np.exp(world.urban_growth[:, :years].sum(axis=1))[world.state]
    people.setflags(write=False)
    return np.asarray(people)
