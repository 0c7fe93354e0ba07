"""What a reader can choose: the levers that an experiment swept, and the settings that were run."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.cube import cube
from citysim.analysis.multiplicity import baseline
from citysim.analysis.results import RunSet
from citysim.analysis.stall import levels_of, stall_of
from citysim.arrays import Floats, Ints
from citysim.errors import ResultError

#: More pairs than this are too many for a page; then only those that differ in one lever are kept.
MOST_PAIRS = 1000


@dataclass(frozen=True, eq=False)
class Settings:
    """Settings of one experiment: combinations of the levers' values that have runs.

    ``levers``: values by name, ``arm`` and ``stall`` first. ``chosen``: index of each lever's value,
    (settings, levers). ``runs``: runs of the replications that carry the uncertainty. ``rows``: their
    position by (replication, setting), −1 where a run is missing. ``draws`` of the replications' parameters.
    """

    results: RunSet
    levers: dict[str, list[Any]]
    chosen: Ints
    runs: pd.DataFrame
    rows: Ints

    def of(self, setting: int) -> dict[str, Any]:
        """Value of every lever in a setting."""
        places = zip(self.levers.items(), self.chosen[setting].tolist(), strict=True)
        return {name: values[place] for (name, values), place in places}

    def laid_out(self, values: Floats) -> Floats:
        """Values by run, (runs, …), as (replications, settings, …), NaN where a run is missing."""
        found = np.full((*self.rows.shape, *values.shape[1:]), np.nan)
        there = self.rows >= 0
        found[there] = values[self.rows[there]]
        return found

    def pairs(self) -> Ints:
        """Pairs of settings whose paired differences are kept, (pairs, 2): all, or those one lever apart."""
        count = len(self.chosen)
        every = np.array(list(combinations(range(count), 2)), dtype=int).reshape(-1, 2)
        if len(every) <= MOST_PAIRS:
            return every
        apart = (self.chosen[every[:, 0]] != self.chosen[every[:, 1]]).sum(axis=1)
        kept: Ints = every[apart == 1][: 4 * MOST_PAIRS]
        return kept

    def against_reference(self) -> Ints:
        """For every setting the one of the arm without cooperation that is equal else, or −1, (settings,)."""
        arms = self.levers["arm"]
        reference = arms.index(baseline(tuple(arms)))
        place = {tuple(row): setting for setting, row in enumerate(self.chosen.tolist())}
        found = [place.get((reference, *row[1:]), -1) for row in self.chosen.tolist()]
        own = self.chosen[:, 0] == reference
        return np.where(own, -1, np.array(found))


def settings_of(results: RunSet) -> Settings:
    """The settings of an experiment. Raises ``ResultError`` where its design samples them."""
    if results.sampled:
        kind = results.config.design.kind
        raise ResultError(f"{results.path}: [design] kind: found '{kind}', the explorer takes: grid, list")
    runs = results.runs[results.runs["draw"] == results.draw].reset_index(drop=True)
    names = ["arm", "stall", *results.sweep]
    numbered = runs.assign(row=np.arange(len(runs)))
    rows = cube(numbered, ["row"], names, results.path)
    places = pd.DataFrame({name: rows[name].values for name in names})
    levers: dict[str, list[Any]] = {
        "arm": [arm for arm in results.arms if (places["arm"] == arm).any()],
        "stall": [
            level for level in levels_of(runs["stall"]) if (places["stall"].map(stall_of) == level).any()
        ],
        **{name: _in_order(places[name]) for name in results.sweep},
    }
    columns = [
        [values.index(stall_of(found) if name == "stall" else found) for found in places[name].tolist()]
        for name, values in levers.items()
    ]
    chosen = np.array(columns, dtype=int).T
    order = np.lexsort(chosen.T[::-1])
    positions = np.nan_to_num(rows.to_numpy()[:, 0, order], nan=-1).astype(int)
    return Settings(results, levers, chosen[order], runs, positions)


def _in_order(column: "pd.Series[Any]") -> list[Any]:
    """Values of a swept column, numbers by size, others as the design lists them."""
    found = list(dict.fromkeys(column.tolist()))
    numbers = all(isinstance(value, int | float) for value in found)
    return sorted(found) if numbers else found
