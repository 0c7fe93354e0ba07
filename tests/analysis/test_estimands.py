"""Standing value, substitution and response of runs where they are known; what arms are to one another."""

import numpy as np
import pandas as pd
import pytest

from analysis.tables import ESTIMANDS, estimand_runs, known_runs, write_runs
from citysim.analysis.arms import ALONE, RESPONSE, counterparts, main_arms
from citysim.analysis.estimands import rows_of, share_verdict
from citysim.analysis.headline import write_tables
from citysim.model.parameters import parameter_specs
from citysim.plan.config import ExperimentConfig, load_config

#: Standing value, substitution without response, response.
KNOWN = {"both": (0.05, 0.3, 0.1), "no_response": (0.05, 0.3, 0.0)}


def headline(folder, *runs, config=ESTIMANDS):
    return write_tables(write_runs(folder, *runs, config=config))["headline"]


def table(head, estimand):
    return rows_of(head, estimand).set_index(["arm", "outcome", "stall"]).sort_index()


class TestKnownAnswer:
    """Closed form: without noise each replication has exactly what it was made with."""

    @pytest.fixture(scope="class")
    @classmethod
    def head(cls, tmp_path_factory):
        return headline(tmp_path_factory.mktemp("known"), estimand_runs(KNOWN))

    def test_standing_value_is_in_the_unit_of_the_outcome_and_once_per_arm(self, head):
        found = table(head, "standing_value")
        assert list(found.index.get_level_values("stall").unique()) == [0.0]
        assert len(found) == 4
        assert np.allclose(found[["estimate", "lower", "upper", "amount"]], 0.05)
        assert (found["probability_positive"] == 1).all()
        assert found["probability_compensates"].isna().all()
        assert set(found["verdict"]) == {"helps"}

    def test_substitution_counts_nothing_that_is_there_without_stall(self, head):
        found = table(head, "substitution")
        assert np.allclose(found.loc["both", ["estimate", "lower", "upper", "ratio_of_means"]], 0.4)
        assert np.allclose(found.loc["no_response", "estimate"], 0.3)
        assert (found["probability_compensates"] == 0).all()
        assert (found["probability_positive"] == 1).all()
        assert set(found["verdict"]) == {"adds"}

    def test_response_is_held_against_the_same_ties_without_it(self, head):
        found = table(head, "response")
        assert set(found.index.get_level_values("arm")) == {"both"}
        assert np.allclose(found[["estimate", "lower", "upper"]], 0.1)
        assert np.allclose(found.xs(1.0, level="stall")["amount"], 0.02)

    def test_compensation_is_the_standing_share_and_substitution(self, head):
        share = table(head, "compensation")["estimate"] - table(head, "substitution")["estimate"]
        assert np.allclose(share.xs(1.0, level="stall"), 0.05 / 0.2)
        assert np.allclose(share.xs(0.5, level="stall"), 0.05 / 0.1)

    def test_outcomes_where_less_is_better_have_the_same_sign(self, head):
        for name in ("standing_value", "substitution", "response"):
            wide = rows_of(head, name).pivot(index=["arm", "stall"], columns="outcome", values="estimate")
            assert np.allclose(wide["development"], wide["loss"])

    def test_effects_hold_the_shares_with_what_they_are_held_against(self, tmp_path):
        effects = write_tables(write_runs(tmp_path, estimand_runs(KNOWN), config=ESTIMANDS))["effects"]
        rows = effects[effects["estimand"] == "response"]
        assert set(rows["versus"]) == {"no_response"}
        assert rows["planned"].all()
        assert set(effects.loc[effects["estimand"] == "substitution", "versus"]) == {"none"}


class TestCostOfStall:
    def test_a_draw_in_which_stall_costs_nothing_or_helps_is_never_a_success(self, tmp_path):
        parts = [estimand_runs({"both": (0.5, 2.0, 1.5), "no_response": (0.5, 2.0, 0.0)}, seeds=12)]
        for i, cost in enumerate((0.0, -0.2)):
            part = estimand_runs(KNOWN, seeds=4, cost=cost)
            parts.append(part.assign(seed=part["seed"] + 100 * (i + 1)))
        head = headline(tmp_path, *parts)
        for name in ("substitution", "response", "compensation"):
            found = table(head, name).loc["both"]
            assert np.allclose(found["probability_compensates"], 12 / 20)
            assert np.allclose(found["probability_positive"], 12 / 20)
            assert np.allclose(found["share_states_hardly_matter"], 8 / 20)
            assert (found["n_states_matter"] == 12).all()
        assert np.allclose(table(head, "substitution").loc["both", "estimate"], 3.5)
        assert (table(head, "standing_value")["n_seeds"] == 20).all()

    def test_where_stall_never_costs_anything_shares_are_undefined_and_the_standing_value_is_not(
        self, tmp_path
    ):
        head = headline(tmp_path, estimand_runs(KNOWN, cost=0.0))
        for name in ("substitution", "response", "compensation"):
            assert set(rows_of(head, name)["verdict"]) == {"undefined"}
            assert rows_of(head, name)[["estimate", "lower", "upper"]].isna().all(axis=None)
        assert set(rows_of(head, "standing_value")["verdict"]) == {"helps"}

    def test_the_error_of_chance_is_that_of_the_ratio_at_the_defaults(self, tmp_path):
        """Sd of a difference of two runs over the cost and √64: within 40 %, four times its own error of 9 %.

        A false alarm in one of ten thousand.
        """
        defaults = estimand_runs(KNOWN, seeds=64, draw="defaults", noise=0.002)
        head = headline(tmp_path, estimand_runs(KNOWN), defaults)
        expected = 0.002 * np.sqrt(2) / 0.2 / np.sqrt(64)
        errors = table(head, "response").xs(1.0, level="stall")["monte_carlo_error"]
        assert errors.between(expected / 1.4, expected * 1.4).all()


