"""Runs that raised: what they were, what went wrong, how to repeat them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from citysim.errors import ResultError
from citysim.store.blocks import parquet
from citysim.store.checked import read_checked_table, write_checked
from citysim.store.contents import failure_files
from citysim.store.files import disk_errors, writing

if TYPE_CHECKING:
    import pandas as pd

    from citysim.plan.runs import RunSpec
    from citysim.store.records import RunFailure

type Row = Mapping[str, object]

COLUMNS = ("run", "arm", "seed", "draw", "error", "traceback", "parameters", "command")


def failure_rows(folder: Path, failures: "Iterable[RunFailure]", specs: "Mapping[str, RunSpec]") -> list[Row]:
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


def own_failures(folder: Path, shard: str | None) -> dict[str, Row]:
    """The failures that one writer has kept, by run; a damaged file counts as none: its runs are missing."""
    path = _path(folder, shard)
    if not path.is_file():
        return {}
    try:
        return {str(row["run"]): row for row in _read(path).to_pylist()}
    except ResultError:
        return {}


def _read(path: Path) -> pa.Table:
    return read_checked_table(path.parent, path.name)


def damage_of_failures(folder: Path) -> list[str]:
    """A line for every file of failures that is not what was written."""
    return [line for path in failure_files(folder).values() if (line := _damage(path))]


def _damage(path: Path) -> str:
    try:
        _read(path)
    except ResultError as error:
        return str(error) if path.is_file() else ""
    return ""


def set_aside_damaged(folder: Path, shard: str | None, warn: Callable[[str], None], *, all_: bool) -> None:
    """Rename one writer's file of failures, or those of all, to ``*.damaged`` where it is not as written."""
    for writer, path in failure_files(folder).items():
        if (all_ or writer == shard) and _damage(path):
            with disk_errors(path, "cannot be renamed"):
                path.replace(path.with_name(f"{path.name}.damaged"))
            warn(f"{path}: damaged; set aside as *.damaged, its runs are done again")


def all_failures(folder: Path) -> dict[str, Row]:
    """The failures of all writers, by run."""
    found: dict[str, Row] = {}
    for shard in failure_files(folder):
        found |= own_failures(folder, shard)
    return found


def forget_shards(folder: Path) -> None:
    """Delete the files of shards, whose failures the writer of all runs has taken over."""
    for shard, path in failure_files(folder).items():
        if shard is not None:
            with disk_errors(path, "cannot be deleted"):
                path.unlink(missing_ok=True)


def write_failures(folder: Path, shard: str | None, rows: Sequence[Row]) -> None:
    """Replace this writer's failures; without any, there is no file."""
    path = _path(folder, shard)
    if rows:
        table = pa.table({name: [row[name] for row in rows] for name in COLUMNS})
        data = parquet(table)
        write_checked(folder, path.name, shard or "all", writing(data), shard=shard)
    else:
        with disk_errors(path, "cannot be deleted"):
            path.unlink(missing_ok=True)


def read_failures(folder: Path) -> "pd.DataFrame":
    """The failures of all writers. Raises ``ResultError`` where a file is damaged."""
    tables = [_read(path) for path in failure_files(folder).values()]
    if not tables:
        tables = [pa.table({name: pa.array([], pa.string()) for name in COLUMNS})]
    frame: pd.DataFrame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
    return frame.drop_duplicates("run", keep="last", ignore_index=True)
