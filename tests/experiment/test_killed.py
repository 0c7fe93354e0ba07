"""Kill −9 at twenty random moments: what is resumed ends with the bits of a sweep that nobody disturbed."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from citysim.execute.runner import Plan, execute_plan

type Make = Callable[..., Plan]

SESSIONS = 7
#: In a session two workers are killed, and then the command.
KILLS = 3 * SESSIONS
SEEDS = 150
RUNS = 4 * SEEDS + 4

DRIVER = """
import sys
from citysim.execute.executors.forkserver import start_server
if __name__ == "__main__":
    start_server()
import citysim
from citysim.execute import runner
if __name__ == "__main__":
    runner.RUNS_A_BLOCK, runner.SECONDS_A_BLOCK = 7, 0.1
    citysim.run_experiment(sys.argv[1], out=sys.argv[2], seeds=int(sys.argv[3]), workers=2)
"""


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def workers_of(pid: int) -> list[int]:
    """The processes below the server that a sweep has its workers forked from."""
    return [worker for child in children(pid) for worker in children(child)]


def blocks(folder: Path) -> int:
    return len(list((folder / "runs").glob("*.parquet")))


class Killing:
    """A sweep that is killed and begun again, and what was done to it when."""

    def __init__(self, folder: Path, key: int) -> None:
        self.out = folder / "out"
        self.script, self.config = folder / "driver.py", folder / "x.toml"
        self.script.write_text(DRIVER)
        shutil.copy(Path(__file__).with_name("small.toml"), self.config)
        self.moments = random.Random(key)  # noqa: S311  no secret
        self.killed: list[str] = []

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(self.script), str(self.config), str(self.out), str(SEEDS)]
        return subprocess.Popen(command, start_new_session=True)

    def session(self) -> None:
        """Begin or go on; kill two workers, and then the command, with all of its processes or alone."""
        process, before = self.start(), blocks(self.out)
        until = time.monotonic() + 120
        while blocks(self.out) == before and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.002)
        some: list[int] = []
        for _ in range(2):
            self._pause()
            some = workers_of(process.pid)
            if some:
                os.kill(self.moments.choice(some), signal.SIGKILL)
                self.killed.append("worker")
        self._pause()
        if process.poll() is None:
            together = self.moments.random() < 0.5
            (os.killpg if together else os.kill)(process.pid, signal.SIGKILL)
            self.killed.append("all" if together else "command")
        process.wait()
        self._wait_for_workers(some)

    def _pause(self) -> None:
        time.sleep(self.moments.uniform(0.0, 0.15))

    def _wait_for_workers(self, workers: list[int]) -> None:
        """They end by themselves when the command is gone."""
        until = time.monotonic() + 120
        while any(Path(f"/proc/{worker}").exists() for worker in workers):
            assert time.monotonic() < until
            time.sleep(0.01)


def raw(folder: Path, table: str) -> pd.DataFrame:
    """All rows of a table as they are in the files, twice if they are there twice."""
    found = pd.concat([pd.read_parquet(path) for path in sorted((folder / table).glob("*.parquet"))])
    keys = ["run"] if table == "runs" else ["run", "quarter", "group"]
    assert not found.duplicated(keys).any()
    return found.sort_values(keys, ignore_index=True)


# One test, since each would run all of the kills again on a worker of its own.
@pytest.mark.long
@pytest.mark.parametrize("moments", [20230101])
def test_twenty_kills_and_one_change_no_bit_and_leave_nothing_behind(
    plan: Make, tmp_path: Path, moments: int
) -> None:
    killing = Killing(tmp_path, moments)
    for _ in range(SESSIONS):
        killing.session()
    assert killing.start().wait() == 0
    assert_at_work(killing)
    undisturbed = execute_plan(plan(f"seeds={SEEDS}", out="undisturbed"), workers=1)
    for table in ("runs", "trajectories"):
        pd.testing.assert_frame_equal(raw(killing.out, table), raw(undisturbed.path, table), check_exact=True)
    assert_nothing_left(killing.out)


def assert_at_work(killing: Killing) -> None:
    """The kills were of all kinds, and each hit a sweep that had something left to do."""
    manifest = json.loads((killing.out / "manifest.json").read_text())
    assert len(killing.killed) == KILLS >= 20, killing.killed
    assert set(killing.killed) == {"worker", "command", "all"}, killing.killed
    assert len(manifest["sessions"]) > SESSIONS / 2
    assert manifest["done"] == RUNS


def assert_nothing_left(folder: Path) -> None:
    for pattern in ("*.tmp", "*.damaged", "failures*"):
        assert not list(folder.rglob(pattern))
    names = [{path.name for path in (folder / table).iterdir()} for table in ("runs", "trajectories")]
    assert names[0] == names[1]
