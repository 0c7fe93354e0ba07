"""The number of networks: a known peak comes back, chance makes none, and a downside is held to account."""

import numpy as np
import pytest

from analysis.answers.made import about, at_most, config_of, made_results, made_runs, ran, size_of
from citysim.analysis.answers.number import AXIS, FINDING, LEVELS, table, words
from citysim.analysis.intervals import LEVEL, MIN_REPLICATIONS
from citysim.errors import ResultError
from citysim.figures.answers.number import number_figure

NUMBERS = (0, 5, 10, 20, 40, 80, 160, 320, 640, 1000)
PEAK = 40
#: Fall of development beyond the peak by arm, as share of the whole.
FALLS = {"all_downsides": 1.0, "no_attention_cost": 0.25, "no_overload": 1.0}
NOTHING = dict.fromkeys(FALLS, 0.0)


def curve(number, fall, rise=0.05):
    """Rises to the peak and falls beyond it, both in the logarithm."""
    up = rise * np.log1p(min(number, PEAK)) / np.log1p(PEAK)
    return up - 0.1 * fall * max(np.log(max(number, 1) / PEAK), 0) / np.log(1000 / PEAK)


@pytest.fixture(scope="module")
def config():
    config = config_of("how_many_networks", "record.groups_summary=false")
    return config.model_copy(update={"arms": {name: config.arms[name] for name in FALLS}})


def result_of(config, falls, *, rise=0.05, seeds=24, noise=0.0, rng=1):
    def value(point, shared, own):
        base = shared.normal(0.5, 0.1)
        gain = curve(point[AXIS], falls[point["arm"]], rise if any(falls.values()) else 0.0)
        values = dict.fromkeys(LEVELS, base + gain) | dict.fromkeys(("loss", "marginalisation"), base - gain)
        return {name: x + own.normal(0, noise) for name, x in values.items()}

    points = [{"arm": arm, "stall": 0.5, AXIS: number} for arm in falls for number in NUMBERS]
    return made_results(made_runs(points, value, seeds, rng), config, LEVELS, (AXIS,))


def row_at(found, quantity, outcome="development", arm="all_downsides"):
    return found.query("quantity == @quantity and outcome == @outcome and arm == @arm").iloc[0]


@pytest.fixture(scope="module")
def found(config):
    return table(result_of(config, FALLS))


class TestKnownPeak:
    @pytest.mark.parametrize("outcome", ["development", "coverage", "loss", "marginalisation"])
    def test_comes_back_whichever_direction_is_better(self, found, outcome):
        best = row_at(found, "best_number", outcome)
        assert best[["estimate", "lower", "upper", "median_lower", "median_upper"]].tolist() == [PEAK] * 5
        assert row_at(found, "best_inside", outcome)["estimate"] == 1

    def test_the_decline_and_what_a_downside_causes_of_it(self, found):
        change = row_at(found, "from_best")
        assert change[AXIS] == PEAK
        assert change["estimate"] == pytest.approx(-0.1)
        assert change["verdict"] == "worse"
        assert row_at(found, "from_none")["estimate"] == pytest.approx(0.05)
        for arm, share in (("no_attention_cost", 0.75), ("no_overload", 0.0)):
            assert row_at(found, "caused", arm=arm)["estimate"] == pytest.approx(-0.1 * share)
            assert row_at(found, "share_caused", arm=arm)["estimate"] == pytest.approx(share)
        assert row_at(found, "caused", arm="no_overload")["verdict"] == "no effect shown"

    def test_the_replications_that_find_the_peak_do_not_measure_the_decline(self, found):
        assert row_at(found, "from_best")["n_seeds"] == 24 - 24 / FINDING
        assert row_at(found, "best_number")["n_seeds"] == 24

    def test_planned_are_decline_and_causes_of_development_and_coverage(self, found):
        asked = found[found["planned"]]
        assert set(asked["outcome"]) == {"development", "coverage"}
        assert len(asked) == 2 * (3 + 2)  # an arm's own change, and what goes away in two of them

    def test_words_and_figure_say_so(self, found):
        said = " ".join(words(found))
        assert (
            "50 % of their action capacity, development is best with 40 networks in the median replication"
            in said
        )
        assert "in 0 % of them there is no peak inside the range" in said
        assert "From 40 to 1,000 networks it changes by −0.1 (−0.1 to −0.1), a decline." in said
        assert "with no attention cost −0.075 (−0.075 to −0.075), 75 % (75 to 75 %) of it" in said
        assert "no overload" not in said
        figure, caption = number_figure(found, 0.5)
        assert "development 40 (40 to 40)" in caption.alt
        assert len(figure.axes) == 8


