"""Trajectories of an arm with dated events less those of the arm without, by the time since these begin."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.results import DEFAULTS, RunSet
from citysim.analysis.stall import stall_of
from citysim.arrays import Bools, Floats, Ints
from citysim.errors import ResultError
from citysim.model.events.text import read, written
from citysim.model.outcomes import OUTCOMES
from citysim.plan.design.axes import Values
from citysim.plan.events import COUNTS, is_axis, with_values
from citysim.plan.interventions import Intervention, first_quarter

#: Quarters before the events that are shown; the arms are equal in them.
LEAD = 4


@dataclass(frozen=True, eq=False)
class Since:
    """Differences of one pair of arms at one place of the design.

    ``so_far``: float64 (replications, ``LEAD`` + quarters, groups, outcomes), what the outcome's summary over
    the quarters from the events to this one differs by: in it, mean or sum; NaN where the run has no such
    quarter. ``end``: the same in the last quarter of the run, (replications, groups, outcomes). ``drawn``:
    replications that carry the uncertainty of the parameters; ``at_defaults``: those at the defaults.
    """

    place: tuple[Any, ...]  # stall and the other swept values
    seeds: Ints
    drawn: Bools
    at_defaults: Bools
    so_far: Floats
    end: Floats
    incomplete: float  # share of the drawn replications in which an event could not come to all it names


def differences(
    results: RunSet, pair: Intervention, outcomes: Sequence[str], groups: Sequence[str]
) -> Iterator[Since]:
    """One for every stall level and combination of swept values that has both arms, in the runs' order.

    Raises ``ResultError`` where there are no trajectories, or none of these groups.
    """
    runs = results.runs[results.runs["arm"].isin([pair.arm, pair.versus])]
    keys = ["stall", *results.sweep]
    for place, here in runs.groupby(keys, sort=False, dropna=False):
        with_, without = (
            here[here["arm"] == arm].set_index(["draw", "seed"]) for arm in (pair.arm, pair.versus)
        )
        both = with_.index.intersection(without.index, sort=False)
        if not len(both):
            continue
        values = [
            _quarters(results, side.loc[both, "run"].tolist(), outcomes, groups) for side in (with_, without)
        ]
        draws, seeds = (both.get_level_values(name).to_numpy() for name in ("draw", "seed"))
        begins = _begins(results, pair, dict(zip(keys, place, strict=True)), seeds)
        difference = values[0] - values[1]
        kinds = [OUTCOMES[name].summary for name in outcomes]
        drawn = draws == results.draw
        yield Since(
            place=(stall_of(place[0]), *place[1:]),
            seeds=seeds,
            drawn=drawn,
            at_defaults=draws == DEFAULTS,
            so_far=(so_far := since(difference, begins, kinds)),
            end=so_far[np.arange(len(both)), LEAD + difference.shape[1] - 1 - begins],
            incomplete=_incomplete(with_.loc[both][drawn], without.loc[both][drawn]),
        )


def _quarters(results: RunSet, runs: list[str], outcomes: Sequence[str], groups: Sequence[str]) -> Floats:
    """Trajectories of some runs in their order, float64 (runs, quarters, groups, outcomes)."""
    table = results.trajectories(outcomes, groups, runs)
    if table is None or table.empty:
        raise ResultError(f"{results.path}: holds no trajectories of {', '.join(groups)}")
    run, group = (
        pd.Index(known).get_indexer(pd.Index(table[name]))
        for name, known in (("run", runs), ("group", groups))
    )
    shape = (len(runs), int(table["quarter"].max()) + 1, len(groups), len(outcomes))
    values = np.full(shape, np.nan)
    values[run, table["quarter"], group] = table[list(outcomes)].to_numpy(float)
    return values


def since(difference: Floats, begins: Ints, kinds: Sequence[str]) -> Floats:
    """Differences by time since the events, (replications, ``LEAD`` + quarters, groups, outcomes).

    ``difference``: (replications, quarters, groups, outcomes); ``begins``: quarter of the first event in each
    replication; ``kinds``: how each outcome makes one number of quarters: ``final``, ``mean`` or ``sum``.
    """
    quarters = difference.shape[1]
    after = np.arange(-LEAD, quarters - int(begins.min()))
    at = begins[:, None] + after
    inside = (at >= 0) & (at < quarters)
    rows = np.arange(len(difference))[:, None]
    found = np.where(inside[..., None, None], difference[rows, at.clip(0, quarters - 1)], np.nan)
    for column, kind in enumerate(kinds):
        if kind == "final":
            continue
        later = found[:, LEAD:, :, column]
        known = np.isfinite(later)
        total = np.cumsum(np.where(known, later, 0.0), axis=1)
        count = np.maximum(np.cumsum(known, axis=1), 1) if kind == "mean" else 1.0
        found[:, LEAD:, :, column] = np.where(known, total / count, np.nan)
    return found


def _begins(results: RunSet, pair: Intervention, point: Mapping[str, Any], seeds: Ints) -> Ints:
    """The quarter of a pair's first event in each replication, 0 the first of the run."""
    swept = {name: _given(results, name, value) for name, value in point.items() if is_axis(name)}
    events = read(with_values(written(pair.events), swept))
    start = results.config.world.start_year
    first = {seed: first_quarter(events, seed, start) for seed in set(seeds.tolist())}
    return np.array([first[seed] for seed in seeds.tolist()])


def _given(results: RunSet, name: str, found: Any) -> Any:
    """A swept value as the config has it, which a table may hold as text."""
    axis = results.config.axes.get(name)
    values = axis.values if isinstance(axis, Values) else ()
    return next((value for value in values if str(value) == str(found)), found)


def _incomplete(with_: pd.DataFrame, without: pd.DataFrame) -> float:
    _, not_taken = COUNTS
    more = with_[not_taken].to_numpy() > without[not_taken].to_numpy()
    return float(more.mean()) if len(more) else np.nan
