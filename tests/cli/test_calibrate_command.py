"""``citysim calibrate`` of a world of thirty cities: files, continuing, faults."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from citysim.cli.main import app
from citysim.model.parameters import parameter_specs
from citysim.plan.config import idle_parameters, load_config
from citysim.plan.runs import run_specs

CONFIG = """
name = "tried"
seeds = 1
quarters = 8
[world]
kind = "synthetic"
cities = 30
states = 5
[arms.one]
twinning = true
[arms.other]
twinning = true
closure = 0.0005
[record]
trajectories = false
outcomes = ["development"]
[calibration]
targets = "targets.csv"
over = ["proposal_rate", "ending_rate", "closure"]
draws = 64
waves = 2
accepted = 0.7
posterior = 200
predictive = 20
least_r2 = -1.0
quick = ["calibration.waves=1", "quarters=4"]
"""
TARGETS = """\
arm,statistic,use,discrepancy_sd,reason,value,bootstrap_sd
one,ties.mean,C,10%,assumed,2.0,0.1
one,ties.gini,C,0.05,assumed,0.6,
other,ties.without,V,0.1,assumed,0.4,0.0
"""
TABLES = ("waves", "targets", "emulators", "marginals", "predictive", "recovery")


@pytest.fixture
def ready(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the config and its targets."""
    (place / "x.toml").write_text(CONFIG)
    (place / "targets.csv").write_text(TARGETS)
    monkeypatch.setattr(sys, "argv", ["citysim", "calibrate"])
    return place


def calibrate(*arguments: str, workers: str = "1") -> Result:
    return CliRunner().invoke(
        app, ["calibrate", "x.toml", "--workers", workers, *arguments], catch_exceptions=False
    )


def made(folder: Path) -> dict[str, bytes]:
    """Tables and draws of a calibration."""
    files = [*(f"{name}.csv" for name in TABLES), "draws-1.parquet", "draws-2.parquet", "posterior.parquet"]
    return {name: (folder / name).read_bytes() for name in files}


class TestCalibrated:
    def test_it_leaves_tables_figures_and_a_posterior_that_a_config_reads(self, ready: Path) -> None:
        done = calibrate("--out", "out")
        assert done.exit_code == 0, done.output
        out = ready / "out"
        waves, emulators = pd.read_csv(out / "waves.csv"), pd.read_csv(out / "emulators.csv")
        assert waves["runs"].tolist() == [64, 64]
        assert waves["share_left"].between(0, 1).all()
        assert emulators["use"].tolist() == ["C", "C", "V"]
        assert not emulators["used"].iloc[-1]
        targets = pd.read_csv(out / "targets.csv")
        assert targets["discrepancy_sd"].tolist() == [0.2, 0.05, 0.1]
        assert targets["bootstrap_sd"].tolist() == [0.1, 0.0, 0.0]
        assert sorted(pd.read_csv(out / "marginals.csv")["parameter"]) == [
            *("closure", "ending_rate", "proposal_rate")
        ]
        for name in ("marginals", "predictive", "emulators", "ranks"):
            assert (out / "figures" / f"{name}.png").stat().st_size > 5000
        draws = pd.read_parquet(out / "posterior.parquet")
        uncertain = [spec.name for spec in parameter_specs().values() if spec.uncertain]
        # All that is uncertain, but for parameters of forms that no arm uses.
        unused = idle_parameters(load_config(ready / "x.toml"))
        assert (set(draws.columns), len(draws)) == (set(uncertain) - unused, 200)
        used = f"uncertainty={{parameters='posterior', file='{out / 'posterior.parquet'}'}}"
        config = load_config(ready / "x.toml", [used, "seeds=200"])
        spec = run_specs(config, "world")[2]
        assert spec.parameters["closure"] == draws["closure"][0 if spec.seed == 1 else spec.seed - 1]

        # Waves are result folders, and no two runs of them share seed or parameters.
        designs = [pd.read_parquet(out / f"wave-{wave}" / "design.parquet") for wave in (1, 2)]
        assert [len(design) for design in designs] == [128, 128]
        assert sorted(set(pd.concat(designs)["seed"])) == list(range(1, 129))
        assert CliRunner().invoke(app, ["status", str(out / "wave-2")]).exit_code == 0

    @pytest.mark.long
    def test_it_is_the_same_interrupted_and_with_other_workers(self, ready: Path) -> None:
        """Once at a stretch with two workers; once after its first wave alone, and with runs lost."""
        assert calibrate("--out", "whole", workers="2").exit_code == 0
        assert calibrate("--out", "parts", "--set", "calibration.waves=1").exit_code == 0
        (lost, *_) = sorted((ready / "parts" / "wave-1" / "runs").iterdir())
        lost.unlink()
        done = calibrate("--out", "parts")
        assert done.exit_code == 0, done.output
        assert made(ready / "whole") == made(ready / "parts")
        again = calibrate("--out", "parts")
        assert again.stderr.count("runs already done") == 3
        assert made(ready / "whole") == made(ready / "parts")

    @pytest.mark.long
    def test_a_wave_is_drawn_anew_only_where_what_it_follows_has_changed(self, ready: Path) -> None:
        assert calibrate("--out", "out").exit_code == 0
        before = made(ready / "out")
        (ready / "targets.csv").write_text(TARGETS.replace("2.0,0.1", "2.3,0.1"))
        assert calibrate("--out", "out").exit_code == 0
        after = made(ready / "out")
        assert after["draws-1.parquet"] == before["draws-1.parquet"]
        assert after["posterior.parquet"] != before["posterior.parquet"]
        first, second = (pd.read_parquet(ready / "out" / "draws-2.parquet").iloc[at:][:64] for at in (0, 64))
        assert not np.array_equal(first.to_numpy(), second.to_numpy())

    @pytest.mark.long
    def test_other_ranges_draw_the_waves_anew(self, ready: Path) -> None:
        settings = ("--out", "out", "--set", "calibration.waves=1")
        assert calibrate(*settings).exit_code == 0
        assert calibrate(*settings, "--set", "calibration.ranges.closure=[0.001, 0.002]").exit_code == 0
        draws = pd.read_parquet(ready / "out" / "draws-1.parquet")["closure"]
        assert draws.between(0.001, 0.002).all()

    def test_quick_takes_its_settings_and_a_folder_of_its_own(self, ready: Path) -> None:
        done = calibrate("--quick")
        assert done.exit_code == 0, done.output
        out = ready / "results" / "tried_quick"
        assert len(pd.read_csv(out / "waves.csv")) == 1
        assert load_config(out / "wave-1" / "config.toml").quarters == 4

    @pytest.mark.long
    def test_in_another_language_it_says_the_same_of_the_same_numbers(self, ready: Path) -> None:
        first = calibrate("--out", "out")
        numbers = made(ready / "out")
        second = calibrate("--out", "out", "--language", "de")
        assert second.exit_code == 0, second.output
        assert made(ready / "out") == numbers
        captions = json.loads((ready / "out" / "figures" / "captions.json").read_text(encoding="utf-8"))
        assert {caption["language"] for caption in captions} == {"de"}
        assert "Waves: share of the prior" in first.stdout
        assert "Wellen: Anteil der Vorannahmen" in second.stdout
        assert "Wiederfinden bekannter Parameter" in second.stdout
        assert "figure marginals: Parameter vor und nach dem Vergleich" in second.stdout


