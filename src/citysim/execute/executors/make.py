"""The executor that is asked for."""

import importlib
import multiprocessing
from collections.abc import Callable

from citysim.errors import ConfigError, ResultError
from citysim.execute.executors.base import Executor
from citysim.execute.executors.local import GUARD, InProcess, LocalPool
from citysim.execute.interrupts import Interrupts
from citysim.execute.threads import worker_count
from citysim.plan.execution import ExecutionConfig


def make_executor(
    execution: ExecutionConfig, runs: int, note: Callable[[str], None], interrupts: Interrupts
) -> Executor:
    """The executor that a config or a command line asks for; ``note`` hears what the user should know.

    ``interrupts`` are held back where runs are computed in this process.

    Raises ``ConfigError`` where it cannot be used here.
    """
    if execution.executor == "dask":
        return _dask(execution.scheduler, note)
    return _local(execution.workers, runs, interrupts)


def _local(workers: int | str, runs: int, interrupts: Interrupts) -> Executor:
    """The local executor for a number of workers, or ``"auto"``: one for every processor.

    Raises ``ResultError`` in a worker that has been made to run the script that started it.
    """
    count = worker_count(workers)
    if count > 1 and getattr(multiprocessing.current_process(), "_inheriting", False):
        raise ResultError(f"workers start by importing the script: {GUARD}")
    return LocalPool(min(count, runs)) if min(count, runs) > 1 else InProcess(interrupts)


def _dask(scheduler: str | None, note: Callable[[str], None]) -> Executor:
    try:
        # An optional library, and heavy.
        dask = importlib.import_module("citysim.execute.executors.dask")
    except ModuleNotFoundError as error:
        if error.name not in ("dask", "distributed"):
            raise
        raise ConfigError(
            "--executor dask: not installed; get it with: pip install 'citysim[dask]'"
        ) from None
    executor: Executor = dask.DaskCluster(scheduler, note)
    return executor
