"""The commands that say what a result hangs on, end to end on tiny worlds."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from citysim.analysis.contrasts import forms_of_cooperation
from citysim.analysis.sensitivity import check_design
from citysim.cli.main import app
from citysim.model.parameters import parameter_specs
from citysim.plan.config import load_config
from citysim.store.reader import load_results

CONFIG = """
name = "screen"
seeds = 2
quarters = 8
[uncertainty]
parameters = "defaults"
[world]
kind = "synthetic"
cities = 30
states = 5
[arms.unstalled]
twinning = false
networks = false
stall = 0.0
[arms.none]
twinning = false
networks = false
stall = 1.0
[arms.both]
networks = true
stall = 1.0
[design]
kind = "morris"
samples = 4
over = ["learning_twins", "learning_state", "state_fund"]
[record]
trajectories = false
outcomes = ["development", "loss", "twinnings"]
"""


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture
def screen(place: Path) -> Path:
    (place / "screen.toml").write_text(CONFIG, encoding="utf-8")
    return place


@pytest.mark.parametrize("kind", ["morris", "saltelli"])
def test_indices_are_printed_and_written_and_nothing_is_done_twice(screen: Path, kind: str) -> None:
    options = ("sensitivity", "screen.toml", "--workers", "1", "--set", f"design.kind='{kind}'")
    first = call(*options)
    assert first.exit_code == 0
    folder = screen / "results" / "screen"
    runs = len(load_results(folder).runs)
    what = "trajectories" if kind == "morris" else "base points"
    assert f"{runs} runs of {runs}: 4 {what}, 3 parameters, seeds a point: 2" in first.stdout
    assert "development, both at stall 1: ratio (C, bounded to -1 … 3)" in first.stdout
    indices = pd.read_csv(folder / "sensitivity.csv")
    assert set(indices["quantity"]) >= {"lost", "restored", "gap", "ratio"}
    assert set(indices["outcome"]) == {"development", "loss"}  # more twinnings are neither better nor worse
    assert set(indices["parameter"]) == {"learning_twins", "learning_state", "state_fund"}
    lost = indices[(indices["quantity"] == "lost") & (indices["outcome"] == "loss")].set_index("parameter")
    index = "mu_star" if kind == "morris" else "ST"
    assert lost.loc["learning_twins", index] == 0  # nothing is learned from twins where there are none
    assert lost.loc["state_fund", index] > 0
    assert (folder / "figures" / "sensitivity.png").stat().st_size > 0
    second = call(*options)
    assert f"all {runs} runs already done" in second.stderr
    assert second.stdout == first.stdout


@pytest.mark.usefixtures("screen")
@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["x.toml"],
            (
                "error: x.toml: design.kind: found 'grid', allowed: saltelli, morris; "
                "for all uncertain parameters set samples = N, over = 'uncertain'"
            ),
        ),
        (
            ["screen.toml", "--set", "arms={a={networks=true}}"],
            "error: screen.toml: arms: found a; expected an arm 'none' to compare with",
        ),
        (
            ["screen.toml", "--set", "design.crisis_rate=[0.1, 0.2]"],
            "error: screen.toml: design.crisis_rate: a list beside the ranges; expected lists of stall only",
        ),
    ],
)
def test_a_config_that_has_no_indices_is_told_before_anything_runs(options: list[str], line: str) -> None:
    ended = call("sensitivity", *options)
    assert ended.exit_code == 2
    assert ended.stderr.strip() == line
    assert not Path("results").exists()


@pytest.mark.parametrize("kind", ["morris", "sobol"])
def test_the_projects_own_designs_sweep_every_uncertain_parameter_or_those_of_the_screen(kind: str) -> None:
    """The screen all; the indices the nine that it puts first for each quantity shown, and conflict's."""
    root = Path(__file__).parents[2]
    config = load_config(root / "experiments" / f"sensitivity_{kind}.toml")
    check_design(config.design)
    assert {form for form, _ in forms_of_cooperation(config).values()} >= {"none", "both"}
    if kind == "morris":
        specs = parameter_specs().values()
        assert set(config.axes) == {spec.name for spec in specs if spec.uncertain and not spec.only}
        return
    screen = pd.read_csv(root / "results" / "reference" / "sensitivity_morris" / "sensitivity.csv")
    shown = screen[(screen["arm"] == "both") & screen["quantity"].isin(["ratio", "substitution"])]
    others = shown[shown["outcome"] != "conflict"].sort_values("mu_star", ascending=False)
    first = set(others.groupby(["quantity", "outcome"]).head(9)["parameter"])
    conflict = {"conflict_rate", "conflict_tension", "contact_effect", "trust_saturation"}
    assert set(config.axes) == first | conflict


