"""Twinning × networks: known effects come back, none are made up, and the words say what the table says."""

import numpy as np
import pytest

from analysis.answers.made import about, at_most, config_of, made_results, made_runs, ran, size_of
from citysim.analysis.answers.factorial import ARMS, PLANNED, table, words
from citysim.analysis.intervals import LEVEL
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.stall import at_level
from citysim.errors import ResultError
from citysim.figures.answers.factorial import factorial_figure

POINTS = [{"arm": arm, "stall": stall} for stall in (0.0, 0.5, 1.0) for arm in ARMS]
OUTCOMES = (*HEADLINE_OUTCOMES, "attention")
#: Change of development and of attention by arm.
KNOWN = {"none": (0.0, 0.0), "twinning": (0.03, 1.0), "networks": (0.02, 2.0), "both": (0.04, 2.5)}
NOTHING = dict.fromkeys(ARMS, (0.0, 0.0))


@pytest.fixture(scope="module")
def config():
    return config_of("partnerships")


def result_of(config, effects, *, seeds=16, noise=0.0, rng=1):
    def value(point, shared, own):
        base, (gain, attention) = shared.normal(0.5, 0.1), effects[point["arm"]]
        good = {"development": base + gain + own.normal(0, noise), "attention": 1 + attention}
        return good | {name: base - gain + own.normal(0, noise) for name in HEADLINE_OUTCOMES[1:]}

    return made_results(made_runs(POINTS, value, seeds, rng), config, OUTCOMES)


def rows_of(found, quantity, effect, outcome="development", stall=0.5):
    return found.query(
        "quantity == @quantity and effect == @effect and outcome == @outcome and stall == @stall"
    ).iloc[0]


@pytest.fixture(scope="module")
def found(config):
    return table(result_of(config, KNOWN))


class TestKnownEffects:
    @pytest.mark.parametrize(
        ("effect", "expected"),
        [
            ("twinning", 0.025),
            ("networks", 0.015),
            ("interaction", -0.01),
            ("twinning_alone", 0.03),
            ("twinning_added", 0.02),
            ("networks_alone", 0.02),
            ("networks_added", 0.01),
            ("both", 0.04),
            ("networks_less_twinning", -0.01),
        ],
    )
    def test_come_back_for_both_directions(self, found, effect, expected):
        ends = ["estimate", "lower", "upper", "median_lower", "median_upper"]
        assert rows_of(found, "difference", effect)[ends].to_numpy(float) == pytest.approx(expected)
        assert rows_of(found, "difference", effect, "loss")["estimate"] == pytest.approx(-expected)

    def test_per_attention_divides_by_the_attention_of_the_same_effect(self, found):
        row = rows_of(found, "per_attention", "twinning")
        assert row["estimate"] == pytest.approx(0.025 / 0.75)
        assert row["confidence_lower"] == pytest.approx(row["confidence_upper"])
        assert rows_of(found, "per_attention", "networks_alone")["estimate"] == pytest.approx(0.01)
        assert rows_of(found, "share_of_sum", "both")["estimate"] == pytest.approx(0.8)

    def test_less_than_the_sum_is_a_substitute_whatever_the_outcomes_direction(self, found):
        for outcome in HEADLINE_OUTCOMES:
            assert rows_of(found, "difference", "interaction", outcome)["verdict"] == "substitutes"
            assert rows_of(found, "difference", "twinning", outcome)["verdict"] == "better"

    def test_planned_are_three_effects_of_four_outcomes_under_stall(self, found):
        asked = found[found["planned"]]
        assert len(asked) == len(PLANNED) * len(HEADLINE_OUTCOMES) * 2
        assert set(asked["stall"]) == {0.5, 1.0}

    def test_words_say_so(self, found):
        said = " ".join(words(at_level(found, 0.5)))
        assert "twinnings make development, losses left over" in said
        assert "partly replace each other" in said
        assert "80 % (80 to 80 %) of the sum" in said
        assert "twinning gives 0.0333" in said

    def test_the_figure_shows_it(self, found):
        figure, caption = factorial_figure(found, 0.5)
        assert "states stalled by 50 %: twinnings 0.025" in caption.alt
        assert len(figure.axes) == 8


