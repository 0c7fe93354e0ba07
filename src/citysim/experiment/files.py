"""Files of a result folder: written whole or not at all, and one writer at a time."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from citysim.errors import ResultError

_LOCK = ".lock"


@contextmanager
def disk_errors(path: Path, what: str = "cannot be written") -> Iterator[None]:
    """Faults of the disk as a ``ResultError`` that names ``path``."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ResultError(f"{path}: {what}: {reason or str(error).splitlines()[0]}") from error


def make_folder(folder: Path) -> None:
    """Make a folder and its parents. Raises ``ResultError`` where a file or a right is in the way."""
    with disk_errors(folder):
        for part in (folder, *folder.parents):
            if part.exists() and not part.is_dir():
                raise ResultError(f"{folder}: {part} is a file, expected a folder; choose another --out")
        folder.mkdir(parents=True, exist_ok=True)


def write_atomically(path: Path, label: str, write: Callable[[Path], None]) -> None:
    """Write through a temporary file beside ``path``: a reader sees the old file or the whole new one.

    ``label`` names the writer, so that leftovers of a killed one can be told from files being written.
    """
    temporary = path.with_name(f".{path.name}.{label}.tmp")
    with disk_errors(path):
        write(temporary)
        _sync(temporary, os.O_RDWR)
        temporary.replace(path)
        _sync(path.parent, os.O_RDONLY)


def write_text(path: Path, label: str, text: str) -> None:
    """Write a text file atomically."""
    write_atomically(path, label, lambda temporary: _write_utf8(temporary, text))


def _write_utf8(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_temporaries(folder: Path, label: str | None) -> None:
    """Delete what a killed writer left behind; with ``label``, only that writer's."""
    for file in folder.glob(f".*.{label or '*'}.tmp"):
        with disk_errors(file, "cannot be deleted"):
            file.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path, shard: str | None) -> Iterator[None]:
    """Hold a result folder: alone, or beside other shards of the same experiment.

    The system frees the lock when the process ends, however it ends.
    Raises ``ResultError`` where another run holds the folder or the shard.
    """
    with _flock(folder / _LOCK, fcntl.LOCK_SH if shard else fcntl.LOCK_EX, folder, "another citysim run"):
        if shard is None:
            yield
            return
        with _flock(
            folder / f"{_LOCK}-{shard}", fcntl.LOCK_EX, folder, f"another citysim run of shard {shard}"
        ):
            yield


@contextmanager
def locked_for_others(folder: Path, *, alone: bool) -> Iterator[Callable[[], None]]:
    """Hold a result folder for processes that write to it as shards, one holder at a time.

    ``alone``: nobody else writes until the function that is given has been called.
    Raises ``ResultError`` where another run holds the folder.
    """
    holder = "another citysim run"
    with (
        _flock(folder / f"{_LOCK}-watched", fcntl.LOCK_EX, folder, holder),
        _flock(folder / _LOCK, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, folder, holder) as descriptor,
    ):
        yield lambda: fcntl.flock(descriptor, fcntl.LOCK_SH)


@contextmanager
def _flock(path: Path, mode: int, folder: Path, holder: str) -> Iterator[int]:
    with disk_errors(folder):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ResultError(
                f"{folder}: in use by {holder}; wait for it to end, or choose another --out"
            ) from None
        except OSError as error:
            raise ResultError(f"{folder}: cannot be locked: {error.strerror}") from error
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Whether a run is writing to the folder now."""
    path = folder / _LOCK
    if not path.is_file():
        return False
    with disk_errors(path, "cannot be read"):
        descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
