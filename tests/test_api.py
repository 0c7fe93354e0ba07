"""``import citysim`` as the README uses it."""

from pathlib import Path

import numpy as np
import pytest

import citysim
from citysim.errors import ConfigError
from citysim.experiment.config import execution_with
from citysim.experiment.runner import plan_experiment

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
