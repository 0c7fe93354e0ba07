"""A world in which cooperation does nothing, and one in which it does what is known: what analyses say.

Rates are held against the binomial law; a comparison alarms wrongly with a probability below ``ALARM``.
Seeds are fixed, so a comparison that has passed passes always.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.tables import CONFIG, known_runs, write_runs
from citysim import run_experiment
from citysim.analysis.cells import paired_cells
from citysim.analysis.compensation import compensation_table
from citysim.analysis.effects import effects_table
from citysim.analysis.headline import write_tables
from citysim.analysis.intervals import LEVEL
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES, adjusted, planned_count
from citysim.analysis.results import RunSet
from citysim.analysis.tables import read_effects
from citysim.plan.config import load_config

ALARM = 1e-6
SEEDS = 16
COST, NOISE, SPREAD = 0.2, 0.006, 0.3
NOTHING = {"none": 0.0, "twinning": 0.0, "both": 0.0}
SOMETHING = {"none": 0.0, "twinning": 0.5, "both": 1.1}
EFFECT_SEEN = {"compensates", "partly", "open", "harms"}
KEYS = ["estimand", "arm", "versus", "stall", "outcome"]
SMALL_OR_FULL = [pytest.param(200, marks=pytest.mark.long)]


def at_most(hits, trials, rate):
    """Hits that a rate of at most ``rate`` gives, by the binomial law."""
    return hits <= stats.binom.isf(ALARM, trials, rate)


def about(hits, trials, rate):
    """Hits that a rate of ``rate`` gives, by the binomial law."""
    low, high = stats.binom.ppf([ALARM / 2, 1 - ALARM / 2], trials, rate)
    return low <= hits <= high


def analysed(runs, config):
    """Table of effects and compensation of runs, by the code that makes the tables of a result folder."""
    arms = tuple(dict.fromkeys(runs["arm"]))
    outcomes = tuple(name for name in HEADLINE_OUTCOMES if name in runs)
    results = RunSet(Path("nowhere"), runs, arms, outcomes, (), config, len(runs))
    cells = list(paired_cells(results))
    comparisons = planned_count(cells)
    effects = pd.concat([effects_table(c, comparisons=comparisons) for c in cells])
    head = compensation_table(cells[0], comparisons=comparisons, bootstrap=False)
    return adjusted(effects, arms), head


def experiments(ratio, count, config, *, spread, seeds=SEEDS):
    """Effects and compensation of ``count`` experiments that differ in their random numbers alone."""
    tables = [
        analysed(
            known_runs(ratio, seeds=seeds, cost=COST, noise=NOISE, spread=spread, stalls=(0.0, 1.0),
                       outcomes=HEADLINE_OUTCOMES, rng=100 + i),
            config,
        )
        for i in range(count)
    ]  # fmt: skip
    effects, heads = (pd.concat([t.assign(experiment=i) for i, t in enumerate(part)])
                      for part in zip(*tables, strict=True))  # fmt: skip
    return effects, heads


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    file = tmp_path_factory.mktemp("config") / "config.toml"
    file.write_text(CONFIG)
    return load_config(file)


@pytest.fixture(scope="module", params=SMALL_OR_FULL)
def nothing(request, config):
    """Experiments in which cooperation does nothing, arms with random numbers of their own."""
    return (*experiments(NOTHING, request.param, config, spread=0.0), request.param)


@pytest.fixture(scope="module", params=SMALL_OR_FULL)
def something(request, config):
    """Experiments with a known effect that differs from replication to replication."""
    return (*experiments(SOMETHING, request.param, config, spread=SPREAD), request.param)


class TestCooperationThatDoesNothing:
    def test_each_test_of_a_difference_errs_as_often_as_the_binomial_law_says(self, nothing):
        effects, _, count = nothing
        exact = 2 * stats.binom.cdf(stats.binom.ppf(0.05, SEEDS, 0.5) - 1, SEEDS, 0.5)
        assert 0.05 < exact <= 1 - LEVEL
        rows = effects[effects["estimand"] == "difference_arms"]
        for _, row in rows.groupby(KEYS):
            assert about((row["p_value"] <= 1 - LEVEL).sum(), count, exact)

    def test_one_false_call_or_more_in_at_most_a_tenth_of_experiments(self, nothing):
        effects, _, count = nothing
        true = effects[effects["planned"] & (effects["estimand"] == "difference_arms")]
        called = (true["p_adjusted"] <= 1 - LEVEL).groupby(true["experiment"]).any().sum()
        assert at_most(called, count, 1 - LEVEL)
        raw = (true["p_value"] <= 1 - LEVEL).groupby(true["experiment"]).any().sum()
        assert raw > 2 * called  # what the adjustment is there for

    def test_ratios_call_an_effect_in_at_most_a_tenth(self, nothing):
        _, head, count = nothing
        for _, rows in head.groupby(["arm", "outcome"]):
            assert at_most(rows["verdict"].isin(EFFECT_SEEN).sum(), count, 1 - LEVEL)
        assert (head["verdict"] == "no effect shown").mean() > LEVEL

    def test_differences_to_the_unstalled_world_hold_the_cost_of_stall(self, nothing):
        effects, _, count = nothing
        rows = effects[(effects["estimand"] == "difference_unstalled") & (effects["stall"] == 1.0)]
        for (_, outcome), part in rows.groupby(["arm", "outcome"]):
            true = -COST if outcome == "development" else COST
            missed = ((part["median_lower"] > true) | (part["median_upper"] < true)).sum()
            assert at_most(missed, count, 1 - LEVEL)

    def test_the_probability_of_compensation_is_next_to_nothing(self, nothing):
        assert (nothing[1]["probability_compensates"] == 0).all()

    @pytest.mark.parametrize("seeds", [5, *(pytest.param(n, marks=pytest.mark.long) for n in (6, 64))])
    def test_verdicts_err_at_most_at_their_rate_with_few_and_with_many_replications(self, config, seeds):
        count = 20
        _, head = experiments(NOTHING, count, config, spread=0.0, seeds=seeds)
        for _, rows in head.groupby(["arm", "outcome"]):
            assert at_most(rows["verdict"].isin(EFFECT_SEEN).sum(), count, 1 - LEVEL)


class TestKnownEffect:
    @pytest.mark.parametrize("arm", ["twinning", "both"])
    def test_the_interval_of_the_median_ratio_holds_it_at_its_rate(self, something, arm):
        _, head, count = something
        exact = 2 * stats.binom.cdf(stats.binom.ppf(0.05, SEEDS, 0.5) - 1, SEEDS, 0.5)
        rows = head[(head["arm"] == arm) & (head["outcome"] == "development")]
        true = SOMETHING[arm]
        missed = ((rows["median_lower"] > true) | (rows["median_upper"] < true)).sum()
        assert about(missed, count, exact)

    @pytest.mark.parametrize("arm", ["twinning", "both"])
    def test_fiellers_interval_holds_the_ratio_of_means_at_its_rate(self, something, arm):
        _, head, count = something
        rows = head[(head["arm"] == arm) & (head["outcome"] == "loss")]
        true = SOMETHING[arm]
        missed = ((rows["fieller_lower"] > true) | (rows["fieller_upper"] < true)).sum()
        assert about(missed, count, 1 - LEVEL)

    def test_all_planned_intervals_hold_at_once_in_nine_experiments_of_ten(self, something):
        effects, _, count = something
        rows = effects[effects["planned"] & effects["estimand"].str.startswith("difference")]
        kept = rows["arm"].map(SOMETHING) - (rows["estimand"] == "difference_unstalled")
        true = COST * kept * np.where(rows["outcome"] == "development", 1, -1)
        missed = (rows["lower_adjusted"] > true) | (rows["upper_adjusted"] < true)
        assert at_most(missed.groupby(rows["experiment"]).any().sum(), count, 1 - LEVEL)

    def test_the_spread_holds_nine_tenths_of_replications_and_the_confidence_interval_does_not(
        self, something
    ):
        _, head, _ = something
        rows = head[(head["arm"] == "both") & (head["outcome"] == "development")]
        law = stats.norm(SOMETHING["both"], SPREAD)
        held = law.cdf(rows["upper"]) - law.cdf(rows["lower"])
        assert held.mean() == pytest.approx((SEEDS - 1) / (SEEDS + 1), abs=0.04)
        assert (law.cdf(rows["median_upper"]) - law.cdf(rows["median_lower"])).mean() < 0.5

    @pytest.mark.parametrize("arm", ["twinning", "both"])
    def test_the_probability_of_compensation_is_held_at_its_rate(self, something, arm):
        _, head, count = something
        rows = head[(head["arm"] == arm) & (head["outcome"] == "development")]
        scale = np.hypot(COST * SPREAD, NOISE * np.sqrt(2))
        true = stats.norm.sf(COST * (1 - SOMETHING[arm]) / scale)
        held = (rows["probability_lower"] <= true) & (rows["probability_upper"] >= true)
        low, high = (stats.binom.ppf(ALARM, count, rate) for rate in (0.84, 0.97))
        assert low <= held.sum() <= max(high, count)

    def test_an_effect_is_seen(self, something):
        effects, head, _ = something
        large = head[head["arm"] == "both"]
        assert (large["verdict"].isin(EFFECT_SEEN)).mean() > 0.95
        asked = effects[
            (effects["estimand"] == "difference_arms") & effects["planned"] & (effects["arm"] == "both")
        ]
        assert (asked["p_adjusted"] <= 1 - LEVEL).mean() > 0.95


@pytest.mark.parametrize("draws", [4, pytest.param(20, marks=pytest.mark.long)])
def test_tables_of_result_folders_call_no_planned_effect_where_there_is_none(tmp_path, draws):
    called = 0
    for i in range(draws):
        runs = known_runs(NOTHING, seeds=SEEDS, noise=NOISE, outcomes=HEADLINE_OUTCOMES, rng=900 + i)
        write_tables(write_runs(tmp_path / f"{i}", runs))
        effects = read_effects(tmp_path / f"{i}").query("planned and estimand == 'difference_arms'")
        called += (effects["p_adjusted"] <= 1 - LEVEL).any()
    assert at_most(called, draws, 1 - LEVEL)


NULL_MODEL = """
name = "null"
seeds = {seeds}
quarters = 6
[uncertainty]
monte_carlo_seeds = 0
[world]
kind = "synthetic"
cities = 40
states = 6
[parameters]
attention = false
learning_twins = 0.0
learning_networks = 0.0
contact_effect = 0.0
network_pool = 0.0
twin_aid = 0.0
scope_gain_national = 0.0
scope_gain_reach = 0.0
[arms.none]
twinning = false
networks = false
[arms.both]
twinning = true
[design]
stall = [0.0, 1.0]
[record]
trajectories = false
outcomes = ["development", "loss", "conflict", "marginalisation", "twinnings", "memberships"]
"""


def null_model(folder, seeds, *overrides):
    """Results of the model with every effect of cooperation set to 0, but for ``overrides``."""
    (folder / "null.toml").write_text(NULL_MODEL.format(seeds=seeds))
    return run_experiment(folder / "null.toml", workers=1, out=folder / "out", overrides=overrides)


class TestModelWithoutEffects:
    def test_arms_are_equal_to_the_bit_and_every_analysis_says_so(self, tmp_path):
        results = null_model(tmp_path, seeds=6)
        ties = results.runs.groupby("arm")[["twinnings", "memberships"]].mean()
        assert (ties.loc["none"] == 0).all()
        assert (ties.loc["both"] > 0.1).all()
        assert set(results.headline()["verdict"]) <= {"no effect shown", "undefined"}
        effects = results.effects().query("estimand == 'difference_arms' and planned")
        assert len(effects) == 4
        intervals = ["lower", "upper", "median_lower", "median_upper"]
        assert (effects[intervals] == 0).all(axis=None)
        assert (effects["p_value"] == 1).all()

    def test_and_with_one_of_them_switched_on_they_are_not(self, tmp_path):
        effects = null_model(tmp_path, 6, "parameters.twin_aid=0.1").effects()
        found = effects.query("estimand == 'difference_arms' and outcome == 'loss'")
        assert len(found) == 2
        assert (found[["mean", "lower"]] < 0).all(axis=None)

    @pytest.mark.long
    def test_with_random_numbers_of_their_own_arms_differ_at_the_stated_rates(self, tmp_path):
        results = null_model(tmp_path, seeds=96)
        rng, count, called, wrong, tests = np.random.default_rng(1), 200, 0, 0, 0
        for _ in range(count):
            drawn = [
                runs.sample(SEEDS, replace=True, random_state=rng).assign(seed=range(SEEDS))
                for _, runs in results.runs.groupby(["arm", "stall"], sort=False)
            ]
            effects, head = analysed(pd.concat(drawn, ignore_index=True), results.config)
            true = effects[effects["planned"] & (effects["estimand"] == "difference_arms")]
            called += (true["p_adjusted"] <= 1 - LEVEL).any()
            wrong += head["verdict"].isin(EFFECT_SEEN).sum()
            tests += len(head)
        assert at_most(called, count, 1 - LEVEL)
        assert wrong <= (1 - LEVEL) * tests
