"""Cities as GeoJSON (RFC 7946), a point each, for QGIS, geopandas, R or a web map.

A map shows a city once, so the runs of an arm and a design point are one feature: their mean.
"""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd
import pyarrow as pa

from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.plan.design.axes import Range
from citysim.plan.runs import swept_names
from citysim.store.export.columns import meaning
from citysim.store.export.slabs import Finished
from citysim.store.files import write_atomically
from citysim.store.places import PLACE

#: Runs at the default parameters, which show chance alone; the mean is over the others where there are any.
_DEFAULTS = "defaults"
_WORDS = ("city", "name", "country", "state")


def write_geojson(finished: Finished, out: Path, label: str) -> list[Path]:
    """Write ``cities.geojson`` and give its path: one feature per city, arm and listed value of the design.

    Properties are city, name, country, state, arm, swept values, ``replications`` and the mean over them of
    every outcome a city has, in the last quarter. A range that the design samples is averaged over.
    Raises ``ResultError`` where no cities were recorded, or nothing tells where they are.
    """
    path = finished.results.path
    if "cities" not in finished.tables():
        raise ResultError(f"{path}: holds no cities; set [record] cities = true")
    first = finished.first_run("cities")
    if first["latitude"].null_count:
        raise ResultError(
            f"{path / 'cities'}: does not say where the cities are, as an earlier version made it with other "
            "data; run the experiment again with another --out"
        )
    cells = _cells(finished)
    outcomes = [name for name in finished.results.config.record.outcomes if name in first.column_names]
    means = _means(finished, first, cells, outcomes)
    target = out / "cities.geojson"
    write_atomically(target, label, lambda temporary: _write(temporary, first, cells, outcomes, means))
    return [target]


def _cells(finished: Finished) -> pd.DataFrame:
    """A row per run, by id: the cell it belongs to, −1 for none, and what tells that from others."""
    config, runs = finished.results.config, finished.runs
    axes = [name for name in swept_names(config) if not isinstance(config.axes.get(name), Range)]
    keys = ["arm", *axes]
    drawn = runs["draw"] != _DEFAULTS
    cell = (
        (runs[drawn] if drawn.any() else runs)
        .groupby(keys, sort=False)
        .ngroup()
        .reindex(runs.index, fill_value=-1)
    )
    return runs[keys].assign(cell=cell)


def _means(finished: Finished, first: pa.Table, cells: pd.DataFrame, outcomes: Sequence[str]) -> Floats:
    """Mean over the runs of a cell that have a value, (cells, cities, outcomes)."""
    shape = (cells["cell"].max() + 1, len(first), len(outcomes))
    total, valued = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    place = iter(cells["cell"])
    for slab in finished.slabs("cities"):
        for start in range(0, len(slab), len(first)):
            run, cell = slab.slice(start, len(first)), next(place)
            if not run["city"].equals(first["city"]):
                raise ResultError(f"{finished.results.path / 'cities'}: the cities of its runs differ")
            if cell < 0:
                continue
            values = np.stack([run[name].to_numpy() for name in outcomes], axis=1)
            total[cell] += np.nan_to_num(values)
            valued[cell] += np.isfinite(values)
    return np.divide(total, valued, out=np.full(shape, np.nan), where=valued > 0)


def _write(path: Path, first: pa.Table, cells: pd.DataFrame, outcomes: Sequence[str], means: Floats) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        keys = [name for name in cells.columns if name != "cell"]
        columns = {name: _about("runs" if name in keys else "cities", name) for name in (*_WORDS, *keys)}
        columns["replications"] = {"description": "runs of which the outcomes are the mean"}
        columns |= {name: _about("cities", name) for name in outcomes}
        # RFC 7946 allows members of one's own; readers that do not know them pass them over.
        file.write(f'{{"type": "FeatureCollection",\n"columns": {_json(columns)},\n"features": [\n')
        _write_features(file, _features(first, cells, outcomes, means))
        file.write("\n]}\n")


def _write_features(file: TextIO, features: Iterator[dict[str, Any]]) -> None:
    for place, feature in enumerate(features):
        file.write(f"{',\n' if place else ''}{_json(feature)}")


def _features(
    first: pa.Table, cells: pd.DataFrame, outcomes: Sequence[str], means: Floats
) -> Iterator[dict[str, Any]]:
    cities = first.select(["city", *PLACE.names]).to_pylist()
    for cell, runs in cells[cells["cell"] >= 0].groupby("cell"):
        keys = {name: _plain(runs[name].iloc[0]) for name in runs.columns if name != "cell"}
        for city, values in zip(cities, means[int(str(cell))], strict=True):
            properties = {name: city[name] for name in _WORDS} | keys | {"replications": len(runs)}
            properties |= {name: _rounded(value) for name, value in zip(outcomes, values, strict=True)}
            point = {"type": "Point", "coordinates": [city["longitude"], city["latitude"]]}
            yield {"type": "Feature", "geometry": point, "properties": properties}


def _about(table: str, name: str) -> dict[str, str]:
    unit, description = meaning(table, name)
    return {"description": description} | ({"unit": unit} if unit else {})


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _rounded(value: np.float64) -> float | None:
    """To the digits that the runs were kept with."""
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
