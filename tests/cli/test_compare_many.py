"""Some experiments on one sheet, and pairs of a kind side by side, from the command line."""

from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from analysis.tables import CONFIG, known_runs, write_runs
from citysim.cli.main import app


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def results(name: str, ratio: float, config: str = CONFIG, *, seeds: int = 8, rng: int = 1) -> None:
    """A folder with runs of two arms."""
    runs = known_runs({"none": 0.0, "both": ratio}, seeds=seeds, noise=0.01, rng=rng)
    write_runs(Path(name), runs.assign(run=name + runs["run"]), config=config)


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two of one kind, in another world and at another parameter, and one of another question."""
    monkeypatch.chdir(tmp_path)
    results("one", 0.5)
    results("two", 0.9, CONFIG + "[parameters]\ncontact_effect = 0.1\n", rng=3)
    factorial = CONFIG.replace("seeds = 20", 'seeds = 20\nanalyses = ["factorial"]')
    runs = known_runs({"none": 0.0, "twinning": 0.2, "networks": 0.1, "both": 0.25}, seeds=8, noise=0.01)
    write_runs(Path("other"), runs, config=factorial.replace("cities = 60", "cities = 61"))
    return tmp_path


def test_a_sheet_and_a_pair_are_written_beside_the_first(three: Path) -> None:
    before = sorted(three.rglob("*"))
    ended = call("compare", "one", "two", "other")
    assert ended.exit_code == 0, ended.stderr
    made = {file.relative_to(three / "compared").as_posix() for file in (three / "compared").rglob("*.*")}
    assert made >= {
        *("dialogue_sheet.pdf", "dialogue_sheet.html", "dialogue_sheet.csv", "side_by_side.csv"),
        *("figures/side_by_side_1_2.png", "figures/side_by_side_1_2.svg"),
    }
    assert set(before) <= set(three.rglob("*"))
    assert not [file for file in three.rglob("*") if file not in before and "compared" not in file.parts]
    out = " ".join(ended.stdout.split())
    assert "one, two: differ in parameters.contact_effect: not set, 0.1" in out
    assert "one (headline), two (headline), other (factorial)" in out
    assert "two less one, replication by replication, in 8 pairs" in out
    table = pd.read_csv("compared/side_by_side.csv")
    assert set(table["first"]) == {"one"}
    assert set(table["second"]) == {"two"}
    assert len(PdfReader("compared/dialogue_sheet.pdf").pages) == 1
    rows = pd.read_csv("compared/dialogue_sheet.csv")
    assert list(rows["folder"]) == ["one", "two", "other"]


def test_pictures_of_pairs_before_go(three: Path) -> None:
    assert call("compare", "one", "two", "--out", "here").exit_code == 0
    assert (three / "here" / "figures" / "side_by_side_1_2.png").is_file()
    assert call("compare", "one", "other", "--out", "here").exit_code == 0
    assert not (three / "here" / "figures" / "side_by_side_1_2.png").exists()
    assert not (three / "here" / "side_by_side.csv").exists()


def test_a_language_and_formats_can_be_asked_for(three: Path) -> None:
    ended = call(*("compare", "one", "two", "--language", "de", "--format", "html", "--out", "de"))
    assert ended.exit_code == 0, ended.stderr
    assert '<html lang="de">' in (three / "de" / "dialogue_sheet.html").read_text()
    assert not list((three / "de").glob("*.pdf"))
    assert "Replikation für Replikation" in " ".join(ended.stdout.split())


def test_missing_runs_are_told(three: Path) -> None:
    file = three / "two" / "runs" / "part-0.parquet"
    runs = pd.read_parquet(file)
    runs[runs["seed"] < 6].to_parquet(file, index=False)
    ended = call("compare", "one", "two")
    assert ended.exit_code == 0
    assert ended.stderr == "note: two: 12 of 48 runs are missing; this is what there is\n"
    assert "12 of 48 runs are missing or failed" in (three / "compared" / "dialogue_sheet.html").read_text()
    assert set(pd.read_csv("compared/side_by_side.csv")["n_pairs"]) == {6}


def test_what_cannot_be_compared_ends_in_one_line(three: Path) -> None:
    (three / "empty").mkdir()
    results("none_done", 0.5)
    for file in (three / "none_done" / "runs").iterdir():
        file.unlink()
    old = three / "old"
    results("old", 0.5, CONFIG)
    (old / "config.toml").write_text(CONFIG + "[uncertainty]\nof_version_one = true\n")
    (three / "full").mkdir()
    (three / "full" / "mine.txt").write_text("mine")
    for arguments, said in (
        (("one",), "one: expected two result folders or more to compare, found one"),
        (("one", "other", "one"), "one: named twice; name each result folder once"),
        (("one", "nowhere"), "nowhere: no such folder"),
        (("one", "empty"), "empty: not a result folder of citysim (no design.parquet)"),
        (("one", "none_done"), "none_done/runs: holds no runs yet; make them with: citysim run CONFIG"),
        (("one", "old"), "is it of another version? Run the experiment anew: citysim run CONFIG --out NEW"),
        (("one", "two", "--out", "full"), "full: is no result folder, and holds mine.txt"),
    ):
        ended = call("compare", *arguments)
        assert ended.exit_code == 2, arguments
        (line,) = ended.stderr.splitlines()
        assert line.startswith("error: ")
        assert said in line
    assert not (three / "compared").exists()
    assert call("compare", "one", "two", "--format", "docx").exit_code == 2
