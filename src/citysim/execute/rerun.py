"""Repeating one run from its record."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from citysim.errors import ResultError
from citysim.execute.simulation import attempt
from citysim.model import MODEL_VERSION
from citysim.plan.ids import begins_with
from citysim.plan.record import RecordConfig
from citysim.plan.runs import RunSpec, has_events, run_specs
from citysim.plan.world import build_world
from citysim.store.places import PLACE
from citysim.store.reader import load_results
from citysim.store.records import RunFailure, RunRecord, other_tables, runs_table
from citysim.store.scan import Block, scan

_WHAT = {
    "runs": "kept {kept!r}, now {now!r}",
    "trajectories": "its trajectory differs",
    "groups": "its groups differ",
    "cities": "its cities differ",
    "cities_over_time": "its cities over time differ",
    "statistics": "its statistics differ",
}


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
    """Repeat the run whose id begins with ``run``; of the results, only its block is read.

    ``folder``: the result folder, or its ``runs``. Raises ``ResultError`` where it has no such run, or more
    than one.
    """
    if folder.name == "runs" and (folder.parent / "design.parquet").is_file():
        folder = folder.parent
    results = load_results(folder)
    config = results.config
    world = build_world(config.world)
    known = [name for name in results.design["run"] if begins_with(name, run)]
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
    kept = _kept(folder, spec.run, config.record)
    outcome = attempt(spec, world, config.record)
    if isinstance(outcome, RunFailure) or not kept:
        return Repeat(spec, outcome, compared=False, differences=())
    again = {
        "runs": runs_table([spec], [outcome], (), config.record.outcomes, counts=has_events(config)),
        **other_tables([outcome], config.record, world),
    }
    return Repeat(spec, outcome, compared=True, differences=_differences(kept, again))


def _kept(folder: Path, run: str, record: RecordConfig) -> dict[str, pa.Table]:
    """The rows of a run in every table; empty where it is not done.

    Raises ``ResultError`` where the run is not found, and a block that is damaged may hold it.
    """
    damaged: list[Block] = []
    for block in scan(folder, columns=None, check=()):
        if block.damage:
            damaged.append(block)
        elif run in block.ids:
            others = {name: table for name in record.tables if (table := block.read(name)) is not None}
            # A block that has been replaced meanwhile is followed by the one which has its runs.
            if len(others) == len(record.tables):
                tables = {"runs": block.runs} | others
                return {name: table.filter(pc.equal(table["run"], run)) for name, table in tables.items()}
    for block in damaged:
        _ = block.runs  # raises
    return {}


def _differences(kept: dict[str, pa.Table], again: dict[str, pa.Table]) -> tuple[str, ...]:
    lines = []
    for name, table in again.items():
        for column in table.column_names:
            if column in PLACE.names and column not in kept[name].column_names:
                continue  # an earlier version kept no names
            before, now = (_bits(found[column]) for found in (kept[name], table))
            if before != now:
                values = {"kept": kept[name][column][0].as_py(), "now": table[column][0].as_py()}
                lines.append(f"{column}: {_WHAT[name].format(**values)}")
    return tuple(lines)


def _bits(column: pa.ChunkedArray) -> tuple[str, bytes]:
    """Type and bits of a column, so that NaNs and zeros count too."""
    words = pa.types.is_string(column.type)
    bits = repr(column.to_pylist()).encode() if words else column.to_numpy().tobytes()
    return str(column.type), bits
