"""What the record says of every statistic, and how sure it is: targets of calibration and validation."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from citysim.arrays import Ints
from citysim.patterns.course import Course
from citysim.patterns.families import DESCRIBED, RECORDED_IN, described, statistics_of
from citysim.patterns.record import record_course
from citysim.patterns.resample import with_cities, with_networks
from citysim.world.world import World

RESAMPLES = 200
#: Of the intervals.
LEVEL = 0.9
#: Of the resamples.
SEED = 20

#: What a simulated world is given, so that agreeing with it tests nothing, and why.
INPUTS: Mapping[str, str] = {
    "U1": "urban shares: the states' urban populations follow the UN's paths",
    "U2": "scaling of innovation: an exponent of the model is taken from it",
    "populations": "cities grow as their states do on the UN's paths",
    "twinnings of 2023": "in a world that starts in 2023; a hindcast starts without any",
    "memberships of 2023": "in a world that starts in 2023",
    "networks.alive_{year}": "in the hindcast's arm whose networks are founded at their recorded dates",
    "networks.growth": "in the same arm",
    "law against none": "a mandate's factor is the published one, 2 to 6 (Reckien et al. 2018)",
}


#: What is drawn with replacement: cities one by one, or with all others of their state.
type Blocks = Literal["cities", "states"]


def targets(
    world: World,
    course: Course | None = None,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    blocks: Blocks = "cities",
) -> pd.DataFrame:
    """Each statistic of the record of ``world`` (``course``: ``record_course(world)``), a row each.

    Columns ``statistic``, ``value``, ``lower`` and ``upper`` (of the interval that holds ``level``), ``sd``,
    ``n`` (resamples that have it), ``source``. Cities are drawn with replacement (vertex bootstrap, Snijders
    & Borgatti 1999), for statistics of networks the networks, each Poisson(1) times, as their number is by
    chance too. Copies of one city raise clustering and the like, so the interval is that of the resamples'
    distances from their own mean, laid about the value and cut off where no value can be.

    By cities, what those of one state have in common counts as if it were independent, so intervals are
    rather narrow; by states they are two to four times as wide, since it then also varies how many cities are
    rich or European, which a simulated world has alike. The truth lies between.
    """
    course = record_course(world) if course is None else course
    value = statistics_of(course)
    of_networks = [family for family, all_ in DESCRIBED.items() if any(s.over == "networks" for s in all_)]
    of_cities = [family for family, all_ in DESCRIBED.items() if any(s.over == "cities" for s in all_)]
    drawn: dict[str, list[float]] = {name: [] for name in value}
    for each in np.random.SeedSequence(SEED).spawn(resamples):
        chance = np.random.default_rng(each)
        cities = with_cities(course, _taken(world, blocks, chance), chance)
        known = np.arange(len(course.networks.name))
        networks = with_networks(course, np.repeat(known, chance.poisson(1.0, len(known))))
        for over, resampled, families in (
            ("cities", cities, of_cities),
            ("networks", networks, of_networks),
        ):
            for name, found in statistics_of(resampled, families).items():
                if name in drawn and described(name).over == over:
                    drawn[name].append(found)
    tail = (1.0 - level) / 2
    rows = []
    for name, values in drawn.items():
        own = np.array(values) if len(values) > 1 else np.full(2, np.nan)
        least, most = described(name).limits
        lower, upper = np.quantile(own - own.mean(), (tail, 1.0 - tail))
        rows.append(
            {
                "statistic": name,
                "value": value[name],
                "lower": max(value[name] + lower, least),
                "upper": min(value[name] + upper, most),
                "sd": float(own.std(ddof=1)),
                "n": len(values),
                "source": RECORDED_IN[name.partition(".")[0]],
            }
        )
    return pd.DataFrame(rows)


def _taken(world: World, blocks: Blocks, chance: np.random.Generator) -> Ints:
    if blocks == "cities":
        return chance.integers(0, world.n_cities, world.n_cities)
    states = chance.integers(0, world.n_states, world.n_states)
    return np.concatenate([np.flatnonzero(world.state == state) for state in states])
