"""The command line: what it prints, its exit statuses, and errors as single lines."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import citysim
from citysim.cli.main import app
from citysim.execute import simulation
from citysim.model.parameters import parameter_specs
from citysim.plan.config import idle_parameters, load_config
from citysim.plan.posterior import described, posterior_draws
from citysim.plan.runs import RunSpec
from citysim.store.reader import load_results
from citysim.store.records import RunRecord

COMMANDS = ["run", "status", "rerun", "effects", "figures", "brief", "export", "params", "networks",
            "patterns", "world", "sensitivity", "verdict", "knowing", "scenarios", "compare",
            "average"]  # fmt: skip


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_help_names_every_command_and_each_has_an_example() -> None:
    listed = call("--help").stdout
    for command in COMMANDS:
        assert f"  {command} " in listed
        assert f"Example: citysim {command}" in " ".join(call(command, "--help").stdout.split())


@pytest.mark.parametrize("code", ["import citysim", "import citysim.cli.main"])
def test_nothing_heavy_is_imported_before_it_is_needed(code: str) -> None:
    heavy = ["numpy", "pandas", "scipy", "mesa", "pydantic", "pyarrow", "matplotlib", "rich"]
    code = f"{code}, sys; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_package_gives_what_it_names() -> None:
    assert all(getattr(citysim, name) for name in citysim.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Wrld'"):
        _ = citysim.Wrld


@pytest.mark.usefixtures("place")
def test_a_run_takes_its_draws_from_a_posterior(place: Path) -> None:
    (place / "draws").mkdir()
    (place / "draws" / "p.csv").write_text("contact_effect,learning_twins\n0.25,0.1\n0.5,0.2\n")
    (place / "configs").mkdir()
    (place / "x.toml").rename(place / "configs" / "x.toml")
    options = ("configs/x.toml", "--posterior", "draws/p.csv", "--set", "arms.both.learning_twins=0.3")
    assert "2 distinct draws of 2 parameters from a posterior" in call("run", *options, "--dry-run").stdout
    assert call("run", *options, "--workers", "1", "--shard", "1/1").exit_code == 0
    design = load_results(place / "results" / "small").design
    drawn = design[design["draw"] == "posterior"]
    assert sorted(drawn["contact_effect"].unique()) == [0.25, 0.5]
    assert set(drawn.loc[drawn["arm"] == "both", "learning_twins"]) == {0.3}
    api = citysim.run_experiment("configs/x.toml", posterior="draws/p.csv", shard="1/1", out="api")
    assert set(api.design["draw"]) == {"posterior", "defaults"}

    refused = call("run", "configs/x.toml", "--posterior", "configs/x.toml")
    assert refused.exit_code == 2
    (line,) = refused.stderr.splitlines()
    assert "uncertainty.file" in line


@pytest.mark.usefixtures("place")
def test_a_posterior_brings_the_forms_that_it_was_calibrated_under(place: Path) -> None:
    settings = {"rupture_form": "burst", "practice_onset": "staggered"}
    draws = pd.DataFrame({"rupture_onset": [0.4, 0.5], "onset_years": [30.0, 50.0]})
    described(draws, settings, ["rupture_onset"]).to_parquet(place / "p.parquet")
    # What is known at the start is not of the mechanisms.
    ran = call("run", "x.toml", "--posterior", "p.parquet", "--workers", "1")
    assert ran.exit_code == 0
    found = load_results(place / "results" / "small")
    assert found.config.parameters["rupture_form"] == "burst"
    assert set(found.design.loc[found.design["draw"] == "posterior", "rupture_onset"]) == {0.4, 0.5}
    assert "onset_years" not in found.design
    # The folder keeps what it says.
    assert posterior_draws(found.config).attrs["forms"]["rupture_form"] == "burst"

    refused = call("run", "x.toml", "--posterior", "p.parquet", "--set", "parameters.rupture_form=steady")
    assert refused.exit_code == 2
    assert "calibrated with rupture_form = 'burst', no run of this experiment has it" in refused.stderr


def test_version() -> None:
    assert call("--version").stdout == f"citysim {citysim.__version__}\n"


@pytest.mark.usefixtures("place")
def test_a_run_ends_with_the_headline_and_the_list_of_what_it_wrote(place: Path) -> None:
    first = call("run", "x.toml", "--workers", "1", "--seeds", "8")
    assert first.exit_code == 0
    tables = "Substitution: what it gives more because states stall"
    assert first.stdout.index("- How sure is this? It is ") < first.stdout.index(tables)
    folder = place / "results" / "small"
    for name in ("headline.csv", "effects.csv", "briefing.pdf", "briefing.html"):
        assert f"results/small/{name}" in first.stdout
        assert (folder / name).stat().st_size > 0
    assert len(list((folder / "figures").glob("*.png"))) >= 3

    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    second = call("run", "x.toml", "--workers", "1", "--seeds", "8")
    assert second.exit_code == 0
    assert "all 40 runs already done" in second.stderr
    assert "already written:" in second.stdout
    assert second.stdout.partition(tables)[0] == first.stdout.partition(tables)[0]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before

    changed = call("run", "x.toml", "--workers", "1", "--seeds", "8", "--set", "question=Is it so?")
    assert "all 40 runs already done" in changed.stderr
    assert "Is it so?" in (folder / "briefing.html").read_text()

    status = call("status", "results/small")
    assert "40 of 40 runs done, 0 failed, 0 missing" in status.stdout
    run = load_results(folder).runs["run"][3]
    assert "is equal to what was kept, bit for bit" in call("rerun", "results/small", run).stdout
    assert "headline.csv" in call("effects", "results/small").stdout


def test_a_posterior_is_said_to_be_of_how_many_draws_wherever_results_are(place: Path) -> None:
    (place / "post.csv").write_text("contact_effect\n0.25\n0.25\n")
    arguments = ["run", "x.toml", "--workers", "1", "--set", "uncertainty={parameters='posterior'}"]
    arguments += ["--set", "uncertainty.file=post.csv"]
    idle = idle_parameters(load_config("x.toml"))  # of forms that no run has
    rest = sum(spec.uncertain and spec.name not in idle for spec in parameter_specs().values()) - 1
    note = "2 replications, 1 distinct draw of 1 parameter from a posterior; "
    note += f"{rest} uncertain parameters it does "
    assert note in call(*arguments, "--dry-run").stdout
    ran = call(*arguments)
    assert note in ran.stderr
    assert note in ran.stdout.partition("Compensation ratio C")[2]
    assert note in call("effects", "results/small").stdout
    assert note in " ".join((place / "results" / "small" / "briefing.html").read_text().split())

    for extra in ([], ["--dry-run"]):
        refused = call(*arguments, "--seeds", "20", *extra)
        assert refused.exit_code == 2
        (line,) = refused.stderr.splitlines()
        assert line.startswith("error: x.toml: uncertainty.file: post.csv holds 2 draws, seeds = 20 ")


@pytest.mark.usefixtures("place")
def test_failed_runs_end_in_status_3_and_say_how_to_repeat_them(monkeypatch: pytest.MonkeyPatch) -> None:
    original = simulation.simulate

    def simulate(spec: RunSpec, *rest: object) -> RunRecord:
        if spec.arm == "both":
            raise ZeroDivisionError("made to fail")
        return original(spec, *rest)

    monkeypatch.setattr(simulation, "simulate", simulate)
    ended = call("run", "x.toml", "--workers", "1", "--shard", "1/1")
    assert ended.exit_code == 3
    assert "8 runs failed, kept in results/small/failures.parquet" in ended.stderr
    assert "ZeroDivisionError: made to fail" in ended.stderr
    assert "repeat it: citysim rerun results/small " in ended.stderr
    bad = load_results("results/small").failures["run"][0]
    again = call("rerun", "results/small", bad)
    assert again.exit_code == 3
    assert "made to fail" in again.stdout
    assert "8 of 16 runs done, 8 failed, 0 missing" in call("status", "results/small").stdout


@pytest.mark.usefixtures("place")
def test_shards_leave_the_report_to_a_last_call() -> None:
    half = call("run", "x.toml", "--shard", "1/2", "--workers", "1")
    assert half.exit_code == 0
    assert "shard 1/2 done; " in half.stdout
    assert "effects, figures and briefing come with: citysim run x.toml" in half.stdout
    assert not Path("results/small/headline.csv").exists()


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["run", "y.toml"], ["error: y.toml: no such file; . holds x.toml"]),
        (
            ["run", "x.toml", "--set", "arms.x.networks=1", "--seeds", "0", "--workers", "none"],
            [
                "error: --workers: found 'none', expected 'auto' or a number of at least 1",
                "error: x.toml: seeds: found 0, allowed: 1 to 1,000,000 replications (from the command line)",
                "error: x.toml: arms.x.networks: found 1, allowed: true or false (from the command line)",
            ],
        ),
        (
            ["run", "x.toml", "--shard", "3/2"],
            ["error: --shard: found '3/2', expected I/N with 1 ≤ I ≤ N, such as 3/100"],
        ),
        (
            ["run", "x.toml", "--out", "x.toml"],
            ["error: x.toml: x.toml is a file, expected a folder; choose another --out"],
        ),
        (["status", "results/none"], ["error: results/none: no such folder"]),
        (["effects", "."], ["error: .: not a result folder of citysim (no design.parquet)"]),
        (["rerun", ".", "a"], ["error: .: not a result folder of citysim (no design.parquet)"]),
    ],
)
def test_bad_input_is_one_line_each_and_status_2(arguments: list[str], lines: list[str]) -> None:
    ended = call(*arguments)
    assert ended.stderr.splitlines() == lines
    assert ended.exit_code == 2


def test_params_lists_every_parameter_with_its_range() -> None:
    shown = call("params").stdout
    assert "contact_effect" in shown
    assert "a number from 0 to 1 (share)" in shown
    assert "twinning: off, no city has a twin" in shown


def test_ctrl_c_ends_in_status_130_and_the_same_command_continues(
    begin: Callable[..., subprocess.Popen[str]], place: Path
) -> None:
    arguments = ["run", "x.toml", "--seeds", "600", "--workers", "2", "--out", "out"]
    process = begin(*arguments)
    until = time.monotonic() + 60
    while not (place / "out" / "design.parquet").exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines() == [
        "interrupted: what is finished is kept in out",
        "run the same command to continue",
    ]
    assert f"{len(load_results('out').runs)} of 2408 runs done" in call("status", "out").stdout
