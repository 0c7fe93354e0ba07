"""Several writers of one folder share the work, or are told that it is in use; the bits are the same."""

import errno
import fcntl
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from citysim.errors import ResultError
from citysim.execute import runner
from citysim.execute.runner import Plan, execute_plan
from citysim.store.files import locked, writers
from citysim.store.progress import progress_of
from citysim.store.reader import load_results

type Make = Callable[..., Plan]


def citysim(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "citysim", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copy(Path(__file__).with_name("small.toml"), tmp_path / "x.toml")
    return tmp_path


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def raw(folder: Path, table: str, keys: list[str]) -> pd.DataFrame:
    found = pd.concat([pd.read_parquet(path) for path in sorted((folder / table).glob("*.parquet"))])
    assert not found.duplicated(keys).any()
    return found.sort_values(keys, ignore_index=True)


def assert_same_files_of_runs(ours: Path, theirs: Path) -> None:
    for table, keys in (("runs", ["run"]), ("trajectories", ["run", "quarter", "group"])):
        pd.testing.assert_frame_equal(raw(ours, table, keys), raw(theirs, table, keys), check_exact=True)


@pytest.mark.slow
def test_a_second_run_of_a_folder_says_that_it_is_in_use(place: Path) -> None:
    long = ("run", "x.toml", "--out", "out", "--seeds", "1000", "--workers", "1")
    first = citysim(place, *long)
    wait_for(lambda: bool(writers(place / "out")))
    second = citysim(place, *long)
    _, said = second.communicate(timeout=120)
    assert second.returncode == 2
    assert said == "error: out: in use by another citysim run; wait for it to end, or choose another --out\n"
    wait_for((place / "out" / "design.parquet").is_file)  # it has begun
    first.send_signal(signal.SIGTERM)
    _, said = first.communicate(timeout=120)
    assert first.returncode == 130, said
    assert not writers(place / "out")
    results = load_results(place / "out")
    assert results.manifest["done"] == len(results.runs)


@pytest.mark.slow
def test_shards_at_the_same_time_give_the_bits_of_one_run(place: Path, plan: Make) -> None:
    shards = [
        citysim(
            place, "run", "x.toml", "--out", "out", "--shard", f"{i}/3", "--workers", "1", "--seeds", "20"
        )
        for i in (1, 2, 3)
    ]
    wait_for(lambda: bool(writers(place / "out")) or shards[0].poll() is not None)
    for shard in shards:
        _, said = shard.communicate(timeout=120)
        assert shard.returncode == 0, said
    alone = execute_plan(plan("seeds=20"), workers=1)
    assert_same_files_of_runs(place / "out", alone.path)
    found = progress_of(place / "out")
    assert (found.done, found.missing, found.writers) == (84, 0, frozenset())


def test_a_shard_does_not_read_what_other_shards_wrote(plan: Make) -> None:
    execute_plan(plan(), workers=1, shard="1/2")
    others = list((plan().folder / "runs").glob("*.parquet"))
    assert others
    for path in others:
        path.chmod(0o644)
        path.write_bytes(b"broken")
    execute_plan(plan(), workers=1, shard="2/2")
    assert all(path.read_bytes() == b"broken" for path in others)


def test_a_lock_that_is_held_for_a_moment_does_not_stop_a_run(plan: Make) -> None:
    execute_plan(plan(), workers=1, shard="1/2")
    with (plan().folder / ".lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        threading.Timer(0.3, fcntl.flock, (file, fcntl.LOCK_UN)).start()
        assert len(execute_plan(plan(), workers=1).runs) == 12


def test_looking_whether_a_run_is_at_work_keeps_nobody_out(plan: Make) -> None:
    execute_plan(plan(), workers=1)
    assert writers(plan().folder) == set()
    with locked(plan().folder, "1of2"):
        assert writers(plan().folder) == {"1of2"}
        with locked(plan().folder, "2of2"):
            assert writers(plan().folder) == {"1of2", "2of2"}
    with locked(plan().folder, None):
        assert writers(plan().folder) == {"all"}


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks, as NFS is without its lock daemon."""

    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)


@pytest.mark.usefixtures("no_locks")
def test_without_locks_a_run_warns_and_touches_nothing_of_others(plan: Make) -> None:
    left = plan().folder / "runs" / ".part-x.parquet.all.tmp"
    left.parent.mkdir(parents=True)
    left.write_text("being written")
    with pytest.warns(UserWarning, match="its file system has no locks"):
        results = execute_plan(plan(), workers=1)
    assert len(results.runs) == 12
    assert left.exists()
    assert progress_of(plan().folder).writers is None


@pytest.mark.usefixtures("no_locks")
@pytest.mark.filterwarnings("ignore:.*no locks")
def test_two_runs_without_locks_do_work_twice_and_damage_nothing(
    plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RUNS_A_BLOCK", 5)
    made, other = plan(), plan("seeds=[2, 1]")
    execute_plan(other, workers=1)
    taken = {path.name for path in (made.folder / "runs").iterdir()}
    for path in (made.folder / "runs").iterdir():
        path.rename(path.with_name(f"{path.name}.hidden"))  # as if it began before the other wrote them
    execute_plan(made, workers=1)
    for path in (made.folder / "runs").glob("*.hidden"):
        path.rename(path.with_name(path.name.removesuffix(".hidden")))
    monkeypatch.undo()
    assert len({path.name for path in (made.folder / "runs").iterdir()} - taken) > 0
    assert len(load_results(made.folder).runs) == 12
    execute_plan(made, workers=1)
    assert len(raw(made.folder, "runs", ["run"])) == 12


def test_a_lock_that_fails_for_another_reason_is_one_line(
    plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(ResultError, match=f"^{plan().folder}: cannot be locked: Input/output error$"):
        execute_plan(plan(), workers=1)
