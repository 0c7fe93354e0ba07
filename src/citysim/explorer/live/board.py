"""The jobs of a live page: one at a time in a process of its own, which stays for the next."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from citysim.errors import ConfigError
from citysim.explorer.live.experiment import Experiment

State = Literal["waiting", "running", "done", "cancelled", "failed"]
#: What the page hears of a job.
TOLD = ("number", "arm", "settings", "seeds", "state", "done", "failed", "total", "seeds_done", "why")
#: How long a cancelled job may take to keep what is finished.
_GRACE_SECONDS, _AGAIN_SECONDS = 10.0, 0.5
#: How long the process may take to end.
_END_SECONDS = 5.0


@dataclass
class Job:
    """Runs that somebody has asked for; ``arm``: the reader's own, or empty for those of the config alone."""

    number: int
    arm: str
    settings: dict[str, Any]
    seeds: int
    state: State = "waiting"
    done: int = 0
    failed: int = 0
    total: int = 0
    seeds_done: int = 0
    why: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def told(self) -> dict[str, Any]:
        """What the page hears of it."""
        return {name: getattr(self, name) for name in TOLD}


def stages_of(seeds: int) -> list[int]:
    """Numbers of replications after which there is an answer: 1, 2, 4 … up to all."""
    stages = []
    number = 1
    while number < seeds:
        stages.append(number)
        number *= 2
    return [*stages, seeds]


class RefusedError(ConfigError):
    """Settings that no run can have; ``faults``: what is wrong, by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


class Board:
    """Starts jobs, hears of them, cancels them, and keeps the newest data of the page.

    A new job takes the place of the one at work, whose finished runs are kept. All files are in a folder of
    its own that ``close`` deletes.
    """

    def __init__(self, experiment: Experiment, workers: int | str) -> None:
        self.experiment = experiment
        self.workers = workers
        self.folder = Path(tempfile.mkdtemp(prefix="citysim-explorer-"))
        self.jobs: list[Job] = []
        self.payload: Path | None = None
        self.took: dict[str, float] = {}  # seconds of its parts
        self.version = 0
        self.news = 0
        self._more = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._heard = False
        self._turn = asyncio.Lock()

    async def start(self, settings: dict[str, Any] | None, seeds: int) -> Job:
        """Begin runs of some settings, or of the config alone. Raises ``RefusedError`` where it cannot."""
        async with self._turn:
            known = {*self.experiment.own}
            arm = "" if settings is None else self.experiment.arm(settings)
            try:
                file = self.folder / "config.toml"
                config = await asyncio.to_thread(self.experiment.checked, seeds, file)
            except ConfigError as error:
                if arm not in known:
                    self.experiment.drop(arm)
                raise RefusedError(self.experiment.by_field(error.messages, arm)) from None
            await self._cancel(self.current)
            job = Job(len(self.jobs) + 1, arm, settings or {}, seeds, state="running")
            self.jobs.append(job)
            self._tell()
            process = await self._worker()
            told = {"job": job.number, "config": str(config), "stages": stages_of(seeds)}
            line = json.dumps(told)
            assert process.stdin is not None  # noqa: S101  a pipe was asked for
            process.stdin.write(f"{line}\n".encode())
            await process.stdin.drain()
            return job

    def _tell(self) -> None:
        """Something has changed that the page shows."""
        self.news += 1
        self._more.set()
        self._more = asyncio.Event()

    async def more(self, seconds: float) -> None:
        """Wait until something changes, no longer than some seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._more.wait(), seconds)

    @property
    def current(self) -> Job | None:
        """The job at work."""
        return next((job for job in self.jobs if job.state == "running"), None)

    async def cancel(self, job: Job) -> None:
        """End a job; what it has finished is kept."""
        async with self._turn:
            await self._cancel(job)

    async def _cancel(self, job: Job | None) -> None:
        if job is None or job.state != "running" or self._process is None:
            return
        # A process that still starts, or has not begun the job, does not hear the first signals.
        for _ in range(int(_GRACE_SECONDS / _AGAIN_SECONDS) if self._heard else 0):
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                await asyncio.wait_for(job.ended.wait(), _AGAIN_SECONDS)
                return
        self._end(job, "cancelled", "")
        await self._end_worker()

    async def _worker(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "citysim.explorer.live.work", str(self.folder), str(self.workers)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the server, which ends it
            )
            self._heard = False
            self._hearing = asyncio.create_task(self._hear(self._process))
        return self._process

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101  a pipe was asked for
        async for line in process.stdout:
            told = json.loads(line)
            self._heard = True
            if "job" not in told:
                continue
            job = self.jobs[told["job"] - 1]
            for name in ("done", "failed", "total"):
                setattr(job, name, told.get(name, getattr(job, name)))
            if "ready" in told:
                self._take(Path(told["ready"]), told["took"])
                job.seeds_done = told["seeds"]
                job.why = told["first_error"]
            if "ended" in told:
                self._end(job, told["ended"], told.get("why", job.why))
            else:
                self._tell()
        if (job := self.current) is not None:
            self._end(job, "failed", "the process that runs the model has ended")

    def _take(self, payload: Path, took: dict[str, float]) -> None:
        if self.payload is not None:
            self.payload.unlink(missing_ok=True)
        self.payload, self.took, self.version = payload, took, self.version + 1

    def _end(self, job: Job, state: State, why: str) -> None:
        job.state, job.why = state, why
        job.ended.set()
        self._tell()

    async def close(self) -> None:
        """End the process and delete all files."""
        await self._end_worker()
        if self._hearing is not None:
            await self._hearing
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _end_worker(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None  # noqa: S101  a pipe was asked for
        process.stdin.close()
        with suppress(ProcessLookupError, TimeoutError):
            process.terminate()  # it ends its workers, and deletes what they were started with
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        # What is left of its workers is in its group.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
