"""citysim's own runner without the trajectories: what the bare loop keeps, on disk."""

from pathlib import Path

from citysim.execute.runner import Plan
from driven import Sweep, citysim_runner
from driven.citysim_runner import run

__all__ = ["KEEPS", "prepare", "run"]

KEEPS = "one number a run and outcome, Parquet on disk, resumable"


def prepare(sweep: Sweep, workers: int, folder: Path) -> Plan:
    """Config, world and list of runs."""
    return citysim_runner.prepare(sweep, workers, folder, trajectories=False)
