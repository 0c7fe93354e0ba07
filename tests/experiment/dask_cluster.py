"""A Dask cluster of processes on the loopback that tests may kill, and sweeps in processes of their own.

All are forked from a server that has the libraries loaded, so that a new worker is there at once.
"""

import asyncio
import importlib.metadata
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

import distributed

from citysim.execute import runner, simulation
from citysim.execute.executors import dask as executor
from citysim.execute.executors import dask_worker
from citysim.execute.runner import execute_plan, plan_experiment
from citysim.plan.runs import RunSpec
from citysim.store.records import RunFailure, RunRecord

#: A run of this seed kills its worker, as one does that needs more memory than there is.
DEADLY = 666
_CONTEXT = multiprocessing.get_context("forkserver")


def start(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process that ends with this one."""
    _CONTEXT.set_forkserver_preload([simulation.__name__, runner.__name__, executor.__name__])
    process = _CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.02)


class Cluster:
    """A scheduler and some workers; a worker that dies is replaced."""

    def __init__(self, workers: int = 2, threads: int = 1, patch: str | None = None) -> None:
        ours, theirs = _CONTEXT.Pipe()
        self.scheduler = start(_schedule, theirs)
        self.address: str = ours.recv()
        self.threads, self.patch = threads, patch
        self.workers: list[BaseProcess] = []
        self.dead = 0
        self._wanted = workers
        self._closed = threading.Event()
        self._keeper = threading.Thread(target=self._keep)

    def __enter__(self) -> Self:
        self._keeper.start()
        until(lambda: len(self.workers) == self._wanted)
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._keeper.join()
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.join()

    def _keep(self) -> None:
        while not self._closed.wait(0.02):
            gone = [process for process in self.workers if not process.is_alive()]
            self.dead += len(gone)
            alive = [process for process in self.workers if process not in gone]
            lacking = self._wanted - len(alive)
            self.workers = alive + [
                start(_work, self.address, self.threads, self.patch) for _ in range(lacking)
            ]

    def want(self, workers: int) -> None:
        """Let there be this many workers, or more."""
        self._wanted = workers

    def holds(self) -> tuple[int, int, int]:
        """Workers, tasks and worlds that the scheduler knows of."""
        with distributed.Client(self.address, set_as_default=False) as client:
            found: tuple[int, int, int] = client.run_on_scheduler(_held)
        return found


def _held(dask_scheduler: Any) -> tuple[int, int, int]:
    worlds = [name for name in dask_scheduler.worker_plugins if name.startswith("citysim")]
    return len(dask_scheduler.workers), len(dask_scheduler.tasks), len(worlds)


def _schedule(pipe: Connection) -> None:
    async def serve() -> None:
        async with distributed.Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
            pipe.send(scheduler.address)
            await scheduler.finished()

    asyncio.run(serve())


def _work(address: str, threads: int, patch: str | None) -> None:
    if patch == "other model":
        dask_worker.MODEL_VERSION = "0"
    if patch == "no citysim":
        importlib.metadata.version = _no_version  # type: ignore[assignment]
    original = simulation.attempt

    def attempt(spec: RunSpec, *rest: Any) -> RunRecord | RunFailure:
        if spec.seed == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(spec, *rest)

    simulation.attempt = attempt

    async def serve() -> None:
        async with distributed.Worker(address, nthreads=threads, dashboard=False) as worker:
            await worker.finished()

    asyncio.run(serve())


def _no_version(name: str) -> str:
    raise importlib.metadata.PackageNotFoundError(name)


def sweep(config: Path, folder: Path, address: str, overrides: list[str]) -> None:
    """A whole ``citysim run`` that writes often, for a process of its own."""
    runner.RUNS_A_BLOCK, runner.SECONDS_A_BLOCK = 3, 600.0
    executor.LEAST_SECONDS = 0.2
    plan = plan_experiment(config, out=folder, overrides=overrides)
    execute_plan(plan, executor="dask", scheduler=address)
