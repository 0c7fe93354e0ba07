import numpy as np
import pandas as pd
import pytest

from analysis.tables import known_runs, write_runs
from citysim.analysis.cells import paired_cells
from citysim.analysis.compensation import compensation_table, verdict
from citysim.analysis.results import read_results

KNOWN = {"none": 0.0, "twinning": 0.5, "networks": -0.3, "both": 1.1}


def table(folder, *runs):
    """Compensation of a result folder with these runs, indexed by arm, stall, outcome."""
    results = read_results(write_runs(folder, *runs))
    (cells,) = paired_cells(results)
    return compensation_table(cells).set_index(["arm", "stall", "outcome"]).sort_index()


class TestRatio:
    def test_without_noise_the_known_ratio_comes_back_at_every_stall_level(self, tmp_path):
        found = table(tmp_path, known_runs(KNOWN, seeds=6))
        for (arm, _, _), row in found.iterrows():
            assert np.allclose(
                row[["estimate", "lower", "upper", "ratio_of_means"]].astype(float), KNOWN[arm]
            )

    def test_outcomes_where_less_is_better_have_the_same_sign(self, tmp_path):
        found = table(tmp_path, known_runs(KNOWN, seeds=6))["estimate"].unstack("outcome")
        assert np.allclose(found["development"], found["loss"])

    def test_replication_noise_widens_the_interval_and_not_the_monte_carlo_error(self, tmp_path):
        drawn = known_runs(KNOWN, seeds=40, spread=0.3)
        defaults = known_runs(KNOWN, seeds=8, draw="defaults", noise=0.001)
        row = table(tmp_path, drawn, defaults).loc[("both", 1.0, "development")]
        assert row["upper"] - row["lower"] > 0.5
        assert 0 < row["monte_carlo_error"] < 0.01

    def test_pairing_takes_out_what_replications_share(self, tmp_path):
        runs = known_runs(KNOWN, seeds=20, shared=2.0, noise=0.001)
        paired = table(tmp_path / "a", runs).loc[("both", 1.0, "development")]
        assert paired["estimate"] == pytest.approx(1.1, abs=0.02)
        mixed = runs.assign(seed=np.where(runs["arm"] == "both", (runs["seed"] + 7) % 20, runs["seed"]))
        unpaired = table(tmp_path / "b", mixed).loc[("both", 1.0, "development")]
        assert unpaired["upper"] - unpaired["lower"] > 20 * (paired["upper"] - paired["lower"])

    def test_order_of_the_runs_changes_nothing(self, tmp_path):
        runs = known_runs(KNOWN, seeds=8, noise=0.02)
        mixed = runs.sample(frac=1, random_state=1)
        pd.testing.assert_frame_equal(table(tmp_path / "a", runs), table(tmp_path / "b", mixed))


class TestNull:
    def test_cooperation_that_does_nothing_has_a_ratio_about_zero(self, tmp_path):
        found = table(tmp_path, known_runs(dict.fromkeys(KNOWN, 0.0), seeds=24, noise=0.01))
        assert set(found["verdict"]) == {"no effect shown"}
        assert found["estimate"].abs().max() < 0.1

    def test_with_equal_random_numbers_it_is_exactly_zero(self, tmp_path):
        found = table(tmp_path, known_runs(dict.fromkeys(KNOWN, 0.0), seeds=6))
        assert (found["verdict"] == "no effect shown").all()
        assert np.allclose(found["estimate"], 0)


class TestUndefined:
    def test_stall_that_costs_nothing_has_no_ratio_but_a_difference(self, tmp_path):
        drawn = known_runs(KNOWN, seeds=20, cost=0.0, noise=0.02)
        defaults = known_runs(KNOWN, seeds=8, draw="defaults", cost=0.0, noise=0.02)
        found = table(tmp_path, drawn, defaults)
        assert set(found["verdict"]) == {"undefined"}
        assert found[["estimate", "lower", "upper"]].isna().all(axis=None)
        assert found["difference"].notna().all()
        assert (found["share_states_hardly_matter"] > 0.7).all()

    def test_equal_runs_divide_nothing_by_nothing_and_are_no_success(self, tmp_path):
        found = table(tmp_path, known_runs(KNOWN, seeds=6, cost=0.0))
        assert set(found["verdict"]) == {"undefined"}
        assert (found[["probability_compensates", "probability_positive"]] == 0).all(axis=None)
        assert (found["share_states_hardly_matter"] == 1).all()

    def test_a_draw_in_which_stall_helps_is_counted_apart_and_never_as_success(self, tmp_path):
        costly = known_runs(KNOWN, seeds=15, cost=0.2)
        helped = known_runs(KNOWN, seeds=5, cost=-0.2).assign(seed=lambda t: t["seed"] + 100)
        helped["run"] = "helped" + helped["run"]
        found = table(tmp_path, costly, helped)
        assert np.allclose(found.loc["both", "probability_compensates"], 0.75)
        assert np.allclose(found.loc["networks", "probability_compensates"], 0.0)
        assert np.allclose(found["share_states_hardly_matter"], 0.25)

    def test_share_in_which_states_hardly_matter_counts_draws_without_a_cost(self, tmp_path):
        costly = known_runs(KNOWN, seeds=15, cost=0.2)
        free = known_runs(KNOWN, seeds=5, cost=0.0).assign(seed=lambda t: t["seed"] + 100)
        free["run"] = "free" + free["run"]
        found = table(tmp_path, costly, free)
        assert np.allclose(found["share_states_hardly_matter"], 0.25)

    def test_draws_in_which_states_hardly_matter_leave_the_ratio_alone(self, tmp_path):
        costly = known_runs(KNOWN, seeds=15, cost=0.2)
        other = dict.fromkeys(KNOWN, 3.0) | {"none": 0.0}
        free = known_runs(other, seeds=5, cost=1e-6).assign(seed=lambda t: t["seed"] + 100)
        free["run"] = "free" + free["run"]
        defaults = known_runs(KNOWN, seeds=8, draw="defaults", cost=0.2, noise=0.001)
        found = table(tmp_path, costly, free, defaults)
        assert (found["n_states_matter"] == 15).all()
        for (arm, _, _), row in found.iterrows():
            assert np.allclose(row[["estimate", "lower", "upper"]].astype(float), KNOWN[arm])

    def test_where_states_hardly_matter_in_most_draws_there_is_no_ratio(self, tmp_path):
        costly = known_runs(KNOWN, seeds=7, cost=0.2)
        free = known_runs(KNOWN, seeds=13, cost=0.0).assign(seed=lambda t: t["seed"] + 100)
        free["run"] = "free" + free["run"]
        assert set(table(tmp_path, costly, free)["verdict"]) == {"undefined"}