@pytest.mark.parametrize(
    ("falls", "rise", "end", "said"),
    [(-1.0, 0.05, 1000, "so no decline is shown"), (1.0, -0.05, 0, "From 0 to 1,000 networks it changes by")],
)
def test_a_best_number_at_the_end_of_the_range_is_said_as_such(config, falls, rise, end, said):
    found = table(result_of(config, dict.fromkeys(FALLS, falls), rise=rise))
    assert row_at(found, "best_number")["estimate"] == end
    assert row_at(found, "best_at_most" if end else "best_at_fewest")["estimate"] == 1
    text = words(found)[0]
    assert "in 100 % of them there is no peak inside the range" in text
    assert said in text


def test_too_few_replications_say_nothing(config):
    assert "too few" in words(table(result_of(config, FALLS, seeds=MIN_REPLICATIONS)))[0]


def test_another_swept_value_is_told(config):
    results = result_of(config, FALLS, seeds=3)
    with pytest.raises(
        ResultError, match="sweeps nothing beside stall; this analysis needs initial_networks"
    ):
        table(made_results(results.runs, config, LEVELS, ()))


@pytest.fixture(scope="module", params=[pytest.param(200, marks=pytest.mark.long)])
def count(request):
    return request.param


def test_chance_makes_no_decline_where_networks_do_nothing(config, count):
    called, negative = 0, []
    for i in range(count):
        found = table(result_of(config, NOTHING, noise=0.01, rng=100 + i))
        called += (found.loc[found["planned"], "p_adjusted"] <= 1 - LEVEL).any()
        negative.append(row_at(found, "from_best")["mean"] < 0)
    assert at_most(called, count)
    assert about(sum(negative), count, 0.5)  # a peak that chance made would lie above the end every time


def test_intervals_hold_a_known_decline_at_their_rate(config, count):
    missed, ratio_missed = 0, 0
    for i in range(count):
        found = table(result_of(config, FALLS, noise=0.01, rng=500 + i))
        row = row_at(found, "from_best")
        true = curve(1000, 1.0) - curve(row[AXIS], 1.0)
        missed += not row["median_lower"] <= true <= row["median_upper"]
        share = row_at(found, "share_caused", arm="no_attention_cost")
        other = curve(1000, 0.25) - curve(row[AXIS], 0.25)
        ratio_missed += not share["confidence_lower"] <= 1 - other / true <= share["confidence_upper"]
    assert about(missed, count, 0.077)  # 16 replications measure: 2 P(Bin(16, ½) < 5) = .077
    assert about(ratio_missed, count, 1 - LEVEL)


def test_the_experiment_has_the_size_it_claims():
    assert size_of("how_many_networks") == 1440
    assert size_of("how_many_networks", "seeds=2") == 120


def test_a_run_of_the_experiment_writes_table_figure_and_briefing(tmp_path):
    found, briefing = ran("how_many_networks", "number", tmp_path, "design.initial_networks=[0, 10, 60]")
    held = found.query("quantity == 'level' and outcome == 'networks' and arm == 'no_downsides'")
    assert held.loc[held[AXIS] == 0, "estimate"].item() == 0
    assert 5 <= held.loc[held[AXIS] == 10, "estimate"].item() <= 10  # without members a network closes
    assert {"member − non-member", "north − south"} <= set(found["group"])
    assert "too few to say whether more networks have downsides" in briefing
