"""Runs computed on this machine: in this process, or in a pool of workers."""

import importlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import wait as wait_for

from citysim.errors import ResultError
from citysim.experiment.executors.base import Job, Outcome, block_size
from citysim.experiment.records import RunFailure
from citysim.experiment.runs import RunSpec
from citysim.experiment.threads import one_thread_each

#: A block of runs goes to a worker together; this is how long one should take.
BLOCK_SECONDS = 3.0
MOST_RUNS_A_BLOCK = 50
GUARD = "call run_experiment below `if __name__ == '__main__':`, or with workers=1"
_SIMULATION = "citysim.experiment.simulation"
_DIED = "the worker process died: killed, or out of memory"


class InProcess:
    """Runs one after the other in this process."""

    def execute(self, specs: Sequence[RunSpec], job: Job) -> Generator[list[Outcome]]:
        """Yield run by run."""
        attempt = importlib.import_module(_SIMULATION).attempt
        for spec in specs:
            yield [attempt(spec, job.world, job.record)]


class LocalPool:
    """A pool of worker processes on this machine, each with one thread and its own world."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._worked = False

    def execute(self, specs: Sequence[RunSpec], job: Job) -> Generator[list[Outcome]]:
        """Yield block by block; a run whose worker dies twice, the second time alone, is a failure.

        Raises ``ResultError`` where not one run can be finished.
        """
        waiting = deque(specs)
        lost: deque[RunSpec] = deque()
        while waiting:
            yield from self._with_pool(waiting, lost, job, self.workers)
            while lost:
                # One at a time: if the worker dies again, the run that did it is known.
                culprit: deque[RunSpec] = deque()
                yield from self._with_pool(lost, culprit, job, 1, alone=True)
                if culprit and not self._worked:
                    raise ResultError(f"no worker could finish a run: {_DIED}; in a script, {GUARD}")
                for spec in culprit:
                    yield [RunFailure(spec.run, _DIED, "")]

    def _with_pool(
        self,
        waiting: deque[RunSpec],
        lost: deque[RunSpec],
        job: Job,
        workers: int,
        *,
        alone: bool = False,
    ) -> Generator[list[Outcome]]:
        """Work through ``waiting``; if a worker dies, put the runs in its hands on ``lost`` and return.

        ``alone``: no run is in a worker's hands beside another.
        """
        ahead = 1 if alone else 2 * workers
        with one_thread_each(), _pool(workers, job) as pool:
            running: dict[Future[list[Outcome]], list[RunSpec]] = {}
            size = 1
            try:
                while waiting or running:
                    while waiting and len(running) < ahead:
                        block = [waiting.popleft() for _ in range(min(size, _share(waiting, workers)))]
                        running[_submit(pool, block)] = block
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        outcomes = future.result()
                        del running[future]
                        self._worked = True
                        size = 1 if alone else block_size(outcomes, size, BLOCK_SECONDS, MOST_RUNS_A_BLOCK)
                        yield outcomes
            except BrokenProcessPool:
                lost.extend(spec for block in running.values() for spec in block)


def _share(waiting: deque[RunSpec], workers: int) -> int:
    """Most runs of a block, so that at the end no worker idles while another has many left."""
    return max(1, len(waiting) // (2 * workers))


@contextmanager
def _pool(workers: int, job: Job) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers end with the block, also in the midst of their runs."""
    # One server imports the model, once; workers are forked from it and start at once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_SIMULATION])
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(job,))
    try:
        yield pool
    except BaseException:
        _end(pool)
        raise
    _end(pool)


def _end(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())  # noqa: SLF001  terminate_workers() is of Python 3.14
    for process in processes:
        process.terminate()
    pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, block: list[RunSpec]) -> "Future[list[Outcome]]":
    """Submit with Ctrl-C held back: a worker that starts now inherits that, and leaves Ctrl-C to us."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(_run_block, block)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in the worker

_held: list[Job] = []


def _start_worker(job: Job) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Arrays come out of a pickle writable; a new World makes them read-only again.
    _held[:] = [replace(job, world=replace(job.world))]


def _end_with_parent() -> None:
    """End this worker when its parent is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _run_block(block: list[RunSpec]) -> list[Outcome]:
    attempt = importlib.import_module(_SIMULATION).attempt
    (job,) = _held
    return [attempt(spec, job.world, job.record) for spec in block]
