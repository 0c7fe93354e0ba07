"""The benchmarks run: each once, small, without a look at its times."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
#: Those that need neither another commit nor the programs of the group ``bench``.
SMALL = {
    "bandwidth": "--before 2 --quarters 1 --repeats 1",
    "bits": "--quarters 2 --write {folder}/bits.json",
    "real_world": "--quarters 2 --rounds 1",
    "reference": "--cities 40 --states 5 --quarters 2",
    "scaling": "--cities 300 600 --quarters 2",
    "startup": "--processes 1",
    "straightforward": "--quarters 3 --seeds 2 --cities 100",
    "sweep": "--runs 20 --quarters 2 --only loop",
}


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL)
def test_it_runs_and_says_something(name: str, tmp_path: Path) -> None:
    given = SMALL[name].format(folder=tmp_path).split()
    command = [sys.executable, BENCHMARKS / f"{name}.py", *given]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout or list(tmp_path.iterdir())


def test_all_others_need_more_than_this_commit() -> None:
    scripts = {file.stem for file in BENCHMARKS.glob("*.py") if "\ndef main(" in file.read_text("utf-8")}
    assert scripts - set(SMALL) == {"drivers", "first_answer", "frames", "mutation", "pairwise"}
