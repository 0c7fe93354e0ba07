"""Results in files that other programs read, with the unit and the meaning of every column."""

from collections.abc import Callable
from pathlib import Path

from citysim.errors import ConfigError
from citysim.experiment import checks
from citysim.experiment.export.csv import write_csv
from citysim.experiment.export.finished import finished_runs
from citysim.experiment.export.netcdf import write_netcdf
from citysim.experiment.files import make_folder, sweep_temporaries
from citysim.experiment.results import load_results

LABEL = "export"
_FORMATS: dict[str, Callable[..., list[Path]]] = {"csv": write_csv, "netcdf": write_netcdf}


def export_results(folder: Path, format_: str, out: Path | None = None) -> tuple[list[Path], int, int]:
    """Write the finished runs of a result folder as ``csv`` or ``netcdf`` files.

    ``out`` is a folder, by default ``export`` in the result folder. Gives the files' paths, the number of
    runs in them and the number the experiment asks for. Each file is there in whole or not at all.
    Raises ``ConfigError`` on another format, and ``ResultError`` where results are missing or damaged or
    the disk does not take the files.
    """
    if format_ not in _FORMATS:
        raise ConfigError(f"--format: found {format_!r}, {checks.suggestion(format_, _FORMATS)}")
    finished = finished_runs(load_results(folder))
    target = out if out is not None else folder / "export"
    make_folder(target)
    sweep_temporaries(target, LABEL)
    files = _FORMATS[format_](finished, target, LABEL)
    return files, len(finished.runs), len(finished.results.design)
