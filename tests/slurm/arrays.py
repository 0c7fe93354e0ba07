"""A sweep on Slurm: its config, what it says, and its processes."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from citysim.execute.runner import Plan, execute_plan
from citysim.store.reader import StoredResults

CONFIG = """
name = "small"
question = "Does it hold?"
seeds = 2
quarters = 2
uncertainty.monte_carlo_seeds = 1
world = {kind = "synthetic", cities = 30, states = 5}
arms.none = {twinning = false, networks = false}
arms.both = {networks = true}
design.stall = [0.0, 1.0]
record = {outcomes = ["development", "loss"], groups = ["world", "north"]}

[execution]
executor = "slurm"
slurm = {elements = 2, memory = "1G", poll_seconds = 0.2, retry_seconds = 1.0}
"""
#: Seven hundred and four runs: an element of two keeps some before it has done all of its own.
LONG = ("seeds=175",)


def element_pids(folder: Path, ending: str = "") -> list[int]:
    """Processes of the elements of a folder's array; ``ending``: of the shard's text."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode().split("\0")
        except OSError:
            continue
        if "--shard" in words and str(folder) in words and words[words.index("--shard") + 1].endswith(ending):
            found.append(int(path.parent.name))
    return sorted(found)


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process that may have gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def blocks(folder: Path) -> int:
    """Complete blocks of runs."""
    return len(list((folder / "runs").glob("*.parquet")))


@dataclass
class Sweep:
    """A sweep on Slurm, what it said, and something to do at every look it takes at the queue."""

    plan: Plan
    at_look: Callable[["Sweep"], None] = lambda _: None
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    looks: int = 0
    failed: int = 0

    @property
    def folder(self) -> Path:
        return self.plan.folder

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def update(self, done: int, failed: int, total: int) -> None:
        self.looks += 1
        self.failed = failed
        self.at_look(self)

    def run(self, **options: object) -> StoredResults:
        """Run until all is done, or ``at_look`` raises."""
        return execute_plan(self.plan, progress=self, **options)

    @property
    def arrays(self) -> int:
        """Arrays submitted."""
        return sum(note.startswith("submitted") for note in self.notes) + sum(
            "submitted again" in text for text in self.warnings
        )


type Make = Callable[..., Sweep]


def once(action: Callable[[Sweep], bool]) -> Callable[[Sweep], None]:
    """Do something at every look until it says it is done."""
    done: list[bool] = []

    def act(sweep: Sweep) -> None:
        if not done and action(sweep):
            done.append(True)

    return act
