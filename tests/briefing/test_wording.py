import math

import pandas as pd
import pytest

from citysim.briefing.wording import (
    acts,
    answer,
    interval,
    more_because_of_stall,
    not_shown,
    number,
    overall,
    percent,
    saves,
    three_digits,
)


def rows(**changes):
    """One arm at one stall level for two outcomes."""
    row = {
        "arm": "both",
        "outcome": "development",
        "estimate": 0.5,
        "lower": 0.2,
        "upper": 0.8,
        "probability_compensates": 0.0,
        "probability_positive": 0.9,
        "n_seeds": 16,
        "verdict": "partly",
        "share_states_hardly_matter": 0.0,
    }
    undefined = {"outcome": "conflict", "verdict": "undefined"} | dict.fromkeys(
        ("estimate", "lower", "upper"), math.nan
    )
    return pd.DataFrame([row | changes, row | undefined | {"probability_compensates": 0.4}])


@pytest.mark.parametrize(
    ("value", "text"), [(1.234, "1.23"), (-0.5, "−0.50"), (-0.001, "0.00"), (math.nan, "–"), (math.inf, "–")]
)
def test_number(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01234, "0.0123"),
        (-12.34, "−12.3"),
        (1234.5, "1,234"),
        (0.00012, "0.00012"),
        (-1e-9, "−1.0e−09"),
        (999.0, "999"),
    ],
)
def test_three_digits_count(value, text):
    assert three_digits(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.004, "< 1 %"), (0.996, "> 99 %"), (0.5, "50 %"), (math.nan, "–")],
)
def test_percent_is_never_certain_where_replications_disagree(share, text):
    assert percent(share) == text


def test_an_interval_without_bounds_is_a_dash():
    assert interval(math.nan, 1.0) == "–"
    assert interval(-1.0, 2.0) == "−1.00 to 2.00"


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ({"compensates"}, "yes"),
        ({"partly"}, "no"),
        ({"harms", "no effect shown"}, "no"),
        ({"compensates", "harms"}, "depends"),
        ({"compensates", "open"}, "open"),
        ({"compensates", "undefined"}, "open"),
        ({"partly", "open"}, "open"),
        ({"too few"}, "Too few"),
        ({"adds"}, "yes"),
        ({"adds", "compensates"}, "yes"),
        ({"takes away", "no effect shown"}, "no:"),
        ({"no effect shown"}, "not shown"),
        ({"adds", "no effect shown"}, "depends"),
        ({"adds", "undefined"}, "open"),
    ],
)
def test_the_answer_says_yes_only_where_every_outcome_does(verdicts, word):
    assert word in overall(verdicts)


def test_the_answer_holds_interval_replications_and_probability():
    lead, detail = answer(rows(), 0.75)
    assert "75 %" in lead
    assert "16 replications" in lead
    assert "0 % for development and 40 % for conflict" in lead
    assert "C = 0.50, 90 % interval 0.20 to 0.80" in detail
    assert "for conflict-quarters of pairs of states the ratio says nothing" in detail


def test_the_answer_to_the_claim_is_about_substitution_and_response():
    more, added = acts(rows(verdict="adds"), rows(verdict="adds", estimate=0.1), 0.75)
    assert more.startswith("In this model it stays open: where states have lost 75 %")
    assert "(substitution) is 0.50 for development (90 % interval 0.20 to 0.80, above 0 in 90 %)" in more
    assert "undefined for conflict-quarters of pairs of states, since stall itself costs too little" in more
    assert "(response, against the same rules of ties without it) adds 0.10 for development" in added
    told = saves(rows())
    assert "0 % for development and 40 % for conflict-quarters of pairs of states" in told
    assert "16 replications" in told
    assert "no arm without response was run" in more_because_of_stall(rows())


def test_shaky_ratios_are_named():
    assert "for development in 30 %" in not_shown(rows(share_states_hardly_matter=0.3))
    assert not not_shown(rows())
