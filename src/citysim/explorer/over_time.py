"""Outcomes of cities at dates within the run, packed, as many of them as a page has room for."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.intervals import spread
from citysim.analysis.yearly import YEAR
from citysim.arrays import Floats, Ints
from citysim.explorer.numbers import with_ends
from citysim.explorer.packing import Pack
from citysim.explorer.settings import Settings
from citysim.store.reader import load_results
from citysim.world.world import World

#: What values of cities and their differences are rounded to: at least so many steps in an outcome's range.
STEPS, STEPS_APART = 125, 250
#: The same for dates of a large experiment; coarser before a date is left out.
_STEPS_OF_MANY = (30, 20)
#: Bytes of all numbers of a page before they are written as text: with so many it stays below 5 MB. Dates
#: take what the others leave, and of several experiments each so much at least.
WHOLE, ROOM = 3_865_000, 160_000


def laid_out_cities(table: pd.DataFrame, settings: Settings, world: World) -> Callable[[str], Floats]:
    """What gives an outcome of a table of cities by its name, (replications, settings, cities)."""
    order = np.argsort(world.city_id, kind="stable")
    city = order[np.searchsorted(world.city_id[order], table["city"].to_numpy())]
    run = table["run"].map(settings.runs.reset_index().set_index("run")["index"]).to_numpy(int)

    def by_city(name: str) -> Floats:
        values = np.full((len(settings.runs), world.n_cities), np.nan)
        values[run, city] = table[name].to_numpy(float)
        return settings.laid_out(values)

    return by_city


def with_intervals(values: Floats, other: Ints) -> tuple[Floats, Floats]:
    """Medians and ends of values by city, and of paired differences to setting ``other``, −1 for none."""
    paired = np.flatnonzero(other >= 0)
    apart = values[:, paired] - values[:, other[paired]]
    return with_ends(spread(values))[:3], with_ends(spread(apart))[:3]


def at_dates(settings: Settings, world: World, shown: Sequence[str], pack: Pack) -> dict[str, Any] | None:
    """Outcomes of cities at dates within the run; None where they were recorded at the end alone.

    ``quarters`` of the dates that are kept, of ``recorded`` in all; ``ends``: of every quarter of the run.
    Where there is room, ``level`` (3, dates, settings, cities) and ``against`` as at the end, with the dates
    before the settings; else ``level`` has medians alone, (1, dates, settings, cities), of every second,
    third … date, and ``against`` is empty.
    """
    results = settings.results
    quarters = list(results.config.record.dates(results.config.quarters))
    if not quarters:
        return None
    told = {
        "recorded": len(quarters),
        "ends": (world.start_year + np.arange(1, results.config.quarters + 1) / YEAR).tolist(),
    }
    numbers = len(shown) * len(quarters) * len(settings.chosen) * world.n_cities
    room = max(WHOLE - pack.size(), ROOM)
    # no number takes much less than a bit, so what cannot fit is not made
    if 6 * numbers <= 8 * room:
        found = _in_full(settings, world, shown, quarters)
        trial = Pack()
        _packed(found, trial)
        if trial.size() <= room:
            return {**told, "quarters": quarters, **_packed(found, pack)}
    known: dict[int, list[Floats]] = {}
    for every in range(max(1, numbers // (8 * room)), len(quarters) + 1):
        kept = quarters[every - 1 :: every]
        for quarter in (quarter for quarter in kept if quarter not in known):
            by_city = laid_out_cities(_table(settings, world, shown, quarter), settings, world)
            known[quarter] = [np.asarray(spread(by_city(name)).median, np.float32) for name in shown]
        for steps in _STEPS_OF_MANY:
            medians = _medians(known, shown, kept, steps)
            trial = Pack()
            if _packed(medians, trial) and trial.size() <= room:
                return {**told, "quarters": kept, **_packed(medians, pack)}
    return {**told, "quarters": [], "level": {}, "against": {}}


type _Found = dict[str, dict[str, tuple[Floats, int]]]


def _packed(found: _Found, pack: Pack) -> dict[str, Any]:
    """References to the arrays, each with the number of steps that it is rounded to."""
    return {
        kind: {name: pack.rounded(values, steps=steps) for name, (values, steps) in of.items()}
        for kind, of in found.items()
    }


def _in_full(settings: Settings, world: World, shown: Sequence[str], quarters: Sequence[int]) -> _Found:
    """Medians with their intervals, and of paired differences to the arm without cooperation."""
    level: dict[str, list[Floats]] = {name: [] for name in shown}
    against: dict[str, list[Floats]] = {name: [] for name in shown}
    for quarter in quarters:
        by_city = laid_out_cities(_table(settings, world, shown, quarter), settings, world)
        for name in shown:
            own, apart = with_intervals(by_city(name), settings.against_reference())
            level[name].append(own)
            against[name].append(apart)
    return {
        "level": {name: (np.stack(of, axis=1), STEPS) for name, of in level.items()},
        "against": {name: (np.stack(of, axis=1), STEPS_APART) for name, of in against.items()},
    }


def _medians(
    known: dict[int, list[Floats]], shown: Sequence[str], quarters: Sequence[int], steps: int
) -> _Found:
    """Medians of some quarters, of those that are ``known`` of more."""
    return {
        "level": {
            name: (np.stack([known[quarter][place] for quarter in quarters])[np.newaxis], steps)
            for place, name in enumerate(shown)
        },
        "against": {},
    }


def _table(settings: Settings, world: World, shown: Sequence[str], quarter: int) -> pd.DataFrame:
    results = settings.results
    stored = results.stored or load_results(results.path)
    return stored.of_cities_at(quarter, shown, world.city_id.tolist(), settings.runs["run"])
