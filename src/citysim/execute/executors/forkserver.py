"""The process that local workers are forked from: it imports the model once, while the command still plans.

Imports nothing but the standard library, so that the command line can start it first of all.
"""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext

from citysim.execute.threads import one_thread_each

_WARM = "citysim.execute.executors.warm"


def context(preload: str = _WARM) -> ForkServerContext:
    """Where workers are started: forked from a server that has imported ``preload``, and from nothing else.

    ``preload``: by default the model; of no effect where the server is there already.
    """
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload([preload])
    return found


def start_server(preload: str = _WARM) -> None:
    """Start the server, where there is none yet, and do not wait for it."""
    context(preload)
    with one_thread_each(), ctrl_c_held():
        forkserver.ensure_running()


@contextmanager
def ctrl_c_held() -> Iterator[None]:
    """Hold Ctrl-C back: the server and all workers inherit that, and leave Ctrl-C to the command."""
    resource_tracker.ensure_running()  # which would let Ctrl-C in again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
