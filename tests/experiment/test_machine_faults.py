"""A fault of the machine ends a sweep with one line; it is not kept as a failure of the run it hit."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from citysim.errors import MachineError
from citysim.execute import simulation
from citysim.execute.executors.base import Executor, Job, Outcome
from citysim.execute.executors.local import InProcess, LocalPool
from citysim.execute.interrupts import Interrupts
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import Plan, execute_plan
from citysim.model import compiled
from citysim.plan.runs import RunSpec
from citysim.store.reader import load_results
from citysim.store.records import RunRecord

type Make = Callable[..., Plan]


def of_the_system(number: int) -> tuple[OSError, str]:
    return OSError(number, os.strerror(number), "/some/file"), f"{os.strerror(number)} (/some/file)"


FAULTS = [
    of_the_system(errno.ENOSPC),
    of_the_system(errno.EDQUOT),
    of_the_system(errno.EIO),
    of_the_system(errno.EMFILE),
    of_the_system(errno.ESTALE),
    (OSError("a library cannot be loaded"), "a library cannot be loaded"),
    (MemoryError("Unable to allocate 9 TiB"), "out of memory (Unable to allocate 9 TiB)"),
    (MemoryError(), "out of memory"),
]


def too_large(spec: RunSpec) -> RunSpec:
    """A run whose record does not fit into any memory."""
    return replace(spec, quarters=10**14)


def from_the_third_on(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    original, begun = simulation.simulate, []

    def simulate(spec: RunSpec, *rest: object) -> RunRecord:
        begun.append(spec.run)
        if len(begun) > 2:
            raise fault
        return original(spec, *rest)

    monkeypatch.setattr(simulation, "simulate", simulate)


@pytest.mark.parametrize(("fault", "told"), FAULTS)
def test_the_sweep_ends_what_is_done_is_kept_and_the_rest_is_missing(
    plan: Make, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: str
) -> None:
    made = plan()
    with monkeypatch.context() as patch:
        from_the_third_on(patch, fault)
        with pytest.raises(MachineError) as raised:
            execute_plan(made, workers=1)
    assert raised.value.messages == (f"a fault of this machine, not of a run: {told}",)
    kept = load_results(made.folder)
    assert len(kept.runs) == 2
    assert kept.failures.empty
    again = execute_plan(made, workers=1)
    assert len(again.runs) == len(made.specs)


def test_a_run_that_is_repeated_does_not_fail_by_the_machine(
    plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan()
    done = execute_plan(made, workers=1)
    monkeypatch.setattr(simulation, "simulate", _no_memory)
    with pytest.raises(MachineError, match="out of memory"):
        repeat_run(made.folder, done.runs["run"][0])


def _no_memory(*_: object) -> None:
    raise MemoryError


@pytest.mark.parametrize("make", [lambda: InProcess(Interrupts()), lambda: LocalPool(2)])
def test_memory_that_is_not_there_ends_the_sweep_wherever_runs_are_computed(
    plan: Make, make: Callable[[], Executor]
) -> None:
    made = plan("seeds=5")
    specs = [too_large(spec) if place == 20 else spec for place, spec in enumerate(made.specs)]
    found: list[Outcome] = []
    outcomes = make().execute(specs, Job(made.world, made.config.record))
    with pytest.raises(MachineError, match=r"not of a run: out of memory \(Unable to allocate"):
        found.extend(outcome for some in outcomes for outcome in some)
    assert all(isinstance(outcome, RunRecord) for outcome in found)
    assert 1 <= len(found) < len(specs)


class Heard:
    """Keeps what a sweep warns of."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def note(self, text: str) -> None: ...

    def update(self, done: int, failed: int, total: int) -> None: ...


@pytest.mark.parametrize(("logged_here", "told"), [(set(), ["no room"]), ({"no room"}, [])])
def test_what_workers_warn_of_is_told_once_unless_this_process_has_logged_it(
    plan: Make, monkeypatch: pytest.MonkeyPatch, logged_here: set[str], told: list[str]
) -> None:
    original = simulation.simulate
    monkeypatch.setattr(simulation, "simulate", lambda *run: replace(original(*run), warning="no room"))
    monkeypatch.setattr(compiled, "_warned", logged_here)
    heard = Heard()
    execute_plan(plan(), workers=1, progress=heard)
    assert heard.warnings == told
