"""Titles of what a result hangs on: each way it may be, what is open, and where there is too little."""

import numpy as np
import pandas as pd
import pytest

from citysim.figures import assessed
from citysim.language import LANGUAGES, speaking
from figures.gallery import DRAWN, boxes

GIVEN_UP = "how often cities give up what they have begun"
CALM = "how much twinnings calm two states"


def verdict(probability, lower, upper, *, event="compensates", n=200):
    row = {"event": event, "outcome": "development", "probability": probability, "lower": lower}
    return pd.DataFrame([row | {"upper": upper, "n": n}])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (verdict(0.95, 0.9, 0.98), "very likely that cities make up for all that the stall costs (95 %)"),
        (verdict(0.04, 0.02, 0.07), "very unlikely that cities make up for all that the stall costs (4 %)"),
        (verdict(0.52, 0.45, 0.6), "open whether cities make up for all that the stall costs (52 %)"),
        (
            verdict(0.7, 0.65, 0.75, event="substitutes"),
            "likely that cities do more because states stall (70 %)",
        ),
        (
            verdict(0.5, 0.4, 0.6, event="substitutes"),
            "open whether cities do more because states stall (50 %)",
        ),
        (verdict(1.0, 0.6, 1.0, n=3), "too few replications to say yet"),
        (verdict(np.nan, np.nan, np.nan), "too few replications to say yet"),
    ],
)
def test_how_likely_a_verdict_is(row, said):
    assert assessed.verdict_title(row) == f"Development: {said}"


def indices(told, *, lower=0.1):
    rows = {"outcome": "development", "parameter": ["contact_effect", "drop_rate"], "ST": [0.2, 0.5]}
    return pd.DataFrame(rows | {"ST_lower": lower, "ST_told": told})


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        (
            indices(["above 0", "above 0 alone"]),
            False,
            f"what cities make up for hangs most on {GIVEN_UP} and {CALM}",
        ),
        (
            indices(["above 0", "covers 0"]),
            True,
            f"what cities do because of the stall hangs most on {CALM}",
        ),
        (indices(["covers 0", "within chance"]), False, "no assumption is shown to matter"),
        (indices(["covers 0", "covers 0"], lower=np.nan), False, "too few runs to say what matters"),
    ],
)
def test_what_matters_most(rows, more, said):
    assert assessed.sensitivity_title(rows, "ST", more=more) == f"Development: {said}"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (0.01, 0.2, f"Development: cities make up for the stall above all where “{CALM}” is at least 0.2"),
        (0.2, 0.01, f"Marginalised share: cooperation does harm above all where “{CALM}” is at least 0.2"),
        (0.2, 0.3, "No assumptions are shown under which cities make up for the stall or do harm"),
    ],
)
def test_boxes_that_hold_where_they_were_not_made(first, second, said):
    found, limits, _ = boxes()
    found = found.iloc[:2].assign(p_adjusted=[first, second])
    limits = limits.assign(parameter="contact_effect").drop_duplicates(["event", "outcome", "arm"])
    assert assessed.scenarios_title(found, limits) == said


def known(right, value, *, told=True):
    row = {"outcome": "development", "of": "parameter", "name": "contact_effect", "right": right}
    return pd.DataFrame([row | {"value": value, "value_told": told}])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (known(0.96, 0.0), "no measurement is needed, 96 % of cases are judged right now"),
        (known(0.6, 0.1, told=False), "no single measurement is shown to help; 60 % are judged right now"),
        (
            known(0.6, 0.38),
            "“How much twinnings calm two states” would settle it, with 98 instead of 60 % judged right",
        ),
        (
            known(0.6, 0.1),
            "“How much twinnings calm two states” would tell most, with 70 instead of 60 % judged right",
        ),
    ],
)
def test_which_measurement_would_settle_it(rows, said):
    assert assessed.knowing_title(rows) == f"Development: {said}"


