"""The runs of a live page: computed where they are missing, and at hand for its data."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from citysim.execute.executors.base import Job, Outcome
from citysim.execute.executors.kept import KeptPool
from citysim.execute.executors.local import InProcess
from citysim.execute.interrupts import Interrupts
from citysim.execute.runner import Plan
from citysim.plan.record import RecordConfig
from citysim.plan.runs import RunSpec, design_columns, swept_names
from citysim.store.at_hand import RunsAtHand
from citysim.store.columns import table_of
from citysim.store.files import disk_errors
from citysim.store.records import RunFailure, RunRecord, other_tables, runs_table


class KeptRuns:
    """Finished runs of one experiment, whatever arms it has had meanwhile, and the workers that compute more.

    No result folder: nobody wants the runs back after the page is closed, and to read and write whole blocks
    would take longer than the runs. Their tables are mapped from files in ``folder``, so that they need
    little memory however many a reader asks for.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        self._pool = KeptPool(workers) if workers > 1 else None
        self._record: RecordConfig | None = None
        self._forget()

    def _forget(self) -> None:
        """Delete all runs."""
        self._tables: dict[str, Mapping[str, pa.Table]] = {}
        self._failed: dict[str, RunFailure] = {}
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)

    def completed(
        self, plan: Plan, interrupts: Interrupts, tell: Callable[[int, int, int], None]
    ) -> RunsAtHand:
        """The runs of a plan, once those that are not there yet are computed.

        ``tell`` hears how many are done and failed, of all. What is finished when this is interrupted is
        there the next time. Raises ``MachineError`` where no worker can go on.
        """
        config = plan.config
        if config.record != self._record:
            self._forget()  # they lack what is recorded now
            self._record = config.record
        specs = {spec.run: spec for spec in plan.specs}
        missing = [spec for run, spec in specs.items() if run not in self._tables and run not in self._failed]
        executor = self._pool or InProcess(interrupts)
        tell(*self._count(specs))
        with closing(executor.execute(missing, Job(plan.world, config.record))) as outcomes:
            for some in outcomes:
                for outcome in some:
                    self._take(specs, outcome, plan)
                tell(*self._count(specs))
        design = table_of(design_columns(config, plan.specs))
        return RunsAtHand(plan.folder, config, plan.world.digest, design, self._tables, self._failed)

    def _count(self, specs: Mapping[str, RunSpec]) -> tuple[int, int, int]:
        """Runs done and failed, of all."""
        return len(specs.keys() & self._tables.keys()), len(specs.keys() & self._failed.keys()), len(specs)

    def _take(self, specs: Mapping[str, RunSpec], outcome: Outcome, plan: Plan) -> None:
        if isinstance(outcome, RunFailure):
            self._failed[outcome.run] = outcome
        elif isinstance(outcome, RunRecord):
            self._tables[outcome.run] = self._kept(specs[outcome.run], outcome, plan)

    def _kept(self, spec: RunSpec, record: RunRecord, plan: Plan) -> dict[str, pa.Table]:
        """Tables of a run as a result folder has them."""
        config = plan.config
        runs = runs_table([spec], [record], swept_names(config), config.record.outcomes)
        others = other_tables([record], config.record, plan.world)
        mapped = {name: _mapped(table, self._folder / f"{spec.run}-{name}") for name, table in others.items()}
        return {"runs": runs, **mapped}

    def close(self) -> None:
        """End the workers."""
        if self._pool:
            self._pool.close()


def _mapped(table: pa.Table, file: Path) -> pa.Table:
    """A table whose values stay in a file until they are looked at."""
    with disk_errors(file):
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return pa.ipc.open_file(pa.memory_map(str(file))).read_all()
