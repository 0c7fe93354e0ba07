"""Repeating one run from its record."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citysim.errors import ResultError
from citysim.experiment.records import RunFailure, RunRecord, runs_table, trajectories_table
from citysim.experiment.results import load_results
from citysim.experiment.runs import RunSpec, run_specs
from citysim.experiment.simulation import attempt
from citysim.experiment.worlds import build_world
from citysim.model import MODEL_VERSION


@dataclass(frozen=True, eq=False)
class Repeat:
    """A run done again.

    ``differences``: a line for every outcome that is not equal bit for bit to what was kept; ``compared`` is
    False where nothing was kept, as of a run that failed.
    """

    spec: RunSpec
    outcome: RunRecord | RunFailure
    compared: bool
    differences: tuple[str, ...]


def repeat_run(folder: Path, run: str) -> Repeat:
    """Repeat the run whose id begins with ``run``.

    Raises ``ResultError`` where the folder has no such run, or more than one.
    """
    results = load_results(folder)
    config = results.config
    world = build_world(config.world)
    known = [name for name in results.design["run"] if name.startswith(run)]
    if len(known) != 1:
        found = f"{len(known)} runs begin so" if known else "its design has no such run"
        raise ResultError(f"{folder}: run {run!r}: {found}; `run` in design.parquet lists them")
    specs = {spec.run: spec for spec in run_specs(config, world.digest)}
    if known[0] not in specs:
        raise ResultError(
            f"{folder}: run {known[0]} was made by another version of the model or the data: model "
            f"{results.manifest.get('model_version', 'unknown')}, this is {MODEL_VERSION}"
        )
    spec = specs[known[0]]
    outcome = attempt(spec, world, config.record)
    kept = results.runs[results.runs["run"] == spec.run]
    if isinstance(outcome, RunFailure) or kept.empty:
        return Repeat(spec, outcome, compared=False, differences=())
    outcomes = config.record.outcomes
    again = runs_table([spec], [outcome], (), outcomes).to_pandas()
    wrong = [
        f"{name}: kept {kept[name].iloc[0]!r}, now {again[name].iloc[0]!r}"
        for name in outcomes
        if not _same(kept[name].to_numpy(), again[name].to_numpy())
    ]
    if config.record.trajectories:
        before = results.trajectories[results.trajectories["run"] == spec.run]
        after = trajectories_table([outcome], config.record.groups, outcomes).to_pandas()
        wrong += [
            f"{name}: its trajectory differs"
            for name in outcomes
            if not _same(before[name].to_numpy(), after[name].to_numpy())
        ]
    return Repeat(spec, outcome, compared=True, differences=tuple(wrong))


def _same(before: np.ndarray, after: np.ndarray) -> bool:
    return before.dtype == after.dtype and before.tobytes() == after.tobytes()
