import re
import shutil
from html import unescape
from html.parser import HTMLParser

import pandas as pd
import pytest
from pypdf import PdfReader

from analysis.tables import CONFIG, known_runs, write_runs
from briefing.conftest import KNOWN, QUESTION
from citysim.analysis.headline import write_tables
from citysim.analysis.tables import read_headline
from citysim.briefing import pdf as pdf_module
from citysim.briefing import write_briefing
from citysim.briefing.context import build_context
from citysim.briefing.wording import interval, number, three_digits
from citysim.errors import ResultError
from citysim.figures import FIGURES, draw_all


@pytest.fixture(scope="module")
def pdf(folder):
    return PdfReader(folder / "briefing.pdf")


@pytest.fixture(scope="module")
def words(pdf):
    """Text of the PDF with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "briefing.html").read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Start tags with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def expected_numbers(folder):
    """What a reader of headline.csv looks for in the briefing."""
    for row in read_headline(folder).to_dict("records"):
        yield row["verdict"]
        if row["estimand"] == "standing_value":
            yield from (three_digits(row[name]) for name in ("estimate", "lower", "upper"))
            yield three_digits(row["monte_carlo_error"])
        else:
            yield number(row["estimate"])
            yield interval(row["lower"], row["upper"])
            yield number(row["monte_carlo_error"], 3)


class TestPdf:
    def test_holds_every_number_of_the_headline(self, folder, words):
        missing = [text for text in expected_numbers(folder) if text not in words]
        assert not missing

    def test_is_two_to_five_pages(self, pdf):
        assert 2 <= len(pdf.pages) <= 5

    def test_the_first_page_is_the_short_answer_and_the_table_comes_last(self, folder, pdf):
        short = build_context(folder).short
        first, second, *_, last = (" ".join(page.extract_text().split()) for page in pdf.pages)
        for text in (short.question, short.answer, *(part for line in short.lines for part in line)):
            assert " ".join(text.split()) in first
        assert "The answer in full" in second
        assert "The answer in full" not in first
        assert "Hardly matter" in last
        assert "Hardly matter" not in first

    def test_shows_the_question_as_written(self, words):
        assert QUESTION in words

    def test_credits_the_map(self, words):
        assert "Natural Earth" in words

    def test_is_the_same_file_when_written_again(self, folder):
        before = (folder / "briefing.pdf").read_bytes()
        write_briefing(folder)
        assert (folder / "briefing.pdf").read_bytes() == before


class TestHtml:
    def test_holds_every_number_of_the_headline(self, folder, page):
        missing = [text for text in expected_numbers(folder) if text not in page]
        assert not missing

    def test_loads_nothing_from_elsewhere(self, page):
        addresses = [
            attrs.get(key) for _, attrs in Tags(page).found for key in ("src", "href") if attrs.get(key)
        ]
        assert addresses
        assert all(address.startswith("data:image/") for address in addresses)
        assert not re.search(r"@import|url\(", page)

    def test_every_picture_has_a_text_and_every_table_head_a_scope(self, page):
        tags = Tags(page).found
        pictures = [attrs for tag, attrs in tags if tag == "img"]
        assert len(pictures) == len(FIGURES) - 3  # no trajectories: no paths, no groups; one axis: no contour
        assert all(attrs["alt"] for attrs in pictures)
        assert all(attrs.get("scope") for tag, attrs in tags if tag == "th")

    def test_begins_with_the_short_answer(self, folder, page):
        short = build_context(folder).short
        first = page[page.index('<section class="first"') : page.index("The answer in full")]
        text = " ".join(unescape(re.sub(r'"data:[^"]*"|<[^>]*>', "", first)).split())
        for part in (short.answer, *(line for bullet in short.bullets for line in bullet), short.sure):
            assert " ".join(part.split()) in text
        assert first.count("<img") == 1
        assert page.index("All numbers of the headline") > page.index("Sources and licences")

    def test_names_its_language_and_escapes_the_question(self, page):
        assert '<html lang="en">' in page
        assert "&lt;act&gt; &amp;" in page


class TestUnfinished:
    def test_the_first_page_says_how_much_is_missing(self, folder, tmp_path):
        shutil.copytree(folder, tmp_path / "half")
        design = pd.read_parquet(tmp_path / "half" / "design.parquet")
        more = design.assign(run="later-" + design["run"])
        pd.concat([design, more]).to_parquet(tmp_path / "half" / "design.parquet", index=False)
        pdf, html = write_briefing(tmp_path / "half")
        told = (
            f"{len(more)} of {2 * len(design)} runs are missing or failed, so this answer may still change."
        )
        first = " ".join(PdfReader(pdf).pages[0].extract_text().split())
        assert f"Not finished: {told}" in first
        assert told in html.read_text(encoding="utf-8").partition("The answer in full")[0]


class TestMissingPieces:
    def test_no_tables(self, tmp_path):
        write_runs(tmp_path, known_runs(KNOWN, seeds=2))
        with pytest.raises(ResultError, match=r"headline.csv: missing; make it with: citysim effects"):
            write_briefing(tmp_path)

    def test_no_figures(self, tmp_path):
        write_tables(write_runs(tmp_path, known_runs(KNOWN, seeds=2)))
        with pytest.raises(ResultError, match=r"no figures yet; make them with: citysim figures"):
            write_briefing(tmp_path)

    def test_no_ratio_is_said_in_words(self, tmp_path, monkeypatch):
        monkeypatch.delitem(FIGURES, "world_map")
        write_tables(write_runs(tmp_path, known_runs({"none": 0.0}, seeds=2)))
        draw_all(tmp_path)
        write_briefing(tmp_path)
        text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "briefing.pdf").pages)
        assert "There is no compensation ratio" in text


class TestLettersThatTheFontLacks:
    ASKED = "城市 & <Städte>: مدن 🌍 ⚽️ ≥ é?"

    @pytest.fixture(scope="class")
    @classmethod
    def written(cls, tmp_path_factory):
        path = tmp_path_factory.mktemp("letters")
        config = CONFIG.replace("Is a known effect found?", cls.ASKED)
        write_tables(write_runs(path, known_runs({"none": 0.0, "both": 1.0}, seeds=2), config=config))
        draw_all(path)
        with pytest.MonkeyPatch.context() as patch:
            told = []
            patch.setattr(pdf_module.log, "warning", lambda text, *values: told.append(text % values))
            write_briefing(path)
        return path, told

    def test_one_warning_names_them(self, written):
        path, told = written
        letters = "⚽ (U+26BD), 城 (U+57CE), 市 (U+5E02), 🌍 (U+1F30D)"
        file = path / "briefing.pdf"
        assert told == [f"{file}: cannot show {letters}; a box stands for each, and briefing.html shows them"]

    def test_a_box_stands_for_each_in_the_pdf_and_is_explained(self, written):
        reader = PdfReader(written[0] / "briefing.pdf")
        text = " ".join(reader.pages[0].extract_text().split())
        assert re.search(r"□□ & <Städte>: [مدن]{3} □ □", text)
        assert "□ stands for a letter that cannot be shown here; briefing.html shows it." in text
        assert reader.metadata.title == self.ASKED

    def test_the_page_shows_them(self, written):
        assert "城市 &amp; &lt;Städte&gt;: مدن 🌍 ⚽️ ≥ é?" in (written[0] / "briefing.html").read_text(
            "utf-8"
        )

    def test_nothing_is_said_where_all_can_be_shown(self, folder, words, caplog):
        write_briefing(folder)
        assert not caplog.records
        assert "□" not in words
