"""Results held against the record, from Python and from the command line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import citysim
from citysim.cli.actions.validate import Asked, check
from citysim.cli.main import app
from citysim.errors import ResultError
from citysim.validation import validate
from citysim.validation.catalogue import Part, Pattern, patterns
from citysim.validation.report import page
from citysim.validation.samples import Samples, sources_in
from citysim.validation.validate import shares, table_of

CONFIG = """
name = "{name}"
seeds = 3
quarters = 8
[world]
kind = "synthetic"
cities = 80
states = 6
[uncertainty]
parameters = "{drawn}"
{file}
monte_carlo_seeds = 1
[arms.both]
twinning = true
networks = true
[record]
statistics = {statistics}
trajectories = false
outcomes = ["development"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small experiment named held: ``prior`` and ``posterior``."""
    place = tmp_path_factory.mktemp("held")
    pd.DataFrame({"learning_state": [0.5, 1.0, 2.0]}).to_csv(place / "draws.csv", index=False)
    for drawn, file in (("prior", ""), ("posterior", 'file = "draws.csv"')):
        config = place / f"{drawn}.toml"
        config.write_text(CONFIG.format(name="held", drawn=drawn, file=file, statistics="true"))
        citysim.run_experiment(config, out=place / drawn, workers=1)
    return place


def part(statistic: str, **ends) -> Part:
    return Part("held", "held", "both", statistic, "for a test", **ends)


def pattern(name: str, use: str, *parts: Part) -> Pattern:
    return Pattern(name, use, "what", "source", "" if parts else "no such thing", parts)


LISTED = [
    pattern("P1", "C", part("ties.gini", low=0.0, high=1.0)),
    pattern("P2", "V", part("ties.mean", low=1e6), part("ties.gini", low=0.0)),
    pattern("P3", "V", part("ties.without", low=2.0)),
    pattern("P4", "V", part("surge.share", low=0.0)),
    pattern("P5", "not applicable"),
    pattern("P6", "C", part("ties.mean", factor=(0.9, 1.1))),
]


@pytest.fixture(scope="module")
def table(folder):
    samples = Samples(sources_in([folder / "prior", folder / "posterior"]))
    return table_of(samples, LISTED, lambda _: {("ties.mean", ""): (1e6, 1e6, 1e6)})


class TestTable:
    def test_each_pattern_has_its_verdict(self, table):
        whole = table.drop_duplicates("pattern").set_index("pattern")["verdict_pattern"]
        assert dict(whole) == {
            "P1": "holds",
            "P2": "partly",
            "P3": "misses",
            "P4": "not run",
            "P5": "not applicable",
            "P6": "misses",
        }

    def test_predictions_are_quantiles_of_the_runs_at_drawn_parameters(self, table, folder):
        results = citysim.load_results(folder / "prior")
        runs = results.runs.merge(results.statistics, on="run")
        own = runs.loc[runs["draw"] == "prior", "ties.gini"]
        row = table[table["pattern"] == "P1"].iloc[0]
        assert row["prior_runs"] == 3
        assert row["prior_median"] == pytest.approx(own.median())
        assert row["prior_upper"] == pytest.approx(own.quantile(0.95))
        assert row["posterior_runs"] == 3

    def test_shares_count_patterns_by_use_and_leave_out_what_was_not_run(self, table):
        found = shares(table).set_index("use")
        assert list(found.loc["C", ["judged", "holds", "not_run"]]) == [2, 1, 0]
        assert list(found.loc["V", ["judged", "holds", "not_run"]]) == [2, 0, 1]
        assert found.loc["both", "share"] == 0.25

    def test_the_page_has_every_pattern_and_the_reason(self, table):
        text = page(table)
        assert "1 of 4 hold (25 %), 1 without a run" in text
        assert "not applicable: no such thing" in text
        assert all(f"| P{number} |" in text for number in range(1, 7))
        kept = table.assign(known=table["known"].replace("", np.nan))  # as a table that was written is read
        assert "| none known |" in page(kept)
        assert "nan" not in page(kept).rpartition("known reason of a miss")[2]

    def test_a_check_is_judged_and_not_counted(self, folder):
        samples = Samples(sources_in([folder / "prior"]))
        table = table_of(samples, [pattern("P", "check", part("ties.gini", low=0.0))], lambda _: {})
        assert table["verdict"].tolist() == ["holds"]
        assert shares(table)["judged"].sum() == 0


def test_made_cities_have_no_record(folder):
    table = validate([folder / "prior"])
    computed = table[(table["experiment"] == "held") & (table["statistic"] == "ties.large_gini")]
    assert computed["sentence"].tolist() == ["No record of these cities to hold it against."]
    published = table[(table["experiment"] == "held") & (table["statistic"] == "onsets.per_year")].iloc[0]
    assert np.isfinite(published["prior_median"])


def test_a_calibration_has_runs_of_the_prior_and_of_the_posterior(folder, tmp_path):
    for wave in ("wave-1", "wave-2"):
        (tmp_path / wave).symlink_to(folder / "posterior")
    (source,) = sources_in([tmp_path])
    assert (source.experiment, source.stage) == ("hindcast", "prior")
    (tmp_path / "predictive").symlink_to(folder / "posterior")
    stages = [(source.experiment, source.stage) for source in sources_in([tmp_path])]
    assert stages == [("hindcast", "prior"), ("hindcast", "posterior")]


def test_two_folders_of_one_experiment_are_refused(folder):
    with pytest.raises(ResultError, match="a second folder of held prior; name one"):
        validate([folder / "prior", folder / "prior"])


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["validate", *map(str, arguments)], catch_exceptions=False)


class TestCommand:
    def test_it_writes_table_page_and_figure(self, folder, tmp_path):
        out = tmp_path / "validation"
        result = call(folder / "prior", folder / "posterior", "--no-run", "--out", out)
        assert result.exit_code == 0, result.output
        table = pd.read_csv(out / "validation.csv")
        assert set(table["pattern"]) == {each.id for each in patterns()}
        assert (out / "validation.md").read_text() == page(validate([folder / "prior", folder / "posterior"]))
        assert (out / "figures" / "validation.png").stat().st_size > 10_000
        assert "figure validation: Each statistic" in result.output
        again = call(folder / "prior", "--no-run", "--out", out, "--language", "de")
        assert again.exit_code == 0, again.output
        assert "Muster der wirklichen Welt" in again.output
        assert "figure validation: Jede Statistik" in again.output

    def test_what_is_missing_is_run_under_prior_and_posterior(self, folder, tmp_path):
        asked = Asked(
            folders=[folder / "prior"],
            out=tmp_path / "v",
            posterior=folder / "draws.csv",
            settings=(),
            workers=None,
            executor="slurm",
            scheduler=None,
            quick=True,
            run=True,
        )
        requests = check(asked)
        needed = {each.experiment for pattern in patterns() for each in pattern.parts}
        by_stage = {(Path(request.out or "").parent.name, str(request.config)) for request in requests}
        assert by_stage == {(stage, name) for stage in ("prior", "posterior") for name in needed} - {
            ("prior", "held")
        }
        assert all("seeds=4" in request.settings and request.executor == "slurm" for request in requests)

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["nowhere", "--no-run"], "nowhere: no such folder"),
            (["--no-run"], "--no-run: no result folders named, so there is nothing to judge"),
            (["--posterior", "none.csv"], "--posterior: none.csv: no such file"),
            (["--set", "world.city=3"], "unknown key"),
            (["--executor", "abacus"], "abacus"),
        ],
    )
    def test_bad_input_is_one_line(self, arguments, told, tmp_path):
        result = call(*arguments, "--out", tmp_path / "v")
        assert result.exit_code == 2
        assert told in result.output
        assert len(result.output.strip().splitlines()) == 1
        assert not (tmp_path / "v").exists()

    @pytest.mark.parametrize(
        ("drawn", "statistics", "told"),
        [
            ("defaults", "true", "found 'defaults', allowed: prior, posterior"),
            ("prior", "false", "holds no statistics; set [record] statistics = true"),
        ],
    )
    def test_results_that_say_nothing_are_refused(self, drawn, statistics, told, tmp_path):
        config = tmp_path / "x.toml"
        config.write_text(CONFIG.format(name="held", drawn=drawn, file="", statistics=statistics))
        citysim.run_experiment(config, out=tmp_path / "x", workers=1, seeds=1)
        result = call(tmp_path / "x", "--no-run", "--out", tmp_path / "v")
        assert result.exit_code == 2
        assert told in result.output
        assert len(result.output.strip().splitlines()) == 1