def test_more_than_the_sum_is_a_complement(config):
    found = table(result_of(config, KNOWN | {"both": (0.09, 2.5)}))
    assert rows_of(found, "difference", "interaction")["verdict"] == "complements"
    assert "reinforce each other" in " ".join(words(at_level(found, 0.5)))


def test_an_effect_that_takes_no_attention_has_no_ratio(config):
    free = {arm: (gain, 0.0) for arm, (gain, _) in KNOWN.items()}
    row = rows_of(table(result_of(config, free)), "per_attention", "twinning")
    assert row["verdict"] == "undefined"
    assert np.isnan(row["estimate"])
    assert "undefined amount" in " ".join(words(at_level(table(result_of(config, free)), 0.5)))


def test_too_few_replications_say_nothing(config):
    assert "too few" in words(at_level(table(result_of(config, KNOWN, seeds=3)), 0.5))[0]


def test_an_experiment_without_an_arm_is_told_which(config):
    results = result_of(config, KNOWN)
    runs = results.runs[results.runs["arm"] != "twinning"]
    with pytest.raises(ResultError, match="this analysis also needs 'twinning'"):
        table(made_results(runs, config, OUTCOMES))


@pytest.fixture(scope="module", params=[pytest.param(200, marks=pytest.mark.long)])
def count(request):
    return request.param


def test_nothing_is_found_where_cooperation_does_nothing(config, count):
    called = 0
    for i in range(count):
        found = table(result_of(config, NOTHING, noise=0.01, rng=100 + i))
        called += (found.loc[found["planned"], "p_adjusted"] <= 1 - LEVEL).any()
        if i == 0:
            assert "have no effect on development" in words(at_level(found, 0.5))[0]
    assert at_most(called, count)


def test_intervals_hold_a_known_effect_at_their_rate(config, count):
    effects = ["twinning", "interaction", "networks_added"]
    true = {"twinning": 0.025, "interaction": -0.01, "networks_added": 0.01}
    missed, ratio_missed, together = dict.fromkeys(effects, 0), 0, 0
    for i in range(count):
        found = table(result_of(config, KNOWN, noise=0.01, rng=500 + i))
        for effect in effects:
            row = rows_of(found, "difference", effect)
            missed[effect] += not row["median_lower"] <= true[effect] <= row["median_upper"]
        row = rows_of(found, "share_of_sum", "both")
        ratio_missed += not row["confidence_lower"] <= 0.8 <= row["confidence_upper"]
        asked = found[found["planned"]]
        sign = np.where(asked["outcome"] == "development", 1, -1)
        value = asked["effect"].map({"twinning": 0.025, "networks": 0.015, "interaction": -0.01}) * sign
        together += not value.between(asked["lower_adjusted"], asked["upper_adjusted"]).all()
    for effect in effects:
        assert about(missed[effect], count, 0.077)  # 16 pairs: 2 P(Bin(16, ½) < 5) = .077
    assert about(ratio_missed, count, 1 - LEVEL)
    assert at_most(together, count)


def test_the_experiment_has_the_size_it_claims():
    assert size_of("partnerships") == 1584
    assert size_of("partnerships", "seeds=2") == 72


@pytest.mark.long
def test_a_run_of_the_experiment_writes_table_figure_and_briefing(tmp_path):
    found, briefing = ran("partnerships", "factorial", tmp_path)
    assert (found["n_seeds"] <= 2).all()
    alone = found.query("quantity == 'difference' and outcome == 'attention' and effect == 'twinning_alone'")
    assert (alone["estimate"] > 0).all()
    assert "too few to say what twinnings and networks contribute" in briefing
