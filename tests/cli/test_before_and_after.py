"""An experiment before and after a calibration, from the command line on tiny worlds."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from citysim.analysis.tables import write_csvs
from citysim.cli.main import app
from citysim.plan.draws import prior_draws


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def run(out: str, *options: str) -> None:
    done = call("run", "x.toml", "--workers", "1", "--shard", "1/1", "--out", out, *options)
    assert done.exit_code == 0, done.stderr
    assert call("effects", out).exit_code == 0


@pytest.fixture
def both(place: Path) -> Path:
    """Results under the prior and under a posterior that knows one parameter."""
    draws = pd.DataFrame(list(prior_draws(range(1, 49)).values()))
    draws["contact_effect"] = 0.4 + 0.1 * draws["contact_effect"]
    draws.to_parquet(place / "p.parquet")
    run("prior", "--seeds", "48")
    run("posterior", "--seeds", "48", "--posterior", "p.parquet")
    return place


@pytest.mark.long
def test_what_calibration_changed_is_printed_written_and_briefed(both: Path) -> None:
    ended = call("compare", "prior", "posterior")
    assert ended.exit_code == 0
    assert "both, before and after" in ended.stdout
    assert "parameters that are drawn stay at the prior" in ended.stdout
    table = pd.read_csv(both / "posterior" / "compare.csv")
    assert set(table["table"]) == {"headline"}
    assert {"estimate_before", "estimate_after", "width_change", "verdict_moved"} <= set(table)
    assert (both / "posterior" / "figures" / "before_after.svg").stat().st_size > 0

    assert call("figures", "posterior").exit_code == 0
    assert call("brief", "posterior", "--beside", "prior").exit_code == 0
    page = (both / "posterior" / "briefing.html").read_text()
    assert page.count("Before and after calibration</h") == 1
    assert " verdicts moved, " in page  # the figure's title
    assert "stay at the prior, as the record does not tell" in page
    assert "Before and after calibration</h" not in _brief(both, "prior")

    refused = call("compare", "prior", "prior")
    assert refused.exit_code == 2
    (line,) = refused.stderr.splitlines()
    assert line == "error: prior, prior: have the same draws, so there is nothing to compare"

    known = call("knowing", "posterior", "--outcome", "development")
    assert known.exit_code == 0, known.stderr
    assert "parameters that are drawn stay at the prior" in known.stdout
    rows = pd.read_csv(both / "posterior" / "knowing.csv")
    assert set(rows["of"]) == {"parameter", "group", "all"}
    in_german = call("knowing", "posterior", "--outcome", "development", "--language", "de")
    assert in_german.exit_code == 0
    for said in ("share: Anteil an der Varianz", "C ≥ 1, bei Stillstand", "Substitution > 0, bei Stillstand"):
        assert said in in_german.stdout
    assert "at stall" not in in_german.stdout
    wrong = call("knowing", "posterior", "--arm", "boht")
    assert wrong.stderr.strip() == "error: --arm: found 'boht', allowed: both"


def _brief(place: Path, folder: str) -> str:
    assert call("figures", folder).exit_code == 0
    assert call("brief", folder).exit_code == 0
    return (place / folder / "briefing.html").read_text()


@pytest.mark.long
def test_forms_are_averaged_by_what_they_foretell(place: Path) -> None:
    draws = pd.DataFrame(list(prior_draws(range(1, 13)).values()))
    for form, effect in (("one", 0.2), ("two", 0.8)):
        folder = place / "cal" / form
        folder.mkdir(parents=True)
        draws.assign(contact_effect=effect + 0.1 * draws["contact_effect"]).to_parquet(
            folder / "posterior.parquet"
        )
        options = ("--seeds", "12", "--posterior", f"cal/{form}/posterior.parquet")
        run(f"cal/{form}/predictive", *options, "--set", "record.statistics=true")
        run(form, *options, "--set", f"parameters.learning_form={'hazard' if form == 'one' else 'best'}")
        statistics = ["both/ties.mean", "both/ties.without", "none/ties.mean"]
        values = [4.0, 0.4 + (1e-14 if form == "two" else 0.0), 4.0]  # as machines differ in the last digit
        targets = pd.DataFrame({"statistic": statistics, "use": ["V", "V", "C"], "value": values})
        write_csvs({"targets.csv": targets.assign(bootstrap_sd=0.1, discrepancy_sd=0.2)}, folder)
    calibrations = ("--calibration", "cal/one", "--calibration", "cal/two")
    ended = call("average", "one", "two", *calibrations, "--out", "averaged")
    assert ended.exit_code == 0, ended.stderr
    weights = pd.read_csv(place / "averaged" / "weights.csv")
    assert list(weights["form"]) == ["one", "two"]
    assert weights["stacking"].sum() == pytest.approx(1)
    assert (weights["statistics"] == 2).all()
    table = pd.read_csv(place / "averaged" / "average.csv")
    mixed = table[table["form"] == "averaged"].set_index(["estimand", "outcome"])["probability_positive"]
    for form, weight in zip(weights["form"], weights["stacking"], strict=True):
        own = table[table["form"] == form].set_index(["estimand", "outcome"])["probability_positive"]
        mixed = mixed - weight * own
    assert mixed.abs().max() == pytest.approx(0, abs=1e-9)

    swapped = call("average", "two", "one", *calibrations, "--out", "averaged")
    assert swapped.exit_code == 2
    assert swapped.stderr.startswith("error: two: its draws are not those of cal/one/posterior.parquet")
    write_csvs({"targets.csv": targets.assign(bootstrap_sd=0.1, discrepancy_sd=0.3)}, place / "cal" / "two")
    differ = call("average", "one", "two", *calibrations, "--out", "averaged")
    assert differ.exit_code == 2
    assert differ.stderr == "error: cal/one, cal/two: their targets of use V differ, expected the same\n"
    alone = call("average", "one", "--calibration", "cal/one", "--out", "averaged")
    assert "expected two results or more" in alone.stderr
