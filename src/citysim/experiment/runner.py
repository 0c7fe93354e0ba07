"""Running an experiment: what is not done yet is computed, kept as it comes, and never done twice."""

import logging
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from citysim.errors import ConfigError, ResultError
from citysim.experiment.blocks import write_table
from citysim.experiment.config import (
    ExecutionConfig,
    ExperimentConfig,
    config_toml,
    execution_with,
    load_config,
    posterior_draws,
)
from citysim.experiment.executors import Executor, Job, Kept, Outcome, make_executor
from citysim.experiment.executors.slurm import SlurmArray
from citysim.experiment.failures import failure_rows, own_failures, write_failures
from citysim.experiment.manifest import (
    design_digest,
    manifest_path,
    new_manifest,
    now,
    read_manifest,
    write_manifest,
)
from citysim.experiment.records import RunFailure, RunRecord
from citysim.experiment.results import StoredResults
from citysim.experiment.runs import RunSpec, design_table, run_specs, swept_names
from citysim.experiment.shards import Shard
from citysim.experiment.store import UNUSED, Store
from citysim.experiment.worlds import build_world
from citysim.world.world import World

log = logging.getLogger(__name__)

#: A block of finished runs is written when it is this large or this old.
RUNS_A_BLOCK = 100
SECONDS_A_BLOCK = 30.0
_POSTERIOR = "posterior.parquet"


class Observer(Protocol):
    """Hears how a sweep goes."""

    def note(self, text: str) -> None:
        """Something worth knowing."""

    def warn(self, text: str) -> None:
        """Something wrong that the sweep survives."""

    def update(self, done: int, failed: int, total: int) -> None:
        """Runs done and failed, earlier ones included, of all."""


class _Quiet:
    """Notes go to the log, warnings to ``warnings``."""

    def note(self, text: str) -> None:
        log.info("%s", text)

    def warn(self, text: str) -> None:
        warnings.warn(text, stacklevel=2)

    def update(self, done: int, failed: int, total: int) -> None:
        log.debug("%d done, %d failed of %d", done, failed, total)


@dataclass(frozen=True, eq=False)
class Plan:
    """An experiment ready to run."""

    config: ExperimentConfig
    world: World
    specs: list[RunSpec]
    folder: Path


def plan_experiment(
    config: ExperimentConfig | Path | str,
    *,
    out: Path | str | None = None,
    seeds: int | None = None,
    overrides: Iterable[str] = (),
) -> Plan:
    """Check the config, build the world and list the runs; nothing is written.

    Raises ``ConfigError`` with all faults of the config, ``DataError`` on damaged data.
    """
    if isinstance(config, ExperimentConfig):
        if seeds is not None or list(overrides):
            raise ConfigError("seeds and overrides need the path of a config, not a loaded one")
        checked = config
    else:
        checked = load_config(config, [*overrides, *([] if seeds is None else [f"seeds={seeds}"])])
    folder = Path(out) if out is not None else Path("results") / checked.name
    try:
        world = build_world(checked.world)
        return Plan(checked, world, run_specs(checked, world.digest), folder)
    except ConfigError as error:
        source = checked.name if isinstance(config, ExperimentConfig) else config
        raise ConfigError.from_messages([f"{source}: {message}" for message in error.messages]) from None


def execute_plan(
    plan: Plan,
    *,
    workers: int | str | None = None,
    executor: str | None = None,
    scheduler: str | None = None,
    fresh: bool = False,
    shard: str | None = None,
    progress: Observer | None = None,
    command: str = "citysim.run_experiment",
) -> StoredResults:
    """Compute what is not done yet of a plan; see ``citysim.run_experiment``.

    ``command`` is for the manifest.
    """
    observer = progress or _Quiet()
    part = Shard.parse(shard) if shard else None
    execution = execution_with(plan.config.execution, workers, executor, scheduler)
    _check_options(execution.executor, workers, scheduler, shard, fresh=fresh)
    # A fault of the caller's is told before anything is written.
    array = _job_array(plan, execution, observer) if execution.executor == "slurm" else None
    if array is None:
        make_executor(execution, 2, observer.note)
    store = Store(plan.folder, plan.config.record, swept_names(plan.config), part.label if part else None)
    with _terminate_as_interrupt(), _opened(store, array) as share:
        if fresh:
            _clear(store, observer)
        _check_same_experiment(plan, store)
        session = _Session(plan, store, part, observer)

        def executor_for(runs: int) -> Executor:
            share()
            return array or make_executor(execution, runs, observer.note)

        session.run(executor_for, command)
    return StoredResults(plan.folder)


