"""Runs computed on this machine: in this process, or in a pool of workers."""

import importlib
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess

from citysim.errors import MachineError, ResultError
from citysim.execute.executors.base import Job, Outcome, block_size
from citysim.execute.executors.forkserver import context, ctrl_c_held
from citysim.execute.interrupts import Interrupts
from citysim.execute.threads import one_thread_each
from citysim.plan.record import RecordConfig
from citysim.plan.runs import RunSpec
from citysim.store.records import RunFailure
from citysim.world.world import World

#: A block of runs goes to a worker together; this is how long one should take. Its runs come back one by one.
BLOCK_SECONDS = 3.0
MOST_RUNS_A_BLOCK = 50
#: Workers in a row that may die before any has begun a run.
MOST_DEAD_AT_START = 3
GUARD = "call run_experiment below `if __name__ == '__main__':`, or with workers=1"
_SIMULATION = "citysim.execute.simulation"
_DIED = "the worker process died: killed, or out of memory"


class InProcess:
    """Runs one after the other in this process.

    An interrupt waits for the end of a quarter: in the midst of one, compiled code may lose it, or pass it
    off as a fault of the run.
    """

    def __init__(self, interrupts: Interrupts) -> None:
        self.interrupts = interrupts

    def execute(self, specs: Sequence[RunSpec], job: Job) -> Generator[list[Outcome]]:
        """Yield run by run."""
        attempt = importlib.import_module(_SIMULATION).attempt
        for spec in specs:
            with self.interrupts.held():
                outcome = attempt(spec, job.world, job.record, self.interrupts.let_in)
            yield [outcome]


@dataclass(eq=False)
class Worker:
    """A worker process, and the runs assigned to it in the order in which they come back."""

    process: ForkServerProcess
    pipe: Connection
    assigned: deque[RunSpec] = field(default_factory=deque)
    ready: bool = False

    def give(self, block: list[RunSpec]) -> None:
        """Assign runs to it."""
        self.assigned.extend(block)
        with suppress(OSError):  # it has died: its end of the pipe tells
            self.pipe.send(block)

    def take(self) -> Outcome | None:
        """What comes back: an outcome, or None when the worker has begun.

        Raises where it has died, and what it met: ``MachineError``.
        """
        outcome: Outcome | MachineError | None = self.pipe.recv()
        if isinstance(outcome, MachineError):
            raise outcome
        if outcome is None:
            self.ready = True
        else:
            self.assigned.popleft()
        return outcome

    def end(self) -> None:
        """End it, also in the midst of a run."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


class LocalPool:
    """A pool of worker processes on this machine, each with one thread and its own world."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def execute(self, specs: Sequence[RunSpec], job: Job) -> Generator[list[Outcome]]:
        """Yield run by run; a run whose worker dies twice, the second time alone, is a failure.

        Raises ``ResultError`` where workers die before they have begun a run, ``MachineError`` where one
        cannot go on.
        """
        with _pool() as pool:
            yield from Sweep(deque(specs), job, pool, self.workers).outcomes()


@contextmanager
def _pool() -> Iterator[list[Worker]]:
    """Workers, to be filled in; they end with the block, also in the midst of their runs."""
    pool: list[Worker] = []
    try:
        with one_thread_each():
            yield pool
    finally:
        for worker in pool:
            worker.process.kill()  # all of them before the first is waited for
        for worker in pool:
            worker.end()


