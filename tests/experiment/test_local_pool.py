"""The pool on this machine: nothing finished is lost when workers die; a run that kills them is a failure."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace

import pytest

from citysim.errors import MachineError, ResultError
from citysim.execute.executors.base import Job, Outcome
from citysim.execute.executors.kept import KeptPool
from citysim.execute.executors.local import InProcess, LocalPool
from citysim.execute.interrupts import Interrupts
from citysim.execute.runner import Plan
from citysim.plan.runs import RunSpec
from citysim.store.records import RunFailure, RunRecord

type Make = Callable[..., Plan]


class Deadly:
    """A value that no parameter takes, and that ends the process which tries to say so."""

    def __repr__(self) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return "dead"


class Unreadable:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[int]]:
        return os._exit, (1,)


class Unimportable:
    """Takes from the process that unpickles it what simulates."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return exec, ("import sys; sys.modules['citysim.execute.simulation'] = None",)


def deadly(spec: RunSpec) -> RunSpec:
    return replace(spec, parameters=spec.parameters | {"closure": Deadly()})


def job(plan: Plan) -> Job:
    return Job(plan.world, plan.config.record)


def worker_ids() -> list[int]:
    return [process.pid for process in multiprocessing.active_children() if process.pid is not None]


def flat(outcomes: Iterator[list[Outcome]]) -> list[Outcome]:
    return [outcome for some in outcomes for outcome in some]


def test_every_run_comes_back_once_and_with_the_bits_of_one_process(plan: Make) -> None:
    made = plan("seeds=10")
    alone = {outcome.run: outcome for outcome in flat(InProcess(Interrupts()).execute(made.specs, job(made)))}
    have_the_bits_of(alone, flat(LocalPool(2).execute(made.specs, job(made))))


def have_the_bits_of(alone: Mapping[str, Outcome], found: list[Outcome]) -> None:
    assert sorted(outcome.run for outcome in found) == sorted(alone)
    for outcome in found:
        expected = alone[outcome.run]
        assert isinstance(outcome, RunRecord)
        assert isinstance(expected, RunRecord)
        assert outcome.summary.tobytes() == expected.summary.tobytes()
        assert outcome.trajectory is not None
        assert expected.trajectory is not None
        assert outcome.trajectory.tobytes() == expected.trajectory.tobytes()


def test_workers_that_are_killed_lose_no_run_and_are_replaced(plan: Make) -> None:
    made = plan("seeds=30")
    outcomes, found, killed = LocalPool(2).execute(made.specs, job(made)), [], 0
    for some in outcomes:
        found += some
        if len(found) in (10, 25, 60):
            os.kill(worker_ids()[0], signal.SIGKILL)
            killed += 1
    assert killed == 3
    assert sorted(outcome.run for outcome in found) == sorted(spec.run for spec in made.specs)
    assert all(isinstance(outcome, RunRecord) for outcome in found)
    assert not worker_ids()


def test_a_run_that_kills_its_worker_is_a_failure_and_no_other_is(plan: Make) -> None:
    made = plan("seeds=5")
    specs = [deadly(spec) if place in (0, 7, 23) else spec for place, spec in enumerate(made.specs)]
    found = flat(LocalPool(2).execute(specs, job(made)))
    assert sorted(outcome.run for outcome in found) == sorted(spec.run for spec in specs)
    failed = {outcome.run: outcome.error for outcome in found if isinstance(outcome, RunFailure)}
    assert set(failed) == {specs[place].run for place in (0, 7, 23)}
    assert set(failed.values()) == {"the worker process died: killed, or out of memory"}


def test_workers_that_cannot_begin_are_one_line(plan: Make, capfd: pytest.CaptureFixture[str]) -> None:
    made = plan()
    broken = Job(Unreadable(), made.config.record)  # type: ignore[arg-type]  no world at all
    with pytest.raises(ResultError, match=r"^no worker could begin: the worker process died") as error:
        flat(LocalPool(2).execute(made.specs, broken))
    assert len(error.value.messages) == 1
    assert not worker_ids()


def test_a_worker_that_cannot_begin_says_why(plan: Make, capfd: pytest.CaptureFixture[str]) -> None:
    made = plan()
    broken = Job(Unimportable(), made.config.record)  # type: ignore[arg-type]  as above
    with pytest.raises(MachineError, match=r"^a worker could not begin: ModuleNotFoundError: "):
        flat(LocalPool(2).execute(made.specs, broken))
    assert "Traceback" not in capfd.readouterr().err
    assert not worker_ids()


def test_workers_that_the_system_does_not_let_start_are_one_line(plan: Make) -> None:
    made = plan()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))  # no more files than are open
    try:
        with pytest.raises(MachineError, match=r"^no worker can be started: Too many open files$"):
            flat(LocalPool(2).execute(made.specs, job(made)))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert not worker_ids()


def test_closing_the_sweep_ends_its_workers(plan: Make) -> None:
    made = plan("seeds=30")
    outcomes = LocalPool(2).execute(made.specs, job(made))
    next(outcomes)
    assert len(worker_ids()) == 2
    outcomes.close()
    assert not worker_ids()


def test_the_pool_leaves_the_process_as_it_was(plan: Make) -> None:
    before = (
        multiprocessing.get_start_method(allow_none=True),
        dict(os.environ),
        signal.pthread_sigmask(0, []),
    )
    made = plan()
    flat(LocalPool(2).execute(made.specs, job(made)))
    after = (
        multiprocessing.get_start_method(allow_none=True),
        dict(os.environ),
        signal.pthread_sigmask(0, []),
    )
    assert after == before


def test_kept_workers_serve_one_sweep_after_the_other_with_the_bits_of_one_process(plan: Make) -> None:
    made = plan("seeds=3")
    alone = {outcome.run: outcome for outcome in flat(InProcess(Interrupts()).execute(made.specs, job(made)))}
    with closing(KeptPool(2)) as pool:
        first = flat(pool.execute(made.specs[:3], job(made)))
        workers = sorted(worker_ids())
        found = first + flat(pool.execute(made.specs[3:], job(made)))
        assert sorted(worker_ids()) == workers
        have_the_bits_of(alone, found)
        other = Job(made.world, made.config.record.model_copy(update={"trajectories": False}))
        flat(pool.execute(made.specs[:2], other))
        assert not {*worker_ids()} & {*workers}
    assert worker_ids() == []


def test_a_kept_worker_whose_run_nobody_waits_for_makes_way(plan: Make) -> None:
    made = plan("seeds=4", "quarters=100")
    with closing(KeptPool(2)) as pool:
        outcomes = pool.execute(made.specs, job(made))
        next(outcomes)
        workers = {*worker_ids()}
        outcomes.close()
        assert len({*worker_ids()} - workers) >= 1
        assert len(worker_ids()) == 2
        after = flat(pool.execute(made.specs[:2], job(made)))
    assert [outcome.run for outcome in after if isinstance(outcome, RunRecord)] != []
    assert {outcome.run for outcome in after} == {spec.run for spec in made.specs[:2]}
