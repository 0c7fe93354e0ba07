"""Runs laid out as an array of replications × outcomes × arms × stall levels, paired by replication."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.results import DEFAULTS, Results
from citysim.analysis.stall import levels_run, stall_of
from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.plan.report import Stall


@dataclass(frozen=True, eq=False)
class Cells:
    """Runs that share the swept values ``sweep`` (stall apart).

    ``drawn``: float (replications, outcomes, arms, stalls), one replication being a seed with its
    parameter draw; ``defaults``: the same at default parameters. NaN where a run is missing.
    """

    sweep: dict[str, Any]
    outcomes: tuple[str, ...]
    arms: tuple[str, ...]
    stalls: tuple[Stall, ...]
    drawn: Floats
    defaults: Floats


def paired_cells(results: Results) -> Iterator[Cells]:
    """Cells of an experiment, one for each combination of swept values.

    A sampled design (Latin hypercube, Sobol) repeats no combination, so there each sampled point is a
    replication of its own and the stall level is none (NaN).
    Raises ``ResultError`` where two different runs claim one cell.
    """
    runs = results.runs
    if results.sampled:
        point = runs[["seed", "stall", *results.sweep]].astype(str).agg("|".join, axis=1)
        yield _cells(results, runs.assign(seed=point, stall=np.nan), {}, (np.nan,))
        return
    stalls = levels_run(results)
    if not results.sweep:
        yield _cells(results, runs, {}, stalls)
        return
    columns = list(results.sweep)
    for values, group in runs.groupby(columns, sort=True, dropna=False):
        yield _cells(results, group, dict(zip(columns, values, strict=True)), stalls)


def _cells(results: Results, runs: pd.DataFrame, sweep: dict[str, Any], stalls: tuple[Stall, ...]) -> Cells:
    at_defaults = runs["draw"] == DEFAULTS
    drawn = at_defaults if results.draw == DEFAULTS else ~at_defaults
    arrays = [_array(results, runs[rows], stalls) for rows in (drawn, at_defaults)]
    return Cells(sweep, results.outcomes, results.arms, stalls, *arrays)


def _array(results: Results, runs: pd.DataFrame, stalls: tuple[Stall, ...]) -> Floats:
    """Outcomes as float (replications, outcomes, arms, stalls)."""
    arm = pd.Index(results.arms).get_indexer(pd.Index(runs["arm"]))
    level = np.array([stalls.index(stall_of(s)) for s in runs["stall"]], int) if len(stalls) > 1 else 0 * arm
    replication, seeds = pd.factorize(pd.MultiIndex.from_frame(runs[["draw", "seed"]]), sort=True)
    cell = pd.DataFrame({"replication": replication, "arm": arm, "stall": level})
    if cell.duplicated().any():
        twice = runs.loc[cell.duplicated(keep=False).to_numpy()].iloc[0]
        where = f"arm {twice['arm']}, seed {twice['seed']}, stall {twice['stall']}"
        raise ResultError(f"{results.path / 'runs'}: more than one run for {where}; expected one")
    values = np.full((len(seeds), len(results.arms), len(stalls), len(results.outcomes)), np.nan)
    values[replication, arm, level] = runs[list(results.outcomes)].to_numpy(float)
    return np.moveaxis(values, -1, 1)
