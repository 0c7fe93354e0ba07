"""A sweep that is killed or told to end: what is complete stays, and the rest is done later."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from citysim.execute import simulation
from citysim.execute.interrupts import Interrupts
from citysim.execute.runner import Plan, execute_plan
from citysim.model.model import CityModel
from citysim.store.reader import StoredResults, load_results

type Make = Callable[..., Plan]


def one_by_one(plan: Plan) -> StoredResults:
    return execute_plan(plan, workers=1)


DRIVER = """
import sys
import citysim
from citysim.execute import runner
if __name__ == "__main__":
    runner.RUNS_A_BLOCK, runner.SECONDS_A_BLOCK = 3, 600.0
    citysim.run_experiment(sys.argv[1], out=sys.argv[2], seeds=160, workers=int(sys.argv[3]))
"""


def start(folder: Path, workers: int) -> subprocess.Popen[str]:
    """A sweep of 644 runs in a process of its own, begun: some blocks are on disk."""
    script, config = folder / "driver.py", folder / "x.toml"
    script.write_text(DRIVER)
    shutil.copy(Path(__file__).with_name("small.toml"), config)
    command = [sys.executable, str(script), str(config), str(folder / "out"), str(workers)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 120
    while len(list((folder / "out" / "runs").glob("*.parquet"))) < 2:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


def descendants(pid: int) -> list[int]:
    found = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [below for child in found for below in descendants(child)]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """What a sweep of two workers left when it was killed, and the ids of its worker processes."""
    folder = tmp_path_factory.mktemp("killed")
    process = start(folder, workers=2)
    workers = descendants(process.pid)
    process.kill()
    process.communicate()
    return folder / "out", workers


@pytest.mark.xdist_group("killed")
def test_nothing_complete_is_lost_by_kill_9(
    plan: Make, killed: tuple[Path, list[int]], tmp_path: Path, counted: list[str]
) -> None:
    folder = shutil.copytree(killed[0], tmp_path / "copy")
    kept = load_results(folder).runs
    assert 6 <= len(kept) < 644
    made = plan("seeds=160", out=folder)
    results = one_by_one(made)
    assert set(counted) == {spec.run for spec in made.specs} - set(kept["run"])
    assert len(counted) == len(set(counted)) == 644 - len(kept)
    still = results.runs[results.runs["run"].isin(kept["run"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(still, kept, check_exact=True)


@pytest.mark.xdist_group("killed")
def test_the_workers_end_with_a_killed_sweep(killed: tuple[Path, list[int]]) -> None:
    assert len(killed[1]) >= 4  # two workers, the server they are forked from, and a tracker
    until = time.monotonic() + 10
    while any(alive(pid) for pid in killed[1]):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.xdist_group("killed")
def test_equal_bits_for_one_worker_and_for_two(plan: Make, killed: tuple[Path, list[int]]) -> None:
    two = load_results(killed[0])
    seeds = sorted(set(two.runs["seed"][two.runs["draw"] == "prior"]))[:2]
    one = one_by_one(plan(f"seeds={seeds}", "uncertainty.monte_carlo_seeds=0"))
    both = set(one.runs["run"]) & set(two.runs["run"])
    assert both
    for ours, theirs in ((one.runs, two.runs), (one.trajectories, two.trajectories)):
        left, right = (table[table["run"].isin(both)].reset_index(drop=True) for table in (ours, theirs))
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_sigterm_writes_what_is_finished(tmp_path: Path) -> None:
    process = start(tmp_path, workers=1)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    results = load_results(tmp_path / "out")
    assert results.manifest["done"] == len(results.runs) >= 6
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_a_second_ctrl_c_does_not_break_off_the_writing(tmp_path: Path) -> None:
    process = start(tmp_path, workers=2)
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    results = load_results(tmp_path / "out")
    assert results.manifest["done"] == len(results.runs) >= 6
    assert not list((tmp_path / "out").rglob("*.tmp"))


class TestInterrupts:
    """Signals become one ``KeyboardInterrupt``, at a good moment."""

    def test_what_is_held_comes_to_its_end(self) -> None:
        reached: list[str] = []

        def work() -> None:
            interrupts = Interrupts()
            with interrupts.heard():
                with interrupts.held():
                    os.kill(os.getpid(), signal.SIGTERM)
                    reached.append("end")
                reached.append("after")

        with pytest.raises(KeyboardInterrupt):
            work()
        assert reached == ["end"]

    def test_handlers_are_as_before(self) -> None:
        before = [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
        with Interrupts().heard():
            assert signal.getsignal(signal.SIGTERM) != before[1]
        assert [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before

    def test_what_nohup_ignores_stays_ignored(self) -> None:
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with Interrupts().heard():
                os.kill(os.getpid(), signal.SIGHUP)
        finally:
            signal.signal(signal.SIGHUP, before)


def test_a_run_that_an_interrupt_hits_is_no_failure(plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code may lose an interrupt, or make another error of it: it never sees one."""
    ended: list[int] = []

    def step(self: CityModel) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            ended.append(self.state.step)
        except KeyboardInterrupt:
            raise RuntimeError("not allowed here") from None

    monkeypatch.setattr(CityModel, "step", step)
    made = plan()
    with pytest.raises(KeyboardInterrupt):
        one_by_one(made)
    assert ended == [0]  # the quarter came to its end, the run did not
    results = load_results(made.folder)
    assert results.failures.empty
    assert results.runs.empty


def test_an_interrupt_that_is_lost_between_runs_is_heard_after_all(plan: Make) -> None:
    class Losing:
        def update(self, done: int, *_: object) -> None:
            if done:
                with suppress(KeyboardInterrupt):  # as in a destructor, where Python prints and goes on
                    os.kill(os.getpid(), signal.SIGTERM)

        def note(self, text: str) -> None: ...

        def warn(self, text: str) -> None: ...

    made = plan()
    with pytest.raises(KeyboardInterrupt):
        execute_plan(made, workers=1, progress=Losing())
    assert len(load_results(made.folder).runs) == 1


def test_an_interrupt_that_compiled_code_wraps_is_no_failure(
    plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def simulate(*_: object) -> None:
        # What Python makes of one with which compiled code returns.
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

    monkeypatch.setattr(simulation, "simulate", simulate)
    with pytest.raises(KeyboardInterrupt):
        one_by_one(plan())
    assert not list(plan().folder.glob("failures*"))
