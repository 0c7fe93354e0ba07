"""Statistics of runs are kept with them, and are those of the run done again."""

import numpy as np
import pandas as pd
import pytest

from citysim import load_results, run_experiment
from citysim.errors import ResultError
from citysim.execute.rerun import repeat_run
from citysim.model.model import CityModel
from citysim.patterns.chronicle import Chronicle
from citysim.patterns.families import statistics_of
from citysim.plan.runs import run_specs
from citysim.plan.world import build_world
from citysim.store.export import export_results

CONFIG = """
name = "kept"
seeds = 3
quarters = 8
[uncertainty]
monte_carlo_seeds = 0
[world]
kind = "synthetic"
cities = 60
states = 5
[arms.none]
twinning = false
networks = false
[arms.both]
twinning = true
networks = true
[record]
trajectories = false
statistics = {statistics}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("statistics")
    (where / "kept.toml").write_text(CONFIG.format(statistics="true"))
    run_experiment(where / "kept.toml", out=where / "out", workers=1)
    return where / "out"


def test_every_run_has_the_statistics_of_its_course(folder):
    results = load_results(folder)
    table = results.statistics
    assert list(table["run"]) == list(results.design["run"])
    world = build_world(results.config.world)
    spec = run_specs(results.config, world.digest)[-1]
    model = CityModel(world, spec.parameters, rng=spec.seed, quarters=spec.quarters)
    chronicle = Chronicle(model)
    while model.running:
        model.step()
        chronicle.note()
    kept = table.set_index("run").loc[spec.run].dropna()
    again = {name: value for name, value in statistics_of(chronicle.course()).items() if not np.isnan(value)}
    assert kept.to_dict() == again


def test_a_run_without_twinnings_has_ties_of_none(folder):
    results = load_results(folder)
    table = results.statistics.merge(results.design[["run", "arm"]])
    assert (table.loc[table["arm"] == "none", "ties.without"] == 1.0).all()
    assert (table.loc[table["arm"] == "both", "ties.without"] < 1.0).all()


def test_a_repeated_run_has_equal_statistics(folder):
    run = load_results(folder).design["run"].iloc[0]
    assert repeat_run(folder, run).differences == ()


def test_statistics_are_exported_as_a_row_per_run(folder, tmp_path):
    export_results(folder, "csv", tmp_path)
    table = pd.read_csv(tmp_path / "statistics.csv", encoding="utf-8-sig")
    assert np.allclose(table["ties.mean"], load_results(folder).statistics["ties.mean"])


def test_without_them_one_line_says_how_to_keep_them(tmp_path):
    (tmp_path / "kept.toml").write_text(CONFIG.format(statistics="false"))
    run_experiment(tmp_path / "kept.toml", out=tmp_path / "out", workers=1)
    with pytest.raises(ResultError, match=r"holds no statistics; set .record. statistics = true"):
        _ = load_results(tmp_path / "out").statistics
