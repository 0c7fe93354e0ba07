"""Two experiments of one kind: the difference where their runs pair, held against one worked out by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.tables import CONFIG, ESTIMANDS, estimand_runs, known_runs, write_runs
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.side_by_side import not_paired, other_kind, side_by_side
from citysim.language import speaking

DIFFERENCES = CONFIG.replace("[0.0, 0.5, 1.0]", "[0.5]")
MADE = {"versions": {}, "model_version": "6"}


def folder(
    path: Path,
    config: str = DIFFERENCES,
    ratio: float = 0.5,
    *,
    seeds: int = 8,
    rng: int = 1,
    drawn: float = 0.1,
    world: str = "w",
) -> RunSet:
    """Runs of ``none`` and ``both``, each replication with a drawn parameter."""
    levels = (0.5,) if config is DIFFERENCES else (0.0, 0.5, 1.0)
    runs = known_runs(
        {"none": 0.0, "both": ratio}, seeds=seeds, stalls=levels, noise=0.01, spread=0.2, rng=rng
    )
    write_runs(path, runs, config=config)
    design = runs[["run", "arm", "seed", "draw"]].assign(
        stall=runs["stall"], contact_effect=drawn + 0.01 * runs["seed"]
    )
    design.to_parquet(path / "design.parquet", index=False)
    (path / "manifest.json").write_text(json.dumps(MADE | {"world": {"digest": world}}))
    return read_results(path)


def test_the_paired_difference_is_that_of_each_replication(tmp_path):
    one, other = folder(tmp_path / "a"), folder(tmp_path / "b", ratio=1.1, rng=2)
    assert other_kind(one, other) == not_paired(one, other) == ""
    table = side_by_side(one, other).set_index("outcome")
    by_hand = {}
    for results in (one, other):
        wide = results.runs.pivot(index="seed", columns="arm", values="development")
        by_hand[results.path.name] = wide["both"] - wide["none"]
    apart = np.sort(by_hand["b"] - by_hand["a"])
    row = table.loc["development"]
    assert row["n_pairs"] == 8
    assert row["difference"] == pytest.approx((apart[3] + apart[4]) / 2)
    # Eight replications: nine of ten is their range; the interval of the median leaves one out at each end.
    assert row["difference_lower"] == pytest.approx(apart[0])
    assert row["difference_upper"] == pytest.approx(apart[-1])
    assert row["median_lower"] == pytest.approx(apart[1])
    assert row["median_upper"] == pytest.approx(apart[-2])
    assert row["verdict"] == "more"
    assert row["estimate_first"] == pytest.approx(np.median(by_hand["a"]))
    # The other way round it is less.
    back = side_by_side(other, one).set_index("outcome").loc["development"]
    assert back["difference"] == pytest.approx(-row["difference"])
    assert back["verdict"] == "less"


def test_replications_that_only_one_has_are_left_out(tmp_path):
    one, other = folder(tmp_path / "a", seeds=8), folder(tmp_path / "b", seeds=6)
    assert (side_by_side(one, other)["n_pairs"] == 6).all()


def test_equal_runs_differ_by_nothing(tmp_path):
    table = side_by_side(folder(tmp_path / "a"), folder(tmp_path / "b"))
    assert (table["difference"] == 0).all()
    assert set(table["verdict"]) == {"no effect shown"}


def test_shares_are_those_of_the_headline(tmp_path):
    results = []
    for name, more in (("a", 0.2), ("b", 0.6)):
        arms = {"both": (0.05, more, 0.1), "no_response": (0.05, more, 0.0)}
        runs = [
            estimand_runs(arms, seeds=seeds, draw=draw, noise=0.001)
            for draw, seeds in (("prior", 20), ("defaults", 3))
        ]
        results.append(read_results(write_runs(tmp_path / name, *runs, config=ESTIMANDS)))
    assert not_paired(*results) == ""
    table = side_by_side(*results)
    assert list(table["estimand"].unique()) == ["substitution", "response", "compensation"]
    row = table[(table["estimand"] == "substitution") & (table["outcome"] == "development")].iloc[0]
    assert row["estimate_first"] == pytest.approx(0.3, abs=0.05)
    assert row["difference"] == pytest.approx(0.4, abs=0.05)
    assert row["verdict"] == "more"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"world": "v"}, "their worlds differ"),
        ({"drawn": 0.2}, "their draws differ"),
        ({"seeds": 4}, "they have 4 seeds in common, and it takes 5"),
    ],
)
def test_runs_that_do_not_pair_have_no_difference_and_it_is_said_why(tmp_path, change, why):
    one, other = folder(tmp_path / "a"), folder(tmp_path / "b", **change)
    assert other_kind(one, other) == ""
    assert not_paired(one, other) == why
    table = side_by_side(one, other)
    assert "difference" not in table
    assert table["estimate_second"].notna().all()


def test_a_parameter_that_one_of_them_sets_may_differ(tmp_path):
    one = folder(tmp_path / "a")
    config = DIFFERENCES + "[parameters]\ncontact_effect = 0.3\n"
    runs = known_runs({"none": 0.0, "both": 0.5}, seeds=8, stalls=(0.5,), noise=0.01)
    write_runs(tmp_path / "b", runs, config=config)
    design = runs[["run", "arm", "seed", "draw", "stall"]].assign(contact_effect=0.3)
    design.to_parquet(tmp_path / "b" / "design.parquet", index=False)
    (tmp_path / "b" / "manifest.json").write_text(json.dumps(MADE | {"world": {"digest": "w"}}))
    assert not_paired(one, read_results(tmp_path / "b")) == ""


def test_experiments_of_other_kinds_are_told_apart_in_one_line(tmp_path):
    one = folder(tmp_path / "a")
    others = {
        "b": (DIFFERENCES.replace("seeds = 20", 'seeds = 20\nanalyses = ["factorial"]'), "factorial"),
        "c": (DIFFERENCES.replace("[0.5]", "[1.0]"), "stall"),
    }
    for name, (config, word) in others.items():
        runs = known_runs({"none": 0.0, "both": 0.5}, seeds=8, stalls=(1.0 if name == "c" else 0.5,))
        why = other_kind(one, read_results(write_runs(tmp_path / name, runs, config=config)))
        assert word in why
        assert "\n" not in why
    runs = known_runs({"none": 0.0, "both": 0.5, "networks": 0.1}, seeds=8, stalls=(0.5,))
    more = read_results(write_runs(tmp_path / "d", runs, config=DIFFERENCES))
    assert other_kind(one, more) == "only one has runs of networks"
    with speaking("de"):
        assert other_kind(one, more) == "nur eines hat Läufe von networks"


def test_a_pair_of_one_arm_is_refused(tmp_path):
    made = []
    for name in ("a", "b"):
        runs = known_runs({"both": 0.5}, seeds=8, stalls=(0.5,))
        made.append(read_results(write_runs(tmp_path / name, pd.DataFrame(runs), config=DIFFERENCES)))
    assert other_kind(*made) == "both have one arm alone, “both”"
