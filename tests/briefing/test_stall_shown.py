"""One stall level for all that is made of a folder: by one rule, by the config, or by the command line."""

import contextlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from analysis.answers.made import EXPERIMENTS, config_of, made_results
from citysim import run_experiment
from citysim.analysis.answers import said
from citysim.analysis.headline import write_tables
from citysim.analysis.results import read_results
from citysim.analysis.stall import SWEPT, at_level, shown_stall, states_have_lost, states_stalled
from citysim.briefing.context import build_context
from citysim.cli.main import app
from citysim.errors import ConfigError, ResultError
from citysim.figures import FIGURES, draw_all
from citysim.figures.answers import ANSWER_FIGURES

SMALL = (
    *("quarters=4", "uncertainty.monte_carlo_seeds=2", "record.trajectories=true"),
    *("world.kind=synthetic", "world.cities=40", "world.states=8"),
)
#: How a sentence, a caption or a title of a table names a level, in per cent or as a share.
NAMED = (r"stalled by ([\d.]+) %", r"lost ([\d.]+) % of", r"([\d.]+) % stall", r"at stall ([\d.]+)")
SHARE = NAMED[-1]


def levels_named(text: str) -> set[float]:
    """Every stall level that a text speaks of."""
    found = {(pattern, float(level.rstrip("."))) for pattern in NAMED for level in re.findall(pattern, text)}
    assert "highest stall" not in text
    return {level if pattern == SHARE else level / 100 for pattern, level in found}


def results_of(levels, *overrides, experiment="partnerships"):
    """Results that have nothing but stall levels."""
    runs = pd.DataFrame({"stall": levels})
    return made_results(runs, config_of(experiment, *overrides), ())


class TestOneRule:
    @pytest.mark.parametrize(
        ("levels", "shown"),
        [
            ([0.0, 0.25, 0.5, 0.75, 1.0], 0.5),
            ([0.0, 0.5], 0.5),
            ([0.0, 0.25, 0.75], 0.75),
            ([0.0, 0.1, 1.0], 0.1),
            ([0.0, 1.0], 1.0),
            ([0.0], 0.0),
            (["0.0", "1.0", "endogenous"], 1.0),
            (["endogenous"], "endogenous"),
            (["0.0", "endogenous"], "endogenous"),
        ],
        ids=str,
    )
    def test_the_level_above_0_that_is_nearest_to_half_and_the_higher_of_two(self, levels, shown):
        assert shown_stall(results_of(levels)) == shown

    def test_a_config_sets_it_and_the_command_line_goes_before(self):
        results = results_of([0.0, 0.5, 1.0], "report.stall=1")
        assert shown_stall(results) == 1.0
        assert shown_stall(results, 0.5) == 0.5

    def test_an_option_that_no_run_has_is_told_which_there_are(self):
        with pytest.raises(ResultError, match=r"^--stall: found 0\.3, allowed: 0\.5, 1$"):
            shown_stall(results_of([0.0, 0.5, 1.0]), 0.3)

    def test_a_design_that_samples_stall_has_none(self):
        sampled = ("design.kind=latin_hypercube", "design.samples=4", "design.stall={low=0.0,high=1.0}")
        results = results_of([0.1, 0.4], *sampled)
        assert shown_stall(results) == SWEPT
        assert states_stalled(SWEPT) == "states stalled to different degrees"

    def test_a_level_is_found_in_numbers_and_in_text(self):
        for column in ([0.0, 0.5, 1.0], ["0.0", "0.5", "endogenous"]):
            assert at_level(pd.DataFrame({"stall": column}), 0.5)["stall"].tolist() == [0.5]
        assert states_have_lost(0.125) == "states have lost 12.5 % of their action capacity"
        assert states_have_lost("endogenous") == "states stall as the powers divide (endogenous stall)"


class TestConfig:
    @pytest.mark.parametrize(
        ("name", "setting", "fault"),
        [
            ("partnerships", "0.3", "found 0.3, allowed: 0.5, 1 (the stall levels that are run, without 0)"),
            ("partnerships", "0", "found 0, allowed: 0.5, 1 (the stall levels that are run, without 0)"),
            (
                "partnerships",
                "true",
                (
                    "found true, allowed: a number from 0 to 1 (share) or 'endogenous' or levels such as "
                    "{2023 = 0.0, 2028 = 0.75}"
                ),
            ),
            (
                "partnerships",
                "'endogenous'",
                "found 'endogenous', allowed: 0.5, 1 (the stall levels that are run, without 0)",
            ),
            ("peace", "1", "found 1, allowed: 0.5 (the stall levels that are run)"),
            ("how_many_networks", "1", "found 1, allowed: 0.5 (the stall levels that are run)"),
            (
                "sensitivity_morris",
                "0.5",
                "found 0.5, allowed: 0.75 (the stall levels that are run, without 0)",
            ),
        ],
    )
    def test_a_level_that_is_not_run_is_one_line_that_names_those_that_are(self, name, setting, fault):
        with pytest.raises(ConfigError) as raised:
            config_of(name, f"report.stall={setting}")
        file = EXPERIMENTS / f"{name}.toml"
        assert list(raised.value.messages) == [f"{file}: report.stall: {fault} (from the command line)"]

    def test_no_level_of_a_range_can_be_set(self):
        sampled = ("design.kind=latin_hypercube", "design.samples=4", "design.stall={low=0.0,high=1.0}")
        with pytest.raises(ConfigError, match="the design samples stall, so that no level of it repeats"):
            config_of("partnerships", *sampled, "report.stall=0.5")


