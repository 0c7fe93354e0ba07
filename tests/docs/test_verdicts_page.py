"""The page of verdicts is what the kept tables say, and says what has moved."""

import sys
from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "verdicts", raising=False)
    import verdicts

    return verdicts


def test_the_page_is_that_of_the_kept_tables(verdicts) -> None:
    assert verdicts.PAGE.read_text(encoding="utf-8") == verdicts.page()


def test_against_itself_nothing_has_moved(verdicts) -> None:
    said = verdicts.page(after=verdicts.KEPT)
    rows = [line.split("|") for line in said.split("## How many")[1].splitlines() if line.startswith("| ")][
        1:
    ]
    assert [row[3].strip() for row in rows] == ["0"] * len(verdicts.QUESTIONS)


def test_a_verdict_that_moved_is_counted_and_shown(verdicts, tmp_path: Path) -> None:
    asked = next(each for each in verdicts.QUESTIONS if each.experiment == "peace")
    table = pd.read_csv(verdicts.KEPT / "peace" / "contact.csv")
    one = (table["quantity"] == "difference") & (table["arm"] == "both") & (table["contact_effect"] == 1.0)
    one &= table["outcome"] == "conflict_hazard"
    table.loc[one, ["verdict", "estimate"]] = ["no effect shown", -0.25]
    (tmp_path / "peace").mkdir()
    table.to_csv(tmp_path / "peace" / "contact.csv", index=False)
    said = verdicts.page(after=tmp_path)
    assert f"| {asked.question} | 16 | 1 | better → no effect shown (1) |" in said
    assert "−0.25" in said
    assert said.count("| not run |") == len(verdicts.QUESTIONS) - 1


def test_a_row_that_is_not_there_is_named(verdicts, tmp_path: Path) -> None:
    table = pd.read_csv(verdicts.KEPT / "peace" / "contact.csv")
    (tmp_path / "peace").mkdir()
    table[table["contact_effect"] != 1.0].to_csv(tmp_path / "peace" / "contact.csv", index=False)
    with pytest.raises(KeyError, match="peace: 0 rows with"):
        verdicts.page(after=tmp_path)
