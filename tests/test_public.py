"""The public interface: what ``citysim`` names is there, says what it is, and has types for others."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import citysim

SCRIPT = """
import pandas as pd

import citysim

world: citysim.World = citysim.World.synthetic(cities=60, states=8, seed=1)
without_twinning = tuple(phase for phase in citysim.SCHEDULE if phase.name != "twinning")
model: citysim.CityModel = citysim.CityModel(
    world, citysim.Parameters(stall=0.8), rng=7, quarters=2, schedule=without_twinning
).run()
table: pd.DataFrame = model.trajectory
units: dict[str, str] = {name: outcome.unit for name, outcome in citysim.OUTCOMES.items()}


def names(phases: tuple[citysim.Phase, ...]) -> list[str]:
    return [phase.name for phase in phases]


try:
    config: citysim.ExperimentConfig = citysim.load_config("claim", ["seeds=2"])
    results: citysim.Results = citysim.run_experiment("no such config")
    runs: pd.DataFrame = results.runs
except citysim.ConfigError as error:
    messages: tuple[str, ...] = error.messages
    general: citysim.CitysimError = error

print(names(model.schedule), config.replications, len(table), units["loss"], messages[0])
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """What an outside user may write, in a folder of its own."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_an_outside_script_runs(script: Path) -> None:
    command = [sys.executable, script.name]
    ended = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    assert ended.stdout.startswith("['diplomacy', 'urbanisation', ")
    assert "'twinning'" not in ended.stdout
    assert "(1, 2)" in ended.stdout


@pytest.mark.long
def test_types_are_found_outside_the_repository(script: Path) -> None:
    """The package is marked as typed, and what it names is not ``Any``: wrong uses alone are errors."""
    wrong = {
        "citysim.run_experiment(1)": "incompatible type",
        "citysim.CityModel(world).step(3)": "Too many arguments",
        "citysim.Parameters(stall=None)": "incompatible type",
        "citysim.Parameters(no_such_parameter=1)": "Unexpected keyword argument",
        "citysim.nothing": "has no attribute",
    }
    script.write_text("\n".join([SCRIPT, *wrong, ""]), encoding="utf-8")
    cache = Path(__file__).parents[1] / ".mypy_cache" / "outside"
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), script.name]
    checked = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=False)
    first = len(SCRIPT.splitlines()) + 2
    errors = [line for line in checked.stdout.splitlines() if ": error: " in line]
    for number, (error, kind) in enumerate(zip(errors, wrong.values(), strict=True)):
        assert error.startswith(f"script.py:{first + number}: error: ")
        assert kind in error


def test_public_names_say_what_they_are() -> None:
    for name in citysim.__all__:
        found = getattr(citysim, name)
        if inspect.isclass(found) or inspect.isfunction(found):
            text = inspect.getdoc(found) or ""
            assert len(text) > 20, name
            assert not text.startswith(f"{name}("), name  # what dataclasses write by themselves


def test_public_methods_say_what_they_are() -> None:
    bare = [
        f"{name}.{member}"
        for name in citysim.__all__
        if inspect.isclass(kind := getattr(citysim, name))
        for member, value in vars(kind).items()
        if not member.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, property | classmethod))
        and not inspect.getdoc(getattr(kind, member))
    ]
    assert not bare


def test_every_error_that_the_interface_names_can_be_caught() -> None:
    """What docstrings say is raised is a public name, below ``CitysimError``."""
    for name in ("ConfigError", "DataError", "MachineError", "ResultError"):
        assert name in citysim.__all__
        assert issubclass(getattr(citysim, name), citysim.CitysimError)
