"""Groups of cities by exposure to events, and the larger groups that they make up."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from citysim.arrays import Bools, Floats, Ints
from citysim.model.groups import EXPOSURES
from citysim.model.outcomes import OUTCOMES

#: The cities that events name, all others together, and both together.
NAMED, OTHERS, WORLD = EXPOSURES[0], "others", "world"
MILLION = 1e6


class Exposed:
    """Groups that have cities, and what they weigh at the start in the mean of each outcome.

    ``sizes``: cities and people of each group, of ``OTHERS`` and of ``WORLD``.
    """

    def __init__(self, sizes: Mapping[str, tuple[float, float]], outcomes: Sequence[str]) -> None:
        held = {name: size for name, size in sizes.items() if size[0]}
        self.groups, self.outcomes = list(held), list(outcomes)
        cities, people = np.array(list(held.values()), float).T
        of = {"people": people / MILLION, "cities": cities, "total": np.ones(len(held))}
        kinds = [OUTCOMES[name].weight for name in outcomes]
        self._adds_up = np.array([kind == "total" for kind in kinds])
        #: Million people or cities, (groups, outcomes); 1 in an outcome that is a total itself.
        self._weight = np.stack([of[kind] for kind in kinds], axis=1)
        others = np.array([name != NAMED for name in held])
        self._wholes = {OTHERS: others, WORLD: np.ones_like(others)}
        if not others.any():
            del self._wholes[OTHERS]
        self.sizes = held | {
            name: (float(cities[chosen].sum()), float(people[chosen].sum()))
            for name, chosen in self._wholes.items()
        }

    def with_wholes(self, effect: Floats, seeds: Ints) -> pd.DataFrame:
        """Effects (replications, groups, outcomes) as a table, those on larger groups last, by seed."""
        wholes = [self._mean(effect, chosen)[:, None] for chosen in self._wholes.values()]
        values = np.concatenate([effect, *wholes], axis=1)
        columns = pd.MultiIndex.from_product(
            [[*self.groups, *self._wholes], self.outcomes], names=["group", "outcome"]
        )
        index = pd.Index(seeds, name="seed")
        return pd.DataFrame(values.reshape(len(effect), len(columns)), index=index, columns=columns)

    def _mean(self, effect: Floats, chosen: Bools) -> Floats:
        """Mean over the people or cities of some groups, (replications, outcomes); the sum of totals."""
        weight = self._weight[chosen]
        added = (effect[:, chosen] * weight).sum(axis=1)
        mean: Floats = np.where(self._adds_up, added, added / weight.sum(axis=0))
        return mean

    def factors(self, columns: "pd.Index[Any]") -> Floats:
        """What makes an effect in each column, by its group and outcome, the total of the group."""
        wholes = [np.where(self._adds_up, 1.0, self._weight[of].sum(axis=0)) for of in self._wholes.values()]
        table = np.concatenate([self._weight, *(whole[None] for whole in wholes)])
        group = pd.Index([*self.groups, *self._wholes]).get_indexer(columns.get_level_values("group"))
        outcome = pd.Index(self.outcomes).get_indexer(columns.get_level_values("outcome"))
        return np.asarray(table[group, outcome])
