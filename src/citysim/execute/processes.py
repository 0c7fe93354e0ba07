"""One function over many things, shared out among processes of this machine."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from citysim.errors import MachineError
from citysim.execute.executors.forkserver import context, ctrl_c_held
from citysim.execute.threads import one_thread_each


def each_in_processes[T, R](
    work: Callable[[T], R], things: Iterable[T], *, processes: int, preload: str
) -> list[R]:
    """``list(map(work, things))``, computed in at most so many processes; begun in the order of ``things``.

    ``work``, things and results are pickled. ``preload``: module that the server of the processes imports, if
    there is none yet. What ``work`` raises is raised here; raises ``MachineError`` where a process dies, or
    none can be started.
    """
    try:
        with ProcessPoolExecutor(processes, mp_context=context(preload)) as pool:
            try:
                futures = _submitted(pool, work, things)
                return [future.result() for future in futures]
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
    except BrokenProcessPool:
        raise MachineError("a process died: killed, or out of memory") from None


def _submitted[T, R](
    pool: ProcessPoolExecutor, work: Callable[[T], R], things: Iterable[T]
) -> list[Future[R]]:
    """Hand everything out; processes start here, and leave Ctrl-C to the command."""
    try:
        with one_thread_each(), ctrl_c_held():
            return [pool.submit(work, thing) for thing in things]
    except OSError as error:
        raise MachineError(f"no process can be started: {error.strerror or error}") from error
