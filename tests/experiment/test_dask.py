"""Sweeps on a real Dask cluster of this machine: equal bits, whatever dies."""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import dask
import dask_cluster
import distributed
import pandas as pd
import pytest
from dask_cluster import DEADLY, Cluster, start, until

from citysim.errors import ConfigError, MachineError, ResultError
from citysim.execute.executors import dask as executor
from citysim.execute.runner import Plan, execute_plan, plan_experiment
from citysim.plan.extensions import put_at_hand
from citysim.store.reader import StoredResults, load_results
from own_mechanism import MECHANISM

pytestmark = pytest.mark.xdist_group("dask")

SMALL = Path(__file__).with_name("small.toml")
type Make = Callable[..., Plan]
#: 244 runs of a hundredth of a second.
LARGE = ("seeds=60", "quarters=8")


class Heard:
    """Keeps what a sweep says."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.done = 0

    def note(self, text: str) -> None:
        self.notes.append(text)

    warn = note

    def update(self, done: int, failed: int, total: int) -> None:
        self.done = done + failed


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as made:
        yield made


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "LEAST_SECONDS", 0.2)


def on(cluster: Cluster, plan: Plan, **options: Any) -> StoredResults:
    return execute_plan(plan, executor="dask", scheduler=cluster.address, **options)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., StoredResults]:
    """The same experiment computed in this process."""

    @cache
    def compute(*overrides: str) -> StoredResults:
        out = tmp_path_factory.mktemp("local")
        return execute_plan(plan_experiment(SMALL, out=out, overrides=overrides), workers=1)

    return compute


def assert_equal(ours: StoredResults, theirs: StoredResults) -> None:
    pd.testing.assert_frame_equal(ours.runs, theirs.runs, check_exact=True)
    pd.testing.assert_frame_equal(ours.trajectories, theirs.trajectories, check_exact=True)


def test_equal_bits_on_a_cluster_and_in_this_process(
    cluster: Cluster, plan: Make, local: Callable[..., StoredResults]
) -> None:
    assert_equal(on(cluster, plan()), local())


def test_workers_get_own_mechanisms_with_the_runs(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "fund.py").write_text(MECHANISM, encoding="utf-8")
    text = SMALL.read_text(encoding="utf-8") + '\n[model]\nextensions = ["fund.py"]\n'
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    few = ("seeds=2", "quarters=4", 'record.outcomes=["development", "paid"]')
    here, there = (plan_experiment(tmp_path / "own.toml", out=tmp_path / out, overrides=few) for out in "ab")
    (tmp_path / "fund.py").unlink()  # workers elsewhere do not have it either
    theirs, ours = on(cluster, there), execute_plan(here, workers=1)
    put_at_hand([])
    assert (ours.runs["paid"] > 0).all()
    assert_equal(theirs, ours)


def test_it_leaves_nothing_behind(cluster: Cluster, plan: Make) -> None:
    before = dict(os.environ), dask.config.get("scheduler", None), threading.active_count()
    on(cluster, plan())
    assert (dict(os.environ), dask.config.get("scheduler", None), threading.active_count()) == before
    with pytest.raises(ValueError, match="No client"):
        distributed.default_client()
    until(lambda: cluster.holds()[0] == 2)  # one worker may have done it all before the other was there
    assert cluster.holds() == (2, 0, 0)


@pytest.mark.long
def test_workers_killed_at_twenty_random_moments(
    cluster: Cluster, plan: Make, local: Callable[..., StoredResults], small_blocks: None
) -> None:
    dice = random.Random(6)  # noqa: S311  no secret
    killed, ended = 0, threading.Event()

    def kill(heard: Heard) -> None:
        # Never two without a finished block between them: where new workers are slower than their deaths,
        # a run would lose eight in a row, which by design makes it a failure.
        nonlocal killed
        before = 0
        while killed < 20 and not ended.wait(dice.uniform(0.0, 0.3)):
            if heard.done > before:
                before = heard.done
                dice.choice(cluster.workers).kill()
                killed += 1

    reference, sweeps = local(*LARGE), 0
    while killed < 20:
        sweeps += 1
        ended.clear()
        heard = Heard()
        killer = threading.Thread(target=kill, args=(heard,))
        killer.start()
        try:
            results = on(cluster, plan(*LARGE, out=f"out{sweeps}"), progress=heard)
        finally:
            ended.set()
            killer.join()
        assert_equal(results, reference)
        assert results.failures.empty
    assert sweeps < 10


@pytest.mark.long
def test_the_command_killed_and_given_again(
    cluster: Cluster, plan: Make, write: Callable[..., Path], local: Callable[..., StoredResults]
) -> None:
    dice = random.Random(7)  # noqa: S311  no secret
    made = plan(*LARGE, out="killed")
    kept: list[int] = []
    for _ in range(4):
        command = start(dask_cluster.sweep, write(), made.folder, cluster.address, list(LARGE))
        blocks = len(list((made.folder / "runs").glob("*.parquet")))
        until(lambda: len(list((made.folder / "runs").glob("*.parquet"))) > blocks)  # noqa: B023  called here
        time.sleep(dice.uniform(0.0, 0.3))
        command.kill()
        command.join()
        kept.append(len(load_results(made.folder).runs))
    assert 0 < kept[0] < kept[1] < kept[2] < kept[3] < len(made.specs)
    results = on(cluster, made)
    assert results.manifest["sessions"][-1]["computed"] == len(made.specs) - kept[3]
    assert_equal(results, local(*LARGE))
    until(lambda: cluster.holds() == (2, 0, 0))


def test_told_to_end_it_writes_what_is_done_and_clears_the_cluster(
    cluster: Cluster, write: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "ended"
    command = start(dask_cluster.sweep, write(), folder, cluster.address, [*LARGE, "seeds=600"])
    until(lambda: len(list((folder / "runs").glob("*.parquet"))) > 2)
    os.kill(command.pid or 0, signal.SIGTERM)
    command.join(20)
    results = load_results(folder)
    assert results.manifest["done"] == len(results.runs) > 6
    until(lambda: cluster.holds() == (2, 0, 0))


def test_a_run_that_kills_every_worker_is_a_failure_and_the_others_are_done(
    cluster: Cluster, plan: Make
) -> None:
    before = cluster.dead
    made = plan(f"seeds=[1, 2, 3, {DEADLY}]", "arms={both={networks=true}}", "design.stall=[0.5]")
    results = on(cluster, made)
    (failure,) = results.failures.itertuples()
    assert failure.seed == DEADLY
    assert "died" in failure.error
    assert len(results.runs) == len(made.specs) - 1
    assert cluster.dead >= before + 4


def test_a_run_that_raises_is_a_failure_with_its_traceback(cluster: Cluster, plan: Make) -> None:
    made = plan()
    made.specs[0].parameters["stall"] = "no such"
    results = on(cluster, made)
    assert "ValidationError" in results.failures["error"].item()
    assert "Traceback" in results.failures["traceback"].item()
    assert len(results.runs) == len(made.specs) - 1


def test_a_fault_of_a_workers_machine_ends_the_sweep_and_is_no_failure(cluster: Cluster, plan: Make) -> None:
    made = plan("seeds=60")
    made.specs[200] = replace(made.specs[200], quarters=10**14)  # no memory holds its record
    with pytest.raises(MachineError, match=r"worker tcp://.*a fault of this machine.*out of memory \(Unable"):
        on(cluster, made)
    kept = load_results(made.folder)
    assert 1 <= len(kept.runs) < len(made.specs)
    assert kept.failures.empty


def test_two_sweeps_of_one_world_share_a_cluster(
    cluster: Cluster,
    plan: Make,
    write: Callable[..., Path],
    local: Callable[..., StoredResults],
    tmp_path: Path,
) -> None:
    other = tmp_path / "other"
    command = start(dask_cluster.sweep, write(), other, cluster.address, list(LARGE))
    until(lambda: list((other / "runs").glob("*.parquet")))
    for number in range(3):  # each takes the world from the workers when it ends
        on(cluster, plan(out=f"brief{number}"))
    command.join(60)
    assert_equal(load_results(other), local(*LARGE))


def test_workers_that_join_later_take_part(plan: Make, local: Callable[..., StoredResults]) -> None:
    heard = Heard()
    with Cluster(workers=0) as empty:
        waiting = threading.Timer(1.0, empty.want, [2])
        waiting.start()
        results = on(empty, plan(), progress=heard)
        waiting.join()
    assert f"{empty.address}: no Dask worker there yet, waiting for one" in heard.notes
    assert_equal(results, local())


def test_workers_with_several_threads_are_advised_against(
    plan: Make, local: Callable[..., StoredResults]
) -> None:
    heard = Heard()
    with Cluster(workers=1, threads=3) as threaded:
        until(lambda: threaded.holds()[0])
        results = on(threaded, plan(), progress=heard)
    assert "--nthreads 1" in heard.notes[-1]
    assert_equal(results, local())


@pytest.mark.long
def test_the_scheduler_lost_midway(
    cluster: Cluster, plan: Make, local: Callable[..., StoredResults], small_blocks: None
) -> None:
    made = plan(*LARGE)
    with Cluster() as doomed:
        heard = Heard()

        def kill() -> None:
            until(lambda: heard.done > 10)
            doomed.scheduler.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(ResultError, match=r"tcp://.*: the Dask scheduler is gone.*run the same command"):
            on(doomed, made, progress=heard)
        killer.join()
    kept = load_results(made.folder).runs
    assert 10 < len(kept) < len(made.specs)
    results = on(cluster, made)
    assert results.manifest["sessions"][-1]["computed"] == len(made.specs) - len(kept)
    assert_equal(results, local(*LARGE))


@pytest.mark.parametrize(
    ("patch", "line"),
    [
        (
            "other model",
            r"tcp://.*: worker tcp://.* has model version 0 \(here .*\); install the same versions",
        ),
        ("no citysim", r"tcp://.*: worker tcp://.* cannot run citysim .*: PackageNotFoundError"),
    ],
)
def test_a_worker_with_other_software_is_named_before_anything_is_run(
    plan: Make, patch: str, line: str
) -> None:
    with Cluster(workers=1, patch=patch) as other:
        until(lambda: other.holds()[0])
        with pytest.raises(ResultError, match=line):
            on(other, plan())
    assert len(load_results(plan().folder).runs) == 0


def test_a_worker_with_other_software_that_joins_later_computes_nothing(plan: Make) -> None:
    with Cluster(workers=0, patch="other model") as other:
        late = threading.Timer(1.0, other.want, [1])
        late.start()
        with pytest.raises(ResultError, match="has model version 0"):
            on(other, plan())
        late.join()


def test_nobody_answers_at_the_address(plan: Make) -> None:
    started = time.monotonic()
    with pytest.raises(ResultError, match=r"tcp://127.0.0.1:9: no Dask scheduler answers there"):
        execute_plan(plan(), executor="dask", scheduler="tcp://127.0.0.1:9")
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("scheduler", "line"),
    [
        ("tcp://host", "--scheduler: tcp://host: missing port number"),
        ("foo://host:1", "--scheduler: foo://host:1: unknown address scheme 'foo'"),
        ("none.json", "--scheduler: none.json: No such file"),
        (None, "--scheduler: missing; name a running Dask scheduler"),
    ],
)
def test_a_scheduler_that_is_not_named_rightly(plan: Make, scheduler: str | None, line: str) -> None:
    with pytest.raises(ConfigError, match=line):
        execute_plan(plan(), executor="dask", scheduler=scheduler)
    assert not plan().folder.exists()


def test_the_address_may_stand_in_a_scheduler_file_or_in_dasks_settings(
    cluster: Cluster, plan: Make, tmp_path: Path
) -> None:
    file = tmp_path / "scheduler.json"
    file.write_text(f'{{"address": "{cluster.address}"}}')
    assert len(execute_plan(plan(out="a"), executor="dask", scheduler=str(file)).runs)
    with dask.config.set({"scheduler-address": cluster.address}):
        assert len(execute_plan(plan("execution.executor=dask", out="b")).runs)


def test_options_that_do_not_go_together(plan: Make) -> None:
    with pytest.raises(ConfigError, match="--workers: a Dask cluster has its own workers"):
        execute_plan(plan(), executor="dask", scheduler="tcp://host:1", workers=2)
    with pytest.raises(ConfigError, match="--scheduler: only with --executor dask"):
        execute_plan(plan(), scheduler="tcp://host:1")


def test_without_dask_a_line_says_how_to_get_it(plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, executor.__name__)
    with pytest.raises(ConfigError, match=r"--executor dask: not installed; .*pip install 'citysim\[dask\]'"):
        execute_plan(plan(), executor="dask", scheduler="tcp://host:1")
