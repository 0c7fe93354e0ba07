"""One call's work on a result folder: what is missing is computed, and kept as it comes."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from citysim.execute.executors.base import Executor, Job, Outcome
from citysim.execute.interrupts import Interrupts
from citysim.model.compiled import cache_fault
from citysim.plan.posterior import posterior_draws
from citysim.plan.runs import RunSpec, design_columns
from citysim.plan.shards import Shard
from citysim.store.columns import table_of
from citysim.store.contents import POSTERIOR, UNUSED
from citysim.store.failures import (
    all_failures,
    failure_rows,
    forget_shards,
    own_failures,
    set_aside_damaged,
    write_failures,
)
from citysim.store.manifest import (
    manifest_path,
    new_manifest,
    now,
    read_manifest,
    update_manifest,
    write_manifest,
)
from citysim.store.outputs import forget_written, written
from citysim.store.records import RunFailure, RunRecord
from citysim.store.writer import Store

if TYPE_CHECKING:
    from citysim.execute.runner import Observer, Plan


@dataclass(frozen=True, slots=True)
class FlushPolicy:
    """How finished runs are written: as blocks of ``runs``, and what there is of one every ``seconds``."""

    runs: int
    seconds: float


class Session:
    """One call's work on a result folder.

    Finished runs are written every half minute in a block that grows, until it holds about a hundred: a
    killed sweep loses no more than that half minute, and slow runs do not make many small files.
    """

    def __init__(
        self,
        plan: "Plan",
        store: Store,
        part: Shard | None,
        observer: "Observer",
        interrupts: Interrupts,
        flush_policy: FlushPolicy,
    ) -> None:
        self.plan = plan
        self.store = store
        self.observer = observer
        self.interrupts = interrupts
        self.flush_policy = flush_policy
        self.specs = {spec.run: spec for spec in plan.specs if part is None or part.holds(spec)}
        self.done: set[str] = set()
        self.failed: list[RunFailure] = []
        self.block: list[RunRecord] = []  # the block that grows …
        self.on_disk = 0  # … how many of its runs are written …
        self.name: str | None = None  # … and under which name
        self.computed = 0
        self.not_taken: dict[str, list[int]] = {}  # by event, of each computed run
        self.warned = False
        self.started = self.written = time.monotonic()
        self.manifest_file = manifest_path(plan.folder, store.shard)
        self.manifest = self._begin_manifest(read_manifest(self.manifest_file))
        set_aside_damaged(plan.folder, store.shard, observer.warn, all_=store.tidies)
        self.own_failures = own_failures(plan.folder, store.shard)
        self.failures_written = list(self.own_failures.values())

    def _begin_manifest(self, earlier: dict[str, Any]) -> dict[str, Any]:
        folder = self.plan.folder
        manifest = new_manifest(self.plan.config, self.plan.world, self.plan.specs)
        same = earlier.get("design") == manifest["design"]
        manifest["sessions"] = list(earlier.get("sessions", []))
        manifest["outputs"] = earlier.get("outputs", {}) if same else {}
        manifest["checksums"] = earlier.get("checksums", {})
        if self.store.shard is None:
            manifest["written"] = [name for name in written(folder) if (folder / name).is_file()]
        return manifest

    def run(self, executor_for: Callable[[int], Executor], command: str, *, retry_failed: bool) -> None:
        """Do what is not done yet; what is finished is on disk also when this is interrupted.

        ``executor_for`` gives the executor for a number of runs. Runs that failed earlier are left alone
        unless ``retry_failed``.
        """
        resumed = (self.plan.folder / "design.parquet").is_file()
        if not self.manifest_file.exists():
            # First of all, so that the folder is known again however soon this ends.
            write_manifest(self.manifest_file, self.store.shard, self.manifest)
        self.done = self.store.finished(list(self.specs.values()), self.observer.warn)
        changed = self._write_plan()
        failed = self._failed_earlier(retry_failed=retry_failed)
        missing = [spec for run, spec in self.specs.items() if run not in self.done and run not in failed]
        self._tell(len(missing), len(failed), resumed=resumed)
        self._keep_records()
        if missing:
            self._compute(missing, executor_for, command)
            self._tell_events()
        if missing or changed:
            self._forget_outputs()

    def _compute(self, missing: list[RunSpec], executor_for: Callable[[int], Executor], command: str) -> None:
        self.manifest["sessions"].append({"command": command, "started": now()})
        self.manifest["outputs"] = {}
        try:
            job = Job(self.plan.world, self.plan.config.record)
            with closing(executor_for(len(missing)).execute(missing, job)) as outcomes:
                for some in outcomes:
                    self._take(some)
                    self.interrupts.let_in()
        finally:
            self._flush()

    def _tell_events(self) -> None:
        """Say which events could not come to all that they name."""
        for event, counts in self.not_taken.items():
            some = sum(count > 0 for count in counts)
            if some:
                self.observer.note(
                    f"event {event}: not taken by all it names in {some} of {len(counts)} runs, "
                    f"{sum(counts):,} times; `citysim rerun` of a run counts each event"
                )

    def _failed_earlier(self, *, retry_failed: bool) -> set[str]:
        """Runs that failed, and are not tried now."""
        everybody = all_failures(self.plan.folder)
        if self.store.tidies:
            self.own_failures = everybody
        keep = set() if retry_failed else set(self.specs) - self.done
        self.own_failures = {run: row for run, row in self.own_failures.items() if run in keep}
        # Of shards that are at work, an executor that watches them tells.
        watched = self.store.shard is None and not self.store.alone
        return set(self.own_failures if watched else everybody) & keep

    def _tell(self, missing: int, failed: int, *, resumed: bool) -> None:
        done, total = len(self.done), len(self.specs)
        if done == total:
            self.observer.note(f"all {total} runs already done")
        elif done or failed:
            self.observer.note(f"{done} of {total} runs already done, {missing} to do")
        if failed:
            self.observer.note(f"{failed} failed earlier; --retry-failed tries them again")
        if resumed and self.store.blocks(unused=True):
            unused = self.plan.folder / UNUSED
            self.observer.note(f"runs the config no longer asks for are kept in {unused}")
        self.observer.update(done, failed, total)

    def _write_plan(self) -> bool:
        """Write design and config; gives whether they had changed."""
        config, draws = self.plan.config, posterior_draws(self.plan.config)
        posterior = None if draws is None else pa.Table.from_pandas(draws, preserve_index=False)
        own = self.plan.folder / POSTERIOR
        if own.exists() and own.resolve() in {path.resolve() for path in self.plan.inputs}:
            posterior = None  # it is what was given
        design = table_of(design_columns(config, self.plan.specs))
        return self.store.write_design(design, posterior, config, self.observer.warn)

    def _forget_outputs(self) -> None:
        """Delete tables, figures and briefing of what the folder held before."""
        if self.store.tidies:
            self.manifest = update_manifest(
                self.manifest_file,
                self.store.shard,
                lambda on_disk: forget_written(self.plan.folder, self._with_notes_of(on_disk)),
            )

    def _with_notes_of(self, on_disk: dict[str, Any]) -> dict[str, Any]:
        """The manifest with what other commands, and writers of files, have noted meanwhile."""
        kept = {name: on_disk[name] for name in ("written", "checksums") if name in on_disk}
        return self.manifest | kept

    def _take(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, RunFailure):
                self.failed.append(outcome)
                continue
            self.done.add(outcome.run)
            self.computed += 1
            if isinstance(outcome, RunRecord):
                self.block.append(outcome)
                for event, (_, not_taken) in (outcome.events or {}).items():
                    self.not_taken.setdefault(event, []).append(not_taken)
                self._pass_on(outcome.warning)
        failed = len(self.failed) + len(self.own_failures)
        self.observer.update(len(self.done), failed, len(self.specs))
        late = time.monotonic() - self.written > self.flush_policy.seconds
        if late or len(self.block) >= self.flush_policy.runs:
            self._flush()

    def _pass_on(self, warning: str | None) -> None:
        """Say once what workers warn of; what they share with this process has been logged by it."""
        if warning and not self.warned:
            self.warned = True
            if cache_fault() is None:
                self.observer.warn(warning)

    def _flush(self) -> None:
        """Write the finished runs, the failures and the manifest."""
        with self.interrupts.held():
            if len(self.block) > self.on_disk:
                specs = [self.specs[record.run] for record in self.block]
                self.name = self.store.append(specs, self.block, self.plan.world, self.name)
                self.on_disk = len(self.block)
            if len(self.block) >= self.flush_policy.runs:
                self.block, self.on_disk, self.name = [], 0, None
            self.written = time.monotonic()
            seconds = round(self.written - self.started, 3)
            last: dict[str, Any] = {"finished": now(), "computed": self.computed, "seconds": seconds}
            self.manifest["sessions"][-1] |= last
            self._keep_records()

    def _keep_records(self) -> None:
        """Write the failures and the manifest, where they have changed."""
        rows = failure_rows(self.plan.folder, self.failed, self.specs) + list(self.own_failures.values())
        if rows != self.failures_written:
            write_failures(self.plan.folder, self.store.shard, rows)
            self.failures_written = rows
        if self.store.tidies:
            forget_shards(self.plan.folder)
        self.manifest |= {"done": len(self.done), "failed": len(rows)}
        self.manifest = update_manifest(self.manifest_file, self.store.shard, self._with_notes_of)
