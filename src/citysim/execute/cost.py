"""What an experiment will cost, measured: some of its runs are done, or begun, and weighed."""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from citysim.execute.runner import RUNS_A_BLOCK, Plan
from citysim.execute.simulation import attempt
from citysim.plan.runs import RunSpec, design_table, has_events, swept_names
from citysim.store.blocks import write_table
from citysim.store.contents import UNUSED
from citysim.store.records import RunFailure, RunRecord
from citysim.store.scan import scan
from citysim.store.writer import Store

#: Runs are measured for about so long.
BUDGET_SECONDS = 1.5
_MOST_RUNS = 6
#: Runs that are thrown away, for what is compiled and loaded but once; then two that part start and quarters.
_SHORT, _LONGER = 2, 12


@dataclass(frozen=True, slots=True)
class Cost:
    """What the runs of a plan cost on one worker like this process, and on disk.

    ``runs`` runs of ``quarters`` were measured; ``failure``: what went wrong where one could not be.
    """

    runs: int
    quarters: int
    run_seconds: float
    run_bytes: float
    block_bytes: float
    design_bytes: int
    failure: str | None = None

    def seconds(self, runs: int, workers: int) -> float:
        """Time of ``runs`` on some workers."""
        return self.run_seconds * math.ceil(runs / workers)

    def disk(self, runs: int) -> float:
        """Bytes of the tables of ``runs``."""
        return self.design_bytes + runs * self.run_bytes + math.ceil(runs / RUNS_A_BLOCK) * self.block_bytes


def runs_done(folder: Path) -> set[str]:
    """Ids of the runs that a result folder holds, also of those that its config does not ask for."""
    # A damaged block counts as nothing, as it will be set aside.
    return {run for root in (folder, folder / UNUSED) for block in scan(root) for run in block.ids}


def measure_cost(plan: Plan) -> Cost:
    """Do some runs of a plan, of different arms, in whole or as far as the time goes; nothing is kept."""
    chosen = _some_of_each_arm(plan.specs)
    quarters = plan.config.quarters
    for spec in chosen:
        attempt(_cut(spec, _SHORT), plan.world, plan.config.record)
    try:
        short, longer = (_run(_cut(chosen[-1], n), plan).seconds for n in (_SHORT, _LONGER))
        a_quarter = max(longer - short, 1e-6) / max(min(_LONGER, quarters) - _SHORT, 1)
        start = max(short - _SHORT * a_quarter, 0.0)
        begun = max(start + _LONGER * a_quarter, 1e-6)
        chosen = chosen[: max(1, int(BUDGET_SECONDS / begun))]
        fits = int((BUDGET_SECONDS / len(chosen) - start) / a_quarter)
        measured = max(_LONGER, min(fits, quarters))
        records = _run_for_a_while([_cut(spec, measured) for spec in chosen], plan)
    except _FailedError as failed:
        return Cost(
            runs=0,
            quarters=0,
            run_seconds=math.nan,
            run_bytes=math.nan,
            block_bytes=math.nan,
            design_bytes=0,
            failure=str(failed),
        )
    chosen, whole = chosen[: len(records)], min(measured, quarters)
    spent = sum(record.seconds for record in records) / len(records)
    start = min(start, spent)  # what else the machine did then may have taken longer than all of this
    each, block = _bytes(plan, chosen, records)
    design = pa.Table.from_pandas(design_table(plan.config, plan.specs), preserve_index=False)
    design = design.replace_schema_metadata(None)
    return Cost(
        runs=len(records),
        quarters=whole,
        run_seconds=start + (spent - start) * quarters / whole,
        run_bytes=_bytes_of_whole(each, plan, whole),
        block_bytes=sum(block.values()),
        design_bytes=_size_of(design),
    )


def _bytes_of_whole(each: dict[str, float], plan: Plan, measured: int) -> float:
    """Bytes of a whole run by table, of runs of ``measured`` quarters."""
    record, quarters = plan.config.record, plan.config.quarters
    dates, seen = len(record.dates(quarters)), len(record.dates(measured))
    # where no date was reached, each takes about what the end does
    at_a_date = each.pop("cities_over_time") / seen if seen else each.get("cities", 0.0)
    grown = {"trajectories": quarters / measured}
    return sum(size * grown.get(name, 1.0) for name, size in each.items()) + dates * at_a_date


class _FailedError(Exception):
    """A run that was to be measured has failed."""


def _some_of_each_arm(specs: Sequence[RunSpec]) -> list[RunSpec]:
    """One run of each arm, then a second one, by id: a mixture of points and seeds."""
    by_arm: dict[str, list[RunSpec]] = {}
    for spec in sorted(specs, key=lambda spec: spec.run):
        by_arm.setdefault(spec.arm, []).append(spec)
    rounds = max(2, _MOST_RUNS // len(by_arm))
    turns = [spec for turn in range(rounds) for of_arm in by_arm.values() for spec in of_arm[turn : turn + 1]]
    return turns[:_MOST_RUNS]


def _cut(spec: RunSpec, quarters: int) -> RunSpec:
    return replace(spec, quarters=min(quarters, spec.quarters))


def _run(spec: RunSpec, plan: Plan) -> RunRecord:
    outcome = attempt(spec, plan.world, plan.config.record)
    if isinstance(outcome, RunFailure):
        raise _FailedError(f"run {spec.run}: {outcome.error}")
    return outcome


def _run_for_a_while(specs: Sequence[RunSpec], plan: Plan) -> list[RunRecord]:
    """Do runs, one of each arm first, until they have taken twice the time they were given."""
    records: list[RunRecord] = []
    for spec in specs:
        records.append(_run(spec, plan))
        if sum(record.seconds for record in records) > 2 * BUDGET_SECONDS:
            break
    return records


def _bytes(
    plan: Plan, specs: Sequence[RunSpec], records: Sequence[RunRecord]
) -> tuple[dict[str, float], dict[str, float]]:
    """Bytes by table that a run takes, and that a block takes beside its runs.

    The runs are written together and one by one: what that takes more is the blocks'.
    """
    together = _sizes(plan, specs, records)
    single = [_sizes(plan, [spec], [record]) for spec, record in zip(specs, records, strict=True)]
    n = len(specs)
    block = {
        name: max((sum(one[name] for one in single) - size) / (n - 1), 0.0) if n > 1 else 0.0
        for name, size in together.items()
    }
    return {name: (size - block[name]) / n for name, size in together.items()}, block


def _sizes(plan: Plan, specs: Sequence[RunSpec], records: Sequence[RunRecord]) -> dict[str, int]:
    """Bytes by table of a block of runs, written as it will be."""
    with tempfile.TemporaryDirectory() as folder:
        swept, counts = swept_names(plan.config), has_events(plan.config)
        Store(Path(folder), plan.config.record, swept, counts=counts).append(specs, records, plan.world)
        files = list(Path(folder).rglob("*.parquet"))
        return {file.parent.name: file.stat().st_size for file in files}


def _size_of(table: pa.Table) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "design.parquet"
        write_table(path, "estimate", table)
        return path.stat().st_size
