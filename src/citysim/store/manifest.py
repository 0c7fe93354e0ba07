"""``manifest.json``: what made a result folder, free of anything that names the machine."""

import hashlib
import json
import platform
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citysim.errors import ResultError
from citysim.model import MODEL_VERSION
from citysim.plan.carried import carried_files
from citysim.store.contents import manifest_files
from citysim.store.files import disk_errors, updating, write_text

if TYPE_CHECKING:
    from citysim.plan.config import ExperimentConfig
    from citysim.plan.runs import RunSpec
    from citysim.world.world import World

#: Manifests of format 1 have no checksum.
_FORMAT = 2
_CHECKSUM = "checksum"
_PACKAGES = ("citysim", "numpy", "scipy", "pandas", "pyarrow", "mesa")


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def design_digest(specs: "Sequence[RunSpec]") -> str:
    """SHA-256 over the ids of all runs in design order."""
    return ids_digest(spec.run for spec in specs)


def ids_digest(runs: Iterable[str]) -> str:
    """SHA-256 over ids of runs."""
    return hashlib.sha256("".join(runs).encode()).hexdigest()


def inputs_digest(config: "ExperimentConfig") -> str:
    """SHA-256 over all that decides which runs there are: config, posterior, versions, source and data pack.

    Where it is equal, the list of runs is, without making the world and the runs to see it.
    """
    sha = hashlib.sha256(config.model_dump_json(exclude={"execution"}).encode())
    sha.update(repr(_versions()).encode())
    package = Path(__file__).parents[1]
    files = list(package.glob("world/**/*"))
    for room in ("model", "plan", "store", "execute"):
        files += package.glob(f"{room}/**/*.py")
    files = [file for file in sorted(files) if "__pycache__" not in file.parts]
    files += [Path(config.uncertainty.file)] if config.uncertainty.file else []
    for file in files:
        if file.is_file():
            sha.update(file.name.encode())
            state = file.stat()
            sha.update(_content_digest(file, state.st_size, state.st_mtime_ns))
    for name, data in carried_files(config).items():
        sha.update(name.encode())
        sha.update(hashlib.sha256(data).digest())
    return sha.hexdigest()


@lru_cache(maxsize=1024)
def _content_digest(file: Path, _size: int, _changed: int) -> bytes:
    """SHA-256 of a file, as long as it is of this size and last changed then."""
    return hashlib.sha256(file.read_bytes()).digest()


@lru_cache(maxsize=1)
def _versions() -> Mapping[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def plain_command(arguments: Iterable[str]) -> str:
    """Command line whose paths from the root are shortened to their names."""
    return shlex.join(re.sub(r"(^|=)/(?:.*/)?([^/]*)$", r"\1\2", text) for text in arguments)


def new_manifest(config: "ExperimentConfig", world: "World", specs: "Sequence[RunSpec]") -> dict[str, Any]:
    """What is known before the first run."""
    exposed_to = config.record.exposed_to
    return {
        "format": _FORMAT,
        "versions": {**_versions()},
        "model_version": MODEL_VERSION,
        "world": {"kind": world.kind, "title": world.title, "digest": world.digest},
        "inputs": inputs_digest(config),
        "design": {"runs": len(specs), "digest": design_digest(specs)},
        "done": 0,
        "failed": 0,
        "sessions": [],
        "outputs": {},
        "written": [],
        "checksums": {},
        **({} if exposed_to is None else {"exposures": _sizes(world, exposed_to)}),
    }


def _sizes(world: "World", exposed_to: tuple[str, ...]) -> dict[str, dict[str, float]]:
    from citysim.model.events.exposure import exposure_sizes  # noqa: PLC0415  takes the compiled model

    return exposure_sizes(world, exposed_to)


def manifest_path(folder: Path, shard: str | None = None) -> Path:
    """The manifest of a folder, or of one shard's work in it."""
    return folder / (f"manifest-{shard}.json" if shard else "manifest.json")


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest, empty where there is none. Raises ``ResultError`` where it is not what was written."""
    if not path.is_file():
        return {}
    with disk_errors(path, "cannot be read"):
        data = path.read_bytes()
    try:
        manifest = from_json(data)
    except ValueError as error:
        raise ResultError(f"{path}: damaged: {error}; delete it and run again") from None
    if manifest.pop(_CHECKSUM, None) is None and manifest.get("format", 1) != 1:
        raise ResultError(f"{path}: damaged: has no checksum; delete it and run again")
    return manifest


def any_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder's runs, or of those of one of its shards; empty where there is none."""
    files = sorted(manifest_files(folder).items(), key=lambda entry: entry[0] != "all")
    return next((found for _, file in files if "versions" in (found := read_manifest(file))), {})


def write_manifest(path: Path, shard: str | None, manifest: Mapping[str, Any]) -> None:
    """Write a manifest atomically."""
    write_text(path, shard or "all", to_json({**manifest, "format": _FORMAT}))


def update_manifest(
    path: Path, shard: str | None, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Write what ``change`` makes of a manifest, if that is another one, and give it.

    Several commands note what they do in one manifest; none loses what another has noted meanwhile.
    """
    with updating(path.parent):
        found = read_manifest(path)
        changed = change(dict(found))
        if changed != found:
            write_manifest(path, shard, changed)
    return changed


def to_json(table: Mapping[str, Any]) -> str:
    """A table as JSON with a checksum over all else in it."""
    table = json.loads(json.dumps(table))  # as it will be read
    return json.dumps({**table, _CHECKSUM: _checksum_of(table)}, indent=2, ensure_ascii=False) + "\n"


def from_json(data: bytes) -> dict[str, Any]:
    """A table written by ``to_json``, its checksum under ``checksum``; one of an earlier version has none.

    Raises ``ValueError`` where it is not what was written.
    """
    table = json.loads(data)
    if not isinstance(table, dict):
        raise ValueError("not a table")  # noqa: TRY004  of the file
    rest = {name: value for name, value in table.items() if name != _CHECKSUM}
    if _CHECKSUM in table and table[_CHECKSUM] != _checksum_of(rest):
        raise ValueError("changed since citysim wrote it")
    return table


def _checksum_of(table: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:16]
