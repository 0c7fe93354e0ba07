"""One Slurm for the session, and sweeps on it; skipped where Slurm is not installed."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from arrays import CONFIG, Make, Sweep
from cluster import Cluster, missing

from citysim.execute.runner import Plan, execute_plan
from citysim.plan.config import load_config
from citysim.plan.runs import run_specs
from citysim.store.reader import StoredResults
from citysim.world.world import World


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running Slurm. CITYSIM_NEEDS_SLURM=1 makes its absence a failure."""
    if missing():
        reason = f"no Slurm on this machine: {', '.join(missing())} not found"
        (pytest.fail if os.environ.get("CITYSIM_NEEDS_SLURM") else pytest.skip)(reason)
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


@pytest.fixture
def place(
    cluster: Cluster,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """A folder with ``x.toml`` in it, whose jobs end with the test."""
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        # Elements start in half the time where Python keeps what it has compiled.
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(pytestconfig.cache.mkdir("bytecode")))
    (tmp_path / "x.toml").write_text(CONFIG, encoding="utf-8")
    yield tmp_path
    cluster.cancel_all()


@pytest.fixture
def sweep(place: Path) -> Make:
    """A sweep of the small experiment with ``KEY=VALUE`` overrides."""

    def make(*overrides: str, out: str = "out", at_look: Callable[[Sweep], None] = lambda _: None) -> Sweep:
        config = load_config(place / "x.toml", overrides)
        world = World.synthetic(cities=30, states=5, seed=1)
        return Sweep(Plan(config, world, run_specs(config, world.digest), place / out), at_look)

    return make


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Plan], StoredResults]:
    """The same experiment in this process, computed once for every design."""
    kept: dict[str, StoredResults] = {}

    def local(plan: Plan) -> StoredResults:
        key = "".join(spec.run for spec in plan.specs)
        if key not in kept:
            own = Plan(plan.config, plan.world, plan.specs, tmp_path_factory.mktemp("local"))
            kept[key] = execute_plan(own, executor="local", workers=1)
        return kept[key]

    return local
