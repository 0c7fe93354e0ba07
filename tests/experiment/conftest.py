"""A small world, a small experiment, and ways to change it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from citysim.execute import simulation
from citysim.execute.runner import Plan
from citysim.plan.config import load_config
from citysim.plan.runs import RunSpec, run_specs
from citysim.store.records import RunRecord
from citysim.world.world import World

CONFIG = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def small_world() -> World:
    return World.synthetic(cities=30, states=5, seed=1)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write the small config, or another text, and give its path."""

    def write_config(text: str = CONFIG) -> Path:
        path = tmp_path / "x.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_config


@pytest.fixture
def plan(write: Callable[..., Path], small_world: World, tmp_path: Path) -> Callable[..., Plan]:
    """The small experiment with ``KEY=VALUE`` overrides, ready to run."""

    def make(*overrides: str, out: Path | str = "out") -> Plan:
        config = load_config(write(), overrides)
        return Plan(config, small_world, run_specs(config, small_world.digest), tmp_path / out)

    return make


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the runs that are simulated in this process, in order."""
    ids: list[str] = []
    original = simulation.simulate

    def simulate(spec: RunSpec, *rest: object) -> RunRecord:
        ids.append(spec.run)
        return original(spec, *rest)

    monkeypatch.setattr(simulation, "simulate", simulate)
    return ids
