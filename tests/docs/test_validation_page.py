"""The page of validation holds what its script writes from the kept table."""

import sys
from pathlib import Path

import pytest

from citysim.validation.catalogue import patterns
from citysim.validation.samples import Samples
from citysim.validation.validate import table_of

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "validated", raising=False)
    import validated

    return validated


def test_it_is_up_to_date(validated):
    assert validated.PAGE.read_text().partition(validated.MARK)[2] == validated.results()


def test_it_says_what_was_not_run(validated, tmp_path):
    assert "Not run yet" in validated.results(tmp_path / "none.csv")
    table = table_of(Samples([]), patterns(), lambda _: {})
    table.loc[table["statistic"] == "onsets.per_year", ["prior_lower", "prior_median", "prior_upper"]] = 0.5
    table.loc[table["statistic"] == "onsets.per_year", "prior_runs"] = 32
    table.to_csv(tmp_path / "validation.csv", index=False)
    text = validated.results(tmp_path / "validation.csv")
    assert "prior 32 to 32. Nothing has been run under the posterior." in text
    assert "0.5 (0.5 … 0.5)" in text


def test_the_eight_elements_are_there():
    text = (DOCS / "validation.md").read_text()
    assert [f"## {number}. " in text for number in range(1, 9)] == [True] * 8
