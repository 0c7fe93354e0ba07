"""citysim's own runner, as ``citysim run`` uses it."""

import tempfile
from pathlib import Path

import tomli_w

from citysim.api import run_experiment
from driven import ARMS, CHECKED, Sweep

KEEPS = "every quarter, 5 groups, Parquet on disk, resumable"


def run(sweep: Sweep, workers: int, *, trajectories: bool = True) -> float:
    """One experiment in a new folder."""
    table = {
        "name": "drivers",
        "seeds": sweep.seeds,
        "quarters": sweep.quarters,
        "uncertainty": {"parameters": "defaults"},
        "arms": ARMS,
        "design": {"kind": "grid", "stall": list(sweep.stalls)},
        "record": {"trajectories": trajectories},
    }
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "drivers.toml"
        config.write_text(tomli_w.dumps(table))
        results = run_experiment(config, workers=workers, out=Path(folder) / "results")
        return float(results.runs[CHECKED].mean())
