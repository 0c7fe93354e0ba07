"""The first run on a machine says what it waits for; later ones do not."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from citysim.cli.main import app
from citysim.execute import first_use
from citysim.world.world import World

LINE = "compiling the model's loops for this machine, once: about half a minute"
COMMANDS = (["run", "x.toml", "--workers", "1"], ["run", "x.toml", "--workers", "2"], ["profile", "x.toml"])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("missing", [True, False])
def test_it_is_said_only_where_loops_are_to_be_compiled(
    place: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], missing: bool
) -> None:
    assert place
    monkeypatch.setattr("citysim.execute.first_use.must_compile", lambda: missing)
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert (result.exit_code, result.stderr.count(LINE), LINE in result.stdout) == (0, int(missing), False)


CONFIG = """
name = "small"
question = "What does the first run wait for?"
seeds = 1
[world]
kind = "real"
cities = 20
[arms.both]
twinning = true
networks = true
"""
FIRST_RUN = """
import sys
from citysim.cli.main import main
from citysim.execute.executors.local import InProcess

def execute(self, specs, job, before=InProcess.execute):
    for _ in before(self, specs, job):
        print("imported:", *{name for name in sys.modules})
        raise SystemExit(0)

InProcess.execute = execute
sys.argv = ["citysim", "run", "x.toml", "--workers", "1"]
main()
"""


def test_the_first_run_waits_for_no_tables_figures_or_graphs(tmp_path: Path) -> None:
    World.real(cities=20)  # is kept from here on
    (tmp_path / "x.toml").write_text(CONFIG)
    command = [sys.executable, "-c", FIRST_RUN]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("imported:")]
    loaded = set(line.split())
    assert {"mesa", "numba", "pyarrow"} < loaded
    assert not loaded & {"pandas", "matplotlib", "networkx", "shapely", "typst", "scipy.spatial", "tqdm"}


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_every_part_is_run_once_whatever_the_processes_and_faults(tmp_path: Path, processes: int) -> None:
    def part(number: int) -> Callable[[], None]:
        def run() -> None:
            with (tmp_path / str(number)).open("a") as file:
                file.write(f"{os.getpid()}\n")
            if number % 2:
                raise ValueError(number)

        return run

    first_use._share_out([part(number) for number in range(9)], processes)
    run_by = [(tmp_path / str(number)).read_text().split() for number in range(9)]
    assert [len(by) for by in run_by] == [1] * 9
    forked = {int(process) for (process,) in run_by} - {os.getpid()}
    assert len(forked) < processes
    for process in forked:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


@pytest.mark.parametrize("kept", [True, False])
def test_nothing_is_shared_out_where_all_is_kept_or_nothing_can_be(
    monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    monkeypatch.setattr(first_use, "must_compile", lambda: not kept)
    monkeypatch.setattr(first_use, "cache_fault", lambda: None if kept else "read-only")
    monkeypatch.setattr(first_use, "_share_out", lambda *_: pytest.fail("shared out"))
    first_use.compile_loops(World.real(cities=20))


COMPILED = """
from citysim.execute.first_use import compile_loops, must_compile
from citysim.model.model import CityModel
from citysim.world.world import World
from numba.core import event

assert must_compile()
world = World.real(cities=60)
compile_loops(world)
assert not must_compile()
with event.install_recorder("numba:compile") as left:
    CityModel(world, rng=1, quarters=1).run()
loops = [one.data["dispatcher"].__name__ for _, one in left.buffer if one.is_start]
print("compiled again:", *loops)
"""


@pytest.mark.long
def test_what_several_processes_compiled_is_there_for_the_first_quarter(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPILED],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["compiled", "again:"]
