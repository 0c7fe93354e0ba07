import numpy as np
import pandas as pd
import pytest

from analysis.tables import CONFIG, known_runs, write_runs
from citysim.analysis.cells import paired_cells
from citysim.analysis.headline import write_tables
from citysim.analysis.multiplicity import (
    HEADLINE_OUTCOMES,
    holm,
    planned_count,
    planned_summary,
    simultaneous_level,
)
from citysim.analysis.results import read_results
from citysim.analysis.tables import read_effects

KNOWN = {"none": 0.0, "twinning": 0.0, "both": 1.5}


def effects(folder, *runs, config=CONFIG):
    write_tables(write_runs(folder, *runs, config=config))
    return read_effects(folder)


class TestHolm:
    def test_the_example_of_the_paper_on_sequential_rejection(self):
        # Ordered p times 4, 3, 2, 1, never falling: the definition by hand.
        assert np.allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])

    def test_never_above_one_never_below_p_and_between_holm_and_bonferroni(self):
        p = np.random.default_rng(1).uniform(size=30) ** 3
        found = holm(p)
        assert ((found >= p) & (found <= np.minimum(30 * p, 1))).all()
        assert found[p.argmin()] == pytest.approx(min(30 * p.min(), 1))

    def test_what_was_not_planned_takes_no_part(self):
        found = holm(np.array([0.02, np.nan, 0.01]))
        assert np.allclose(found, [0.02, np.nan, 0.02], equal_nan=True)


class TestPlanned:
    def test_are_arms_by_headline_outcomes_by_stall_levels_for_four_questions(self, tmp_path):
        runs = known_runs(KNOWN, seeds=6, outcomes=(*HEADLINE_OUTCOMES, "coverage"))
        table = effects(tmp_path, runs)
        asked = table[table["planned"]]
        assert len(asked) == 2 * 4 * 2 * 4
        assert set(asked["arm"]) == {"twinning", "both"}
        assert set(asked["versus"]) == {"none"}
        assert set(asked["stall"]) == {0.5, 1.0}
        assert set(asked["outcome"]) == set(HEADLINE_OUTCOMES)
        assert asked["estimand"].value_counts().to_dict() == {
            "compensation": 16,
            "difference_arms": 16,
            "difference_unstalled": 16,
            "substitution": 16,
        }

    def test_their_number_is_known_beforehand_and_adjusts_the_intervals(self, tmp_path):
        runs = known_runs(KNOWN, seeds=20, spread=0.2, noise=0.01, outcomes=HEADLINE_OUTCOMES)
        table = effects(tmp_path, runs)
        results = read_results(tmp_path)
        assert planned_count(paired_cells(results)) == table["planned"].sum() == 64
        asked = table[table["planned"] & (table["estimand"] == "difference_arms")]
        assert (asked["lower_adjusted"] <= asked["median_lower"]).all()
        assert (
            asked["upper_adjusted"] > asked["upper_adjusted"].where(asked["p_value"] < 0).fillna(-9)
        ).all()
        width, alone = (asked[f"upper{e}"] - asked[f"lower{e}"] for e in ("_adjusted", ""))
        assert (width > 0).all()
        assert (asked["median_upper"] - asked["median_lower"] < width).all()
        assert (width <= alone + 1e-12).all()

    def test_rows_that_were_not_planned_have_no_adjusted_interval_but_one_of_their_own(self, tmp_path):
        table = effects(tmp_path, known_runs(KNOWN, seeds=8, outcomes=("development", "coverage")))
        other = table[~table["planned"]]
        assert set(other["outcome"]) == {"development", "coverage"}
        assert other[["lower_adjusted", "upper_adjusted", "p_adjusted"]].isna().all(axis=None)
        assert (
            other.loc[other["estimand"] == "difference_arms", ["median_lower", "p_value"]]
            .notna()
            .all(axis=None)
        )

    def test_too_few_replications_for_all_at_once_have_no_bounded_interval(self, tmp_path):
        table = effects(tmp_path, known_runs(KNOWN, seeds=5, spread=0.1, outcomes=HEADLINE_OUTCOMES))
        asked = table[table["planned"] & (table["estimand"] == "difference_arms")]
        assert np.isneginf(asked["lower_adjusted"]).all()
        assert np.isposinf(asked["upper_adjusted"]).all()
        assert np.isfinite(asked["median_lower"]).all()

    def test_every_point_of_a_sweep_counts(self, tmp_path):
        parts = []
        for i, value in enumerate((0.0, 0.5, 1.0)):
            part = known_runs({"none": 0.0, "both": 1.0}, seeds=4)
            parts.append(part.assign(run=f"{i}" + part["run"], contact_effect=value))
        table = effects(tmp_path, *parts)
        assert table["planned"].sum() == 3 * (1 * 2 * 2 * 4)
        assert planned_count(paired_cells(read_results(tmp_path))) == 48

    def test_without_an_arm_that_has_no_cooperation_arms_are_held_against_the_first(self, tmp_path):
        config = CONFIG.replace("[arms.none]\ntwinning = false\nnetworks = false\n", "")
        table = effects(tmp_path, known_runs({"twinning": 0.4, "both": 1.0}, seeds=4), config=config)
        asked = table[table["planned"]]
        assert set(asked["estimand"]) == {"difference_arms"}
        assert set(asked["versus"]) == {"twinning"}
        assert len(asked) == planned_count(paired_cells(read_results(tmp_path))) == 4

    def test_without_a_sweep_of_stall_the_only_level_is_asked_about(self, tmp_path):
        table = effects(tmp_path, known_runs(KNOWN, seeds=4, stalls=(0.0,)))
        asked = table[table["planned"]]
        assert set(asked["stall"]) == {0.0}
        assert len(asked) == planned_count(paired_cells(read_results(tmp_path))) == 4

    def test_one_arm_plans_nothing(self, tmp_path):
        assert not effects(tmp_path, known_runs({"none": 0.0}, seeds=4))["planned"].any()


