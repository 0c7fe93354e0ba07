"""citysim's own runner, as ``citysim run`` uses it."""

import importlib
from pathlib import Path

import tomli_w

from citysim.execute.runner import Plan, execute_plan, plan_experiment
from driven import ARMS, CHECKED, Sweep

KEEPS = "every quarter, 5 groups, Parquet on disk, resumable"


def prepare(sweep: Sweep, workers: int, folder: Path, *, trajectories: bool = True) -> Plan:
    """Config, world and list of runs; workers import the model themselves."""
    if workers == 1:
        importlib.import_module("citysim.execute.simulation")
    table = {
        "name": "drivers",
        "seeds": sweep.seeds,
        "quarters": sweep.quarters,
        "uncertainty": {"parameters": "defaults"},
        "arms": ARMS,
        "design": {"kind": "grid", "stall": list(sweep.stalls)},
        "record": {"trajectories": trajectories},
    }
    config = folder / "drivers.toml"
    config.write_text(tomli_w.dumps(table))
    return plan_experiment(config, out=folder / "results")


def run(plan: Plan, workers: int) -> float:
    """The experiment, in a new folder."""
    return float(execute_plan(plan, workers=workers).runs[CHECKED].mean())
