"""A config whose runs start before 2023: what it may ask for, and that others are what they were."""

from pathlib import Path

import numpy as np
import pytest

from citysim import run_experiment
from citysim.errors import ConfigError
from citysim.plan.config import config_toml, load_config
from citysim.plan.runs import run_specs
from citysim.plan.shipped import shipped
from citysim.store.reader import load_results

CONFIG = """
name = "then"
seeds = 1
quarters = {quarters}

[uncertainty]
parameters = "defaults"

[world]
cities = 60
{world}

[arms.dated]
initial_networks = "dated"
founding_rate = 0.0

[arms.grown]
initial_networks = "data"
"""


def write(folder: Path, world: str = "start = 1985", quarters: int = 8, more: str = "") -> Path:
    file = folder / "then.toml"
    file.write_text(CONFIG.format(world=world, quarters=quarters) + more, encoding="utf-8")
    return file


def faults(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load_config(path)
    return [line.partition(": ")[2] for line in str(error.value).splitlines()]


def test_without_a_start_nothing_of_it_is_written(tmp_path):
    config = load_config(write(tmp_path, world=""))
    assert config.world.start is None
    assert "start" not in config_toml(config)
    assert config.world.propensity == "record"


def test_2023_is_the_start_that_all_have(tmp_path):
    without, with_ = (
        [spec.run for spec in run_specs(load_config(write(tmp_path, world=world)), "digest")]
        for world in ("", "start = 2023")
    )
    assert without == with_


def test_a_hindcast_takes_its_propensity_from_covariates(tmp_path):
    assert load_config(write(tmp_path)).world.propensity == "covariates"
    found = faults(write(tmp_path, world='start = 1985\npropensity = "record"'))
    refused = "world.propensity: found 'record', the ties of 2023, which a world of 1985 must not know"
    assert found == [f"{refused}; allowed: covariates, chance"]


@pytest.mark.parametrize(
    ("world", "quarters", "fault"),
    [
        ("start = 1949", 8, "world.start: found 1949, must be at least 1950"),
        ("start = 2024", 8, "world.start: found 2024, must be at most 2023"),
        ("start = 1985.5", 8, "world.start: found 1985.5 (a number), expected a whole number"),
        ("start = 1985", 265, "quarters: found 265, must be at most 264"),
    ],
)
def test_a_year_or_a_length_without_data_is_a_line(tmp_path, world, quarters, fault):
    assert faults(write(tmp_path, world, quarters)) == [fault]


def test_it_may_last_to_the_end_of_2050(tmp_path):
    assert load_config(write(tmp_path, quarters=264)).quarters == 264


def test_events_and_stall_are_in_the_years_of_the_run(tmp_path):
    event = '\n[[events]]\nkind = "close"\nnetwork = "Metropolis"\nat = "{}"\n'
    assert load_config(write(tmp_path, more=event.format("1986-Q4")))
    assert faults(write(tmp_path, more=event.format("2023-Q1"))) == [
        "events[1].at: found 2023-Q1, the run has 1985-Q1 to 1986-Q4"
    ]
    stall = "\n[parameters]\nstall = {{{} = 0.5}}\n"
    assert load_config(write(tmp_path, more=stall.format(1986)))
    assert faults(write(tmp_path, more=stall.format(2023))) == [
        "parameters.stall.2023: found 2023, the run has 1985 to 1986"
    ]


def test_axes_over_dates_are_in_the_years_of_the_run(tmp_path):
    event = '\n[[events]]\nname = "end"\nkind = "close"\nnetwork = "Metropolis"\nat = "1986-Q4"\n'
    design = '\n[design]\n"events.end.at" = ["1985-Q2", "2023-Q1"]\n'
    assert faults(write(tmp_path, more=event + design)) == [
        "design.events.end.at[2]: found 2023-Q1, the run has 1985-Q1 to 1986-Q4"
    ]


def test_it_runs_and_networks_are_founded(tmp_path):
    results = run_experiment(write(tmp_path, quarters=12), out=tmp_path / "out", workers=1)
    quarters = results.trajectories
    world = quarters[quarters["group"] == "world"].merge(results.runs[["run", "arm"]], on="run")
    assert np.allclose(world["year"].unique(), 1985.25 + 0.25 * np.arange(12))
    networks = world.pivot_table(index="quarter", columns="arm", values="networks")
    assert (networks["dated"].iloc[[3, 4, 8]].diff().iloc[1:] > 0).all()
    assert load_results(tmp_path / "out").config.world.start == 1985


def test_the_shipped_hindcast_is_of_1985_to_the_end_of_2022():
    config = load_config(shipped()["hindcast"])
    assert config.world.start == 1985
    assert config.quarters == 4 * (2023 - 1985)
    assert config.arms["dated"]["initial_networks"] == "dated"
    assert config.record.statistics
