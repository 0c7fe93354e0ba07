"""Runs of an experiment paired by replication, for each combination of swept values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from citysim.analysis.arms import counterparts
from citysim.analysis.cube import cube, laid_out
from citysim.analysis.results import BASELINE_ARM, DEFAULTS, RunSet
from citysim.analysis.stall import levels_of
from citysim.plan.report import Stall


@dataclass(frozen=True, eq=False)
class Cells:
    """Runs that share the swept values ``sweep`` (stall apart).

    ``drawn``: float (replication, outcome, arm, stall), labelled, one replication being a seed with its
    parameter draw; ``defaults``: the same at default parameters. NaN where a run is missing.
    ``counterparts``: arm → the same arm without response, where there is one.
    """

    sweep: dict[str, Any]
    drawn: xr.DataArray
    defaults: xr.DataArray
    counterparts: Mapping[str, str] = field(default_factory=dict)

    @property
    def without_cooperation(self) -> tuple[str, ...]:
        """The arm without cooperation, and the same without response of cities alone, where there is one."""
        alone = self.counterparts.get(BASELINE_ARM)
        return (BASELINE_ARM, alone) if alone else (BASELINE_ARM,)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes, in the order of the array."""
        return tuple(self.drawn["outcome"].values.tolist())

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms, in the order of the array."""
        return tuple(self.drawn["arm"].values.tolist())

    @property
    def stalls(self) -> tuple[Stall, ...]:
        """Stall levels, in the order of the array."""
        return tuple(self.drawn["stall"].values.tolist())


def paired_cells(results: RunSet) -> Iterator[Cells]:
    """Cells of an experiment, one for each combination of swept values.

    A sampled design (Latin hypercube, Sobol) repeats no combination, so there each sampled point is a
    replication of its own and the stall level is none (NaN).
    Raises ``ResultError`` where two different runs claim one cell.
    """
    runs, sweep = results.runs, list(results.sweep)
    if results.sampled:
        point = runs[["seed", "stall", *sweep]].astype(str).agg("|".join, axis=1)
        runs, sweep = runs.assign(seed=point, stall=np.nan), []
    values = cube(runs, results.outcomes, ["arm", "stall", *sweep], results.path)
    at_defaults = (values["draw"] == DEFAULTS).to_numpy()
    drawn = at_defaults if results.draw == DEFAULTS else ~at_defaults
    stalls = levels_of(runs["stall"])
    points = pd.DataFrame({name: values[name].values for name in sweep}, index=range(values.sizes["place"]))
    pairs = {
        arm: other for arm, other in counterparts(results.config).items() if {arm, other} <= set(results.arms)
    }
    for swept, places in points.groupby(sweep, sort=True, dropna=False) if sweep else [((), points)]:
        here = laid_out(values.isel(place=places.index), arm=results.arms, stall=stalls)
        # A replication that has no run at this point is none of its own.
        drawn_here, at_defaults_here = (
            here.isel(replication=rows).dropna("replication", how="all") for rows in (drawn, at_defaults)
        )
        yield Cells(dict(zip(sweep, swept, strict=True)), drawn_here, at_defaults_here, pairs)
