"""Losses averted: the split adds up, known effects come back, none are made up, the words say the table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.answers.made import (
    EXPERIMENTS,
    about,
    at_most,
    config_of,
    made_results,
    made_runs,
    ran,
    size_of,
)
from citysim import run_experiment
from citysim.analysis.answers.ledger import AXIS, PARTS, _percent, table, words
from citysim.analysis.intervals import LEVEL
from citysim.analysis.results import read_results
from citysim.errors import ResultError
from citysim.figures.answers.ledger import ledger_figure

ARMS = ("none", "twinning", "networks", "both")
POINTS = [{"arm": arm, "stall": 0.5, AXIS: size} for size in (0.0, 1.0, 2.0) for arm in ARMS]
OUTCOMES = (
    *("loss_expected", "loss_prevented", "relief_own", "relief_insurance", "relief_state"),
    *("relief_donations", "relief_networks", "relief_twins"),
    *("loss", "recovered", "recovered_services", "unrecovered"),
)
#: Expected loss, then the share that each source takes of what reaches it.
RATES = {
    "none": (1.0, 0.2, 0.25, 0.2, 0.5, 0.05, 0.0, 0.0, 0.1),
    "twinning": (0.9, 0.2, 0.25, 0.2, 0.5, 0.05, 0.0, 0.3, 0.1),
    "networks": (1.0, 0.3, 0.25, 0.2, 0.5, 0.05, 0.2, 0.0, 0.1),
    "both": (0.8, 0.3, 0.25, 0.2, 0.5, 0.05, 0.2, 0.25, 0.1),
}
NOTHING = dict.fromkeys(ARMS, RATES["none"])
#: What mutual aid covers falls by this factor per unit of correlation.
FALL = 0.8
TAIL_OF_16 = 0.077  # 2 P(Bin(16, ½) < 5): how often a 90 % interval of 16 pairs misses


@pytest.fixture(scope="module")
def config():
    return config_of("crises")


def flows(rates, fall):
    """A ledger that adds up, from the shares that sources take."""
    amounts, reaching = [rates[0]], rates[0]
    for source, rate in enumerate(rates[1:]):
        taken = reaching * (rate * fall if source in (5, 6) else rate)
        amounts.append(taken)
        reaching -= taken
    expected, *taken, faster = amounts
    left = {"loss": reaching + faster, "recovered": 0.75 * reaching, "recovered_services": faster}
    return dict(zip(OUTCOMES, [expected, *taken], strict=False)) | left | {"unrecovered": 0.25 * reaching}


def result_of(config, rates, *, seeds=16, noise=0.0, rng=1, fall=FALL):
    def value(point, shared, own):
        size = np.exp(shared.normal(0, 0.5) + own.normal(0, noise))
        ledger = flows(rates[point["arm"]], fall ** point[AXIS])
        return {name: size * amount for name, amount in ledger.items()}

    return made_results(made_runs(POINTS, value, seeds, rng), config, OUTCOMES, [AXIS])


@pytest.fixture(scope="module")
def found(config):
    return table(result_of(config, RATES))


def rows_of(found, quantity, arm="both", size=1.0):
    rows = found[(found["quantity"] == quantity) & (found["arm"] == arm) & (found[AXIS] == size)]
    return rows.set_index("part")


def adds_up(found):
    """Whether the means of both splits add up, and the two sides of the balance sheet agree."""
    for (quantity, _), rows in found[found["quantity"].isin(["averted", "by_rate"])].groupby(
        ["quantity", "arm"]
    ):
        for _, point in rows.groupby(AXIS):
            mean = point.set_index("part")["mean"]
            scale = mean[[*PARTS]].abs().sum()
            assert mean[[*PARTS]].sum() == pytest.approx(mean["total"], rel=1e-12, abs=1e-12 * scale)
            assert mean["prevention"] + mean["response"] == pytest.approx(mean["total"], abs=1e-12 * scale)
            if quantity == "averted":
                assert mean["residual"] + mean["faster"] == pytest.approx(mean["total"], abs=1e-12 * scale)
                other_side = mean["recovered"] + mean["unrecovered"]
                assert other_side == pytest.approx(mean["total"], abs=1e-12 * scale)


class TestSplit:
    def test_adds_up_in_the_table(self, found):
        adds_up(found)

    @pytest.mark.parametrize("arm", ["twinning", "networks", "both"])
    def test_amounts_are_those_put_in_and_more_averted_is_positive(self, found, arm):
        none, other = (pd.Series(flows(RATES[name], 1.0)) for name in ("none", arm))
        gained = 100 * (other - none) / (none["loss"] - none["recovered_services"])
        at_zero = rows_of(found, "percent", arm, 0.0)
        for part, name in zip(PARTS[1:8], OUTCOMES[1:8], strict=True):
            assert at_zero.loc[part, "estimate"] == pytest.approx(gained[name], abs=1e-9)
        assert at_zero.loc["fewer", "estimate"] == pytest.approx(-gained["loss_expected"], abs=1e-9)
        assert at_zero.loc["residual", "estimate"] == pytest.approx(-gained["loss"])

    def test_by_rate_a_source_whose_share_stays_has_no_part(self, found):
        rates, amounts = rows_of(found, "by_rate"), rows_of(found, "averted")
        assert rates.loc[
            ["own", "insurance", "state", "donations", "faster"], "estimate"
        ].to_numpy() == pytest.approx(0, abs=1e-12)
        assert (amounts.loc[["own", "insurance", "state", "donations", "faster"], "estimate"] < 0).all()
        assert (rates.loc[["fewer", "prevented", "networks", "twins"], "verdict"] == "more").all()

    def test_by_rate_parts_are_as_the_logarithms_of_what_is_let_through(self, found):
        mean = rows_of(found, "by_rate", size=0.0)["mean"]
        logs = {"fewer": np.log(0.8), "prevented": np.log(0.7 / 0.8), "networks": np.log(0.8)}
        assert mean["prevented"] / mean["fewer"] == pytest.approx(logs["prevented"] / logs["fewer"])
        assert mean["networks"] / mean["fewer"] == pytest.approx(logs["networks"] / logs["fewer"])

    def test_the_balance_says_which_averts_more(self, found):
        assert rows_of(found, "by_rate").loc["balance", "verdict"] == "less"  # response: twins and networks
        assert found.loc[found["planned"], "quantity"].isin(["averted", "by_rate", "correlated"]).all()

    def test_sources_that_take_everything_have_no_split_by_rate(self, config):
        rates = RATES | {"both": (0.8, 1.0, 0.25, 0.2, 0.5, 0.05, 0.2, 0.25, 0.1)}
        full = table(result_of(config, rates))
        assert set(rows_of(full, "by_rate").index) == {"total"}
        assert rows_of(full, "averted").loc["total", "estimate"] > 0


class TestCorrelatedShocks:
    @pytest.mark.parametrize("size", [1.0, 2.0])
    def test_the_fall_of_what_mutual_aid_covers_comes_back(self, found, size):
        def covered(fall):
            return 1 - (1 - 0.2 * fall) * (1 - 0.25 * fall)

        row = rows_of(found, "correlated", size=size).loc["mutual"]
        assert row["estimate"] == pytest.approx(covered(FALL**size) - covered(1.0))
        assert row["verdict"] == "less"
        states = rows_of(found, "correlated", "none", size).loc["state"]
        assert states["estimate"] == pytest.approx(0, abs=1e-12)

    def test_an_experiment_that_does_not_sweep_them_has_no_such_rows(self, config):
        swept = result_of(config, RATES)
        runs = swept.runs[swept.runs[AXIS] == 1.0].drop(columns=AXIS)
        rows = table(made_results(runs, config, OUTCOMES))
        assert "correlated" not in set(rows["quantity"])
        assert (rows["quantity"] == "cover").any()
        assert not any("footprints" in said for said in words(rows))
        assert len(ledger_figure(rows, 0.5)[0].axes) == 2


class TestWords:
    def test_say_the_effect_its_split_and_the_correlation(self, found):
        said = " ".join(words(found))
        assert "the losses left after relief and help by services change by −5" in said
        assert "relieved by networks" in said
        assert "more by response than by prevention" in said
        assert "it covers less" in said

    def test_say_that_nothing_is_shown(self, config):
        said = words(table(result_of(config, NOTHING, noise=0.02, fall=1.0)))
        assert "no change of the losses left is shown" in said[0]
        assert "no change of it is shown" in said[-1]
        assert len(said) == 2

    def test_say_that_replications_are_too_few(self, config):
        assert "too few" in words(table(result_of(config, RATES, seeds=3)))[0]

    def test_the_figure_names_what_it_shows(self, found):
        figure, caption = ledger_figure(found, 0.5)
        assert "relieved by twins" in caption.alt
        assert len(figure.axes) == 3


def test_a_part_that_rounds_to_none_has_no_sign():
    assert [_percent(part, 1.0) for part in (-0.004, 0.004, -0.006)] == ["0 %", "0 %", "−1 %"]


def test_one_arm_alone_is_told_that_it_needs_another(config):
    results = result_of(config, RATES)
    lonely = replace(results, runs=results.runs[results.runs["arm"] == "none"], arms=("none",))
    with pytest.raises(ResultError, match="only arm 'none' has runs"):
        table(lonely)


@pytest.fixture(scope="module", params=[pytest.param(200, marks=pytest.mark.long)])
def count(request):
    return request.param


def test_nothing_is_found_where_cooperation_does_nothing(config, count):
    """Arms with noise of their own, no effect: at most a tenth of experiments call any planned comparison."""
    called = 0
    for i in range(count):
        rows = table(result_of(config, NOTHING, noise=0.1, fall=1.0, rng=100 + i))
        called += (rows.loc[rows["planned"], "p_adjusted"] <= 1 - LEVEL).any()
    assert at_most(called, count)


def test_intervals_hold_a_known_effect_at_their_rate(config, count):
    true = flows(RATES["both"], 1.0)
    missed = {"total": 0, "twins": 0}
    none = flows(RATES["none"], 1.0)
    left = none["loss"] - none["recovered_services"]
    truth = {
        "total": 100 * (left - true["loss"] + true["recovered_services"]) / left,
        "twins": 100 * true["relief_twins"] / left,
    }
    for i in range(count):
        rows = table(result_of(config, RATES, noise=0.05, rng=500 + i))
        percent = rows_of(rows, "percent", size=0.0)
        for part, value in truth.items():
            row = percent.loc[part]
            missed[part] += not row["median_lower"] <= value <= row["median_upper"]
    for misses in missed.values():
        assert about(misses, count, TAIL_OF_16)


def test_the_experiment_has_the_size_it_claims():
    assert size_of("crises") == 1320
    assert size_of("crises", "seeds=2") == 80


@pytest.mark.parametrize("size", [0.0, 2.0])
def test_the_models_ledger_adds_up_to_rounding_in_every_run(tmp_path, size):
    small = ("seeds=3", "quarters=24", "world.cities=60", "uncertainty.monte_carlo_seeds=0", "analyses=[]",
             f"design.crisis_correlation=[{size}]", "parameters.crisis_rate=1.0")  # fmt: skip
    results = run_experiment(EXPERIMENTS / "crises.toml", workers=1, out=tmp_path / "out", overrides=small)
    runs = results.runs
    relief = runs[[name for name in OUTCOMES if name.startswith("relief_")]].sum(axis=1)
    spent = runs["loss_prevented"] + relief + runs["loss"]
    assert (runs["loss_expected"] > 0).all()
    assert np.allclose(spent, runs["loss_expected"], rtol=1e-12, atol=0)
    parts = runs[["recovered", "recovered_services", "unrecovered"]].sum(axis=1)
    assert np.allclose(parts, runs["loss"], rtol=1e-12, atol=0)
    adds_up(table(read_results(results.path)))


def test_a_run_of_the_experiment_writes_table_figure_and_briefing(tmp_path):
    rows, briefing = ran("crises", "ledger", tmp_path)
    assert (rows["n_seeds"] <= 2).all()
    adds_up(rows)
    assert "too few" in briefing
