"""Running an experiment: what is not done yet is computed, kept as it comes, and never done twice."""

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from citysim.errors import ConfigError, ResultError
from citysim.execute.executors.base import Executor
from citysim.execute.executors.make import make_executor
from citysim.execute.executors.slurm import SlurmArray
from citysim.execute.interrupts import Interrupts
from citysim.execute.named import check_named
from citysim.execute.session import FlushPolicy, Session
from citysim.plan.carried import carried_inputs
from citysim.plan.config import ExperimentConfig, load_config
from citysim.plan.execution import ExecutionConfig, execution_with
from citysim.plan.extensions import at_hand_kept
from citysim.plan.posterior import check_rows, posterior_draws
from citysim.plan.runs import RunSpec, has_events, posterior_note, run_specs, swept_names
from citysim.plan.shards import Shard
from citysim.plan.shipped import config_path
from citysim.plan.world import build_world
from citysim.store.checked import digest_of, is_as_written, is_listed
from citysim.store.contents import CONFIG
from citysim.store.manifest import design_digest
from citysim.store.place import check_folder, result_folder
from citysim.store.reader import StoredResults
from citysim.store.writer import Store, resolved_config
from citysim.world.plain import whole
from citysim.world.world import World

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

#: Runs of a block; and how often one that has fewer yet is written.
RUNS_A_BLOCK = 100
SECONDS_A_BLOCK = 30.0
_NO_LOCKS = (
    "{folder}: its file system has no locks, so nobody is kept from writing there too; "
    "start no second citysim run in it, nor any shard twice"
)


@runtime_checkable
class Observer(Protocol):
    """Hears how a sweep goes."""

    def note(self, text: str) -> None:
        """Something worth knowing."""

    def warn(self, text: str) -> None:
        """Something wrong that the sweep survives."""

    def update(self, done: int, failed: int, total: int) -> None:
        """Runs done and failed, earlier ones included, of all."""


class Quiet:
    """Notes go to the log, warnings to ``warnings``."""

    def note(self, text: str) -> None:
        """Log it."""
        log.info("%s", text)

    def warn(self, text: str) -> None:
        """Warn, so that a caller can catch it."""
        warnings.warn(text, stacklevel=2)

    def update(self, done: int, failed: int, total: int) -> None:
        """Log it."""
        log.debug("%d done, %d failed of %d", done, failed, total)


@dataclass(frozen=True, eq=False)
class Plan:
    """An experiment ready to run."""

    config: ExperimentConfig
    world: World
    specs: list[RunSpec]
    folder: Path
    #: The file that the config was read from.
    source: Path | None = None

    @property
    def inputs(self) -> list[Path]:
        """Files that the experiment was read from."""
        draws = self.config.uncertainty.file
        beside = [*([Path(draws)] if draws else []), *carried_inputs(self.config)]
        return [*([self.source] if self.source else []), *beside]


