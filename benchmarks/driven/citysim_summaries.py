"""citysim's own runner without the trajectories: what the bare loop keeps, on disk."""

from driven import Sweep, citysim_runner

KEEPS = "one number a run and outcome, Parquet on disk, resumable"


def run(sweep: Sweep, workers: int) -> float:
    """One experiment in a new folder."""
    return citysim_runner.run(sweep, workers, trajectories=False)
