"""Runs computed by a Slurm job array: every element is the same ``citysim run`` on its shard of the runs.

Slurm is the engine. The elements write what they finish themselves; this command submits them, watches the
queue and the folder, and submits again what an element that died has left undone. It may be stopped and
started again at any time: it finds its array by the record in the folder.
"""

import getpass
import importlib
import math
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

from citysim.errors import ConfigError, MachineError, ResultError
from citysim.execute.executors import slurm_commands as slurm
from citysim.execute.executors.base import Job, Outcome
from citysim.execute.executors.shard_watch import ShardWatch
from citysim.execute.executors.slurm_commands import Element, SlurmError
from citysim.execute.executors.slurm_submission import Submission, read_submission
from citysim.plan.runs import RunSpec
from citysim.plan.shards import Shard
from citysim.plan.slurm import SlurmConfig
from citysim.store.records import RunFailure, RunRecord

#: How often an element that died is submitted again; one that has finished runs meanwhile starts anew.
RESUBMISSIONS = 3
#: Work of an element at least, so that starting it costs little; and most elements, as is Slurm's default.
ELEMENT_SECONDS = 60.0
MOST_ELEMENTS = 1000
#: How long elements that have nothing left to do may take to end.
END_SECONDS = 15.0
#: Deaths that are reported one by one; of more, the number.
_TOLD = 3
#: How the last line of its log begins where an element could not go on, and said why.
_ERROR_LINE = "error: "
#: The queue is reported at most this often.
_SECONDS_A_NOTE = 60.0
_SIMULATION = "citysim.execute.simulation"
#: Why an element waits, where that is nothing to tell.
_USUAL = ("None", "Priority", "Resources", "BeginTime", "JobArrayTaskLimit", "Cleaning", "Dependency")


