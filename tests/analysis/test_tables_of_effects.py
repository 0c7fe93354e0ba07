import numpy as np
import pandas as pd
import pytest

from analysis.tables import CONFIG, known_runs, write_runs
from citysim.analysis.effects import arm_pairs
from citysim.analysis.estimands import rows_of
from citysim.analysis.headline import write_tables
from citysim.analysis.tables import read_effects, read_headline
from citysim.errors import CitysimError, ResultError

KNOWN = {"none": 0.0, "twinning": 0.5, "both": 1.1}
FIRST = [
    "estimand",
    "arm",
    "stall",
    "outcome",
    "estimate",
    "lower",
    "upper",
    "probability_compensates",
    "monte_carlo_error",
    "n_seeds",
    "verdict",
]


class TestHeadline:
    def test_has_the_agreed_columns_first_and_a_row_per_outcome_arm_and_stall(self, tmp_path):
        head = write_tables(write_runs(tmp_path, known_runs(KNOWN)))["headline"]
        assert list(head.columns[:11]) == FIRST
        assert head[["estimand", "outcome", "arm", "stall"]].apply(tuple, axis=1).tolist() == [
            (estimand, outcome, arm, stall)
            for estimand in ("standing_value", "substitution", "compensation")
            for outcome in ("development", "loss")
            for arm in ("twinning", "both")
            for stall in ((0.0,) if estimand == "standing_value" else (0.5, 1.0))
        ]
        assert "no arm without response" in head.attrs["no_response"]

    def test_reads_back_as_written(self, tmp_path):
        head = write_tables(write_runs(tmp_path, known_runs(KNOWN)))["headline"]
        pd.testing.assert_frame_equal(read_headline(tmp_path), head, check_dtype=False)

    def test_is_the_same_file_every_time(self, tmp_path):
        write_runs(tmp_path, known_runs(KNOWN, noise=0.1))
        files = []
        for _ in range(2):
            write_tables(tmp_path)
            files.append((tmp_path / "headline.csv").read_bytes() + (tmp_path / "effects.csv").read_bytes())
        assert files[0] == files[1]

    def test_a_run_in_two_shards_counts_once(self, tmp_path):
        runs = known_runs(KNOWN)
        head = write_tables(write_runs(tmp_path, runs, runs))["headline"]
        assert (head["n_seeds"] == 20).all()

    def test_an_arm_named_like_a_missing_value_stays_a_name(self, tmp_path):
        config = CONFIG.replace("arms.both", "arms.NA")
        write_tables(write_runs(tmp_path, known_runs({"none": 0, "NA": 1}), config=config))
        assert set(read_headline(tmp_path)["arm"]) == {"NA"}


class TestWithoutRatio:
    def test_no_arm_without_cooperation(self, tmp_path):
        head = write_tables(write_runs(tmp_path, known_runs({"twinning": 0.5, "both": 1.0})))["headline"]
        assert head.empty
        assert list(head.columns[:11]) == FIRST
        assert "no arm 'none'" in head.attrs["reason"]
        effects = read_effects(tmp_path)
        assert "difference_arms" in set(effects["estimand"])
        assert read_headline(tmp_path).empty

    def test_no_stall(self, tmp_path):
        head = write_tables(write_runs(tmp_path, known_runs(KNOWN, stalls=(0.0,))))["headline"]
        assert head.attrs["reason"] == "no stall level above 0"

    def test_no_world_without_stall(self, tmp_path):
        head = write_tables(write_runs(tmp_path, known_runs(KNOWN, stalls=(0.5, 1.0))))["headline"]
        assert "stall = 0" in head.attrs["reason"]

    def test_one_arm(self, tmp_path):
        head = write_tables(write_runs(tmp_path, known_runs({"none": 0.0})))["headline"]
        assert head.attrs["reason"] == "the only arm is 'none'"
        assert set(read_effects(tmp_path)["estimand"]) == {
            "level",
            "difference_stall",
            "difference_unstalled",
        }

    def test_no_headline_outcome(self, tmp_path):
        head = write_tables(write_runs(tmp_path, known_runs(KNOWN, outcomes=("coverage",))))["headline"]
        assert "headline outcome" in head.attrs["reason"]
        assert "compensation" in set(read_effects(tmp_path)["estimand"])

    def test_sampled_points_are_replications_of_their_own(self, tmp_path):
        config = CONFIG.replace(
            "[design]\nstall = [0.0, 0.5, 1.0]",
            '[design]\nkind = "latin_hypercube"\nsamples = 4\nstall = {low = 0.0, high = 1.0}',
        )
        runs = known_runs(KNOWN, seeds=5, stalls=(0.11, 0.37, 0.62, 0.88))
        head = write_tables(write_runs(tmp_path, runs, config=config))["headline"]
        assert "samples" in head.attrs["reason"]
        difference = read_effects(tmp_path).query("estimand == 'difference_arms'")
        assert (difference["n_seeds"] == 20).all()