def _check_options(
    executor: str, workers: int | str | None, scheduler: str | None, shard: str | None, *, fresh: bool
) -> None:
    """Options that do not go together."""
    faults = {
        "--workers: a Dask cluster has its own workers": executor == "dask" and workers is not None,
        "--workers: a job array's elements have their own, set [execution.slurm] cpus": (
            executor == "slurm" and workers is not None
        ),
        "--scheduler: only with --executor dask": executor != "dask" and scheduler is not None,
        "--shard: a job array makes its own shards; add --executor local": (
            executor == "slurm" and shard is not None
        ),
        "--fresh: not with --shard, which shares its folder with other shards": fresh and shard is not None,
    }
    found = [text for text, wrong in faults.items() if wrong]
    if found:
        raise ConfigError.from_messages(found)


def _clear(store: Store, observer: Observer) -> None:
    if not store.alone:
        raise ConfigError("--fresh: its job array is at work; cancel that first")
    if store.holds_runs():
        observer.note(f"{store.folder}: earlier runs deleted (--fresh)")
    store.clear()


def _job_array(plan: Plan, execution: ExecutionConfig, observer: Observer) -> SlurmArray:
    return SlurmArray(
        plan.folder,
        plan.config.name,
        design_digest(plan.specs),
        execution.slurm,
        note=observer.note,
        warn=observer.warn,
    )


@contextmanager
def _opened(store: Store, array: SlurmArray | None) -> Iterator[Callable[[], None]]:
    """Hold the folder; the function given lets the elements of a job array in."""
    if array is None:
        with store.opened():
            yield lambda: None
    else:
        with store.opened_for_others(alone=array.at_work() is None) as share:
            yield share


def _check_same_experiment(plan: Plan, store: Store) -> None:
    """A folder holds one experiment, whose runs all record the same."""
    path = plan.folder / "config.toml"
    if not (path.is_file() and store.holds_runs()):
        return
    try:
        earlier = load_config(path)
    except ConfigError:
        # Written by a version whose parameters were others: the run ids tell what is still of use.
        return
    other = "use another --out, or --fresh to delete those runs"
    if earlier.name != plan.config.name:
        raise ResultError(
            f"{plan.folder}: holds the experiment '{earlier.name}', not '{plan.config.name}'; {other}"
        )
    if earlier.record != plan.config.record:
        changed = [
            key
            for key in type(earlier.record).model_fields
            if getattr(earlier.record, key) != getattr(plan.config.record, key)
        ]
        keys = ", ".join(f"record.{key}" for key in changed)
        raise ResultError(f"{plan.folder}: its runs were recorded with another {keys}; {other}")