@pytest.mark.usefixtures("ready")
class TestFaults:
    @pytest.mark.parametrize(
        ("override", "fault"),
        [
            ("calibration.targets=none.csv", "calibration.targets: none.csv cannot be read: No such file"),
            ("calibration.over=['closur']", "unknown parameter 'closur', did you mean 'closure'?"),
            ("calibration.over=['trust_start']", "'trust_start' has no prior, so there is nothing to calib"),
            ("parameters.closure=0.0002", "calibration.over: 'closure' is fixed in [parameters]"),
            ("calibration.over=[]", "found [], expected 'uncertain' or a list of parameters"),
            (
                "calibration.ranges.closur=[0.1, 1]",
                "ranges.closur: unknown parameter, did you mean 'closure'?",
            ),
            (
                "calibration.ranges.closure=[0.0, 1.0]",
                "found 0 for its lower end, allowed: above 0, its scale",
            ),
            (
                "calibration.ranges.closure=[0.1, 99.0]",
                "ranges.closure: found 99.0, allowed: a number from 0 to 10",
            ),
            (
                "calibration.ranges.closure=[2, 1]",
                "found [2, 1], expected two numbers [low, high], the lower",
            ),
            (
                "calibration.ranges.practices_per_domain=[2, 9]",
                "is counted or chosen, allowed: parameters that are measured",
            ),
            ("calibration.draws=10", "calibration.draws: found 10, must be at least 64"),
            ("calibration.predictive=500", "found 500, allowed: at most posterior (200)"),
            (
                "design.stall=[0.0, 0.5]",
                "that is calibrated sweeps nothing, found [design] stall",
            ),
            ("calibration.wave=2", "calibration.wave: unknown key, did you mean 'waves'?"),
        ],
    )
    def test_of_the_section_are_told_in_a_line(self, override: str, fault: str) -> None:
        done = calibrate("--set", override)
        assert (done.exit_code, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        assert "x.toml: " in line
        assert fault in line

    @pytest.mark.parametrize(
        ("row", "fault"),
        [
            ("two,ties.mean,C,1,assumed,2,", "row 2: arm: found 'two', allowed: one, other"),
            ("one,ties.mean,D,1,assumed,2,", "row 2: use: found 'D', allowed: C (calibrates), V (validates"),
            ("one,ties.mean,C,-1,assumed,2,", "row 2: discrepancy_sd: found '-1', allowed: 0 or more"),
            ("one,ties.mean,C,1,,2,", "row 2: reason: empty; say why"),
            ("one,ties.mean,C,1,assumed,much,", "row 2: value: found 'much', expected a number"),
            ("one,ties.mean,V,1,assumed,2,", "no statistic has use C, so nothing would calibrate"),
            ("one,ties.mean,C,1,assumed,,", "targets.csv: one/ties.mean: no value, and the record has none"),
        ],
    )
    def test_of_the_targets_are_told_in_a_line(self, ready: Path, row: str, fault: str) -> None:
        head = TARGETS.splitlines()[0]
        (ready / "targets.csv").write_text(f"{head}\n{row}\n")
        done = calibrate()
        assert done.exit_code == 2
        (line,) = done.stderr.splitlines()
        assert fault in line

    def test_a_missing_column_and_an_unknown_one_are_both_told(self, ready: Path) -> None:
        (ready / "targets.csv").write_text("arm,statistic,use,discrepancy,reason\n")
        lines = calibrate().stderr.splitlines()
        assert len(lines) == 2
        assert "targets.csv: lacks column 'discrepancy_sd'" in lines[0]
        assert "column 'discrepancy': unknown, did you mean 'discrepancy_sd'?" in lines[1]

    def test_a_statistic_that_no_run_has_is_told(self, ready: Path) -> None:
        (ready / "targets.csv").write_text(TARGETS.replace("ties.gini", "ties.gimi"))
        done = calibrate("--set", "quarters=4")
        assert done.exit_code == 2
        fault = "targets.csv: one/ties.gimi: no run has this statistic, did you mean 'one/ties.gini'?"
        assert done.stderr.splitlines()[-1].endswith(fault)

    def test_a_config_without_targets_is_told(self, ready: Path) -> None:
        (ready / "x.toml").write_text(CONFIG.partition("[calibration]")[0])
        done = calibrate()
        assert done.exit_code == 2
        assert "calibration.targets: missing; name the CSV of what is known" in done.stderr
        assert "--quick needs settings" in calibrate("--quick").stderr


CROSS = """\
arm,statistic,use,discrepancy_sd,reason,value,bootstrap_sd
one,ties.mean,C,10%,assumed,2.0,0.1
one,ties.gini,V,0.05,assumed,0.6,
other,ties.without,V,0.1,assumed,0.4,0.0
"""


class TestCrossvalidation:
    @pytest.mark.long
    def test_other_selections_are_foretold_from_the_same_runs(self, ready: Path) -> None:
        (ready / "to_2010.csv").write_text(CROSS)
        (ready / "other.csv").write_text(CROSS.replace("one,ties.gini,V", "one,ties.gini,C"))
        one_wave = ("--set", "calibration.waves=1", "--out", "out")
        assert calibrate(*one_wave).exit_code == 0
        before = pd.read_parquet(ready / "out" / "posterior.parquet")
        done = calibrate(*one_wave, "--set", "calibration.cross=['to_2010.csv', 'other.csv']")
        assert done.exit_code == 0, done.output
        assert done.stderr.count("runs already done") == 2  # and no further ones
        out = ready / "out"
        assert before.equals(pd.read_parquet(out / "posterior.parquet"))
        rows = pd.read_csv(out / "crossvalidation.csv")
        assert rows["cross"].tolist() == ["to_2010"] * 3 + ["other"] * 3
        assert rows["use"].tolist() == list("CVVCCV")
        assert rows["median"].notna().tolist() == (rows["use"] == "V").tolist()
        shares = pd.read_csv(out / "crossvalidation_coverage.csv")
        assert shares["statistics"].tolist() == [2] * 6 + [1] * 6
        assert len(pd.read_csv(out / "crossvalidation_marginals.csv")) == 6
        captions = (out / "figures" / "captions.json").read_text()
        for name in ("to_2010", "other", "recovery"):
            assert (out / "figures" / f"{name}.png").stat().st_size > 5000
            assert f'"{name}"' in captions
        assert "cross-validation to_2010: 1 of 1 statistics calibrate" in done.stdout
        assert "intervals hold" in done.stdout

    @pytest.mark.parametrize(
        ("files", "text", "fault"),
        [
            ("['none.csv']", CROSS, "calibration.cross: none.csv cannot be read: No such file"),
            (
                "['to.csv']",
                CROSS.replace(",V,", ",C,"),
                "to.csv: no statistic has use V, so nothing would be",
            ),
            (
                "['to.csv', './to.csv']",
                CROSS,
                "calibration.cross: found to.csv, ./to.csv, expected files of diff",
            ),
            (
                "['to.csv']",
                CROSS.replace("ties.gini", "ties.gimi"),
                "to.csv: one/ties.gimi: no run has this stat",
            ),
        ],
    )
    def test_faults_are_told_in_a_line(self, ready: Path, files: str, text: str, fault: str) -> None:
        (ready / "to.csv").write_text(text)
        done = calibrate("--set", f"calibration.cross={files}", "--set", "quarters=4")
        assert (done.exit_code, done.stdout) == (2, "")
        assert fault in done.stderr.splitlines()[-1]
