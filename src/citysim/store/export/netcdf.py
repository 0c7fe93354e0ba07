"""Results as one netCDF-4 file, after the CF conventions as far as they go.

Trajectories are ``NAME(run, quarter, group)``, the one number of a run ``NAME_summary(run)``, a city's final
state ``NAME_city(run, city)``, what it was at dates before ``NAME_city_at(run, city_quarter, city)``.
"""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from citysim import __version__
from citysim.errors import ConfigError, ResultError
from citysim.model.outcomes import OUTCOMES
from citysim.store.checked import mend_config, read_checked
from citysim.store.contents import CONFIG
from citysim.store.export.columns import meaning
from citysim.store.export.slabs import Finished
from citysim.store.files import write_atomically
from citysim.store.manifest import any_manifest
from citysim.store.places import PLACE

if TYPE_CHECKING:
    import xarray as xr

#: Values in a compressed chunk, at most.
_CHUNK_VALUES = 2**16
_CELL_METHODS = {"final": "quarter: point", "mean": "quarter: mean", "sum": "quarter: sum"}
_DIMENSIONS = {
    "trajectories": ("quarter", "group"),
    "groups": ("summary_group",),
    "cities": ("city",),
    "cities_over_time": ("city_quarter", "city"),
}
_SUFFIX = {"trajectories": "", "groups": "_group", "cities": "_city", "cities_over_time": "_city_at"}
#: Column of a table that holds a dimension or coordinate, where it has another name.
_COLUMN = {"summary_group": "group", "city_quarter": "quarter", "city_year": "year"}
#: Dimension of a coordinate that is none itself.
_ALONG = {"year": "quarter", "city_year": "city_quarter", **dict.fromkeys(PLACE.names, "city")}


def write_netcdf(finished: Finished, out: Path, label: str) -> list[Path]:
    """Write ``NAME.nc`` and give its path. Needs memory for one slab of runs, whatever their number.

    Raises ``ConfigError`` where the library that writes HDF5 is not installed.
    """
    try:
        importlib.import_module("h5py")
    except ModuleNotFoundError:
        raise ConfigError("--format netcdf: needs h5py; get it with: pip install h5py") from None
    path = out / f"{finished.results.config.name}.nc"
    write_atomically(path, label, lambda temporary: _write(temporary, finished))
    return [path]


def _write(path: Path, finished: Finished) -> None:
    import h5netcdf  # noqa: PLC0415  heavy, and for this format alone

    coordinates = _coordinates(finished)
    # The slabs go into the file after xarray has made it: xarray itself would need them all at once.
    _dataset(finished, coordinates).to_netcdf(path, engine="h5netcdf")
    with h5netcdf.File(path, "a") as file:
        for table in finished.tables():
            _append(file, finished, table, coordinates)


def _coordinates(finished: Finished) -> dict[str, dict[str, Any]]:
    """Coordinates of every table by dimension, as of its first run: ``{table: {name: values}}``."""
    found: dict[str, dict[str, Any]] = {}
    for table in finished.tables():
        first = finished.first_run(table)
        if table == "cities":
            # The places of a world that cannot be made any more are not known.
            where = [name for name in PLACE.names if first[name].null_count < len(first)]
            found[table] = {name: _array(first[name]) for name in ("city", *where)}
            continue
        if table == "groups":
            found[table] = {"summary_group": _array(first["group"])}
            continue
        if table == "cities_over_time":
            city = first["city"].to_numpy()[first["quarter"].to_numpy() == first["quarter"][0].as_py()]
            at = {f"city_{name}": first[name].to_numpy()[:: len(city)] for name in ("quarter", "year")}
            found[table] = {**at, "city": city}
            continue
        groups = list(dict.fromkeys(first["group"].to_pylist()))
        found[table] = {
            "quarter": first["quarter"].to_numpy()[:: len(groups)],
            "group": np.array(groups, dtype=object),
            "year": first["year"].to_numpy()[:: len(groups)],
        }
    return found


def _array(column: pa.ChunkedArray) -> Any:
    """A column; words as Python strings, as xarray writes them."""
    words = pa.types.is_string(column.type)
    return np.array(column.to_pylist(), dtype=object) if words else column.to_numpy()