class SlurmArray:
    """A job array on the cluster of this login node.

    ``title`` is the experiment's name, ``design`` the digest of its runs. ``note`` and ``warn`` hear
    what the user should know. Raises ``ConfigError`` where there is no Slurm.
    """

    def __init__(
        self,
        folder: Path,
        title: str,
        design: str,
        settings: SlurmConfig,
        *,
        note: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        slurm.check_installed()
        self.folder = folder.absolute()
        self.title = title
        self.design = design
        self.settings = settings
        self.note = note
        self.warn = warn

    def at_work(self) -> Submission | None:
        """The submission of an earlier call whose elements wait or run; one that is over is forgotten.

        Raises ``SlurmError``; ``ResultError`` where it was made by another user, on another cluster, or of
        another config.
        """
        earlier = read_submission(self.folder)
        if earlier is None:
            return None
        self._check_own(earlier)
        left = [element for element in slurm.elements(earlier.name) if not element.ended]
        if not left:
            return None
        if earlier.design != self.design:
            raise ResultError(
                f"{self.folder}: {len(left)} elements of another config are in Slurm's queue; wait for them, "
                f"or cancel them: {_cancelling(earlier)}"
            )
        return earlier

    def _check_own(self, earlier: Submission) -> None:
        here = (slurm.site().cluster, getpass.getuser())
        if (earlier.cluster, earlier.user) != here:
            raise ResultError(
                f"{self.folder}: {earlier.user} submitted its runs on cluster {earlier.cluster} at "
                f"{earlier.started}; continue there, or, if none of those jobs is left, delete "
                f"{self.folder / 'slurm' / 'submission.json'}"
            )

    def execute(self, specs: Sequence[RunSpec], job: Job) -> Generator[list[Outcome]]:
        """Yield runs as they are seen in the folder; those whose elements kept dying are failures.

        Raises ``SlurmError`` where Slurm does not take the array. Elements stay in the queue when this is
        closed early, unless the config has ``cancel_on_interrupt``.
        """
        submission = self.at_work()
        watch = _Watch(self, submission or self._new(specs, job), specs)
        over = False
        try:
            if submission is None:
                watch.submit_all()
            else:
                self.note(f"found its job array in the queue, {submission.name}: nothing is submitted twice")
            yield from watch.outcomes()
            over = True
        finally:
            if not over:
                self._leave(watch.submission)
        watch.end()

    def _new(self, specs: Sequence[RunSpec], job: Job) -> Submission:
        site = slurm.site()
        return Submission.new(self.title, site.cluster, self.design, self._elements(specs, job, site))

    def _elements(self, specs: Sequence[RunSpec], job: Job, site: slurm.Site) -> int:
        """Number of shards: as the config says, or by what a run costs here."""
        asked = self.settings.elements
        if isinstance(asked, int):
            if asked > site.largest_index:
                raise ConfigError(
                    f"execution.slurm.elements: found {asked}, allowed on cluster {site.cluster}: "
                    f"up to {site.largest_index}"
                )
            return asked
        seconds = _seconds_a_run(specs, job)
        self.note(f"a run takes about {seconds:.2g} s here")
        return element_count(len(specs), seconds, self.settings, min(site.largest_index, MOST_ELEMENTS))

    def _leave(self, submission: Submission) -> None:
        """Say what is left in the queue, or cancel it."""
        try:
            left = [element for element in slurm.elements(submission.name) if not element.ended]
            if not left:
                return
            if self.settings.cancel_on_interrupt:
                slurm.cancel(submission.name)
                self.note(f"{len(left)} elements in Slurm's queue are cancelled")
                return
            how = _cancelling(submission)
            self.note(f"{len(left)} elements stay in Slurm's queue and go on; to cancel them: {how}")
        except SlurmError as error:
            self.warn(f"{error}; elements may be left in Slurm's queue: {_cancelling(submission)}")


def element_count(runs: int, seconds: float, settings: SlurmConfig, most: int) -> int:
    """Shards for a number of runs that take ``seconds`` each.

    A minute of work at least for every element, half its time limit at most, and never more than ``most``.
    """
    work = runs * seconds / settings.cpus
    wanted = math.ceil(work / ELEMENT_SECONDS)
    if settings.seconds:
        wanted = max(wanted, math.ceil(2 * work / settings.seconds))
    return max(1, min(wanted, runs, most))


def _seconds_a_run(specs: Sequence[RunSpec], job: Job) -> float:
    """What a run costs on this machine: the second of two, since the first loads compiled code."""
    attempt = importlib.import_module(_SIMULATION).attempt
    outcomes = [attempt(spec, job.world, job.record) for spec in (specs[0], specs[len(specs) // 2])]
    spent = [outcome.seconds for outcome in outcomes if isinstance(outcome, RunRecord)]
    return min(spent, default=1.0)


def _cancelling(submission: Submission) -> str:
    return f"scancel --name={submission.name}"


class _Watch:
    """One call's eye on a submission: what is missing still, and which element it is assigned to."""

    def __init__(self, array: SlurmArray, submission: Submission, specs: Sequence[RunSpec]) -> None:
        self.array = array
        self.folder = array.folder
        self.submission = submission
        self.missing = {spec.run: Shard.of(spec.run, submission.elements).index for spec in specs}
        self.shards = ShardWatch(self.folder, submission.elements)
        self.started = time.monotonic()
        self.suspects: set[int] = set()
        self.last: dict[int, Element] = {}
        self.reported: set[str] = set()
        self.queue, self.queue_told = (0, 0), self.started
        self.silent = False

    def submit_all(self) -> None:
        """Submit every shard that lacks runs."""
        lacking = Counter(self.missing.values())
        job = self._submit(lacking)
        self.array.note(
            f"submitted to Slurm: job {job}, {len(lacking)} elements, logs in {self.folder / 'slurm'}"
        )

    def _submit(self, lacking: Mapping[int, int], delay: float = 0.0) -> str:
        self.submission.next_round(lacking)
        try:
            return self.submission.submit(self.folder, self.array.settings, sorted(lacking), delay)
        except SlurmError as error:
            raise ConfigError(f"execution.slurm: {error}") from None

    def outcomes(self) -> Generator[list[Outcome]]:
        """Look, and look again, until no run is missing."""
        while self.missing:
            dead = self._dead()
            # The folder after the queue: what an element wrote before it ended is seen.
            found = [outcome for outcome in self.shards.new() if outcome.run in self.missing]
            for outcome in found:
                self.missing.pop(outcome.run, None)
            yield found
            lost = self._raise_the_dead(dead)
            if lost:
                yield lost
            if self.missing:
                time.sleep(self._pause())

    def _pause(self) -> float:
        """Seconds until the next look: few at first, more for long sweeps, to spare the controller."""
        return min(self.array.settings.poll_seconds, max(1.0, (time.monotonic() - self.started) / 20))

    def _dead(self) -> set[int]:
        """Shards that two looks in a row have not seen in the queue: a file system may show a file late."""
        try:
            elements = slurm.elements(self.submission.name)
        except SlurmError as error:
            if not self.silent:
                self.array.warn(f"{error}; still watching the folder")
            self.silent = True
            self.suspects.clear()
            return set()
        self.silent = False
        self._tell(elements)
        # Later arrays come last: their word counts, unless an earlier one is still there.
        self.last |= {element.index: element for element in elements if element.ended}
        present = {element.index for element in elements if not element.ended}
        absent = set(self.missing.values()) - present
        dead, self.suspects = absent & self.suspects, absent
        return dead

    def _tell(self, elements: Sequence[Element]) -> None:
        """Say now and then how many elements run and wait, and once why one waits, if not for its turn."""
        waiting = [element for element in elements if element.state == "PENDING"]
        running = sum(not element.ended for element in elements) - len(waiting)
        queue, now = (running, len(waiting)), time.monotonic()
        if queue != self.queue and now - self.queue_told > _SECONDS_A_NOTE:
            self.queue, self.queue_told = queue, now
            self.array.note(f"Slurm: {running} elements running, {len(waiting)} waiting")
        for element in waiting:
            if element.reason not in (*_USUAL, *self.reported):
                self.reported.add(element.reason)
                self.array.note(f"Slurm lets element {element.index} wait: {element.reason}")

    def _raise_the_dead(self, dead: set[int]) -> list[Outcome]:
        """Submit shards again whose elements died; give the runs up of those that did so too often.

        Raises ``MachineError`` where such an element said itself that it cannot go on.
        """
        lacking = Counter(shard for shard in self.missing.values() if shard in dead)
        if not lacking:
            return []
        self.suspects -= set(lacking)
        hopeless = {
            shard for shard in lacking if self.submission.tried(shard, lacking[shard]) > RESUBMISSIONS
        }
        again = {shard: count for shard, count in lacking.items() if shard not in hopeless}
        own_errors = [
            shard
            for shard in hopeless
            if self.submission.last_line(self.folder, shard).startswith(_ERROR_LINE)
        ]
        if own_errors:
            # It ended by itself, and a run that fails would not have ended it.
            raise MachineError(
                f"Slurm: element {own_errors[0]} ended {RESUBMISSIONS + 1} times: {self._why(own_errors[0])}"
            )
        self._tell_deaths(again)
        for tried in sorted({self._resubmission(shard, count) for shard, count in again.items()}):
            some = {
                shard: count for shard, count in again.items() if self._resubmission(shard, count) == tried
            }
            # What ended the first may need time to go away: a lock on a dead node, a full disk.
            self._submit(some, delay=(tried - 1) * self.array.settings.retry_seconds)
        given_up: list[Outcome] = [
            RunFailure(run, f"its job died {RESUBMISSIONS + 1} times: {self._why(shard)}", "")
            for run, shard in self.missing.items()
            if shard in hopeless
        ]
        for outcome in given_up:
            del self.missing[outcome.run]
        return given_up

    def _resubmission(self, shard: int, lacking: int) -> int:
        """Which resubmission of a shard comes next; after some progress it is the first again."""
        return max(1, self.submission.tried(shard, lacking))

    def _tell_deaths(self, again: Mapping[int, int]) -> None:
        for shard in sorted(again)[:_TOLD]:
            number = self._resubmission(shard, again[shard])
            self.array.warn(
                f"element {shard} of {self.submission.elements} ended with {again[shard]} runs missing "
                f"({self._why(shard)}); submitted again ({number} of {RESUBMISSIONS})"
            )
        if len(again) > _TOLD:
            self.array.warn(f"{len(again) - _TOLD} more elements ended so, and are submitted again")

    def _why(self, shard: int) -> str:
        """What is known of an element's end: its state in Slurm's words, and the end of its log."""
        element = self.last.get(shard)
        state = element.state.lower().replace("_", " ") if element else "no longer in the queue"
        said = self.submission.last_line(self.folder, shard)
        return f"{state}: {said}" if said else f"{state}, without a word in its log"

    def end(self) -> None:
        """Let the elements end; those that wait for nothing are cancelled."""
        until = time.monotonic() + END_SECONDS
        try:
            while any(not element.ended for element in slurm.elements(self.submission.name)):
                if time.monotonic() > until:
                    slurm.cancel(self.submission.name)
                    break
                time.sleep(0.5)
        except SlurmError as error:
            self.array.warn(f"{error}; see what is left in the queue: squeue --name={self.submission.name}")
            return
        self.submission.forget(self.folder)
