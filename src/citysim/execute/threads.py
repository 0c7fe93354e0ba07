"""One thread for numerical libraries: runs are the unit of parallel work, and equal bits need equal threads.

The libraries read these variables when they are first imported; this module imports none of them.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def worker_count(workers: int | str) -> int:
    """Number of worker processes: as given, or for ``"auto"`` one per processor that this process may use."""
    if workers != "auto":
        return int(workers)
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def one_thread() -> None:
    """Give this process, and those it starts, one thread."""
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Give processes started within the block one thread."""
    before = {name: os.environ.get(name) for name in _VARIABLES}
    one_thread()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
