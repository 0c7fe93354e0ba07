"""What every executor is: a place where the runs of a sweep are computed.

An executor takes runs and yields a record or a failure for each, in the order they finish. Closing the
generator ends its workers.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from citysim.plan.record import RecordConfig
from citysim.plan.runs import RunSpec
from citysim.store.records import RunFailure, RunRecord
from citysim.world.world import World


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that a worker has finished and written to the result folder itself."""

    run: str


type Outcome = RunRecord | RunFailure | Kept


@dataclass(frozen=True, eq=False)
class Job:
    """What all runs of a sweep share."""

    world: World
    record: RecordConfig


class Executor(Protocol):
    """Computes runs."""

    def execute(self, specs: Sequence[RunSpec], job: Job) -> Generator[list[Outcome]]:
        """Yield the outcomes of every run, some at a time, as they finish.

        Raises ``MachineError`` where a machine fails and not a run, after the outcomes that it has.
        """
        ...


def block_size(outcomes: Sequence[Outcome], size: int, seconds: float, most: int) -> int:
    """Runs of the next block, so that one takes ``seconds``, by what the last, of ``size``, have cost."""
    spent = [outcome.seconds for outcome in outcomes if isinstance(outcome, RunRecord)]
    if not spent:
        return size
    mean = max(sum(spent) / len(spent), 1e-6)
    return min(most, max(1, round(seconds / mean)))
