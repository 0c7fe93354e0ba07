"""Titles of figures change when the result does."""

import pandas as pd
import pytest

from citysim.figures.findings import difference_title, makes_up_title
from citysim.language import speaking


def rows(verdict, estimate=0.32):
    """All cooperation at two levels of stall, one of them shown."""
    row = {"outcome": "development", "verdict": verdict, "estimate": estimate}
    return pd.DataFrame(
        [row | {"stall": s, "arm": a} for s in (0.5, 0.75) for a in ("none", "both", "twinning")]
    )


@pytest.mark.parametrize(
    ("verdict", "estimate", "said"),
    [
        ("compensates", 1.2, "cities make up for all that the stall costs"),
        ("partly", 0.32, "cities make up for about 30 % of what the stall costs"),
        ("partly", 0.04, "cities make up for about 4 % of what the stall costs"),
        ("open", 0.8, "cities make up for something, and it is open whether for all the stall costs"),
        ("no effect shown", 0.1, "it is not shown that cities make up for anything"),
        ("harms", -0.4, "what cities do makes the loss larger"),
        ("undefined", float("nan"), "the stall costs too little to be made up for"),
        ("too few", 0.9, "too few replications to say what cities make up for"),
    ],
)
def test_what_is_made_up_for_is_told_by_its_verdict(verdict, estimate, said):
    assert makes_up_title(rows(verdict, estimate), "development", 0.75) == f"Development: {said}"


def differences(low, high, outcome="development"):
    """All cooperation against the world without stall, with the interval of the median."""
    row = {"outcome": outcome, "stall": 0.75, "arm": "both", "planned": False}
    return pd.DataFrame([row | {"median_lower": low, "median_upper": high}])


@pytest.mark.parametrize(
    ("low", "high", "outcome", "said"),
    [
        (0.1, 0.3, "development", "Development: better than without stall"),
        (-0.3, -0.1, "development", "Development: worse than without stall"),
        (0.1, 0.3, "loss", "Losses left over: worse than without stall"),
        (-0.1, 0.3, "development", "Development: no difference to a world without stall is shown"),
        (float("nan"), float("nan"), "development", "Development: too few replications"),
        (float("-inf"), float("inf"), "development", "Development: too few replications"),
    ],
)
def test_a_difference_is_told_by_its_interval_and_what_is_better(low, high, outcome, said):
    assert difference_title(differences(low, high, outcome), outcome, 0.75).startswith(said)


def test_without_a_row_at_the_level_the_title_asks():
    assert makes_up_title(rows("partly"), "development", 1.0) == "What do cities make up for?"
    assert difference_title(differences(0.1, 0.3), "loss", 0.75) == "How far from a world without stall?"


def test_a_german_title_names_the_outcome_first():
    with speaking("de"):
        said = makes_up_title(rows("partly"), "development", 0.75)
    assert said == "Entwicklung: Städte gleichen etwa 30 % dessen aus, was der Stillstand kostet"