def plan_experiment(
    config: ExperimentConfig | Path | str,
    *,
    out: Path | str | None = None,
    seeds: int | Iterable[int] | None = None,
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
        checked = load_config(config, [*overrides, *([] if seeds is None else [_seeds_text(seeds)])])
    folder = result_folder(checked, out)
    source = None if isinstance(config, ExperimentConfig) else config_path(config)
    try:
        world = build_world(checked.world)
        _check_draws(checked, folder)
        specs = run_specs(checked, world.digest)
        check_named(checked, specs, world)
        return Plan(checked, world, specs, folder, source)
    except ConfigError as error:
        messages = [f"{checked.name if source is None else config}: {message}" for message in error.messages]
        raise ConfigError.from_messages(messages) from None


def _seeds_text(seeds: int | Iterable[int]) -> str:
    """A number of seeds, or the seeds, as ``--set`` takes them."""
    number = whole(seeds)
    if isinstance(number, Iterable) and not isinstance(number, str):
        number = [whole(seed) for seed in number]
    return f"seeds={number}"


def _check_draws(config: ExperimentConfig, folder: Path) -> None:
    """Raise ``ConfigError`` where a posterior has too few draws, but for a sweep begun so earlier."""
    draws = posterior_draws(config)
    if draws is None:
        return
    try:
        check_rows(len(draws), str(config.uncertainty.file), config.seeds)
    except ConfigError:
        if not _begun_with(draws, config.replications, folder):
            raise


def _kept_config(folder: Path) -> ExperimentConfig:
    """The config of earlier results, whose extensions are neither executed nor put at hand."""
    with at_hand_kept():
        return load_config(folder / CONFIG, execute=False)


def _begun_with(draws: "pd.DataFrame", seeds: tuple[int, ...], folder: Path) -> bool:
    """Whether a folder already holds a sweep over these draws with these seeds."""
    if not (folder / "config.toml").is_file():
        return False
    try:
        earlier = _kept_config(folder)
        kept = posterior_draws(earlier)
    except ConfigError:
        return False
    return kept is not None and kept.equals(draws) and set(seeds) <= set(earlier.replications)


def execute_plan(
    plan: Plan,
    *,
    workers: int | str | None = None,
    executor: str | None = None,
    scheduler: str | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    shard: str | None = None,
    progress: Observer | None = None,
    command: str = "citysim.run_experiment",
) -> StoredResults:
    """Compute what is not done yet of a plan; see ``citysim.run_experiment``.

    ``retry_failed``: also what failed earlier. ``command`` is for the manifest.
    """
    observer = progress or Quiet()
    part = Shard.parse(shard) if shard else None
    execution = execution_with(plan.config.execution, workers, executor, scheduler)
    _check_options(execution.executor, workers, scheduler, shard, fresh=fresh)
    check_folder(plan.config, plan.folder, plan.source)
    # A fault of the caller's is reported before anything is written.
    array = _job_array(plan, execution, observer) if execution.executor == "slurm" else None
    interrupts = Interrupts()
    if array is None:
        make_executor(execution, 2, observer.note, interrupts)
    store = Store(
        plan.folder,
        plan.config.record,
        swept_names(plan.config),
        part.label if part else None,
        counts=has_events(plan.config),
    )
    with interrupts.heard(), _opened(store, array) as share:
        if not store.locks:
            observer.warn(_NO_LOCKS.format(folder=plan.folder))
        if fresh:
            _clear(store, observer, plan.inputs)
        _check_same_experiment(plan, store)
        drawn = posterior_note(plan.config)
        if drawn:
            observer.note(drawn)
        session = Session(plan, store, part, observer, interrupts, FlushPolicy(RUNS_A_BLOCK, SECONDS_A_BLOCK))

        def executor_for(runs: int) -> Executor:
            share()
            return array or make_executor(execution, runs, observer.note, interrupts)

        session.run(executor_for, command, retry_failed=retry_failed)
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


def _clear(store: Store, observer: Observer, inputs: Iterable[Path]) -> None:
    if not store.alone:
        raise ConfigError("--fresh: its job array is at work; cancel that first")
    if store.holds_runs():
        observer.note(f"{store.folder}: earlier runs deleted (--fresh)")
    store.clear(inputs)


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
    path = plan.folder / CONFIG
    if not (path.is_file() and store.holds_runs()):
        return
    if not is_as_written(plan.folder, CONFIG):
        if is_listed(plan.folder, CONFIG, digest_of(resolved_config(plan.config).encode())):
            return  # it was this very one, and is written anew
        raise ResultError(
            f"{path}: changed since citysim wrote it, so it does not tell what its runs recorded; run the "
            "experiment as it was, which writes it anew, or --fresh to delete those runs"
        )
    try:
        earlier = _kept_config(plan.folder)
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
        keys = ", ".join(f"record.{key}" for key in changed) or "events, by which its cities are grouped"
        raise ResultError(f"{plan.folder}: its runs were recorded with another {keys}; {other}")
