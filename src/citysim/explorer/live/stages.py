"""What the process that runs the model does: jobs come as lines of JSON, as does what is told of them."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from citysim.analysis.headline import tables_of
from citysim.analysis.results import runs_of
from citysim.errors import CitysimError
from citysim.execute.interrupts import Interrupts
from citysim.execute.runner import plan_experiment
from citysim.execute.threads import worker_count
from citysim.explorer.live.kept import KeptRuns
from citysim.explorer.payload import payload_of_runs
from citysim.plan.world import worlds_kept


class Told:
    """Hears how a job goes and passes it on."""

    def __init__(self, out: IO[str], job: int) -> None:
        self._out, self._job = out, job

    def say(self, **what: Any) -> None:
        """A line about the job."""
        self._out.write(json.dumps({"job": self._job, **what}) + "\n")
        self._out.flush()

    def update(self, done: int, failed: int, total: int) -> None:
        """Runs done and failed of all."""
        self.say(done=done, failed=failed, total=total)


def work(jobs: IO[str], out: IO[str], folder: Path, workers: int | str) -> None:
    """Do jobs until there are no more: for each stage of seeds the runs, their tables, the page's data.

    A job names its ``config`` and ``stages`` of seeds. SIGINT cancels the one at hand. ``folder``: for files
    that last as long as the page; ``workers``: processes that compute runs, which stay from job to job.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out.write("{}\n")  # ready to be interrupted
    out.flush()
    with ExitStack() as stack:
        stack.enter_context(worlds_kept())
        kept = stack.enter_context(closing(KeptRuns(folder / "runs", worker_count(workers))))
        for line in jobs:
            job = json.loads(line)
            told = Told(out, job["job"])
            try:
                with _cancellable() as interrupts:
                    for seeds in job["stages"]:
                        told.say(**_stage(job, seeds, folder, kept, interrupts, told))
                told.say(ended="done")
            except KeyboardInterrupt:
                told.say(ended="cancelled")
            except CitysimError as error:
                told.say(ended="failed", why=" ".join(error.messages))


@contextmanager
def _cancellable() -> Iterator[Interrupts]:
    """SIGINT is an interrupt here and nowhere else, and only the first of several."""
    interrupts = Interrupts()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with interrupts.heard():
            yield interrupts
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _stage(
    job: Mapping[str, Any], seeds: int, folder: Path, kept: KeptRuns, interrupts: Interrupts, told: Told
) -> dict[str, Any]:
    """What is told of an answer of the first so many seeds; ``took``: seconds of its parts."""
    clock = [time.perf_counter()]

    def part() -> None:
        clock.append(time.perf_counter())

    plan = plan_experiment(job["config"], out=folder, seeds=seeds)
    part()
    runs = kept.completed(plan, interrupts, told.update)
    runs.require_runs()
    part()
    tables = tables_of(runs_of(runs))
    part()
    payload = folder / f"payload-{job['job']}-{seeds}"
    last = seeds == job["stages"][-1]
    payload.write_bytes(payload_of_runs([partial(runs_of, runs, made=tables)], quick=not last).data)
    part()
    names = ("plan", "runs", "tables", "payload")
    took = {name: round(end - begin, 4) for name, begin, end in zip(names, clock, clock[1:], strict=False)}
    return {"ready": str(payload), "seeds": seeds, "first_error": runs.failed_in_words(), "took": took}