def _dataset(finished: Finished, coordinates: Mapping[str, Mapping[str, Any]]) -> "xr.Dataset":
    """Everything but the values of the other tables."""
    import xarray as xr  # noqa: PLC0415  as above

    columns = {str(name): _values(finished, str(name)) for name in finished.runs.columns}
    keys = {
        name: ("run", columns.pop(name), _attributes("runs", name)) for name in ("run", "arm", "seed", "draw")
    }
    for table, values in coordinates.items():
        keys |= {
            name: (_ALONG.get(name, name), array, _attributes(table, _COLUMN.get(name, name)))
            for name, array in values.items()
        }
    data = {_run_name(name): ("run", values, _attributes("runs", name)) for name, values in columns.items()}
    return xr.Dataset(data, coords=keys, attrs=_about(finished))


def _run_name(name: str) -> str:
    return f"{name}_summary" if name in OUTCOMES else name


def _values(finished: Finished, name: str) -> Any:
    """A column of the runs; words as Python strings, as xarray writes them."""
    column = finished.runs[name]
    numeric = column.dtype.kind in "biuf"
    return column.to_numpy() if numeric else column.to_numpy(dtype=object)


def _attributes(table: str, name: str) -> dict[str, Any]:
    unit, description = meaning(table, name)
    attributes = {"long_name": description} | ({"units": unit} if unit else {})
    if name in ("latitude", "longitude"):
        attributes["standard_name"] = name
    if table == "runs" and name in OUTCOMES:
        attributes["cell_methods"] = _CELL_METHODS[OUTCOMES[name].summary]
    return attributes


def _append(file: Any, finished: Finished, table: str, coordinates: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a table's values slab by slab; a slab is a whole number of chunks, so none is packed twice."""
    sizes = tuple(len(coordinates[table][name]) for name in _DIMENSIONS[table])
    # What exists only for the world is in no city.
    columns = finished.first_run(table).column_names
    outcomes = [name for name in finished.results.config.record.outcomes if name in columns]
    runs = len(finished.runs)
    fitting = 1 << int(np.log2(max(_CHUNK_VALUES / np.prod(sizes), 1)))
    chunk = min(fitting, finished.slab_size(table))
    variables = {
        name: file.create_variable(
            f"{name}{_SUFFIX[table]}",
            ("run", *_DIMENSIONS[table]),
            dtype=np.float64 if table == "groups" else np.float32,
            fillvalue=np.float64(np.nan) if table == "groups" else np.float32(np.nan),
            chunks=(min(chunk, runs), *sizes),
            compression="gzip",
            compression_opts=4,
            shuffle=True,
        )
        for name in outcomes
    }
    for name, variable in variables.items():
        variable.attrs.update(_attributes(table, name))
        along = [other for other in coordinates[table] if other not in _DIMENSIONS[table]]
        variable.attrs["coordinates"] = " ".join(["arm seed draw", *along])
    start = 0
    for slab in finished.slabs(table):
        _check_places(finished, slab, table, coordinates[table])
        count = len(slab) // int(np.prod(sizes))
        for name, variable in variables.items():
            variable[start : start + count] = slab[name].to_numpy().reshape(count, *sizes)
        start += count


def _check_places(finished: Finished, slab: pa.Table, table: str, expected: Mapping[str, Any]) -> None:
    """Raise ``ResultError`` unless the rows are as the file's dimensions say."""
    for position, name in enumerate(_DIMENSIONS[table]):
        later = [len(expected[other]) for other in _DIMENSIONS[table][position + 1 :]]
        cycle = np.repeat(expected[name], int(np.prod(later, dtype=int)))
        column = slab[_COLUMN.get(name, name)]
        found = column.to_numpy().reshape(-1, len(cycle)) if len(slab) % len(cycle) == 0 else None
        if found is None or not (found == cycle).all():
            raise ResultError(
                f"{finished.results.path / table}: the {name} of its runs differ; export as csv instead"
            )


def _about(finished: Finished) -> dict[str, str]:
    """Where the file comes from, free of anything that names the machine or the hour."""
    results, config = finished.results, finished.results.config
    manifest = any_manifest(results.path)
    text = read_checked(results.path, CONFIG, mend_config(results.path)).decode()
    about = {
        "Conventions": "CF-1.11",
        "title": config.name,
        "comment": config.question,
        "source": f"citysim {manifest.get('versions', {}).get('citysim', __version__)}, "
        f"model {manifest.get('model_version', 'unknown')}",
        "world": manifest.get("world", {}).get("title", ""),
        "world_digest": manifest.get("world", {}).get("digest", ""),
        "design_digest": manifest.get("design", {}).get("digest", ""),
        "versions": json.dumps(manifest.get("versions", {})),
        "runs_asked_for": str(len(results.design)),
        "config": text,
    }
    return {name: value for name, value in about.items() if value}
