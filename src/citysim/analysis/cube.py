"""The runs of an experiment as one labelled array, in which all comparisons are made."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from citysim.analysis.stall import stall_of
from citysim.errors import ResultError


def cube(runs: pd.DataFrame, outcomes: Sequence[str], keys: Sequence[str], path: Path) -> xr.DataArray:
    """Outcomes of runs as float64 (replication, outcome, place), NaN where a run is missing.

    A replication is a ``seed`` with its parameter ``draw``. A place is a combination of the columns ``keys``,
    such as arm and stall, that has runs, in their order. All these are coordinates by their names; stall
    is a number, or its name. ``path``: the result folder, for messages.
    Raises ``ResultError`` where two runs claim one place of a replication.
    """
    levels = {value: stall_of(value) for value in runs["stall"].unique()}
    runs = runs.assign(stall=runs["stall"].map(levels))
    replication, replications = pd.factorize(pd.MultiIndex.from_frame(runs[["draw", "seed"]]), sort=True)
    groups = runs.groupby(list(keys), sort=False, dropna=False)
    place = groups.ngroup().to_numpy()
    twice = pd.DataFrame({"replication": replication, "place": place}).duplicated().to_numpy()
    if twice.any():
        found = ", ".join(f"{name} {runs.loc[twice, name].iloc[0]}" for name in ["seed", *keys])
        raise ResultError(f"{path / 'runs'}: more than one run for {found}; expected one")
    places = groups.size().index.to_frame(index=False).set_axis(list(keys), axis=1)
    values = np.full((len(replications), len(places), len(outcomes)), np.nan)
    values[replication, place] = runs[list(outcomes)].to_numpy(float)
    known = replications.to_frame(index=False).set_axis(["draw", "seed"], axis=1)
    coords: dict[str, Any] = {name: ("replication", known[name].to_numpy()) for name in ("draw", "seed")}
    coords |= {name: ("place", places[name].to_numpy()) for name in keys}
    return xr.DataArray(
        np.moveaxis(values, -1, 1),
        dims=("replication", "outcome", "place"),
        coords={"outcome": list(outcomes), **coords},
    )


def laid_out(values: xr.DataArray, **axes: Sequence[Any]) -> xr.DataArray:
    """A cube with its places along axes of their own, each coordinate name → its labels in order.

    Gives float64 (replication, outcome, *axes), NaN where there is no such place.
    """
    found = np.full((*values.shape[:2], *map(len, axes.values())), np.nan)
    at = [pd.Index(labels).get_indexer(pd.Index(values[name].values)) for name, labels in axes.items()]
    found[:, :, *at] = values.to_numpy()
    rows = {name: ("replication", values[name].values) for name in ("draw", "seed")}
    coords = {"outcome": values["outcome"].values, **{name: pd.Index(axes[name]) for name in axes}, **rows}
    return xr.DataArray(found, dims=("replication", "outcome", *axes), coords=coords)