class TestSweeps:
    def test_a_further_swept_value_has_rows_of_its_own(self, tmp_path):
        parts = [
            known_runs({"none": 0.0, "both": ratio}, seeds=6).assign(contact_effect=value)
            for ratio, value in ((0.4, 0.0), (1.2, 0.5))
        ]
        for i, part in enumerate(parts):
            part["run"] = f"{i}" + part["run"]
        head = write_tables(write_runs(tmp_path, *parts))["headline"]
        found = (
            rows_of(head, "compensation").query("stall == 1.0").groupby("contact_effect")["estimate"].mean()
        )
        assert np.allclose(found, [0.4, 1.2])

    def test_endogenous_stall_is_a_level_like_any_other(self, tmp_path):
        runs = known_runs(KNOWN, seeds=6)
        runs["stall"] = runs["stall"].map({0.0: "0.0", 0.5: "0.5", 1.0: "endogenous"})
        head = rows_of(write_tables(write_runs(tmp_path, runs))["headline"], "compensation")
        head = head.set_index(["arm", "stall", "outcome"])
        assert head.loc[("both", "endogenous", "development"), "estimate"] == pytest.approx(1.1)


class TestEffects:
    def test_differences_are_paired(self, tmp_path):
        runs = known_runs(KNOWN, seeds=6, shared=5.0)
        write_tables(write_runs(tmp_path, runs))
        wide = runs.pivot_table(index="seed", columns=["arm", "stall"], values="development")
        by_hand = (wide["both", 0.5] - wide["twinning", 0.5]).median()
        row = read_effects(tmp_path).query(
            "estimand == 'difference_arms' and arm == 'both' and versus == 'twinning' and stall == 0.5"
            " and outcome == 'development'"
        )
        assert row["estimate"].item() == pytest.approx(by_hand)
        assert row["upper"].item() - row["lower"].item() < 1e-9

    def test_outcomes_without_a_better_direction_have_differences_and_no_ratio(self, tmp_path):
        write_tables(write_runs(tmp_path, known_runs(KNOWN, outcomes=("development", "memberships"))))
        effects = read_effects(tmp_path).query("outcome == 'memberships'")
        assert "compensation" not in set(effects["estimand"])
        assert "difference_arms" in set(effects["estimand"])

    def test_many_arms_are_held_against_the_first_alone(self):
        arms = tuple("abcdefgh")
        assert arm_pairs(arms) == [("a", arm) for arm in arms[1:]]
        assert len(arm_pairs(arms[:4])) == 6


class TestBadFolders:
    def test_no_folder(self, tmp_path):
        with pytest.raises(CitysimError, match="no such folder"):
            write_tables(tmp_path / "nowhere")

    def test_no_tables_yet_names_the_command(self, tmp_path):
        with pytest.raises(ResultError, match=r"headline.csv: missing; make it with: citysim effects"):
            read_headline(tmp_path)

    def test_a_damaged_file_is_named(self, tmp_path):
        write_runs(tmp_path, known_runs(KNOWN))
        (tmp_path / "runs" / "part-0.parquet").write_bytes(b"PAR1 cut off")
        with pytest.raises(ResultError, match=r"0\.parquet"):
            write_tables(tmp_path)

    def test_two_different_runs_in_one_cell_are_refused(self, tmp_path):
        runs = known_runs(KNOWN, seeds=2)
        twice = runs.head(1).assign(run="another", development=9.0)
        with pytest.raises(ResultError, match="more than one run for seed 0, arm none"):
            write_tables(write_runs(tmp_path, runs, twice))