@pytest.mark.parametrize(
    ("moved", "low", "high", "n", "said"),
    [
        (True, -0.3, -0.1, 99, "1 of 1 verdicts moved, 1 intervals narrower, 0 wider"),
        (False, 0.1, 0.3, 99, "0 of 1 verdicts moved, 0 intervals narrower, 1 wider"),
        (False, -0.1, 0.3, 99, "0 of 1 verdicts moved, no interval shown to be narrower"),
        (True, -0.3, -0.1, 3, "too few replications to say yet"),
    ],
)
def test_what_a_calibration_moves(moved, low, high, n, said):
    row = {"verdict_moved": moved, "width_change_lower": low, "width_change_upper": high}
    rows = pd.DataFrame([row | {"n_seeds_before": 99, "n_seeds_after": n}])
    assert assessed.compare_title(rows) == f"Calibration: {said}"


@pytest.mark.parametrize(
    ("moved", "said"),
    [([True, False], "The record tells about 1 of 2"), ([False] * 2, "tells nothing about any")],
)
def test_what_the_record_tells(moved, said):
    assert said in assessed.marginals_title(pd.DataFrame({"moved": moved}))


@pytest.mark.parametrize(
    ("slope", "said"),
    [
        (1.0, "“a b” and “c” rise together (r = 1.00)"),
        (-1.0, "“a b” rises where “c” falls (r = −1.00)"),
        (0.0, "What the record tells of one parameter it tells of no other"),
    ],
)
def test_which_parameters_go_together(slope, said):
    x = np.array([-1.0, 0.0, 1.0, 0.0])
    apart = np.array([0.0, 1.0, 0.0, -1.0]) * (slope == 0)
    assert assessed.pairs_title(pd.DataFrame({"a_b": x, "c": slope * x + apart})) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.7, 0.8, "fewer than"), (0.92, 0.98, "more than"), (0.88, 0.92, "as they should")],
)
def test_whether_known_values_are_held(low, high, said):
    row = {"coverage": (low + high) / 2, "coverage_lower": low, "coverage_upper": high}
    assert said in assessed.recovery_title(row)


@pytest.mark.parametrize(("share", "said"), [(0.5, "fewer than should"), (0.9, "as chance allows")])
def test_whether_what_was_not_seen_is_foretold(share, said):
    row = {"level": 0.9, "statistics": 10, "covered": int(10 * share), "share": share, "usual_lower": 0.7}
    assert assessed.crossed_title(pd.DataFrame([row])).endswith(said)


@pytest.mark.parametrize(
    ("p", "said"), [([0.01, 0.5], "for 1 of 2 the method is off"), ([0.9, 1.0], "for none of 2 is")]
)
def test_whether_ranks_are_even(p, said):
    assert said in assessed.ranks_title(pd.DataFrame({"p_adjusted": p}))


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["holds", "holds", "misses"], "the model shows 2 of 3 statistics, 0 in part, and misses 1"),
        (["misses", "partly"], "the model shows 0 of 2 statistics, 1 in part, and misses 1"),
        (["not applicable"], "too few runs to hold it against"),
    ],
)
def test_how_much_of_the_record_is_shown(verdicts, said):
    assert assessed.validation_title(pd.DataFrame({"verdict": verdicts})) == f"The record: {said}"


@pytest.mark.parametrize(
    ("low", "high", "pairs", "said"),
    [
        (0.1, 0.3, 8, ": in 1 of 1 estimates apart in nine of ten pairs"),
        (-0.3, -0.1, 8, ": in 1 of 1 estimates apart in nine of ten pairs"),
        (-0.1, 0.3, 8, ": in none of 1 estimates apart in nine of ten pairs"),
        (0.1, 0.3, 3, ": too few pairs of replications to say yet"),
        (0.1, 0.3, 0, " side by side"),
    ],
)
def test_whether_two_experiments_are_apart(low, high, pairs, said):
    rows = pd.DataFrame([{"difference_lower": low, "difference_upper": high, "n_pairs": pairs}])
    assert assessed.side_by_side_title(rows, ("one", "two"), paired=pairs > 0) == f"one and two{said}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_title_asks(language, tmp_path):
    with speaking(language):
        titles = {name: draw(tmp_path)[1].title for name, draw in DRAWN.items()}
    assert {name for name, title in titles.items() if "?" in title} == set()