#: An experiment → what else makes it small, and levels that its config asks for (None: that of the rule).
ASKED = {
    "claim": ((), None, 0.25),
    "partnerships": ((), None, 1.0),
    "scope": ((), None),
    "crises": (("design.stall=[0.0, 0.25, 1.0]", "design.crisis_correlation=[0.0, 1.0]"), None),
    "peace": (("design.stall=[0.25, 1.0]", "design.contact_effect=[0.0, 1.0]"), 0.25),
    "urban_2050": (("design.stall=[0.0, 0.25, 0.5]",), 0.25),
    "how_many_networks": (
        (
            *("parameters={max_networks=100}", "design.stall=[0.0, 1.0]"),
            "design.initial_networks=[0, 5, 10]",
        ),
        None,
    ),
}


@pytest.mark.parametrize("experiment", ASKED)
def test_captions_and_sentences_of_the_projects_experiments_are_about_it(experiment, tmp_path):
    changes, *levels = ASKED[experiment]
    for level in levels:
        asked = (*SMALL, *changes, *([] if level is None else [f"report.stall={level}"]))
        file = EXPERIMENTS / f"{experiment}.toml"
        path = run_experiment(file, workers=1, seeds=8, out=tmp_path / "out", overrides=asked).path
        write_tables(path)
        results = read_results(path)
        shown = shown_stall(results)
        assert level in (None, shown)
        for sentences in said(results).values():
            assert levels_named(" ".join(sentences)) == {shown}
        draws = {name: ANSWER_FIGURES[name] for name in results.config.analyses} | FIGURES
        found = {}
        for name in [name for name in draws if name != "world_map"]:
            with contextlib.suppress(ResultError):  # not every design has an unstalled world
                if drawn := draws[name](results):
                    found[name] = levels_named(f"{drawn[1].caption} {drawn[1].alt}")
        assert {name for name, named in found.items() if named} == {*found} - {
            "contour",
            "difference",
            "makes_up",
        }
        assert set.union(*found.values()) == {shown}


@pytest.fixture
def call(monkeypatch):
    """The command line, without the map of the world."""
    monkeypatch.delitem(FIGURES, "world_map")

    def invoke(*arguments: str) -> Result:
        ended = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
        assert ended.exit_code == 0, ended.stderr
        return ended

    return invoke


def said_in(folder: Path, ended: Result) -> dict[str, set[float]]:
    """Levels named by the captions, the briefing and the terminal."""
    page = re.sub(r'"data:[^"]*"|<[^>]*>', "", (folder / "briefing.html").read_text(encoding="utf-8"))
    captions = json.loads((folder / "figures" / "captions.json").read_text(encoding="utf-8"))
    return {
        "captions": levels_named(" ".join(each["caption"] + each["alt"] for each in captions)),
        "briefing": levels_named(page),
        "terminal": levels_named(ended.stdout),
    }


@pytest.mark.long
def test_every_command_of_a_folder_is_about_it_and_another_one_computes_no_run(call, tmp_path):
    folder = tmp_path / "out"
    settings = [part for setting in SMALL for part in ("--set", setting)]
    run = [
        *("run", str(EXPERIMENTS / "partnerships.toml"), *settings, "--seeds", "15"),
        *("--workers", "1", "--out", str(folder)),
    ]
    assert said_in(folder, call(*run)) == {"captions": {0.5}, "briefing": {0.5}, "terminal": {0.5}}
    assert levels_named(call("verdict", str(folder)).stdout) == {0.5}
    assert levels_named(call("verdict", str(folder), "--stall", "1").stdout) == {1.0}
    runs = {file.name: file.stat().st_mtime_ns for file in (folder / "runs").iterdir()}
    tables = {file.name: file.read_bytes() for file in folder.glob("*.csv") if "verdict" not in file.name}
    again = call(*run, "--set", "report.stall=1")
    assert "already done" in again.stderr
    assert said_in(folder, again) == {"captions": {1.0}, "briefing": {1.0}, "terminal": {1.0}}
    assert {file.name: file.stat().st_mtime_ns for file in (folder / "runs").iterdir()} == runs
    assert {name: (folder / name).read_bytes() for name in tables} == tables
    assert levels_named(call("verdict", str(folder)).stdout) == {1.0}
    assert "already written" in call(*run, "--set", "report.stall=1").stdout


def test_endogenous_stall_has_its_own_words(tmp_path):
    asked = (*SMALL, 'design.stall=[0.0, "endogenous"]')
    file = EXPERIMENTS / "partnerships.toml"
    path = run_experiment(file, workers=1, seeds=6, out=tmp_path / "out", overrides=asked).path
    write_tables(path)
    results = read_results(path)
    (sentences,) = said(results).values()
    assert sentences[0].startswith("Where states stall as the powers divide (endogenous stall), twinnings ")
    for name in ("trajectories", "groups"):
        assert "states stalled as the powers divide (endogenous stall)" in FIGURES[name](results)[1].caption


def test_the_answer_says_of_which_swept_value_it_is_and_takes_the_first_that_the_design_lists(tmp_path):
    asked = (*SMALL, 'design.stalled_states=["powers", "all"]', "design.stall=[0.0, 0.75]")
    file = EXPERIMENTS / "who_stalls.toml"
    path = run_experiment(file, workers=1, seeds=2, out=tmp_path / "out", overrides=asked).path
    write_tables(path)
    draw_all(path, only=["makes_up"])
    context = build_context(path)
    assert "All this is for stalled states = powers; headline.csv has the other values." in context.answer
