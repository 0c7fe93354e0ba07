"""Executors: where the runs of a sweep are computed."""

import multiprocessing
import os

from citysim.errors import ResultError
from citysim.experiment.executors.base import Executor, Job, Outcome
from citysim.experiment.executors.local import GUARD, InProcess, LocalPool

__all__ = ["Executor", "Job", "Outcome", "make_executor"]


def make_executor(workers: int | str, runs: int) -> Executor:
    """The local executor for a number of workers, or ``"auto"``: one for every processor.

    Raises ``ResultError`` in a worker that has been made to run the script that started it.
    """
    count = (os.process_cpu_count() or 1) if workers == "auto" else int(workers)
    if count > 1 and getattr(multiprocessing.current_process(), "_inheriting", False):
        raise ResultError(f"workers start by importing the script: {GUARD}")
    return LocalPool(min(count, runs)) if min(count, runs) > 1 else InProcess()
