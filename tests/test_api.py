"""``import citysim`` as the README uses it."""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import citysim
from citysim.errors import ConfigError, ResultError
from citysim.execute import simulation
from citysim.execute.bar import observer_for
from citysim.execute.runner import Quiet, plan_experiment
from citysim.plan.execution import execution_with

SMALL = Path(__file__).parent / "experiment" / "small.toml"


def test_an_experiment_from_python_and_its_effects(tmp_path):
    """The README's lines, on a small world."""
    results = citysim.run_experiment(SMALL, workers=1, out=tmp_path / "out", seeds=2)
    assert isinstance(results, citysim.Results)
    assert len(results.runs) == len(results.design)
    assert set(results.trajectories["run"]) == set(results.runs["run"])
    effects = results.effects()
    assert {"arm", "stall", "outcome", "estimate"} <= set(effects.columns)
    again = citysim.load_results(tmp_path / "out")
    assert again.headline().equals(results.headline())


def test_a_model_from_python():
    world = citysim.World.synthetic(cities=60, states=8, seed=1)
    model = citysim.CityModel(world, citysim.Parameters(stall=0.8), rng=7, quarters=4)
    model.run()
    assert model.trajectory["quarter"].max() == 3
    assert len(model.agents) > 60


@pytest.mark.parametrize("seeds", [np.int64(2), 2.0, np.float32(2), [1, 2], np.array([1, 2]), range(1, 3)])
def test_seeds_are_the_same_whatever_they_were_read_from(seeds):
    made = plan_experiment(SMALL, seeds=seeds)
    assert [spec.run for spec in made.specs] == [spec.run for spec in plan_experiment(SMALL, seeds=2).specs]
    assert execution_with(made.config.execution, np.int64(3)).workers == 3


@pytest.mark.parametrize("seeds", [2.5, True, [1, 2.5], "many", np.nan])
def test_what_is_no_number_of_seeds_is_one_clear_line(seeds):
    with pytest.raises(ConfigError, match=r"small\.toml: seeds: found .*seed"):
        plan_experiment(SMALL, seeds=seeds)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the runs of some arms raise."""

    def fail(*arms: str) -> None:
        original = simulation.simulate

        def simulate(spec, *rest):
            if spec.arm in arms:
                raise ZeroDivisionError("made to fail\nand more")
            return original(spec, *rest)

        monkeypatch.setattr(simulation, "simulate", simulate)

    return fail


class TestFailedRuns:
    def test_when_all_fail_it_warns_and_so_do_the_effects(self, failing, tmp_path):
        failing("none", "both")
        with pytest.warns(
            UserWarning, match=r"^all 12 runs failed, the first with ZeroDivisionError: made to"
        ) as seen:
            results = citysim.run_experiment(SMALL, workers=1, out=tmp_path / "out")
        (warning,) = seen
        assert warning.filename == __file__
        assert "\n" not in str(warning.message)
        assert "results.failures" in str(warning.message)
        assert len(results.failures) == 12
        for ask in (results.effects, results.headline, citysim.load_results(tmp_path / "out").effects):
            with pytest.raises(
                ResultError, match="all 12 runs failed, the first with ZeroDivisionError: made to"
            ):
                ask()

    def test_when_some_fail_it_tells_how_many_until_they_are_done(self, failing, tmp_path, monkeypatch):
        failing("both")
        for _ in range(2):
            with pytest.warns(UserWarning, match=r"^6 of 12 runs failed, the first with ZeroDivisionError"):
                results = citysim.run_experiment(SMALL, workers=1, out=tmp_path / "out")
            assert len(results.runs) == 6
        monkeypatch.undo()
        again = citysim.run_experiment(SMALL, workers=1, out=tmp_path / "out", retry_failed=True)
        assert (len(again.runs), len(again.failures)) == (12, 0)


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def note(self, text: str) -> None:
        self.heard.append(("note", text))

    def warn(self, text: str) -> None:
        self.heard.append(("warn", text))

    def update(self, done: int, failed: int, total: int) -> None:
        self.heard.append((done, failed, total))


SCRIPT = f"""
import citysim
if __name__ == "__main__":
    citysim.run_experiment({str(SMALL)!r}, workers=1, out="out")
"""


class TestProgress:
    def test_a_bar_counts_runs_and_failures_when_asked_for(self, failing, tmp_path, capsys):
        failing("both")
        with pytest.warns(UserWarning, match="6 of 12"):
            citysim.run_experiment(SMALL, workers=1, out=tmp_path / "out", progress=True)
        last = capsys.readouterr().err.split("\r")[-1]
        assert last.startswith("100%")
        assert "12/12" in last
        assert "6 failed" in last
        with pytest.warns(UserWarning, match="6 of 12"):
            citysim.run_experiment(SMALL, workers=1, out=tmp_path / "out", progress=True)
        assert capsys.readouterr().err.splitlines()[-1] == "6 failed earlier; --retry-failed tries them again"

    @pytest.mark.parametrize("progress", [None, False])
    def test_nothing_is_shown_where_nobody_watches(self, tmp_path, capsys, progress):
        citysim.run_experiment(SMALL, workers=1, out=tmp_path / "out", seeds=1, progress=progress)
        assert capsys.readouterr() == ("", "")

    def test_an_observer_hears_instead(self, tmp_path, capsys):
        listener = Listener()
        citysim.run_experiment(SMALL, workers=1, out=tmp_path / "out", seeds=1, progress=listener)
        assert listener.heard[0] == (0, 0, 8)
        assert listener.heard[-1] == (8, 0, 8)
        assert capsys.readouterr().err == ""

    def test_what_is_no_observer_is_one_clear_line(self, tmp_path):
        with pytest.raises(
            ConfigError, match="progress: found 'yes', expected True, False or an object with"
        ):
            citysim.run_experiment(SMALL, out=tmp_path / "out", progress="yes")
        assert not (tmp_path / "out").exists()

    def test_a_script_shows_nothing_in_its_log(self, tmp_path):
        command = [sys.executable, "-c", SCRIPT]
        logged = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert (logged.stdout, logged.stderr) == ("", "")

    @pytest.mark.parametrize("size", [(24, 100), (0, 0), (0, 100)])
    def test_a_script_in_a_terminal_shows_a_bar_also_where_its_size_is_not_known(self, tmp_path, size):
        master, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, size)
        with subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=tmp_path, stderr=terminal):
            os.close(terminal)
            shown = b""
            try:
                while chunk := os.read(master, 4096):
                    shown += chunk
            except OSError:  # the other end is closed
                pass
        os.close(master)
        assert "12/12" in shown.decode()

    @pytest.mark.parametrize(("application", "quiet"), [("IPKernelApp", False), ("TerminalIPythonApp", True)])
    def test_a_notebook_is_watched(self, monkeypatch, application, quiet):
        """What IPython tells of a kernel; a pipe is behind both."""
        shell = SimpleNamespace(config={application: {}})
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        with observer_for(None) as observer:
            assert (type(observer) is Quiet) is quiet
