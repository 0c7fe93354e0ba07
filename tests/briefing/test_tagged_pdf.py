"""The PDF as a screen reader takes it (PDF/UA-1), and the picture of its first page."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from briefing.conftest import QUESTION
from citysim.briefing.context import build_context
from citysim.briefing.pdf import write_pdf
from citysim.errors import ResultError


def tags(item: Any) -> Iterator[DictionaryObject]:
    """All tags in reading order."""
    found = item.get_object()
    if isinstance(found, ArrayObject):
        for each in found:
            yield from tags(each)
    elif isinstance(found, DictionaryObject):
        if "/S" in found:
            yield found
        if "/K" in found:
            yield from tags(found["/K"])


def named(reader: PdfReader, *names: str) -> list[DictionaryObject]:
    root = reader.trailer["/Root"]["/StructTreeRoot"]["/K"]
    return [tag for tag in tags(root) if not names or tag["/S"] in names]


@pytest.fixture(scope="module")
def pdf(folder):
    return PdfReader(folder / "briefing.pdf")


@pytest.fixture(scope="module")
def context(folder):
    return build_context(folder)


class TestTags:
    def test_it_says_that_it_is_tagged_by_pdf_ua_1_and_for_which_reader(self, pdf):
        root = pdf.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "en"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()

    def test_its_title_is_the_question(self, pdf):
        assert pdf.metadata.title == QUESTION

    def test_headings_begin_with_the_question_and_leave_no_level_out(self, pdf):
        levels = [int(tag["/S"].removeprefix("/H")) for tag in named(pdf, "/H1", "/H2", "/H3")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_every_figure_has_its_text(self, pdf, context):
        texts = [str(tag["/Alt"]) for tag in named(pdf, "/Figure")]
        assert texts == [picture.caption.alt for picture in context.shown]

    def test_every_table_has_heads_of_its_columns(self, pdf, context):
        tables = named(pdf, "/Table")
        assert len(tables) == len(context.parts)
        for table in tables:
            heads = [tag for tag in tags(table) if tag["/S"] == "/TH"]
            assert len(heads) == 1 + len(context.columns)
            scopes = [part["/Scope"] for head in heads for part in head["/A"] if "/Scope" in part]
            assert scopes == ["/Column"] * len(heads)

    def test_it_is_read_as_it_is_printed(self, pdf):
        kinds = [tag["/S"] for tag in named(pdf, "/H1", "/H2", "/Figure", "/L", "/Table")]
        first = kinds.index("/H2", kinds.index("/Figure"))
        assert kinds[:first] == ["/H1", "/H2", "/Figure", "/L"]
        assert kinds[-1] == "/Table"
        assert "/Figure" not in kinds[kinds.index("/Table") :]

    def test_every_font_is_embedded(self, pdf):
        fonts = [f.get_object() for page in pdf.pages for f in page["/Resources"]["/Font"].values()]
        assert fonts
        for font in fonts:
            for part in (each.get_object() for each in font["/DescendantFonts"]):
                assert "DejaVu" in part["/BaseFont"]
                assert {"/FontFile2", "/FontFile3"} & set(part["/FontDescriptor"])
                assert "/ToUnicode" in font

    def test_nothing_in_it_tells_when_or_where_it_was_made(self, folder, pdf):
        assert "/CreationDate" not in pdf.metadata
        assert str(folder).encode() not in (folder / "briefing.pdf").read_bytes()


def test_letters_that_are_not_drawn_are_taken(context, tmp_path):
    """Marks of direction, soft hyphens, joiners, a tab."""
    odd = "a\u200eb\u00adc\u200dd\u2060e\tf \ufe0fg"
    write_pdf(replace(context, short=replace(context.short, question=odd)), tmp_path / "odd.pdf")
    assert PdfReader(tmp_path / "odd.pdf").pages


@pytest.mark.parametrize("name", ["a.png", "a.svg"])
def test_a_damaged_figure_is_told_with_the_command_that_makes_it(context, tmp_path, name):
    (tmp_path / name).write_bytes(b"no picture")
    bad = replace(context.picture, png=tmp_path / name, svg=tmp_path / name)
    with pytest.raises(ResultError, match=r"damaged; make it again with: citysim figures"):
        write_pdf(replace(context, picture=bad), tmp_path / "bad.pdf")


def test_a_tall_figure_stays_on_its_page(context, tmp_path):
    Image.new("RGB", (300, 900)).save(tmp_path / "tall.png")
    tall = replace(context.pictures[0], png=tmp_path / "tall.png", svg=tmp_path / "tall.png")
    write_pdf(replace(context, pictures=(tall,)), tmp_path / "tall.pdf")
    _, low, _, high = named(PdfReader(tmp_path / "tall.pdf"), "/Figure")[1]["/A"][0]["/BBox"]
    assert high - low <= 20.1 / 2.54 * 72
    assert low > 1.5 / 2.54 * 72


def test_the_picture_of_the_first_page_is_as_large_as_the_page_allows(context, tmp_path):
    assert context.picture.caption.name == "makes_up"
    assert "makes_up" not in [picture.caption.name for picture in context.pictures]
    (head, text), *others = context.short.bullets
    sizes = []
    for words in range(0, 700, 10):
        bullets = ((head, text + " and more" * words), *others)
        longer = replace(context, short=replace(context.short, bullets=bullets))
        write_pdf(longer, tmp_path / "longer.pdf")
        reader = PdfReader(tmp_path / "longer.pdf")
        left, low, right, high = named(reader, "/Figure")[0]["/A"][0]["/BBox"]
        if high - low < 4.6 / 2.54 * 72:  # the least
            break
        sizes.append(float(right - left))
        first = reader.pages[0].extract_text()
        assert "".join(context.short.limits.split()) in "".join(first.split()), words
        assert "The answer in full" not in first
    assert sizes[0] == pytest.approx(21 / 2.54 * 72 - 2 * 1.7 / 2.54 * 72, abs=1)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0]
