"""The process that runs the model for a live page: jobs come as lines of JSON, as does what is told."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from citysim.analysis.headline import write_tables
from citysim.errors import CitysimError
from citysim.execute.cost import runs_done
from citysim.execute.runner import execute_plan, plan_experiment
from citysim.execute.threads import one_thread
from citysim.explorer.payload import payload_of

#: Runs that take less in this process are done here: a pool takes longer to start.
POOL_SECONDS = 4.0


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


def work(jobs: IO[str], out: IO[str]) -> None:
    """Do jobs until there are no more: for each stage of seeds the runs, their tables, the page's data.

    A job names its ``config``, its result folder ``out``, ``stages`` of seeds and ``workers``. SIGINT cancels
    the one at hand.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out.write("{}\n")  # ready to be interrupted
    out.flush()
    for line in jobs:
        job = json.loads(line)
        told = Told(out, job["job"])
        try:
            with _cancellable():
                _stages(job, told)
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


def _stages(job: Mapping[str, Any], told: Told) -> None:
    folder = Path(job["out"])
    each = 0.0  # seconds that a run takes
    for seeds in job["stages"]:
        plan = plan_experiment(job["config"], out=folder, seeds=seeds)
        new = len({spec.run for spec in plan.specs} - runs_done(folder))
        workers = job["workers"] if each * new > POOL_SECONDS else 1
        began = time.perf_counter()
        results = execute_plan(plan, workers=workers, progress=told, command="citysim explore --live")
        if new and workers == 1:
            each = (time.perf_counter() - began) / new
        results.require_runs()
        write_tables(folder)
        payload = folder.parent / f"payload-{job['job']}-{seeds}"
        payload.write_text(payload_of([folder]).text, encoding="ascii")
        told.say(ready=str(payload), seeds=seeds, first_error=results.failed_in_words())


def main() -> None:
    """Work for the process that started this one, until it closes its end."""
    one_thread()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else writes is not taken for a line about a job
    work(sys.stdin, out)


if __name__ == "__main__":
    main()