class TestSummary:
    def test_counts_where_each_arm_does_better_or_worse_for_sure(self, tmp_path):
        runs = known_runs({"none": 0.0, "bad": -0.5, "nil": 0.0, "both": 1.5}, seeds=16, noise=0.001)
        found = planned_summary(effects(tmp_path, runs)).set_index(["outcome", "arm"])
        for outcome in ("development", "loss"):
            assert found.loc[(outcome, "both")].tolist() == ["better at 2, worse at 0 of 2"] * 3
            assert found.loc[(outcome, "bad")].tolist() == ["better at 0, worse at 2 of 2"] * 3
            assert found.loc[(outcome, "nil")].tolist() == [
                "better at 0, worse at 0 of 2",
                "better at 0, worse at 2 of 2",
                "better at 0, worse at 0 of 2",
            ]
        assert found.columns.tolist() == ["against none", "against no stall", "more because of stall"]

    def test_is_empty_where_nothing_was_planned(self, tmp_path):
        assert planned_summary(effects(tmp_path, known_runs({"none": 0.0}, seeds=4))).empty


def test_all_hold_at_once_as_often_as_one_would_alone():
    assert simultaneous_level(1) == pytest.approx(0.9)
    assert simultaneous_level(48) == pytest.approx(1 - 0.1 / 48)
    rng = np.random.default_rng(2)
    holds = rng.uniform(size=(20_000, 48)) < simultaneous_level(48)
    assert holds.all(axis=1).mean() == pytest.approx(0.9, abs=0.012)


def test_csv_without_values_reads_back_with_false_for_not_planned(tmp_path):
    effects(tmp_path, known_runs(KNOWN, seeds=4))
    assert pd.read_csv(tmp_path / "effects.csv")["planned"].dtype == bool
