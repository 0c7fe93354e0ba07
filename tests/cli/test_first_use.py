"""The first run on a machine says what it waits for; later ones do not."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from citysim.cli.main import app
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
