"""What the process that runs the model does: jobs come as lines of JSON, as does what is told of them."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from citysim.analysis.headline import write_tables_of
from citysim.analysis.results import runs_of
from citysim.errors import CitysimError
from citysim.execute.executors.kept import KeptPool
from citysim.execute.runner import execute_plan, plan_experiment
from citysim.execute.threads import worker_count
from citysim.explorer.payload import payload_of_runs
from citysim.plan.world import worlds_kept
from citysim.store.files import for_now


class Told:
    """Hears how a job goes and passes it on."""

    def __init__(self, out: IO[str], job: int) -> None:
        self._out, self._job = out, job

    def say(self, **what: Any) -> None:
        """A line about the job."""
        self._out.write(json.dumps({"job": self._job, **what}) + "\n")
        self._out.flush()

    def note(self, text: str) -> None:
        """Nothing: what is worth knowing stands on the page."""

    def warn(self, text: str) -> None:
        """Something wrong that the runs survive."""
        self.say(warning=text)

    def update(self, done: int, failed: int, total: int) -> None:
        """Runs done and failed of all."""
        self.say(done=done, failed=failed, total=total)


def work(jobs: IO[str], out: IO[str], workers: int | str) -> None:
    """Do jobs until there are no more: for each stage of seeds the runs, their tables, the page's data.

    A job names its ``config``, its result folder ``out`` and ``stages`` of seeds. SIGINT cancels the one at
    hand. ``workers``: processes that compute runs, which stay from job to job.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out.write("{}\n")  # ready to be interrupted
    out.flush()
    count = worker_count(workers)
    with ExitStack() as stack:
        pool = stack.enter_context(closing(KeptPool(count))) if count > 1 else None
        stack.enter_context(worlds_kept())
        stack.enter_context(for_now())
        for line in jobs:
            job = json.loads(line)
            told = Told(out, job["job"])
            try:
                with _cancellable():
                    for seeds in job["stages"]:
                        _stage(job, seeds, pool, told)
                told.say(ended="done")
            except KeyboardInterrupt:
                told.say(ended="cancelled")
            except CitysimError as error:
                told.say(ended="failed", why=" ".join(error.messages))


@contextmanager
def _cancellable() -> Iterator[None]:
    """SIGINT is an interrupt here and nowhere else."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _stage(job: Mapping[str, Any], seeds: int, pool: KeptPool | None, told: Told) -> None:
    """An answer of the first so many seeds; ``took`` tells the seconds of its parts."""
    folder = Path(job["out"])
    clock = [time.perf_counter()]

    def part() -> None:
        clock.append(time.perf_counter())

    plan = plan_experiment(job["config"], out=folder, seeds=seeds)
    part()
    stored = execute_plan(plan, workers=1, progress=told, command="citysim explore --live", pool=pool)
    stored.require_runs()
    part()
    write_tables_of(runs_of(stored))
    part()
    payload = folder.parent / f"payload-{job['job']}-{seeds}"
    last = seeds == job["stages"][-1]
    payload.write_bytes(payload_of_runs([partial(runs_of, stored)], quick=not last).data)
    part()
    names = ("plan", "runs", "tables", "payload")
    took = {name: round(end - begin, 4) for name, begin, end in zip(names, clock, clock[1:], strict=False)}
    told.say(ready=str(payload), seeds=seeds, first_error=stored.failed_in_words(), took=took)
