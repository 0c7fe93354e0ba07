"""One function over many things, shared out among processes of this machine."""

import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess

from citysim.errors import MachineError
from citysim.execute.executors.forkserver import context, ctrl_c_held
from citysim.execute.threads import one_thread_each

_DIED = "a process died: killed, or out of memory"


def each_in_processes[T, R](
    work: Callable[[T], R], things: Iterable[T], *, processes: int, preload: str
) -> list[R]:
    """``list(map(work, things))``, computed in at most so many processes; begun in the order of ``things``.

    ``work``, things and results are pickled. ``preload``: module that the server of the processes imports, if
    there is none yet. What ``work`` raises is raised here; raises ``MachineError`` where a process dies.
    """
    waiting = deque(enumerate(things))
    found: dict[int, R] = {}
    with _started(work, min(processes, len(waiting)), preload) as pipes:
        at_work = {pipe: _give(pipe, waiting) for pipe in pipes}
        while at_work:
            ready = wait(list(at_work))
            for pipe in [pipe for pipe in at_work if pipe in ready]:
                try:
                    error, result = pipe.recv()
                except (EOFError, OSError):
                    raise MachineError(_DIED) from None
                if error is not None:
                    raise error
                found[at_work.pop(pipe)] = result
                if waiting:
                    at_work[pipe] = _give(pipe, waiting)
    return [found[i] for i in range(len(found))]


def _give[T](pipe: Connection, waiting: deque[tuple[int, T]]) -> int:
    """Give the next thing to a process; gives its place."""
    place, thing = waiting.popleft()
    try:
        pipe.send(thing)
    except OSError:
        raise MachineError(_DIED) from None
    return place


@contextmanager
def _started[T, R](work: Callable[[T], R], processes: int, preload: str) -> Iterator[list[Connection]]:
    """Pipes to processes that do ``work``; they end with the block, also in the midst of it."""
    started: list[tuple[ForkServerProcess, Connection]] = []
    server = context(preload)
    try:
        for _ in range(processes):
            try:
                ours, theirs = server.Pipe()
                process = server.Process(target=_serve, args=(theirs, work), daemon=True)
                with one_thread_each(), ctrl_c_held():
                    process.start()
            except OSError as error:
                raise MachineError(f"no process can be started: {error.strerror or error}") from error
            theirs.close()
            started.append((process, ours))
        yield [pipe for _, pipe in started]
    finally:
        for process, pipe in started:
            process.kill()
            process.join()
            pipe.close()


def _serve[T, R](pipe: Connection, work: Callable[[T], R]) -> None:
    """In a process: do what comes, until nothing does or the command is gone."""
    try:
        while True:
            thing = pipe.recv()
            try:
                answer: tuple[Exception | None, R | None] = None, work(thing)
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer = error, None
            pipe.send(answer)
    except (EOFError, OSError):
        return
