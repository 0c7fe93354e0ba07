"""Compilation of the kernels: loops that numpy cannot express without passing over memory many times.

Machine code is kept on disk by numba's cache, which here survives what may happen to its files: one that is
damaged, cut or gone counts as absent and is replaced, and where nothing can be written, code stays in memory.
"""

# mypy: disallow-untyped-calls=False
# numba has types, but not on its cache.

import hashlib
import logging
import os
import pickle
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

from citysim.model.loaded import rebuilt

_log = logging.getLogger(__name__)
_warned: set[str] = set()
_CHECKSUM_BYTES = 32


def source_files() -> list[Path]:
    """Every file that compiled code is made of, constants included."""
    package = Path(__file__).parents[1]
    return [
        *sorted((package / "model" / "kernels").glob("*.py")),
        package / "model" / "streams.py",
        package / "model" / "state.py",
        package / "model" / "outcomes.py",
        package / "world" / "geography.py",
        package / "world" / "domains.py",
    ]


_SOURCES = hashlib.sha256(b"".join(file.read_bytes() for file in source_files())).hexdigest()[:12]


class _CheckedFiles(IndexDataCacheFile):
    """Index and data files of one kernel, each ending with its checksum.

    numba itself believes its files. Bits that have changed would raise, end the process, or compute something
    else; and writers at the same moment, or one that was killed, may leave an index that names the code of
    other types.
    """

    def load(self, key: Hashable) -> Any:
        """What is kept of a key; None where nothing is, or not as it was written."""
        name = self._load_index().get(key)
        return None if name is None else self._read(self._data_path(name), key)

    def kept(self) -> list[tuple[Any, ...]]:
        """Keys of all code that the index names."""
        return list(self._load_index())

    def save(self, key: Hashable, data: object) -> None:
        """Keep data, then name it in the index. Raises ``OSError``."""
        index = dict(self._load_index())
        if key not in index:
            taken = set(index.values())
            numbers = range(1, len(taken) + 2)
            index[key] = next(name for name in map(self._data_name, numbers) if name not in taken)
        self._write(self._data_path(index[key]), key, data)
        self._save_index(index)

    def _load_index(self) -> Mapping[Any, str]:
        return self._read(self._index_path, None) or {}

    def _save_index(self, overloads: Mapping[Hashable, str]) -> None:
        self._write(self._index_path, None, dict(overloads))

    def _read(self, path: str, key: Hashable) -> Any:
        try:
            content = Path(path).read_bytes()
        except OSError:
            return None
        payload, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
        return pickle.loads(payload) if checksum == self._checksum(payload, key) else None  # noqa: S301  as numba does

    def _write(self, path: str, key: Hashable, what: object) -> None:
        payload = self._dump(what)
        with suppress(OSError):
            Path(path).rmdir()  # a folder that is in the way, if it is empty
        with self._open_for_write(path) as file:
            file.write(payload + self._checksum(payload, key))

    def _checksum(self, payload: bytes, key: Hashable) -> bytes:
        """Digest of what a file holds, and of what it is for: numba's version, the source, the types."""
        purpose = repr((self._version, self._source_stamp, key)).encode()
        return hashlib.sha256(hashlib.sha256(purpose).digest() + payload).digest()


class _KernelCache(FunctionCache):
    """The compiled code of one kernel on disk. Raises ``RuntimeError`` where there is no folder for it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file: _CheckedFiles = _CheckedFiles(self._cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Code for argument types, or None: then it is compiled, and what could not be loaded is replaced."""
        found = None
        try:
            kept = self._cache_file.load(self._index_key(sig, target_context.codegen()))
            found = None if kept is None else rebuilt(target_context, kept)
        except MemoryError:
            raise
        except Exception as error:
            _log.debug("%s: not loaded: %r", self._name, error)
        if found is None:
            target_context.refresh()  # what it takes to compile
        return found

    def holds_code(self, codegen: Any) -> bool:
        """Whether there is code for this processor, whatever the argument types; it is not read."""
        return any(self._index_key(key[0], codegen) == key for key in self._cache_file.kept())

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep code on disk, where that can be done; it is in memory anyway."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _warn_once(
                f"compiled code cannot be kept in {self._cache_path} ({error.strerror or error}): processes "
                "compile anew for some seconds; see to that folder, or set NUMBA_CACHE_DIR to another"
            )


def _warn_once(text: str) -> None:
    """Log the first fault of the cache in this process; the others have the same cause."""
    if not _warned:
        _warned.add(text)
        _log.warning("%s", text)


def cache_fault() -> str | None:
    """Why this process could not keep compiled code on disk; None where it could, or had none to keep."""
    return next(iter(_warned), None)


def is_kept(kernel: Any) -> bool:
    """Whether code of a ``compiled`` function is on disk, so that it need not be compiled."""
    cache = kernel._cache  # noqa: SLF001  as below
    return isinstance(cache, _KernelCache) and cache.holds_code(kernel.targetctx.codegen())


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile ``function`` when it is first called and keep the machine code on disk.

    Without ``fastmath`` and threads, so that sums have one order and results are equal bit for bit. Where
    nothing can be written, compilation happens anew in each process, and says so once.
    """
    # numba looks only at a function's own file to see whether its cache is stale, not at those it calls into
    function.__qualname__ = f"{function.__qualname__}-{_SOURCES}"
    unwrapped: Any = {"no_cfunc_wrapper": True}  # C never calls it; not in numba's types
    kernel: Any = numba.njit(nogil=True, **unwrapped)(function)
    try:
        kernel._cache = _KernelCache(function)  # noqa: SLF001  what cache=True sets, to numba's own
    except (RuntimeError, OSError):
        source = Path(function.__code__.co_filename).parent
        own = os.environ.get("NUMBA_CACHE_DIR")
        tried = [*([own] if own else []), str(source / "__pycache__"), "the user's cache folder"]
        _warn_once(
            f"no folder to keep compiled code in, neither {' nor '.join(tried)}: processes compile anew for "
            "some seconds; set NUMBA_CACHE_DIR to a folder that can be written"
        )
    return cast("F", kernel)
