"""``import citysim`` as the README uses it."""

from pathlib import Path

import citysim

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
