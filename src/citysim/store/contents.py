"""What in a result folder is citysim's: known by name and content, so that all else is left alone.

File managers, editors and sync programs leave files of their own beside ours (``._part-….parquet``,
``Thumbs.db``, ``part-… (copy).parquet``), and people keep theirs there.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from citysim.errors import ResultError
from citysim.plan.carried import WORLD_DATA
from citysim.plan.extensions import DESCRIBED, FOLDER

#: Runs that a changed config no longer asks for.
UNUSED = "unused"
CONFIG = "config.toml"
#: The draws of a posterior.
POSTERIOR = "posterior.parquet"
#: What extensions of the model add, and a copy of the file of each.
EXTENSIONS = f"{FOLDER}/{DESCRIBED}"
#: The tables of a block in the order of writing.
TABLES = ("trajectories", "groups", "cities", "cities_over_time", "statistics", "runs")
#: Columns that every design begins with.
KEYS = ("run", "arm", "seed", "draw")

_SHARD = r"(?:-(?P<shard>\d+of\d+))?"
_BLOCK = re.compile(r"part-[0-9a-z-]+\.parquet")
_DAMAGED = re.compile(rf"{_BLOCK.pattern}\.damaged")
_MANIFEST = re.compile(rf"manifest{_SHARD}\.json")
_FAILURES = re.compile(rf"failures{_SHARD}\.parquet")
_DAMAGED_FAILURES = re.compile(rf"{_FAILURES.pattern}\.damaged")
_TEMPORARY = re.compile(r"\..+\.(?P<label>[^.]+)\.[0-9a-f]{8}\.tmp")
#: Left by the system in folders that people call empty; hidden files are too.
_OF_THE_SYSTEM = ("Thumbs.db", "ehthumbs.db", "desktop.ini", "lost+found")
_SHOWN = 3


def _named(folder: Path, pattern: re.Pattern[str]) -> Iterator[tuple[Path, re.Match[str]]]:
    """Files of a folder whose whole name fits, by name."""
    try:
        files = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for file in files:
        match = pattern.fullmatch(file.name)
        if match:
            yield file, match


def block_names(root: Path, table: str = "runs") -> list[str]:
    """File names of the blocks of a table."""
    return [file.name for file, _ in _named(root / table, _BLOCK)]


def damaged_blocks(root: Path, table: str) -> list[Path]:
    """Files of a table that were set aside."""
    return [file for file, _ in _named(root / table, _DAMAGED)]


def manifest_files(folder: Path) -> dict[str, Path]:
    """Manifests by writer: ``all``, or a shard such as ``3of100``."""
    return {match["shard"] or "all": file for file, match in _named(folder, _MANIFEST)}


def failure_files(folder: Path) -> dict[str | None, Path]:
    """Files of failed runs by shard; None for the writer of all runs."""
    return {match["shard"]: file for file, match in _named(folder, _FAILURES)}


def damaged_failures(folder: Path) -> list[Path]:
    """Files of failed runs that were set aside."""
    return [file for file, _ in _named(folder, _DAMAGED_FAILURES)]


def temporaries(folder: Path, label: str | None = None) -> list[Path]:
    """Files that were being written, of one writer or of all."""
    return [file for file, match in _named(folder, _TEMPORARY) if label in (None, match["label"])]


def check_ours(folder: Path) -> None:
    """Raise ``ResultError`` unless a folder is new, empty, or one that citysim has written to before."""
    try:
        found = [path for path in sorted(folder.iterdir()) if not _counts_as_nothing(path)]
    except FileNotFoundError:
        return
    except NotADirectoryError:
        return  # reported when it is made
    except OSError as error:
        raise ResultError(f"{folder}: cannot be read: {error.strerror}") from None
    if not found or is_ours(folder):
        return
    names = ", ".join(path.name for path in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise ResultError(
        f"{folder}: is no result folder, and holds {names}{more}; choose another --out: a new or an empty "
        "folder, or one with results of citysim"
    )


def _counts_as_nothing(path: Path) -> bool:
    """Hidden files, and folders that a writer makes first of all."""
    if path.name.startswith(".") or path.name in _OF_THE_SYSTEM:
        return True
    made_first = path.name in (*TABLES, UNUSED, FOLDER, "figures", "slurm", WORLD_DATA) and path.is_dir()
    return made_first and all(_counts_as_nothing(file) for file in path.iterdir())


def is_ours(folder: Path) -> bool:
    """Whether citysim has written to a folder: a manifest, a design or a block of runs tells."""
    return (
        any(map(_is_manifest, manifest_files(folder).values()))
        or _is_design(folder / "design.parquet")
        or bool(block_names(folder))
    )


def _is_manifest(file: Path) -> bool:
    """Web pages and packages have a ``manifest.json`` too; a damaged one of ours is still ours."""
    try:
        data = file.read_bytes()
        manifest = json.loads(data)
    except OSError:
        return False
    except ValueError:
        return b'"model_version"' in data or b'"written"' in data
    return isinstance(manifest, dict) and bool({"model_version", "written", "checksums"} & set(manifest))


def _is_design(file: Path) -> bool:
    try:
        return tuple(pq.read_schema(file).names[: len(KEYS)]) == KEYS
    except (OSError, pa.ArrowException):
        return False
