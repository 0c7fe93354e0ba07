"""A sweep on a real Slurm gives what a sweep at home gives, whatever happens to its jobs."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from arrays import LONG, Make, Sweep, blocks, element_pids, kill, once
from cluster import Cluster

from citysim.errors import CitysimError, MachineError
from citysim.execute.executors import slurm_commands
from citysim.execute.runner import Plan
from citysim.plan.extensions import put_at_hand
from citysim.store.reader import StoredResults, load_results
from own_mechanism import MECHANISM

pytestmark = pytest.mark.xdist_group("slurm")

type Local = Callable[[Plan], StoredResults]


def assert_equal_bits(ours: StoredResults, theirs: StoredResults) -> None:
    pd.testing.assert_frame_equal(ours.runs, theirs.runs, check_exact=True)
    pd.testing.assert_frame_equal(ours.trajectories, theirs.trajectories, check_exact=True)


def array_ids(cluster: Cluster) -> set[str]:
    """Job arrays that Slurm knows of, ended ones included."""
    listed = cluster.run("squeue", "--noheader", "--states=all", "--format=%F")
    return set(listed.split())


def stop_watching(sweep: Sweep) -> None:
    """As Ctrl-C does, once an element runs."""
    if element_pids(sweep.folder):
        raise KeyboardInterrupt


def test_elements_load_own_mechanisms_from_the_result_folder(place: Path, sweep: Make, alone: Local) -> None:
    (place / "fund.py").write_text(MECHANISM, encoding="utf-8")
    made = sweep("model.extensions=['fund.py']", "record.outcomes=['development', 'paid']")
    (place / "fund.py").unlink()
    results = made.run()
    assert (results.runs["paid"] > 0).all()
    assert_equal_bits(results, alone(made.plan))
    put_at_hand([])


def test_equal_bits_as_at_home(sweep: Make, alone: Local) -> None:
    made = sweep("execution.slurm.elements=3")
    results = made.run()
    assert_equal_bits(results, alone(made.plan))
    assert results.manifest["done"] == len(made.plan.specs) == 12
    assert made.arrays == 1
    assert not made.warnings
    logs = sorted(path.name.split("-", 1)[1] for path in (made.folder / "slurm").glob("*.log"))
    assert logs == [f"attempt1-{i}of3.log" for i in (1, 2, 3)]
    assert not (made.folder / "slurm" / "submission.json").exists()
    again = sweep("execution.slurm.elements=3")
    again.run()
    assert again.notes == ["all 12 runs already done"]


def test_the_number_of_elements_comes_from_what_a_run_costs(sweep: Make, alone: Local) -> None:
    made = sweep('execution.slurm.elements="auto"')
    assert_equal_bits(made.run(), alone(made.plan))
    assert any(note.startswith("a run takes about") for note in made.notes)
    assert any(", 1 elements," in note for note in made.notes)  # all is done in less than a minute


@pytest.mark.long
def test_an_element_killed_midway_is_submitted_again_for_what_is_missing(sweep: Make, alone: Local) -> None:
    def murder(made: Sweep) -> bool:
        pids = element_pids(made.folder, "1/2")
        if not (pids and blocks(made.folder)):
            return False
        for pid in pids:
            kill(pid)
        return True

    made = sweep(*LONG, at_look=once(murder))
    results = made.run()
    assert_equal_bits(results, alone(made.plan))
    (warning,) = made.warnings
    assert warning.startswith("element 1 of 2 ended with")
    assert "submitted again" in warning
    assert {path.name.split("-", 1)[1] for path in (made.folder / "slurm").glob("*.log")} == {
        "attempt1-1of2.log",
        "attempt1-2of2.log",
        "attempt2-1of2.log",
    }


@pytest.mark.long
def test_a_worker_killed_in_an_element_costs_only_its_block(sweep: Make, alone: Local) -> None:
    def murder(made: Sweep) -> bool:
        workers = [
            child for pid in element_pids(made.folder) for below in children(pid) for child in children(below)
        ]
        for pid in workers[:1]:
            kill(pid)
        return bool(workers)

    made = sweep(*LONG, "execution.slurm.elements=1", "execution.slurm.cpus=2", at_look=once(murder))
    assert_equal_bits(made.run(), alone(made.plan))
    assert not made.warnings


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@pytest.mark.long
def test_a_requeued_element_goes_on_without_being_submitted_again(
    cluster: Cluster, sweep: Make, alone: Local
) -> None:
    def requeue(made: Sweep) -> bool:
        if not (element_pids(made.folder, "1/2") and blocks(made.folder)):
            return False
        (job,) = [row.job for row in elements_of(made) if row.index == 1 and row.state == "RUNNING"]
        cluster.control("requeue", f"{job}_1")
        threading.Thread(target=release, args=(cluster, f"{job}_1")).start()
        return True

    made = sweep(*LONG, at_look=once(requeue))
    assert_equal_bits(made.run(), alone(made.plan))
    assert made.arrays == 1
    assert not made.warnings


def release(cluster: Cluster, job: str) -> None:
    """Let a requeued job start now; Slurm would hold it for two minutes."""
    until = time.monotonic() + 30
    while "BeginTime" not in cluster.run("squeue", "--noheader", f"--jobs={job}", "--format=%r"):
        assert time.monotonic() < until
        time.sleep(0.1)
    cluster.control("update", f"JobId={job}", "StartTime=now")


def elements_of(made: Sweep) -> list[slurm_commands.Element]:
    (script,) = (made.folder / "slurm").glob("*.sh")
    return slurm_commands.elements(script.stem)


@pytest.mark.long
def test_elements_cancelled_by_another_are_submitted_again(
    cluster: Cluster, sweep: Make, alone: Local
) -> None:
    def cancel(made: Sweep) -> bool:
        if not element_pids(made.folder):
            return False
        cluster.cancel_all()
        return True

    made = sweep(at_look=once(cancel))
    assert_equal_bits(made.run(), alone(made.plan))
    assert len(made.warnings) == 2
    assert all("cancelled" in warning for warning in made.warnings)


def test_an_interrupt_leaves_the_jobs_and_the_next_call_finds_them(
    cluster: Cluster, sweep: Make, alone: Local
) -> None:
    before = array_ids(cluster)
    first = sweep(at_look=stop_watching)
    with pytest.raises(KeyboardInterrupt):
        first.run()
    assert "stay in Slurm's queue" in first.notes[-1]
    assert "scancel --name=citysim-small-" in first.notes[-1]
    second = sweep()
    assert_equal_bits(second.run(), alone(second.plan))
    assert any("nothing is submitted twice" in note for note in second.notes)
    assert len(array_ids(cluster) - before) == 1


def test_an_interrupt_cancels_the_jobs_where_the_config_says_so(cluster: Cluster, sweep: Make) -> None:
    made = sweep("execution.slurm.cancel_on_interrupt=true", at_look=stop_watching)
    with pytest.raises(KeyboardInterrupt):
        made.run()
    assert made.notes[-1] == "2 elements in Slurm's queue are cancelled"
    until = time.monotonic() + 30
    while not all(row.ended for row in elements_of(made)):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_changed_config_waits_for_the_jobs_of_the_old_one(sweep: Make) -> None:
    first = sweep("execution.slurm.elements=1", at_look=stop_watching)
    with pytest.raises(KeyboardInterrupt):
        first.run()
    with pytest.raises(CitysimError, match="1 elements of another config are in Slurm's queue"):
        sweep("seeds=3").run()
    with pytest.raises(CitysimError, match="job array is at work"):
        sweep().run(fresh=True)


@pytest.mark.long
def test_a_wiped_slurm_whose_ids_start_again_confuses_nothing(
    sweep: Make, alone: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_cluster() as cluster:
        monkeypatch.setenv("SLURM_CONF", cluster.environment["SLURM_CONF"])
        first = sweep(at_look=stop_watching)
        with pytest.raises(KeyboardInterrupt):
            first.run()
        (old,) = {row.job for row in elements_of(first)}
        cluster.wipe()
        options = ("--array=1-2", "--output=/dev/null", "--mem=100M", "--wrap=sleep 600")
        assert cluster.run("sbatch", "--parsable", *options).strip() == old
        second = sweep()
        assert_equal_bits(second.run(), alone(second.plan))
        assert second.arrays == 1
        # The stranger's job was let alone.
        assert cluster.run("squeue", "--noheader", f"--jobs={old}")


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A Slurm of the test's own."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        made = Cluster(Path(folder))
        made.start()
        try:
            yield made
        finally:
            made.stop()


def test_a_controller_that_is_away_is_waited_for(cluster: Cluster, sweep: Make, alone: Local) -> None:
    def away(made: Sweep) -> bool:
        if element_pids(made.folder):
            cluster.stop_daemon("slurmctld")
            threading.Timer(3.0, cluster.run, ("slurmctld",)).start()
            return True
        return False

    made = sweep(at_look=once(away))
    assert_equal_bits(made.run(), alone(made.plan))
    assert made.arrays == 1


@pytest.mark.long
def test_runs_of_an_element_that_keeps_dying_are_failures(sweep: Make) -> None:
    made = sweep("execution.slurm.elements=1", 'execution.slurm.directives=["--export=PYTHONHOME=/nowhere"]')
    results = made.run()
    assert len(results.failures) == made.failed == 12
    assert not len(results.runs)
    assert len(list((made.folder / "slurm").glob("*-attempt*-1of1.log"))) == 4
    assert [warning.rpartition("; ")[2] for warning in made.warnings] == [
        f"submitted again ({i} of 3)" for i in (1, 2, 3)
    ]
    (error,) = set(results.failures["error"])
    assert error.startswith("its job died 4 times: failed: ")
    assert error.endswith("<no Python frame>")  # the last line of the log


NO_MEMORY = """
import citysim.execute.simulation as simulation

