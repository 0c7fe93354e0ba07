"""Files of a result folder beside its blocks: read only as they were written.

A manifest lists their digests under ``checksums``: that of a new file before it gets its name, beside that of
the file it replaces. So what is there is listed at whatever moment a writer is killed. Files of earlier
versions, which listed none, are read as they are.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from citysim.errors import ResultError
from citysim.store.blocks import parse_table
from citysim.store.contents import manifest_files
from citysim.store.files import disk_errors, write_atomically
from citysim.store.manifest import manifest_path, read_manifest, update_manifest

RUN_AGAIN = "run the experiment again to replace it"
#: A reader may come between two files of a writer.
_ATTEMPTS = 3


def mend_config(folder: Path) -> str:
    """What to do about a ``config.toml`` of results that was edited."""
    return (
        f"to change the experiment, edit a copy elsewhere and run that with --out {folder}; "
        "running it as it was writes this file anew"
    )


type Manifest = dict[str, Any]


def digest_of(data: bytes) -> str:
    """SHA-256, shortened to 16 hex digits, as in the names of blocks."""
    return hashlib.sha256(data).hexdigest()[:16]


def write_checked(
    folder: Path,
    name: str,
    label: str,
    write: Callable[[Path], None],
    *,
    shard: str | None = None,
    note: Callable[[Manifest], Manifest] = dict,
) -> None:
    """Write a file of a result folder atomically, with its digest in the manifest of ``shard``, or of all.

    ``name``: relative to the folder. ``note``: what else the manifest is to say. Raises ``ResultError`` where
    the disk does not take it.
    """

    def write_and_list(temporary: Path) -> None:
        write(temporary)
        list_digests(folder, {name: digest_of(temporary.read_bytes())}, shard=shard, note=note)

    write_atomically(folder / name, label, write_and_list)


def list_digests(
    folder: Path,
    digests: dict[str, str],
    *,
    shard: str | None = None,
    note: Callable[[Manifest], Manifest] = dict,
) -> None:
    """List digests of files in a manifest, each beside that of the file which is there now."""

    def change(manifest: Manifest) -> Manifest:
        listed = dict(manifest.get("checksums", {}))
        for name, digest in digests.items():
            listed[name] = list(dict.fromkeys([*_of_what_is_there(folder, name), digest]))
        return note({**manifest, "checksums": listed})

    update_manifest(manifest_path(folder, shard), shard, change)


def _of_what_is_there(folder: Path, name: str) -> list[str]:
    file = folder / name
    return [digest_of(file.read_bytes())] if file.is_file() and is_as_written(folder, name) else []


def is_as_written(folder: Path, name: str) -> bool:
    """Whether a file has not changed since it was written, as far as a manifest lists it."""
    try:
        read_checked(folder, name)
    except ChangedError:
        return False
    return True


def is_listed(folder: Path, name: str, digest: str | None = None) -> bool:
    """Whether a manifest lists a file, or a file of that digest."""
    listed = _listed(folder, name)
    return bool(listed) if digest is None else digest in listed


class ChangedError(ResultError):
    """A file of a result folder that is not what citysim wrote there."""


def read_checked(folder: Path, name: str, again: str = RUN_AGAIN) -> bytes:
    """The bytes of a file. Raises ``ChangedError`` where they are not what was written, with what mends it.

    Raises ``ResultError`` where the file or a manifest cannot be read.
    """
    path = folder / name
    for _ in range(_ATTEMPTS):
        with disk_errors(path, "cannot be read"):
            data = path.read_bytes()
        digest = digest_of(data)
        # The manifest of all has nearly every file, and there may be a thousand of shards.
        listed = read_manifest(manifest_path(folder)).get("checksums", {}).get(name, ())
        if digest in listed:
            return data
        listed = _listed(folder, name)
        if not listed or digest in listed:
            return data
    raise ChangedError(f"{path}: changed since citysim wrote it; {again}")


def _listed(folder: Path, name: str) -> set[str]:
    manifests = map(read_manifest, manifest_files(folder).values())
    return {digest for manifest in manifests for digest in manifest.get("checksums", {}).get(name, ())}


def read_checked_table(folder: Path, name: str, again: str = RUN_AGAIN) -> pa.Table:
    """A Parquet file that is no block. Raises ``ResultError`` as ``read_checked``."""
    data = read_checked(folder, name, again)
    with disk_errors(folder / name, f"damaged, {again}"):
        return parse_table(data)
