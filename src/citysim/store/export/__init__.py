"""Results in files that other programs read, with the unit and the meaning of every column."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from citysim.errors import ConfigError
from citysim.plan import faults as checks
from citysim.store.contents import check_ours
from citysim.store.export.csv import dialect_of, write_csv
from citysim.store.export.geojson import write_geojson
from citysim.store.export.netcdf import write_netcdf
from citysim.store.export.slabs import finished_runs
from citysim.store.files import make_folder, sweep_temporaries
from citysim.store.outputs import note_written
from citysim.store.reader import load_results

LABEL = "export"
_FORMATS: dict[str, Callable[..., list[Path]]] = {
    "csv": write_csv,
    "netcdf": write_netcdf,
    "geojson": write_geojson,
}


def export_results(
    folder: Path,
    format_: str,
    out: Path | None = None,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> tuple[list[Path], int, int]:
    """Write the finished runs of a result folder as ``csv``, ``netcdf`` or ``geojson`` files.

    ``out`` is a new or empty folder, or one of earlier exports; by default ``export`` in the result folder.
    ``delimiter`` (``comma``, ``semicolon``, ``tab``) and ``decimal`` (``point``, ``comma``) are for ``csv``
    alone. Gives the files' paths, the number of runs in them and the number the experiment asks for. Each
    file is there in whole or not at all.
    Raises ``ConfigError`` on another format or a wrong option, and ``ResultError`` where results are missing
    or damaged or the disk does not take the files.
    """
    if format_ not in _FORMATS:
        raise ConfigError(f"--format: found {format_!r}, {checks.suggestion(format_, _FORMATS)}")
    write = _FORMATS[format_]
    if format_ == "csv":
        write = partial(write_csv, dialect=dialect_of(delimiter, decimal))
    elif given := [
        name for name, value in (("delimiter", delimiter), ("decimal", decimal)) if value is not None
    ]:
        raise ConfigError.from_messages([f"--{name}: only with --format csv" for name in given])
    results = load_results(folder)
    target = folder / "export"
    if out is not None:
        if out.resolve() == folder.resolve():
            raise ConfigError(f"--out: {out} is the result folder itself, whose own tables would be replaced")
        check_ours(out)
        target = out
    finished = finished_runs(results)
    make_folder(target)
    sweep_temporaries(target, LABEL)
    files = write(finished, target, LABEL)
    note_written(folder if out is None else out, files)
    return files, len(finished.runs), len(finished.results.design)