@pytest.fixture
def drawn(place: Path) -> Path:
    assert call("run", "x.toml", "--workers", "1", "--seeds", "24", "--shard", "1/1").exit_code == 0
    return place / "results" / "small"


def test_the_verdict_is_printed_and_written(drawn: Path) -> None:
    ended = call("verdict", str(drawn), "--by", "learning_twins", "--by", "state_fund")
    assert ended.exit_code == 0
    assert "Cities compensate: C ≥ 1, at stall 1" in ended.stdout
    assert "loss, both: P(C ≥ 1) by third of a parameter's draws" in ended.stdout
    verdict = pd.read_csv(drawn / "verdict.csv")
    assert "Response: no arm without response" in ended.stdout
    assert "loss, both: P(substitution > 0) by third of a parameter's draws" in ended.stdout
    assert len(verdict) == 3 * 3  # events × outcomes with a better direction
    assert (verdict["n"] == 24).all()
    thirds = pd.read_csv(drawn / "verdict_by_parameter.csv")
    assert thirds.groupby(["event", "outcome", "parameter"]).size().eq(3).all()
    for name in ("verdict", "verdict_substitution"):
        assert (drawn / "figures" / f"{name}.svg").stat().st_size > 0
    wrong = call("verdict", str(drawn), "--by", "learning_twin")
    assert wrong.exit_code == 2
    assert wrong.stderr.strip() == (
        "error: --by: unknown parameter 'learning_twin', did you mean 'learning_twins'?"
    )


SAID = {
    "verdict": (
        *("p ist für alle", "Wahrscheinlichkeit, dass C ≥ 1", "Städte gleichen aus: C ≥ 1, bei Stillstand 1"),
        *("Zusammenarbeit springt für Staaten ein", "je Drittel der Ziehungen eines Parameters"),
    ),
    "scenarios": (
        *("coverage: Anteil der Fälle", "held out: an Replikationen"),
        "Bereiche von Parametern, bei Stillstand 1",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("command", SAID)
def test_sentences_and_captions_are_in_the_language_asked_for(drawn: Path, command: str) -> None:
    if command == "scenarios" and find_spec("ema_workbench") is None:
        pytest.skip("needs citysim[scenarios]")
    ended = call(command, str(drawn), "--language", "de")
    assert ended.exit_code == 0
    assert [text for text in SAID[command] if text not in ended.stdout] == []
    assert "at stall" not in ended.stdout


def test_indices_are_told_in_the_language_asked_for(screen: Path) -> None:
    ended = call("sensitivity", "screen.toml", "--workers", "1", "--language", "de")
    assert ended.exit_code == 0
    assert "Startwerte je Punkt: 2" in ended.stdout
    assert "am meisten ausmachen" in ended.stdout
    assert "Wovon die Indizes sind" in ended.stdout
    assert "bei Stillstand 1: ratio (C, begrenzt auf -1 … 3)" in ended.stdout
    assert "„learning state“: wie viel Städte über ihren Staat lernen" in ended.stdout


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ema_workbench") is None, reason="needs citysim[scenarios]")
def test_boxes_are_printed_and_written(drawn: Path) -> None:
    ended = call("scenarios", str(drawn), "--outcome", "loss")
    assert ended.exit_code == 0
    assert "Boxes of parameters, at stall 1" in ended.stdout
    boxes = pd.read_csv(drawn / "scenarios.csv")
    assert list(boxes["event"]) == ["compensates", "harms"]
    wrong = call("scenarios", str(drawn), "--arm", "boht")
    assert wrong.exit_code == 2
    assert wrong.stderr.strip() == "error: --arm: found 'boht', allowed: both"


def test_without_its_library_scenarios_say_what_to_install(
    drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ema_workbench.analysis", None)
    ended = call("scenarios", str(drawn))
    assert ended.exit_code == 2
    assert ended.stderr.strip() == (
        "error: scenarios: EMA workbench is not installed; get it with: pip install 'citysim[scenarios]'"
    )
