"""``citysim profile``: every phase has a line and the shares are the whole."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from citysim.cli.main import app
from citysim.execute.profiling import profile_runs
from citysim.model import mechanisms
from citysim.model.schedule import SCHEDULE
from citysim.plan.config import load_config
from citysim.plan.runs import run_specs
from citysim.plan.world import build_world

SMALL = str(Path(__file__).parents[1] / "experiment" / "small.toml")


def test_shares_are_of_the_whole_run_and_name_every_phase():
    config = load_config(SMALL)
    world = build_world(config.world)
    table = profile_runs(run_specs(config, world.digest)[:2], world)
    assert table["share"].sum() == pytest.approx(1.0)
    assert [phase.name for phase in SCHEDULE] == table["phase"].tolist()[1:-1]
    assert (table["ms"] >= 0).all()


def test_time_in_kernels_is_a_part_of_the_phases_and_leaves_them_as_they_were():
    before = mechanisms.practices.kernel, mechanisms.practices.legislated
    config = load_config(SMALL)
    world = build_world(config.world)
    table = profile_runs(run_specs(config, world.digest)[:1], world).set_index("phase")
    assert table.loc["practices", "ms_kernels"] > 0
    # of two runs of their own, so that only the sums compare, with room for a busy machine
    assert table["ms_kernels"].sum() < 5 * table["ms"].sum()
    assert (mechanisms.practices.kernel, mechanisms.practices.legislated) == before


def test_the_command_prints_them():
    result = CliRunner().invoke(app, ["profile", SMALL, "--runs", "1"])
    assert result.exit_code == 0
    assert "practices" in result.output
    assert "processor time" in result.output
