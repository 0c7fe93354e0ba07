"""Files of a result folder: written whole or not at all, and one writer at a time."""

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa

from citysim.errors import ResultError
from citysim.store.contents import temporaries

_LOCK = ".lock"
#: Whoever watches shards that run elsewhere.
WATCHED = "watched"
IN_USE = "{folder}: in use by {holder}; wait for it to end, or choose another --out"
#: What a file system without locks says: NFS without its lock daemon, Lustre mounted without flock.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
_ATTEMPTS, _PAUSE = 20, 0.05


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

    ``label`` names the writer, so that leftovers of a killed one can be told from files being written. No two
    temporary files have one name, so that writers that know nothing of each other do each other no harm.
    """
    temporary = path.with_name(f".{path.name}.{label}.{secrets.token_hex(4)}.tmp")
    with disk_errors(path):
        try:
            write(temporary)
            _sync(temporary, os.O_RDWR)
            temporary.replace(path)
        except BaseException:
            # A full disk needs the room.
            temporary.unlink(missing_ok=True)
            raise
        _sync(path.parent, os.O_RDONLY)


def writing(data: bytes) -> Callable[[Path], None]:
    """What writes some bytes into a file."""

    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def write_text(path: Path, label: str, text: str) -> None:
    """Write a text file atomically."""
    write_atomically(path, label, writing(text.encode()))


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_temporaries(folder: Path, label: str | None) -> None:
    """Delete what a killed writer left behind; with ``label``, only that writer's."""
    for file in temporaries(folder, label):
        with disk_errors(file, "cannot be deleted"):
            file.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path, shard: str | None) -> Iterator[bool]:
    """Hold a result folder: alone, or beside other shards of the same experiment.

    Gives False where the file system has no locks, as some of clusters; then nothing is held. The system
    frees the lock when the process ends, however it ends.
    Raises ``ResultError`` where another run holds the folder or the shard.
    """
    mode = fcntl.LOCK_SH if shard else fcntl.LOCK_EX
    with _flock(folder / _LOCK, mode, folder, "another citysim run") as descriptor:
        if shard is None:
            yield descriptor is not None
            return
        holder = f"another citysim run of shard {shard}"
        with _flock(folder / f"{_LOCK}-{shard}", fcntl.LOCK_EX, folder, holder) as own:
            yield own is not None


@contextmanager
def locked_for_others(folder: Path, *, alone: bool) -> Iterator[Callable[[], None]]:
    """Hold a result folder for processes that write to it as shards, one holder at a time.

    ``alone``: nobody else writes until the function that is given has been called.
    Raises ``ResultError`` where another run holds the folder.
    """
    holder = "another citysim run"
    with (
        _flock(folder / f"{_LOCK}-{WATCHED}", fcntl.LOCK_EX, folder, holder),
        _flock(folder / _LOCK, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, folder, holder) as descriptor,
    ):

        def share() -> None:
            if descriptor is not None:
                fcntl.flock(descriptor, fcntl.LOCK_SH)

        yield share


@contextmanager
def _flock(path: Path, mode: int, folder: Path, holder: str) -> Iterator[int | None]:
    """Hold a lock; gives its descriptor, or None where the file system has no locks."""
    with disk_errors(folder):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        held: int | None = descriptor
        try:
            _try_lock(descriptor, mode)
        except BlockingIOError:
            raise ResultError(IN_USE.format(folder=folder, holder=holder)) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise ResultError(f"{folder}: cannot be locked: {error.strerror}") from error
            held = None
        yield held
    finally:
        os.close(descriptor)


@contextmanager
def updating(folder: Path) -> Iterator[None]:
    """Hold a folder's manifests for a moment, so that nobody's change is lost between reading and writing.

    Without locks, or where a holder was stopped, it goes on: who may write to a folder is settled elsewhere.
    """
    with disk_errors(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            _try_lock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, mode: int) -> None:
    """Lock without waiting for long: `citysim status` holds a lock for a moment to see whether it is free."""
    for _ in range(_ATTEMPTS):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            return
        time.sleep(_PAUSE)
    fcntl.flock(descriptor, mode | fcntl.LOCK_NB)


def writers(folder: Path) -> set[str] | None:
    """Who writes to the folder now: ``all``, or shards such as ``3of100``; None where none can tell."""
    try:
        if _is_held(folder / _LOCK):
            return {"all"}
        return {path.name.removeprefix(f"{_LOCK}-") for path in folder.glob(f"{_LOCK}-*") if _is_held(path)}
    except OSError:
        return None


def _is_held(path: Path) -> bool:
    """Whether somebody holds a lock alone. Raises ``OSError`` where locks do not work."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
