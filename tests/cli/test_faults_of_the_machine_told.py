"""What the command says where the machine fails: one line, what is finished is kept, and it can go on."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from citysim.cli.main import app
from citysim.execute import simulation
from citysim.plan.runs import RunSpec
from citysim.store.records import RunRecord

SHARD = ("run", "x.toml", "--shard", "1/1")  # the work of the command without the report


def run() -> Result:
    return CliRunner().invoke(app, [*SHARD, "--workers", "1"], catch_exceptions=False)


@pytest.mark.usefixtures("place")
def test_no_memory_is_one_line_and_the_same_command_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    original = simulation.simulate

    def simulate(spec: RunSpec, *rest: object) -> RunRecord:
        if spec.arm == "both":
            raise MemoryError("Unable to allocate 9 TiB")
        return original(spec, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(simulation, "simulate", simulate)
        ended = run()
    assert ended.exit_code == 2
    assert ended.stderr.splitlines()[-2:] == [
        "what is finished is kept in results/small; run the same command to continue",
        "error: a fault of this machine, not of a run: out of memory (Unable to allocate 9 TiB)",
    ]
    assert not list(Path("results/small").glob("failures*"))
    again = run()
    assert again.exit_code == 0
    assert "of 16 runs already done" in again.stderr
    assert "failed" not in again.stderr


@pytest.mark.long
def test_a_cache_without_room_is_named_once_and_no_run_fails(place: Path) -> None:
    def little_room() -> None:
        # No file may be as large as the code of most kernels, which are compiled anew; results are smaller.
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = subprocess.run(
        [sys.executable, "-m", "citysim", *SHARD, "--workers", "2"],
        cwd=place,
        env=os.environ | {"NUMBA_CACHE_DIR": str(place / "cache")},
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (warning,) = [line for line in done.stderr.splitlines() if "cache" in line.lower()]
    assert warning.startswith(f"warning: compiled code cannot be kept in {place / 'cache'}")
    assert "NUMBA_CACHE_DIR" in warning
    assert not list((place / "results" / "small").glob("failures*"))
    assert sum(len(pd.read_parquet(path)) for path in (place / "results/small/runs").glob("*.parquet")) == 16
