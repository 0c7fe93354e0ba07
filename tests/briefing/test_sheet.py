"""The dialogue sheet: what page 1 says of each experiment, on one page, in every format and language."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest
from pypdf import PdfReader

from analysis.tables import ESTIMANDS, estimand_runs, known_runs, write_runs
from briefing.pages import SHIPPED, said_of_the_docs
from briefing.test_german import ENGLISH
from briefing.test_tagged_pdf import named
from citysim.analysis.headline import write_tables
from citysim.analysis.results import read_results
from citysim.briefing.sheet import write_sheet
from citysim.briefing.sheet.entries import sheet_of
from citysim.briefing.sheet.html import rendered
from citysim.briefing.sheet.pdf import write_sheet_pdf
from citysim.briefing.short import short_answer
from citysim.errors import ResultError
from citysim.language import speaking

#: Folder → standing value, substitution and response of its runs, and their number of replications.
KNOWN = {
    "for": (0.0, 0.5, 0.3, 20),
    "against": (0.06, -0.2, -0.1, 20),
    "harms": (0.0, -0.5, -0.2, 20),
    "open": (0.0, 0.0, 0.0, 20),
    "few": (0.0, 0.5, 0.3, 4),
    "half": (0.0, 0.5, 0.3, 20),
}
QUESTION = "Do cities act when states stall?"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Results for the claim and against it, open ones, too few ones, and some of which runs are missing."""
    root = tmp_path_factory.mktemp("sheet")
    for name, (standing, more, response, seeds) in KNOWN.items():
        arms = {"both": (standing, more, response), "no_response": (standing, more, 0.0)}
        runs = [
            estimand_runs(arms, seeds=count, draw=draw, noise=0.02 if name == "open" else 0.0002)
            for draw, count in (("prior", seeds), ("defaults", 3))
        ]
        config = ESTIMANDS.replace('name = "known"', f'name = "{name}"\nquestion = "{QUESTION}"')
        write_runs(root / name, *runs, config=config)
        if name == "half":
            done = pd.read_parquet(root / name / "runs" / "part-0.parquet")
            done[done["seed"] < 12].to_parquet(root / name / "runs" / "part-0.parquet", index=False)
    return [root / name for name in KNOWN]


@pytest.fixture(scope="module")
def sheet(folders):
    return sheet_of(folders, "en")


