"""Titles of figures change when the result does."""

import pandas as pd
import pytest

from citysim.figures.findings import (
    compensated_title,
    difference_title,
    groups_title,
    makes_up_title,
    more_title,
    path_title,
)
from citysim.language import speaking


def rows(verdict, estimate=0.32, *, positive=0.8):
    """All cooperation at two levels of stall, one of them shown."""
    row = {"outcome": "development", "verdict": verdict, "estimate": estimate}
    row["probability_positive"] = positive
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


def test_what_nearly_all_cases_show_is_not_told_as_nothing():
    said = makes_up_title(rows("no effect shown", positive=0.96), "development", 0.75)
    assert said == "Development: very likely cities make up for something, though not for sure"


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


def test_without_a_row_at_the_level_the_title_says_so():
    nothing = "nothing to compare at this stall"
    assert makes_up_title(rows("partly"), "development", 1.0) == f"Development: {nothing}"
    assert more_title(rows("adds"), "development", 1.0) == f"Development: {nothing}"
    assert difference_title(differences(0.1, 0.3), "loss", 0.75) == f"Losses left over: {nothing}"


@pytest.mark.parametrize(
    ("verdict", "estimate", "said"),
    [
        ("adds", 0.3, "cities do more because states stall"),
        ("takes away", -0.3, "cities do less because states stall"),
        ("no effect shown", 0.1, "it is not shown that cities do more because states stall"),
        ("undefined", float("nan"), "the stall costs too little to say whether cities do more"),
        ("too few", 0.3, "too few replications to say whether cities do more"),
    ],
)
def test_whether_cities_do_more_is_told_by_the_verdict(verdict, estimate, said):
    assert more_title(rows(verdict, estimate), "development", 0.75) == f"Development: {said}"


def path(*middle):
    """Medians at the ends of years."""
    return pd.Series(middle, [2024.0 + i for i in range(len(middle))], dtype=float)


def test_a_path_is_told_by_its_ends():
    with_, without = path(0.52, 0.6, 0.61), path(0.52, 0.55, 0.58)
    assert path_title("development", with_, without) == (
        "Development on a scale of 100: 52.0 in 2023, in 2025 61.0 where cities cooperate and 58.0 where not"
    )
    assert path_title("development", path(0.52, 0.4), path()) == (
        "Development on a scale of 100: 52.0 in 2023, 40.0 in 2024"
    )
    assert path_title("development", path(), path()) == "Development: no path is known"


def test_points_at_which_all_is_made_up_for_are_counted():
    row = {"outcome": "development", "arm": "both"}
    table = pd.DataFrame([row | {"probability_compensates": share} for share in (0.1, 0.5, 0.9)])
    assert compensated_title(table, "development") == (
        "Development: at 2 of 3 points cities more likely make up for all than not"
    )


@pytest.mark.parametrize(
    ("outcome", "most", "least"), [("development", "a", "b"), ("marginalisation", "b", "a")]
)
def test_who_gains_most_hangs_on_what_is_better(outcome, most, least):
    said = groups_title({"a": 0.3, "b": -0.1, "c": 0.1, "none": float("nan")}, outcome)
    assert said.endswith(f"“{most}” gain most, “{least}” least")
    assert groups_title({"a": 0.3}, outcome).endswith("nothing to compare at this stall")


def test_a_german_title_names_the_outcome_first():
    with speaking("de"):
        said = makes_up_title(rows("partly"), "development", 0.75)
    assert said == "Entwicklung: Städte gleichen etwa 30 % dessen aus, was der Stillstand kostet"
