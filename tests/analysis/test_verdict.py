"""The verdict over the prior, on replications with a known answer."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.tables import CONFIG, ESTIMANDS, estimand_runs, known_runs, write_runs
from citysim.analysis.sensitivity import read_indices
from citysim.analysis.verdict import (
    Event,
    Replications,
    dependence_table,
    most_important,
    most_telling,
    read_replications,
    verdict_table,
)
from citysim.errors import ResultError

RATIO = {"none": 0.0, "networks": -0.5, "both": 1.0}


def folder(path: Path, *, seeds: int = 40, spread: float = 0.5, noise: float = 0.02) -> Path:
    """Replications in which C of both lies around 1 and networks do harm; at defaults there is noise only."""
    drawn = known_runs(RATIO, seeds=seeds, spread=spread, shared=0.0)
    defaults = known_runs(RATIO, seeds=30, draw="defaults", noise=noise, rng=2)
    write_runs(path, drawn, defaults, config=CONFIG)
    design = pd.concat([drawn, defaults])[["run", "arm", "seed", "draw", "stall"]]
    r = np.random.default_rng(3).random((1000, 2))
    at_defaults = (design["draw"] == "defaults").to_numpy()
    for j, name in enumerate(("closure", "solidarity")):
        design[name] = np.where(at_defaults, 0.3, r[design["seed"], j])
    design.to_parquet(path / "design.parquet", index=False)
    return path


def test_probabilities_are_the_shares_of_the_replications(tmp_path: Path) -> None:
    draws = read_replications(folder(tmp_path))
    table = verdict_table(draws).set_index(["event", "outcome", "arm", "stall"])
    assert len(table) == 3 * 2 * 2 * 2  # no arm without response: nothing responds
    assert draws.arm == "both"
    harm = table.loc[("harms", "loss", "networks", 1.0)]
    assert harm["probability"] > 0.7
    both = table.loc[("compensates", "development", "both", 1.0)]
    assert 0.2 < both["probability"] < 0.8
    assert both["lower"] < both["probability"] < both["upper"]
    assert both["n"] == 40
    assert both["chance"] == pytest.approx(0.02 * np.sqrt(2), rel=0.35)
    assert both["probability_least"] < both["probability"] < both["probability_most"]
    assert both["probability_most"] - both["probability_least"] == pytest.approx(both["share_within_chance"])


def test_a_draw_in_which_stall_costs_nothing_is_told_apart_and_never_so() -> None:
    margin, costs = np.array([1.0, 1.0, -1.0, np.nan]), np.array([True, False, True, True])
    event = Event("substitutes", "loss", "both", 1.0, margin, 0.0, costs)
    assert event.true.tolist() == [True, False, False, False]
    assert event.costs_nothing == pytest.approx(1 / 3)
    row = verdict_table(Replications(pd.DataFrame(), (event,), 1.0)).iloc[0]
    assert (row["n"], row["probability"], row["share_costs_nothing"]) == (3, 1 / 3, 1 / 3)
    assert np.isnan(Event("harms", "loss", "both", 1.0, margin, 0.0).costs_nothing)


def test_substitution_and_response_are_events(tmp_path: Path) -> None:
    runs = estimand_runs({"both": (0.01, 0.6, 0.05), "no_response": (0.01, 0.6, 0.0)}, seeds=20)
    path = write_runs(tmp_path, runs, config=ESTIMANDS)
    design = runs[["run", "arm", "seed", "draw", "stall"]].assign(closure=runs["seed"] / 20)
    design.to_parquet(path / "design.parquet", index=False)
    table = verdict_table(read_replications(path)).set_index(["event", "outcome", "arm", "stall"])
    assert table.loc[("substitutes", "loss", "both", 1.0), "probability"] == 1
    assert table.loc[("responds", "loss", "both", 1.0), "probability"] == 1
    assert ("responds", "loss", "no_response", 1.0) not in table.index
    assert table.loc[("compensates", "loss", "no_response", 0.5), "probability"] == 0


def test_draws_stand_beside_their_replication(tmp_path: Path) -> None:
    draws = read_replications(folder(tmp_path))
    expected = np.random.default_rng(3).random((1000, 2))[:40]
    np.testing.assert_array_equal(draws.parameters[["closure", "solidarity"]], expected)


def test_a_missing_run_leaves_its_replication_out(tmp_path: Path) -> None:
    path = folder(tmp_path)
    runs = pd.read_parquet(path / "runs" / "part-0.parquet")
    lost = (runs["arm"] == "both") & (runs["stall"] == 1.0) & (runs["seed"] == 7)
    runs[~lost].to_parquet(path / "runs" / "part-0.parquet")
    table = verdict_table(read_replications(path)).set_index(["event", "outcome", "arm", "stall"])
    assert table.loc[("compensates", "loss", "both", 1.0), "n"] == 39
    assert table.loc[("compensates", "loss", "both", 0.5), "n"] == 40


class TestDependence:
    parameters = pd.DataFrame(np.random.default_rng(0).random((90, 20)), columns=[f"p{i}" for i in range(20)])

    def table(self, margin: np.ndarray) -> pd.DataFrame:
        event = Event("compensates", "loss", "both", 1.0, margin, 0.1)
        return dependence_table(Replications(self.parameters, (event,), 1.0))

    def test_the_parameter_that_decides_is_found_with_its_thirds(self) -> None:
        table = self.table(self.parameters["p4"].to_numpy() - 0.4)
        assert most_telling(table, 1) == ["p4"]
        rows = table[table["parameter"] == "p4"].set_index("third")
        assert list(rows.index) == ["low", "middle", "high"]
        assert rows["n"].tolist() == [30, 30, 30]
        assert rows.loc["low", "probability"] == 0
        assert rows.loc["high", "probability"] == 1
        assert rows.loc["low", "to"] < rows.loc["middle", "from"]
        assert rows["p_adjusted"].max() < 1e-6
        assert table.loc[table["parameter"] != "p4", "p_adjusted"].min() > 0.05

    def test_where_nothing_decides_one_parameter_or_more_is_called_in_one_case_of_twenty(self) -> None:
        """Of 60, eight or more would have a chance of .013."""
        r = np.random.default_rng(8)
        called = [self.table(r.normal(size=90))["p_adjusted"].min() <= 0.05 for _ in range(60)]
        assert sum(called) <= 7

    def test_what_is_always_so_hangs_on_nothing(self) -> None:
        table = self.table(np.ones(90))
        assert table["p_value"].isna().all()
        assert (table["probability"] == 1).all()

    def test_a_margin_of_nought_compensates_and_does_no_harm(self) -> None:
        nought = np.zeros(4)
        assert Event("compensates", "loss", "both", 1.0, nought, 0.0).true.all()
        assert not Event("harms", "loss", "both", 1.0, nought, 0.0).true.any()


def test_importance_is_read_from_sensitivity_indices(tmp_path: Path) -> None:
    columns = {"quantity": "gap", "outcome": "loss", "arm": "both", "parameter": ["a", "b", "c"]}
    pd.DataFrame({**columns, "ST": [0.1, 0.7, 0.2]}).to_csv(tmp_path / "sensitivity.csv", index=False)
    indices = read_indices(tmp_path)
    assert most_important(indices, "loss", "both", 2) == ["b", "c"]
    assert most_important(indices, "loss", "networks", 2) == []
    with pytest.raises(ResultError, match="make it with: citysim sensitivity CONFIG --out"):
        read_indices(tmp_path / "none")


def test_an_experiment_without_a_prior_or_with_too_little_is_told_in_a_line(tmp_path: Path) -> None:
    few = folder(tmp_path / "few", seeds=5)
    with pytest.raises(ResultError, match="5 replications, needed: 15; raise seeds"):
        read_replications(few)
    fixed = write_runs(tmp_path / "fixed", known_runs(RATIO, draw="defaults"))
    with pytest.raises(ResultError, match="its replications draw no parameters"):
        read_replications(fixed)
    with pytest.raises(ResultError, match=r"--stall: found 0.3, allowed: 0.5, 1"):
        read_replications(folder(tmp_path / "enough"), 0.3)