@pytest.fixture(scope="module")
def written(folders, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    for language in ("en", "de"):
        write_sheet(folders, out / language, language)
    return out


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("experiment", SHIPPED)
def test_the_one_number_is_that_of_the_answer(experiment, language):
    with speaking(language):
        said = said_of_the_docs(experiment)
        assert said.number.text in said.answer
        assert said.number.of
        assert (said.number.low == "") == (said.number.high == "")
        assert said.sure.startswith(said.likely)


class TestEntries:
    def test_they_say_what_page_1_does(self, sheet, folders):
        for entry, folder in zip(sheet.entries, folders, strict=True):
            write_tables(folder)
            assert entry.short == short_answer(read_results(folder))

    def test_for_and_against_and_open(self, sheet):
        said = {entry.name: (entry.number, entry.of) for entry in sheet.entries}
        assert said["for"] == ("80 %", "of what a stall costs in development is made up for")
        assert re.fullmatch(r"−?\d+ %", said["against"][0])
        assert said["harms"] == ("70 %", "is what the loss in development becomes larger by")
        assert re.fullmatch(r"≤ \d+ %", said["open"][0])
        assert said["few"] == ("–", "no number yet")

    def test_missing_runs_are_counted(self, sheet):
        half = next(entry for entry in sheet.entries if entry.name == "half")
        assert half.short.missing.startswith("72 of 207 runs are missing or failed")
        assert "135 of 207 runs" in half.made_of
        assert half.done < half.asked
        assert all(not entry.short.missing for entry in sheet.entries if entry is not half)

    def test_tables_that_lack_are_made_for_as_long_as_it_takes(self, tmp_path):
        runs = known_runs({"none": 0.0, "both": 0.4}, noise=0.001)
        folder = write_runs(tmp_path / "a", runs)
        before = sorted(folder.rglob("*"))
        (entry,) = sheet_of([folder], "en").entries
        assert entry.number == "40 %"
        assert sorted(folder.rglob("*")) == before

    def test_runs_of_another_version_of_the_model_are_told(self, tmp_path):
        folder = write_runs(tmp_path / "a", known_runs({"none": 0.0, "both": 0.4}, noise=0.001))
        (folder / "manifest.json").write_text(json.dumps({"versions": {}, "model_version": "3"}))
        (entry,) = sheet_of([folder], "en").entries
        assert "model version 3, not " in entry.made_of


class TestPdf:
    @pytest.mark.parametrize("language", ["en", "de"])
    def test_nine_experiments_are_on_one_page(self, folders, tmp_path, language):
        nine = [*folders, *folders[:3]]
        write_sheet(nine, tmp_path, language, ["pdf"])
        reader = PdfReader(tmp_path / "dialogue_sheet.pdf")
        (page,) = reader.pages
        assert len(named(reader, "/H2")) == 9
        sizes = []
        page.extract_text(visitor_text=lambda text, cm, tm, font, size: sizes.append(size * abs(tm[3] or 1)))
        assert min(size for size in sizes if size) > 5

    def test_nine_unfinished_ones_are_on_one_page_too(self, folders, tmp_path):
        german = sheet_of(folders, "de")
        half = next(entry for entry in german.entries if entry.short.missing)
        write_sheet_pdf(replace(german, entries=(half,) * 9), tmp_path / "half.pdf")
        (page,) = PdfReader(tmp_path / "half.pdf").pages
        assert page.extract_text().count("72 von 207 Läufen fehlen") == 9

    def test_it_is_tagged_and_its_headings_are_the_questions(self, written):
        reader = PdfReader(written / "de" / "dialogue_sheet.pdf")
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "de"
        assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
        assert reader.metadata.title == "Dialogblatt"
        levels = [int(tag["/S"].removeprefix("/H")) for tag in named(reader, "/H1", "/H2", "/H3")]
        assert levels == [1, *[2] * len(KNOWN)]
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_all_of_it_is_there(self, written, sheet):
        text = "".join(PdfReader(written / "en" / "dialogue_sheet.pdf").pages[0].extract_text().split())
        for entry in sheet.entries:
            for part in (entry.number, entry.of, entry.short.answer, entry.short.likely, entry.made_of):
                assert "".join(part.split()) in text


class TestCsv:
    def test_it_has_a_row_per_experiment_with_what_the_short_answer_says(self, written, sheet, folders):
        table = pd.read_csv(written / "en" / "dialogue_sheet.csv", keep_default_na=False)
        assert list(table["experiment"]) == list(KNOWN)
        for row, entry, folder in zip(table.to_dict("records"), sheet.entries, folders, strict=True):
            assert row["question"] == QUESTION
            assert row["answer"] == entry.short.answer
            assert row["runs"] == entry.done
            assert row["folder"] == str(folder)
            if entry.short.number:
                assert row["number"] == entry.short.number.shown
                assert (row["interval_lower"], row["interval_upper"]) == (
                    entry.short.number.low,
                    entry.short.number.high,
                )
            if entry.short.chances:
                assert row["likelihood"] == entry.short.chances[0].words
                assert int(row["true"]) == entry.short.chances[0].true


class TestGerman:
    def test_nothing_is_left_in_english(self, written):
        page = (written / "de" / "dialogue_sheet.html").read_text()
        body = re.sub(r"<[^>]+>", " ", page[page.index("<main>") :]).replace("Mastrandrea et al.", "")
        assert "Handeln Städte, wenn Staaten stillstehen?" in body
        assert not ENGLISH.search(body)

    def test_numbers_are_written_as_there(self, folders):
        (entry,) = sheet_of(folders[:1], "de").entries
        assert entry.of == "des Schadens bei der Entwicklung durch Stillstand werden ausgeglichen"
        assert "20 von 20 Fällen" in entry.short.likely


def test_the_page_holds_all_of_it(sheet):
    page = rendered(sheet)
    assert '<html lang="en">' in page
    assert page.count("<article>") == len(KNOWN)
    assert "http" not in page.replace("http-equiv", "")
    assert page.count('class="missing"') == 1


def test_a_format_that_is_none_is_refused(folders, tmp_path):
    with pytest.raises(ResultError, match="formats: found 'docx', allowed: pdf, html, csv"):
        write_sheet(folders, tmp_path, "en", ["docx"])
    assert not list(tmp_path.iterdir())
