"""Shapley values as weighted means of what a player adds to coalitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.plan.design.coalitions import orderings

type Coalition = frozenset[str]


@dataclass(frozen=True, slots=True)
class Steps:
    """Coalitions with and without a player, by their columns, and the weight of each such step."""

    after: Ints
    before: Ints
    weight: Floats

    def mean(self, values: Floats) -> Floats:
        """Weighted mean step; ``values``: float (replications, coalitions). Exactly 0 where none changes."""
        return (values[:, self.after] - values[:, self.before]) @ self.weight


def shapley_steps(players: Sequence[str], known: Sequence[Coalition]) -> list[Steps]:
    """For each player the steps whose mean is its Shapley value.

    With all 2ⁿ coalitions φᵢ = Σ_S |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S)) over the S without i (Shapley
    1953). Otherwise the mean of v(S ∪ i) − v(S), S being those before i, over ``orderings(players)``: exact
    where no more than two players interact. Both add up to v(all) − v(none). Raises ``ValueError`` where
    ``known`` holds the coalitions of neither.
    """
    if len(set(known)) == 2 ** len(players):
        steps = [(name, each, _weight(each, players)) for each in known for name in set(players) - each]
    else:
        rows = orderings(players)
        steps = [(name, frozenset(row[:i]), 1 / len(rows)) for row in rows for i, name in enumerate(row)]
    return [_steps(known, name, [step[1:] for step in steps if step[0] == name]) for name in players]


def leave_one_out_steps(players: Sequence[str], known: Sequence[Coalition]) -> list[Steps]:
    """For each player its step to the coalition of all. Raises ``ValueError`` where one is not known."""
    everyone = frozenset(players)
    return [_steps(known, name, [(everyone - {name}, 1.0)]) for name in players]


def _steps(known: Sequence[Coalition], name: str, found: Sequence[tuple[Coalition, float]]) -> Steps:
    place = {each: column for column, each in enumerate(known)}
    lacking = [each for before, _ in found for each in (before, before | {name}) if each not in place]
    if lacking:
        raise ValueError(f"the coalition of {', '.join(sorted(lacking[0])) or 'none'} is not known")
    before = [place[each] for each, _ in found]
    after = [place[each | {name}] for each, _ in found]
    return Steps(np.array(after), np.array(before), np.array([weight for _, weight in found]))


def _weight(coalition: Coalition, players: Sequence[str]) -> float:
    n, size = len(players), len(coalition)
    return factorial(size) * factorial(n - size - 1) / factorial(n)
