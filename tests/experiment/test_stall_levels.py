"""Stall by year and by state in a config: one form, checked like the rest, a text wherever runs are kept."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from citysim.analysis.stall import level_in_words, states_have_lost, states_stalled
from citysim.errors import ConfigError
from citysim.execute.runner import Plan, execute_plan, plan_experiment
from citysim.model.parameters import Parameters
from citysim.plan.config import config_toml, load_config
from citysim.plan.runs import run_specs

type Write = Callable[..., Path]

#: The smallest config, without a design of its own.
BARE = """
name = "x"
seeds = 2
[uncertainty]
monte_carlo_seeds = 0
[world]
kind = "synthetic"
cities = 30
states = 5
[arms.none]
networks = false
[arms.both]
networks = true
"""
PATH = "2023:0 + 2028:0.75"


@pytest.mark.parametrize(
    ("override", "fault"),
    [
        ("parameters.stall={2022 = 0.5}", "parameters.stall.2022: found 2022, the run has 2023 to 2050"),
        (
            "arms.both.stall={2023 = 0, 2051 = 0.5}",
            "arms.both.stall.2051: found 2051, the run has 2023 to 2050",
        ),
        ("design.stall=[0, {2060 = 0.5}]", "design.stall[2].2060: found 2060, the run has 2023 to 2050"),
        ("parameters.stall='2060:0.5'", "parameters.stall.2060: found 2060, the run has 2023 to 2050"),
        (
            "parameters.stall={2028 = 1.5}",
            "parameters.stall.2028: found 1.5, must be a number between 0 and 1",
        ),
        (
            "parameters.stall={2028 = 'half'}",
            "parameters.stall.2028: found 'half', must be a number between 0 and 1",
        ),
        (
            "parameters.stall={soon = 0.5}",
            "parameters.stall.soon: found 'soon', expected a year such as 2028",
        ),
        (
            "parameters.stall={}",
            "parameters.stall: names no level, expected levels such as {2023 = 0.0, 2028 = 0.75}",
        ),
        (
            "design.stall={2023 = 0.0}",
            "design.stall: levels by year go into a list: stall = [{2023 = 0.0, 2028 = 0.75}]",
        ),
        (
            "parameters.stall_of={USA = 2}",
            "parameters.stall_of.USA: found 2, must be a number between 0 and 1",
        ),
        (
            "parameters.stall_of={usa = 0.5}",
            "parameters.stall_of.usa: found 'usa', expected the code of a state such as USA",
        ),
        (
            "parameters.stall_of=0.5",
            "parameters.stall_of: found 0.5, allowed: levels such as {USA = 0.9, CHN = 0.5}",
        ),
        (
            "parameters.stalled_states=['USA']",
            "parameters.stalled_states: found ['USA'], allowed: text (names joined by ' + ')",
        ),
        (
            "design.stall=[{2023 = 0.5}, '2023:0.5']",
            "design.stall: duplicate values '2023:0.5'; name each once",
        ),
    ],
)
def test_each_fault_is_one_line(write: Write, override: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(BARE), [override])
    (line,) = caught.value.messages
    assert line.split(": ", 1)[1] == f"{fault} (from the command line)"


def test_a_year_is_one_of_the_run(write: Write) -> None:
    load_config(write(BARE), ["quarters=5", "parameters.stall={2024 = 0.5}"])
    with pytest.raises(ConfigError, match="found 2024, the run has 2023 to 2023"):
        load_config(write(BARE), ["quarters=4", "parameters.stall={2024 = 0.5}"])


@pytest.mark.parametrize(
    ("override", "told"),
    [
        (
            "parameters.stalled_states='Powers'",
            "stalled_states: unknown state 'Powers', did you mean 'powers'?",
        ),
        (
            "parameters.stalled_states='S0001 + S0009'",
            "stalled_states: unknown state 'S0009', did you mean 'S000",
        ),
        ("arms.both.stall_of={S0009 = 0.5}", "stall_of.S0009: unknown state 'S0009', did you mean 'S000"),
        ("design.stalled_states=['all', '']", "stalled_states: unknown state ''"),
    ],
)
def test_states_are_those_of_the_world(write: Write, tmp_path: Path, override: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_experiment(write(BARE), overrides=[override], out=tmp_path / "out")
    assert told in str(caught.value)


def test_every_form_of_equal_levels_is_one_config_and_one_run(write: Write, tmp_path: Path) -> None:
    forms = (
        "parameters.stall={2023 = 0.0, 2028 = 0.75}",
        "parameters.stall={2028 = 0.75, 2023 = 0}",
        f"parameters.stall={PATH}",
    )
    configs = [
        load_config(write(BARE), [form, "parameters.stall_of={S0002 = 1, S0001 = 0.5}"]) for form in forms
    ]
    assert configs[0] == configs[1] == configs[2]
    assert configs[0].parameters == {"stall": PATH, "stall_of": "S0001:0.5 + S0002:1"}
    again = tmp_path / "again.toml"
    again.write_text(config_toml(configs[0]), encoding="utf-8")
    assert load_config(again) == configs[0]
    specs = run_specs(configs[0], "digest")
    assert (
        {spec.parameters["stall"] for spec in specs}
        == {PATH}
        == {Parameters(stall={2023: 0, 2028: 0.75}).stall}
    )


def test_paths_are_levels_of_a_design(write: Write, tmp_path: Path) -> None:
    """Beside numbers in a list, in tables of results and in ``[report]``."""
    overrides = [
        "quarters=8",
        "design.stall=[0, 0.5, {2023 = 0.0, 2024 = 0.75}]",
        "report.stall={2023=0, 2024=0.75}",
    ]
    plan: Plan = plan_experiment(write(BARE), overrides=overrides, out=tmp_path / "out")
    assert plan.config.report.stall == "2023:0 + 2024:0.75"
    results = execute_plan(plan, workers=1)
    levels = pq.read_table(results.path / "design.parquet")["stall"].to_pylist()
    assert set(levels) == {"0.0", "0.5", "2023:0 + 2024:0.75"}
    assert set(results.runs["stall"]) == set(levels)


def test_a_path_in_words() -> None:
    assert level_in_words(PATH) == "0 % from 2023, 75 % from 2028"
    assert states_stalled(PATH) == "states stalled by 0 % from 2023, 75 % from 2028"
    assert states_have_lost(PATH) == "states stall by 0 % from 2023, 75 % from 2028"
