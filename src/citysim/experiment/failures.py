"""Runs that raised: what they were, what went wrong, how to repeat them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from citysim.experiment.blocks import read_table, write_table
from citysim.experiment.files import disk_errors
from citysim.experiment.records import RunFailure
from citysim.experiment.runs import RunSpec

COLUMNS = ("run", "arm", "seed", "draw", "error", "traceback", "parameters", "command")


def failure_rows(
    folder: Path, failures: Iterable[RunFailure], specs: Mapping[str, RunSpec]
) -> list[dict[str, object]]:
    """One row per failure."""
    return [
        {
            "run": failure.run,
            "arm": specs[failure.run].arm,
            "seed": specs[failure.run].seed,
            "draw": specs[failure.run].draw,
            "error": failure.error,
            "traceback": failure.traceback,
            "parameters": json.dumps(specs[failure.run].parameters),
            "command": f"citysim rerun {folder.name if folder.is_absolute() else folder} {failure.run}",
        }
        for failure in failures
    ]


def _path(folder: Path, shard: str | None) -> Path:
    return folder / (f"failures-{shard}.parquet" if shard else "failures.parquet")


def own_failures(folder: Path, shard: str | None) -> list[dict[str, object]]:
    """The failures this writer has kept; a damaged file counts as none, its runs are tried again anyway."""
    try:
        return list(read_table(_path(folder, shard)).to_pylist())
    except (OSError, pa.ArrowException):
        return []


def write_failures(folder: Path, shard: str | None, rows: Sequence[Mapping[str, object]]) -> None:
    """Replace this writer's failures; without any, there is no file."""
    path = _path(folder, shard)
    if rows:
        table = pa.table({name: [row[name] for row in rows] for name in COLUMNS})
        write_table(path, shard or "all", table)
    else:
        with disk_errors(path, "cannot be deleted"):
            path.unlink(missing_ok=True)


def read_failures(folder: Path) -> pd.DataFrame:
    """The failures of all writers. Raises ``ResultError`` where a file is damaged."""
    tables = []
    for path in sorted(folder.glob("failures*.parquet")):
        with disk_errors(path, "damaged"):
            tables.append(read_table(path))
    if not tables:
        return pd.DataFrame({name: [] for name in COLUMNS})
    frame: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    return frame.drop_duplicates("run", keep="last", ignore_index=True)
