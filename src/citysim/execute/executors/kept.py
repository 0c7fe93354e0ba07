"""A pool of local workers that stays: for many small sweeps of one world, one after the other."""

from collections import deque
from collections.abc import Generator, Sequence

from citysim.execute.executors.base import Job, Outcome
from citysim.execute.executors.local import Sweep, Worker, start_worker
from citysim.execute.threads import one_thread_each
from citysim.plan.runs import RunSpec


class KeptPool:
    """A ``LocalPool`` whose workers wait for the next runs of the same world that record the same.

    A pool that is started for each of many small sweeps costs more than it saves. Workers in the midst of a
    run that nobody waits for any more are ended, and others take their place at once. ``close`` ends all.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: list[Worker] = []
        self._job: Job | None = None

    def execute(self, specs: Sequence[RunSpec], job: Job) -> Generator[list[Outcome]]:
        """Yield run by run, as ``LocalPool``."""
        self.prepare(job)
        try:
            with one_thread_each():
                yield from Sweep(deque(specs), job, self._pool, self.workers).outcomes()
        finally:
            self._end([worker for worker in self._pool if worker.assigned])
            self.prepare(job)

    def prepare(self, job: Job) -> None:
        """Have all workers there for a world and what is recorded, and do not wait for them."""
        if self._job is None or not _alike(self._job, job):
            self.close()
            self._job = job
        with one_thread_each():
            while len(self._pool) < self.workers:
                self._pool.append(start_worker(job))

    def _end(self, workers: Sequence[Worker]) -> None:
        for worker in workers:
            worker.process.kill()  # all of them before the first is waited for
        for worker in workers:
            self._pool.remove(worker)
            worker.end()

    def close(self) -> None:
        """End all workers."""
        self._end([*self._pool])
        self._job = None


def _alike(one: Job, other: Job) -> bool:
    return one.world.digest == other.world.digest and one.record == other.record