class Sweep:
    """Hands runs out and takes outcomes in."""

    def __init__(self, waiting: deque[RunSpec], job: Job, pool: list[Worker], workers: int) -> None:
        self.waiting = waiting
        self.job = job
        self.pool = pool
        self.workers = workers
        self.suspects: deque[RunSpec] = deque()  # their worker died
        self.alone = False  # the one run in work is a suspect
        self.dead_at_start = 0
        self.size = 1

    def outcomes(self) -> Generator[list[Outcome]]:
        """Yield run by run; see ``LocalPool.execute``."""
        while self.waiting or self.suspects or any(worker.assigned for worker in self.pool):
            self._fill()
            self._hand_out()
            fault: MachineError | None = None
            for worker in self._with_news():
                try:
                    outcome = self._take(worker)
                except MachineError as error:
                    fault = error  # once what the others have finished is taken
                    continue
                if outcome is not None:
                    yield [outcome]
            if fault is not None:
                raise fault

    def _fill(self) -> None:
        """Start the workers that are wanted and not there."""
        left = len(self.waiting) + bool(self.suspects) + sum(bool(worker.assigned) for worker in self.pool)
        while len(self.pool) < min(self.workers, left):
            self.pool.append(start_worker(self.job))

    def _hand_out(self) -> None:
        """Give every worker that begins its last run the next block; at the end, only one that has none."""
        for worker in self.pool:
            if self.waiting and len(worker.assigned) <= (len(self.waiting) > self.workers):
                runs = min(self.size, max(1, len(self.waiting) // (2 * self.workers)), len(self.waiting))
                worker.give([self.waiting.popleft() for _ in range(runs)])
        if self.suspects and not any(worker.assigned for worker in self.pool):
            # Alone: it may have died of the memory that others took.
            self.alone = True
            self.pool[0].give([self.suspects.popleft()])

    def _with_news(self) -> list[Worker]:
        ready = wait([worker.pipe for worker in self.pool])
        return [worker for worker in self.pool if worker.pipe in ready]

    def _take(self, worker: Worker) -> Outcome | None:
        try:
            outcome = worker.take()
        except (EOFError, OSError):
            return self._lost(worker)
        if outcome is not None:
            self.alone = False
            self.dead_at_start = 0
            self.size = block_size([outcome], self.size, BLOCK_SECONDS, MOST_RUNS_A_BLOCK)
        return outcome

    def _lost(self, worker: Worker) -> Outcome | None:
        """A worker has died: all it had finished has been taken, and one run was in work."""
        self.pool.remove(worker)
        worker.end()
        if not worker.ready:
            self.dead_at_start += 1
            if self.dead_at_start >= MOST_DEAD_AT_START:
                raise ResultError(f"no worker could begin: {_DIED}; in a script, {GUARD}")
        culprit = worker.assigned.popleft() if worker.ready and worker.assigned else None
        if self.alone and culprit is None:
            self.suspects.extend(worker.assigned)
        else:
            self.waiting.extendleft(reversed(worker.assigned))
        alone, self.alone = self.alone, False
        if culprit is None:
            return None
        if alone:
            return RunFailure(culprit.run, _DIED, "")
        self.suspects.append(culprit)
        return None


def start_worker(job: Job) -> Worker:
    """A worker that begins. Raises ``MachineError`` where the machine starts none."""
    started = context()
    try:
        ours, theirs = started.Pipe()
        process = started.Process(target=_work, args=(theirs, job), daemon=True)
        with ctrl_c_held():
            process.start()
    except OSError as error:
        raise MachineError(f"no worker can be started: {error.strerror or error}") from error
    theirs.close()
    return Worker(process, ours)


# --- in the worker


def _work(pipe: Connection, job: Job) -> None:
    """Compute blocks of runs as they come, and send every outcome as soon as it is there."""
    # A batch system sends these to every process; the command ends its workers itself.
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    blocks: queue.SimpleQueue[list[RunSpec]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, blocks), daemon=True).start()
    try:
        attempt = importlib.import_module(_SIMULATION).attempt
    except Exception as error:
        pipe.send(MachineError(f"a worker could not begin: {type(error).__name__}: {error}"))
        return
    try:
        pipe.send(None)
        while True:
            for spec in blocks.get():
                pipe.send(_outcome(attempt, spec, job.world, job.record))
    except OSError:
        os._exit(1)  # the command is gone


def _outcome(
    attempt: Callable[..., Outcome], spec: RunSpec, world: World, record: RecordConfig
) -> Outcome | MachineError:
    try:
        return attempt(spec, world, record)
    except MachineError as fault:
        return fault


def _receive(pipe: Connection, blocks: queue.SimpleQueue[list[RunSpec]]) -> None:
    """Take blocks in at once, so that the command never waits; end with it, however it went."""
    try:
        while True:
            blocks.put(pipe.recv())
    except (EOFError, OSError):
        os._exit(1)