class TestProbability:
    @pytest.mark.parametrize("outcome", ["development", "loss"])
    def test_is_the_share_of_replications_that_reach_the_unstalled_world(self, tmp_path, outcome):
        good = known_runs({"none": 0, "both": 1.2}, seeds=3)
        bad = known_runs({"none": 0, "both": 0.8}, seeds=9).assign(seed=lambda t: t["seed"] + 50)
        bad["run"] = "bad" + bad["run"]
        row = table(tmp_path, good, bad).loc[("both", 1.0, outcome)]
        assert row["probability_compensates"] == 0.25
        assert row["probability_lower"] < 0.25 < row["probability_upper"]


class TestMissingRuns:
    def test_an_incomplete_replication_is_left_out_of_its_cell_alone_and_counted(self, tmp_path):
        runs = known_runs(KNOWN, seeds=8, noise=0.02)
        lost = (runs["arm"] == "both") & (runs["stall"] == 1.0) & (runs["seed"] == 3)
        found = table(tmp_path / "a", runs[~lost])
        assert (found.loc[("both", 1.0), "n_seeds"] == 7).all()
        assert (found.loc[("both", 1.0), "n_incomplete"] == 1).all()
        assert (found.drop(("both", 1.0))["n_seeds"] == 8).all()
        without = table(tmp_path / "b", runs[runs["seed"] != 3])
        same = found.loc[("both", 1.0), "estimate"], without.loc[("both", 1.0), "estimate"]
        assert np.allclose(*same)

    def test_a_lost_baseline_run_costs_the_replication_in_every_arm(self, tmp_path):
        runs = known_runs(KNOWN, seeds=8)
        lost = (runs["arm"] == "none") & (runs["stall"] == 0.0) & (runs["seed"] == 3)
        assert (table(tmp_path, runs[~lost])["n_seeds"] == 7).all()

    def test_one_replication_is_too_few_and_has_no_interval(self, tmp_path):
        found = table(tmp_path, known_runs(KNOWN, seeds=1))
        assert set(found["verdict"]) == {"too few"}
        assert found[["lower", "upper", "monte_carlo_error"]].isna().all(axis=None)
        assert np.allclose(found.loc["both", "estimate"], 1.1)


class TestDefaults:
    def test_alone_they_carry_the_headline_and_its_monte_carlo_error(self, tmp_path):
        found = table(tmp_path, known_runs(KNOWN, seeds=12, draw="defaults", noise=0.01))
        assert (found["n_seeds"] == 12).all()
        assert found["monte_carlo_error"].gt(0).all()

    def test_beside_draws_they_do_not_enter_the_headline(self, tmp_path):
        drawn = known_runs(KNOWN, seeds=6)
        defaults = known_runs(dict.fromkeys(KNOWN, 0.0), seeds=6, draw="defaults", noise=0.001)
        row = table(tmp_path, drawn, defaults).loc[("both", 1.0, "development")]
        assert row["estimate"] == pytest.approx(1.1)
        assert row["estimate_defaults"] == pytest.approx(0.0, abs=0.02)
        assert (row["n_seeds"], row["n_defaults"]) == (6, 6)


@pytest.mark.parametrize(
    ("lower", "upper", "divisible", "count", "expected"),
    [
        (1.0, 2.0, True, 20, "compensates"),
        (0.1, 0.9, True, 20, "partly"),
        (-0.1, 0.9, True, 20, "no effect shown"),
        (-0.1, 1.9, True, 20, "no effect shown"),
        (-0.9, -0.1, True, 20, "harms"),
        (0.1, 1.9, True, 20, "open"),
        (0.1, 0.9, False, 20, "undefined"),
        (np.nan, np.nan, True, 20, "undefined"),
        (0.1, 0.9, True, 4, "too few"),
    ],
)
def test_verdict(lower, upper, divisible, count, expected):
    assert verdict(lower, upper, divisible=divisible, count=count) == expected
