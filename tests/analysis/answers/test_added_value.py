"""Added value of networks: known games, networks that add nothing, and a small run of the experiment.

Rates are held against the binomial law with a chance below ``ALARM`` of a wrong alarm; seeds are fixed.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.tables import write_runs
from citysim import run_experiment
from citysim.analysis.answers import answers
from citysim.analysis.answers.added_value import table, words
from citysim.analysis.answers.estimates import ESTIMATES
from citysim.analysis.headline import write_tables
from citysim.analysis.results import read_results
from citysim.analysis.tables import read_answer
from citysim.briefing import write_briefing
from citysim.errors import ResultError
from citysim.figures import draw_all
from citysim.figures.answers.added_value import added_value_figure
from citysim.plan.config import load_config
from citysim.plan.design.points import design_points, number_of_points
from citysim.plan.runs import number_of_replications

ALARM = 1e-6
EXPERIMENT = Path(__file__).parents[3] / "experiments" / "added_value.toml"
PLAYERS = ("A", "B", "C")
CONFIG = """
name = "known"
question = "What does each network add?"
analyses = ["added_value"]
seeds = 21
[world]
kind = "synthetic"
cities = 60
states = 6
[arms.both]
networks = true
[design]
kind = "list"
coalitions = {networks = ["A", "B", "C"], which = "latin", placebos = true}
[record]
groups_summary = true
trajectories = false
networks = ["A", "B", "C"]
"""
#: By network: what it adds for its members, all others and the world.
WORTH = {"A": (0.10, 0.02, 0.04), "B": (-0.06, 0.0, 0.0), "C": (0.0, 0.0, 0.01)}
PAIR = 0.03  # what A and B add together, for everyone
WHO = {"A": 0.005, "B": -0.007, "C": 0.0}  # what a network's members are worth beyond a placebo's
NOTHING = dict.fromkeys(PLAYERS, (0.0, 0.0, 0.0))


def worth(name, group, by):
    return by[name][0 if group == f"in {name}" else 1 if group == f"not in {name}" else 2]


def value(point, group, by, pair, who):
    """What the networks of a run add to a group."""
    absent = set(point["absent_networks"].split(" + "))
    there = [name for name in PLAYERS if name not in absent]
    together = pair if {"A", "B"} <= set(there) else 0.0
    return sum(worth(name, group, by) for name in there) + together - who.get(point["placebo_networks"], 0.0)


def known(
    folder, by, *, pair=0.0, who=None, seeds=21, noise=0.0, spread=0.0, outcomes=("development",), rng=1
):
    """A result folder in which networks are worth what is given, times 1 ± ``spread`` by replication.

    The factors of the replications lie evenly and have the median 1; ``noise``: sd of each run and group.
    """
    (folder / "x").mkdir(parents=True)
    (folder / "x.toml").write_text(CONFIG, encoding="utf-8")
    points = design_points(load_config(folder / "x.toml").design)
    groups = ["world", *(f"{where} {name}" for name in PLAYERS for where in ("in", "not in"))]
    added = np.array([[value(point, group, by, pair, who or {}) for group in groups] for point in points])
    random = np.random.default_rng(rng)
    factor = np.linspace(1 - spread, 1 + spread, seeds)
    runs = pd.DataFrame(
        [
            {"run": f"{seed}-{i}", "arm": "both", "seed": seed, "draw": "prior", "stall": 0.0} | point
            for seed in range(seeds)
            for i, point in enumerate(points)
        ]
    )
    kept = pd.DataFrame({"run": np.repeat(runs["run"], len(groups)), "group": groups * len(runs)})
    for outcome in outcomes:
        base = random.normal(0.5, 0.05, (seeds, 1, len(groups)))
        y = base + factor[:, None, None] * added + random.normal(0, noise, (seeds, *added.shape))
        runs[outcome] = y[:, :, 0].ravel()
        kept[outcome] = y.ravel()
    write_runs(folder / "x", runs, config=CONFIG)
    (folder / "x" / "groups").mkdir()
    kept.to_parquet(folder / "x" / "groups" / "part-0.parquet", index=False)
    return read_results(folder / "x")


def read_back(found, folder):
    found.to_csv(folder / "again.csv", index=False)
    return pd.read_csv(folder / "again.csv", keep_default_na=False, na_values=[""])


def points(ax):
    """Medians drawn in a panel, by height."""
    marks = [line for line in ax.lines if line.get_marker() != "None"]
    return {round(y, 2): x for line in marks for x, y in line.get_xydata()}


@pytest.fixture(scope="module")
def game(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    return table(known(folder, WORTH, pair=PAIR, who=WHO, spread=0.5, outcomes=("development", "loss")))


@pytest.fixture(scope="module", params=[pytest.param(200, marks=pytest.mark.long)])
def many(request, tmp_path_factory):
    """Experiments in which networks add nothing, and in which they add what is known, and their number."""
    folder = tmp_path_factory.mktemp("many")

    def tables(by, rng, **keys):
        made = [
            known(folder / f"{rng + i}", by, seeds=20, noise=0.01, rng=rng + i, **keys) for i in range(count)
        ]
        return pd.concat([table(results).assign(experiment=i) for i, results in enumerate(made)])

    count = request.param
    return tables(NOTHING, 1000), tables(WORTH, 5000, pair=PAIR, who=WHO), count


def truth(rows):
    """What the made-up worths say of each row."""
    of_pair = {"leave_one_out": PAIR, "shapley": PAIR / 2}
    groups = {"members": "in {}", "others": "not in {}", "world": "world"}
    total = sum(each[2] for each in WORTH.values()) + PAIR
    return [
        total
        if row["estimand"] == "together"
        else WHO[row["network"]]
        if row["estimand"] == "placebo"
        else worth(row["network"], groups[row["group"]].format(row["network"]), WORTH)
        + (row["network"] in "AB") * of_pair[row["estimand"]]
        for _, row in rows.iterrows()
    ]


class TestKnownGame:
    def test_every_estimate_is_the_known_one(self, game):
        assert len(game) == 2 * (3 * 3 * 3 + 1)
        np.testing.assert_allclose(game["estimate"], truth(game), atol=1e-12)

    def test_columns_are_those_promised(self, game):
        keys = ("estimand", "network", "group", "outcome", "arm", "stall")
        more = ("reference", "relative", "deviation", "seeds_for_estimate", "seeds_for_1_percent")
        assert tuple(game.columns) == (*keys, *ESTIMATES, *more)

    def test_planned_is_the_world_and_leaving_one_out(self, game):
        planned = game[game["planned"]].groupby(["estimand", "group"]).size().to_dict()
        assert planned == {
            ("leave_one_out", "members"): 6,
            ("leave_one_out", "others"): 6,
            ("leave_one_out", "world"): 6,
            ("placebo", "world"): 6,
            ("shapley", "world"): 6,
            ("together", "world"): 2,
        }

    def test_deviation_reference_and_seeds_belong_to_the_row(self, game):
        row = game.query("estimand == 'leave_one_out' and network == 'C' and group == 'world'").iloc[0]
        factor = np.linspace(0.5, 1.5, 21)
        assert row["deviation"] == pytest.approx(0.01 * factor.std(ddof=1))
        assert row["reference"] == pytest.approx(0.5 + 0.08, abs=0.05)
        assert row["relative"] == pytest.approx(0.01 / row["reference"])
        assert row["seeds_for_estimate"] == 3
        assert game.query("network == 'C' and group == 'others'")["seeds_for_estimate"].eq(np.inf).all()

    def test_shapley_values_add_up_in_every_replication(self, tmp_path):
        results = known(tmp_path, WORTH, pair=PAIR, seeds=6, noise=0.3)
        for seed in range(6):
            alone = table(replace(results, runs=results.runs[results.runs["seed"] == seed]))
            world = alone[alone["group"] == "world"].groupby("estimand")["mean"].sum()
            assert world["shapley"] == pytest.approx(world["together"], abs=1e-12)

    def test_a_missing_run_takes_its_replication_out_of_what_needs_it_alone(self, tmp_path):
        results = known(tmp_path, WORTH, seeds=6)
        gone = (results.runs["seed"] == 3) & (results.runs["absent_networks"] == "A")
        found = table(replace(results, runs=results.runs[~gone])).query("group == 'world'")
        counts = found.set_index(["estimand", "network"])["n_seeds"]
        assert counts["leave_one_out"].to_dict() == {"A": 5, "B": 6, "C": 6}
        assert counts["placebo"].eq(6).all()
        assert counts["shapley", "A"] == 5

    def test_a_design_without_coalitions_is_told(self, tmp_path):
        results = known(tmp_path, WORTH, seeds=2)
        design = results.config.design.model_copy(update={"axes": {}})
        with pytest.raises(ResultError, match="the design has no coalitions of networks"):
            table(replace(results, config=results.config.model_copy(update={"design": design})))


class TestNetworksThatAddNothing:
    def test_one_false_call_or_more_in_at_most_a_tenth_of_experiments(self, many):
        nothing, _, count = many
        called = nothing["verdict"].isin(["better", "worse"]).groupby(nothing["experiment"]).any().sum()
        assert called <= stats.binom.isf(ALARM, count, 0.10)
        raw = (nothing["planned"] & (nothing["p_value"] <= 0.1)).groupby(nothing["experiment"]).any().sum()
        assert raw > 2 * called

    def test_equal_runs_give_exactly_nothing(self, tmp_path):
        found = table(known(tmp_path, NOTHING, seeds=8))
        assert (found[["estimate", "lower", "upper", "deviation"]] == 0).all(axis=None)
        assert (found["p_value"] == 1).all()


class TestNetworksThatAdd:
    def test_intervals_of_the_median_hold_the_effect_at_their_rate(self, many):
        _, something, count = many
        exact = 2 * stats.binom.cdf(stats.binom.ppf(0.05, 20, 0.5) - 1, 20, 0.5)
        low, high = stats.binom.ppf([ALARM / 2, 1 - ALARM / 2], count, exact)
        for _, rows in something.groupby(["estimand", "network", "group"]):
            true = truth(rows)
            missed = ((rows["median_lower"] > true) | (rows["median_upper"] < true)).sum()
            assert low <= missed <= high

    def test_planned_intervals_hold_at_once_in_nine_experiments_of_ten(self, many):
        _, something, count = many
        rows = something[something["planned"]]
        true = truth(rows)
        missed = (rows["lower_adjusted"] > true) | (rows["upper_adjusted"] < true)
        assert missed.groupby(rows["experiment"]).any().sum() <= stats.binom.isf(ALARM, count, 0.10)

    def test_a_large_effect_is_seen(self, many):
        _, something, _ = many
        rows = something.query("estimand == 'leave_one_out' and network == 'A'")
        assert (rows["verdict"] == "better").mean() > 0.95


class TestWords:
    def test_they_name_what_is_shown_and_for_whom(self, game, tmp_path):
        members, world, placebo, seeds = words(read_back(game, tmp_path))
        level = game["reference"].iloc[0]
        shown = (
            f"For its own members, leaving one out shows development: better with A ({13 / level:+.2g} %; "
        )
        assert members.startswith(shown)
        assert "development: worse with B (" in members
        assert "losses left over: better with B (" in members
        assert "C (" not in members
        assert "For the world, leaving one out shows development: better with A" in world
        assert "Together they change development: better with all of them" in world
        assert "better with A (" in placebo
        assert "worse with B (" in placebo
        assert "21 replications" in seeds

    def test_they_say_that_nothing_is_shown(self, tmp_path):
        found = words(read_back(table(known(tmp_path, NOTHING, seeds=20, noise=0.01)), tmp_path))
        assert found[0].startswith("No network is shown to make its own members better or worse off;")
        assert found[1].startswith("No network is shown to make the world better or worse off;")
        assert "no network is shown to do better or worse" in found[2]

    def test_they_say_that_nothing_changes(self, tmp_path):
        *_, last = words(read_back(table(known(tmp_path, NOTHING, seeds=8)), tmp_path))
        assert last.endswith("Nothing changes at all in: development.")
        assert "nine times" not in last

    def test_they_say_that_replications_are_too_few(self, tmp_path):
        (said,) = words(read_back(table(known(tmp_path, WORTH, seeds=4)), tmp_path))
        assert said == "4 replications are too few to say what a network adds; it takes 5."


class TestFigure:
    def test_it_shows_a_column_for_each_outcome_that_changes(self, game, tmp_path):
        figure, caption = added_value_figure(read_back(game, tmp_path), 0.0)
        assert len(figure.axes) == 2 * 2
        assert "21 replications" in caption.caption
        assert "Development" not in caption.alt
        assert "A +" in caption.alt

    def test_more_of_what_is_bad_points_to_the_left(self, game, tmp_path):
        figure, _ = added_value_figure(read_back(game, tmp_path), 0.0)
        development, loss = (points(ax) for ax in figure.axes[:2])
        assert development[-0.26] == pytest.approx(100 * 0.13 / game["reference"].iloc[0])
        assert len(development) == 6
        assert {at: np.sign(x) for at, x in development.items()} == {
            at: -np.sign(x) for at, x in loss.items()
        }

    def test_nothing_to_draw_is_said(self, tmp_path):
        with pytest.raises(ResultError, match="no network changes any outcome"):
            added_value_figure(table(known(tmp_path, NOTHING, seeds=8)), 0.0)


def test_the_experiment_is_of_the_size_its_file_says():
    config = load_config(EXPERIMENT)
    assert number_of_points(config.design) == 44 + 7
    assert number_of_points(config.design) * number_of_replications(config) == 1632
    assert (
        number_of_points(config.design) * number_of_replications(load_config(EXPERIMENT, ["seeds=2"])) <= 200
    )
    assert set(config.analyses) <= set(answers())


def test_a_small_run_writes_table_figure_and_briefing(tmp_path):
    names = '["C40", "ICLEI", "Metropolis"]'
    results = run_experiment(
        EXPERIMENT,
        workers=1,
        out=tmp_path / "out",
        overrides=[
            *("seeds=2", "quarters=6", "world.cities=60", f"record.networks={names}"),
            f"design.coalitions={{networks={names}, placebos=true}}",
        ],
    )
    write_tables(results.path)
    found = read_answer(results.path, "added_value")
    assert (found["n_seeds"] == 2).all()
    coverage = found[(found["outcome"] == "coverage") & (found["group"] == "world")]
    assert (coverage.loc[coverage["estimand"] == "leave_one_out", "estimate"] != 0).all()
    sums = coverage.groupby("estimand")["mean"].sum()
    assert sums["shapley"] == pytest.approx(sums["together"], abs=1e-12)
    assert {"added_value.png", "added_value.svg"} <= {path.name for path in draw_all(results.path)}
    written = write_briefing(results.path)
    assert "too few to say what a network adds" in written[1].read_text(encoding="utf-8")