def simulate(*_):
    raise MemoryError("Unable to allocate 9 TiB")

simulation.simulate = simulate
"""


@pytest.mark.long
def test_a_machine_that_fails_again_and_again_ends_the_sweep_and_leaves_no_failures(
    sweep: Make, alone: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_MEMORY)
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        made = sweep("execution.slurm.elements=1")
        with pytest.raises(MachineError, match=r"ended 4 times: .*error: a fault of .*out of memory"):
            made.run()
    assert not list(made.folder.glob("failures*"))
    again = sweep("execution.slurm.elements=1")
    assert_equal_bits(again.run(), alone(again.plan))


BROKEN = """
import citysim.execute.simulation as simulation
whole = simulation.simulate

def simulate(spec, *rest):
    if spec.seed == 2:
        raise ValueError("this seed brings no luck")
    return whole(spec, *rest)

simulation.simulate = simulate
"""


def test_a_run_that_raises_in_an_element_is_a_failure_until_it_is_tried_again(
    sweep: Make, alone: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    made = sweep()
    results = made.run()
    assert made.arrays == 1
    assert made.failed == len(results.failures) == 4
    assert set(results.failures["seed"]) == {2}
    assert set(results.failures["error"]) == {"ValueError: this seed brings no luck"}
    assert len(results.runs) == 8
    (tmp_path / "sitecustomize.py").unlink()
    left = sweep()
    assert len(left.run().failures) == 4
    assert left.arrays == 0
    again = sweep()
    assert_equal_bits(again.run(retry_failed=True), alone(again.plan))
    assert again.arrays == 1
    assert again.failed == 0


@pytest.mark.long
def test_failures_before_the_next_call_watches_are_counted_too(
    sweep: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    first = sweep(*LONG, at_look=stop_watching)
    with pytest.raises(KeyboardInterrupt):
        first.run()
    until = time.monotonic() + 60
    while not list(first.folder.glob("failures-*of2.parquet")):
        assert time.monotonic() < until
        time.sleep(0.05)
    second = sweep(*LONG)
    results = second.run()
    assert second.failed == len(results.failures) == 4
    assert len(results.runs) == len(second.plan.specs) - 4


def test_a_second_watcher_is_told_that_the_folder_is_in_use(sweep: Make) -> None:
    told: list[str] = []

    def intrude(made: Sweep) -> bool:
        if not element_pids(made.folder):
            return False
        for options in ({}, {"executor": "local", "workers": 1}):
            with pytest.raises(CitysimError, match="in use by another citysim run") as raised:
                sweep().run(**options)
            told.append(str(raised.value))
        return True

    sweep(at_look=once(intrude)).run()
    assert len(told) == 2


def command(place: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "citysim", "run", "x.toml", "--out", "out", *arguments],
        cwd=place,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_the_command_says_in_one_line_what_sbatch_does_not_take(place: Path) -> None:
    process = command(place, "--set", "execution.slurm.partition='nowhere'")
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert out == ""
    line = "error: execution.slurm: sbatch: invalid partition specified: nowhere"
    (told,) = errors.splitlines()
    assert told.startswith(line)


def test_no_slurm_on_the_machine_is_one_line(
    sweep: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = sweep()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CitysimError, match="sbatch, squeue, scancel, scontrol not found") as raised:
        made.run()
    assert len(raised.value.messages) == 1
    assert not made.folder.exists()


@pytest.mark.long
def test_an_element_at_its_time_limit_writes_what_it_has(cluster: Cluster, sweep: Make, alone: Local) -> None:
    before: list[int] = []
    kept: list[int] = []

    def end_time(made: Sweep) -> bool:
        if not (element_pids(made.folder) and blocks(made.folder)):
            return False
        time.sleep(0.3)  # some more runs are done, and not yet written
        for pid in element_pids(made.folder):
            kill(pid, signal.SIGSTOP)
        before.append(rows(made.folder))
        job = next(row.job for row in elements_of(made) if row.state == "RUNNING")
        cluster.control("update", f"JobId={job}_1", "EndTime=now+1")
        return True

    def count(made: Sweep) -> bool:
        """Runs on disk when the element has ended and the next one has not begun."""
        if not (before and all(row.ended for row in elements_of(made))):
            return False
        kept.append(rows(made.folder))
        return True

    limit, look = once(end_time), once(count)
    made = sweep(
        *LONG,
        *("execution.slurm.elements=1", 'execution.slurm.time="10"'),
        at_look=lambda each: (limit(each), look(each)),
    )
    assert_equal_bits(made.run(), alone(made.plan))
    (warning,) = made.warnings
    assert warning.startswith("element 1 of 1 ended with")
    assert "timeout" in warning
    assert before[0] <= kept[0] < len(made.plan.specs)
    (log,) = (made.folder / "slurm").glob("*-attempt1-1of1.log")
    assert "interrupted: what is finished is kept" in log.read_text()


def rows(folder: Path) -> int:
    """Runs on disk."""
    return sum(len(pd.read_parquet(path, columns=["run"])) for path in (folder / "runs").glob("*.parquet"))


@pytest.mark.long
def test_twenty_kills_at_random_moments_change_no_bit(
    cluster: Cluster, place: Path, sweep: Make, alone: Local
) -> None:
    """Elements are killed, and the watching command, which is started again."""
    chance = random.Random(6)  # noqa: S311  for the moments of the kills
    sizes = ("seeds=60", "execution.slurm.elements=12")
    options = [word for size in sizes for word in ("--set", size)]
    made = sweep(*sizes)
    watcher = command(place, *options)
    kills = 0
    while kills < 20:
        time.sleep(chance.uniform(0.05, 1.0))
        assert watcher.poll() is None, watcher.communicate()
        pids = element_pids(made.folder)
        if chance.random() < 0.2:
            watcher.kill()
            watcher.communicate()
            watcher = command(place, *options)
        elif pids:
            kill(chance.choice(pids))
        else:
            continue
        kills += 1
    _, errors = watcher.communicate(timeout=300)
    assert watcher.returncode == 0, errors
    assert_equal_bits(load_results(made.folder), alone(made.plan))
