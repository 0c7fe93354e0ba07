"""Compilation of the kernels: loops that numpy cannot express without passing over memory many times."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numba

_log = logging.getLogger(__name__)
_warned: set[str] = set()


def _sources() -> str:
    """Digest of every file that compiled code is made of, constants included."""
    package = Path(__file__).parents[1]
    files = [
        *sorted((package / "model" / "kernels").glob("*.py")),
        package / "model" / "streams.py",
        package / "model" / "state.py",
        package / "world" / "geography.py",
        package / "world" / "world.py",
        package / "world" / "domains.py",
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


_SOURCES = _sources()


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile ``function`` when it is first called and keep the machine code on disk.

    Without ``fastmath`` and threads, so that sums have one order and results are equal bit for bit. Where
    no cache folder can be written, compilation happens anew in each process, and says so once.
    """
    # numba looks only at a function's own file to see whether its cache is stale, not at those it calls into
    function.__qualname__ = f"{function.__qualname__}-{_SOURCES}"
    try:
        kernel = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError as error:
        if "cache" not in _warned:
            _warned.add("cache")
            _log.warning(
                "no folder to keep compiled code in (%s): every process compiles for some seconds; "
                "set NUMBA_CACHE_DIR to a folder that can be written",
                error,
            )
        kernel = numba.njit(nogil=True)(function)
    return cast("F", kernel)