class TestMissing:
    def test_without_an_arm_without_response_there_is_none_and_a_line_says_why(self, tmp_path):
        head = headline(tmp_path, estimand_runs({"both": KNOWN["both"]}))
        assert rows_of(head, "response").empty
        assert len(rows_of(head, "substitution")) == 4
        assert head.attrs["no_response"].startswith("no arm without response")

    def test_too_few_replications_have_no_verdict(self, tmp_path):
        head = headline(tmp_path, estimand_runs(KNOWN, seeds=3))
        assert set(head["verdict"]) == {"too few"}

    def test_a_replication_that_lacks_a_run_is_left_out_where_it_is_needed(self, tmp_path):
        runs = estimand_runs(KNOWN)
        lost = (runs["arm"] == "both") & (runs["stall"] == 0.0) & (runs["seed"] == 3)
        head = headline(tmp_path, runs[~lost])
        assert (table(head, "standing_value").loc["both", "n_seeds"] == 19).all()
        assert (table(head, "substitution").loc["both", "n_seeds"] == 19).all()
        assert (table(head, "response").loc["both", "n_seeds"] == 20).all()
        assert (table(head, "compensation").loc["both", "n_seeds"] == 20).all()
        assert (table(head, "substitution").loc["both", "n_incomplete"] == 1).all()

    def test_a_headline_of_before_is_all_compensation(self):
        before = pd.DataFrame({"arm": ["both"], "estimate": [1.0]})
        assert len(rows_of(before, "compensation")) == 1
        assert rows_of(before, "substitution").empty


@pytest.mark.parametrize(
    ("lower", "upper", "divisible", "count", "expected"),
    [
        (0.1, 1.9, True, 20, "adds"),
        (-0.1, 0.9, True, 20, "no effect shown"),
        (-0.9, -0.1, True, 20, "takes away"),
        (0.1, 0.9, False, 20, "undefined"),
        (np.nan, np.nan, True, 20, "undefined"),
        (0.1, 0.9, True, 4, "too few"),
    ],
)
def test_verdict_of_a_share(lower, upper, divisible, count, expected):
    assert share_verdict(lower, upper, divisible=divisible, count=count) == expected


def test_what_cities_do_alone_is_the_response_of_the_arm_without_cooperation(tmp_path):
    config = ESTIMANDS + "[arms.passive]\ntwinning = false\nretreat_alone = 0.0\n"
    runs = estimand_runs(KNOWN | {"passive": (0.0, 0.0, -0.25)})
    head = headline(tmp_path, runs, config=config)
    alone = rows_of(head, "response").query("arm == 'none'")
    assert len(alone) == 2 * 2
    assert alone["estimate"].to_numpy() == pytest.approx(0.25)
    assert set(head[head["arm"].isin(["none", "passive"])]["estimand"]) == {"response"}


class TestArms:
    """Arms are told apart by their settings, not by their names."""

    ZERO = dict.fromkeys(RESPONSE, 0.0)

    def config(self, parameters="prior", **arms):
        return ExperimentConfig(
            name="x",
            seeds=5,
            uncertainty={"parameters": parameters},
            arms={"none": {"twinning": False}, **arms},
        )

    def test_the_counterpart_is_equal_but_for_response(self):
        found = counterparts(self.config(both={"twinning": True}, same={"twinning": True, **self.ZERO}))
        assert found == {"both": "same"}

    def test_without_cooperation_the_counterpart_has_no_response_of_cities_alone(self):
        passive = {"twinning": False, "retreat_alone": 0.0}
        config = self.config(both={"twinning": True}, passive=passive)
        assert counterparts(config) == {"none": "passive"}
        assert main_arms(config) == ("none", "both")

    def test_one_response_left_is_no_counterpart(self):
        zero = dict.fromkeys(list(self.ZERO)[1:], 0.0)
        assert counterparts(self.config(both={"twinning": True}, most={"twinning": True, **zero})) == {}

    def test_what_is_0_by_default_and_not_drawn_needs_no_setting(self):
        specs = parameter_specs()
        zero = {name: 0.0 for name in self.ZERO if specs[name].default != 0}
        assert set(zero) != set(self.ZERO), "the test needs a response that is 0 by default"
        arms = {"both": {"twinning": True}, "same": {"twinning": True, **zero}}
        assert counterparts(self.config("prior", **arms)) == {}
        assert counterparts(self.config("defaults", **arms)) == {"both": "same"}

    def test_of_the_claim_both_and_none_have_a_counterpart_and_figures_show_four_arms(self):
        config = load_config("claim")
        assert counterparts(config) == {"both": "both_without_response", "none": "none_without_response"}
        assert main_arms(config) == ("none", "twinning", "networks", "both")

    def test_arms_that_take_away_anything_but_response_are_main_ones(self):
        config = load_config("scope")
        assert main_arms(config) == tuple(config.arms)

    def test_the_model_has_parameters_of_response(self):
        assert {*RESPONSE, *ALONE} <= set(parameter_specs())


def test_known_compensation_is_not_moved_by_the_other_estimands(tmp_path):
    head = write_tables(write_runs(tmp_path, known_runs({"none": 0.0, "both": 1.1}, seeds=6)))["headline"]
    assert np.allclose(rows_of(head, "compensation")["estimate"], 1.1)
    # All of this C is there because of stall: the arms are equal without it.
    assert np.allclose(rows_of(head, "substitution")["estimate"], 1.1)
    assert np.allclose(rows_of(head, "standing_value")["estimate"], 0.0)