class _Session:
    """One call's work on a result folder."""

    def __init__(self, plan: Plan, store: Store, part: Shard | None, observer: Observer) -> None:
        self.plan = plan
        self.store = store
        self.observer = observer
        self.specs = {spec.run: spec for spec in plan.specs if part is None or part.holds(spec)}
        self.finished: list[RunRecord] = []
        self.failed: list[RunFailure] = []
        self.done = 0
        self.computed = 0
        self.started = time.monotonic()
        self.written = self.started
        self.failed_before = own_failures(plan.folder, store.shard)
        self.failures_written = self.failed_before
        self.settled: set[str] = set()
        self.manifest_file = manifest_path(plan.folder, store.shard)
        self.manifest = self._begin_manifest(read_manifest(self.manifest_file))

    def _begin_manifest(self, earlier: dict[str, Any]) -> dict[str, Any]:
        manifest = new_manifest(self.plan.world, self.plan.specs)
        same = earlier.get("design") == manifest["design"]
        manifest["sessions"] = list(earlier.get("sessions", []))
        manifest["outputs"] = earlier.get("outputs", {}) if same else {}
        return manifest

    def run(self, executor_for: Callable[[int], Executor], command: str) -> None:
        """Do what is not done yet; what is finished is on disk also when this is interrupted.

        ``executor_for`` gives the executor for a number of runs.
        """
        resumed = (self.plan.folder / "design.parquet").is_file()
        done = self.store.take_stock(list(self.specs.values()), self.observer.warn)
        self._write_plan()
        self.done = len(done)
        self.settled |= done
        missing = [spec for run, spec in self.specs.items() if run not in done]
        self._tell(len(missing), resumed=resumed)
        if not missing:
            self._keep_records()
            return
        self.manifest["sessions"].append({"command": command, "started": now()})
        self.manifest["outputs"] = {}
        try:
            job = Job(self.plan.world, self.plan.config.record)
            with closing(executor_for(len(missing)).execute(missing, job)) as outcomes:
                for some in outcomes:
                    self._take(some)
        finally:
            self._flush()

    def _tell(self, missing: int, *, resumed: bool) -> None:
        total = len(self.specs)
        if not missing:
            self.observer.note(f"all {total} runs already done")
        elif self.done:
            self.observer.note(f"{self.done} of {total} runs already done, {missing} to do")
        if resumed and self.store.blocks(unused=True):
            unused = self.plan.folder / UNUSED
            self.observer.note(f"runs the config no longer asks for are kept in {unused}")
        self.observer.update(self.done, 0, total)

    def _write_plan(self) -> None:
        config, posterior = self.plan.config, posterior_draws(self.plan.config)
        if posterior is not None:
            table = pa.Table.from_pandas(posterior, preserve_index=False)
            write_table(self.plan.folder / _POSTERIOR, self.store.label, table)
        text = config_toml(config, None if posterior is None else _POSTERIOR)
        self.store.write_design(design_table(config, self.plan.specs), text)

    def _take(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.settled.add(outcome.run)
            if isinstance(outcome, RunRecord):
                self.finished.append(outcome)
            elif isinstance(outcome, Kept):
                self.done += 1
                self.computed += 1
            else:
                self.failed.append(outcome)
        self.observer.update(self.done + len(self.finished), len(self.failed), len(self.specs))
        if len(self.finished) >= RUNS_A_BLOCK or time.monotonic() - self.written > SECONDS_A_BLOCK:
            self._flush()

    def _flush(self) -> None:
        """Write the finished runs, the failures and the manifest."""
        if self.finished:
            self.store.append([self.specs[record.run] for record in self.finished], self.finished)
            self.done += len(self.finished)
            self.computed += len(self.finished)
            self.finished = []
        self.written = time.monotonic()
        seconds = round(self.written - self.started, 1)
        self.manifest["sessions"][-1] |= {"finished": now(), "computed": self.computed, "seconds": seconds}
        self._keep_records()

    def _keep_records(self) -> None:
        """Write the failures and the manifest, where they have changed."""
        rows = failure_rows(self.plan.folder, self.failed, self.specs)
        rows += [row for row in self.failed_before if self._still_open(str(row["run"]))]
        if rows != self.failures_written:
            write_failures(self.plan.folder, self.store.shard, rows)
            self.failures_written = rows
        self.manifest |= {"done": self.done, "failed": len(rows)}
        if self.manifest != read_manifest(self.manifest_file):
            write_manifest(self.manifest_file, self.store.shard, self.manifest)

    def _still_open(self, run: str) -> bool:
        """Whether a run that failed before has not been tried again."""
        return run in self.specs and run not in self.settled


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Take SIGTERM, as batch systems send it, like Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
