"""The briefing as slides, read back."""

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from briefing.conftest import QUESTION
from citysim.analysis.results import read_results
from citysim.briefing import write_briefing
from citysim.briefing.context import build_context
from citysim.briefing.pptx import write_pptx
from citysim.errors import ResultError
from citysim.figures.drawing import sheets_of


@pytest.fixture(scope="module")
def context(folder):
    return build_context(folder)


@pytest.fixture(scope="module")
def file(context, tmp_path_factory):
    path = tmp_path_factory.mktemp("slides") / "briefing.pptx"
    write_pptx(context, path)
    return path


@pytest.fixture(scope="module")
def deck(file):
    return Presentation(file)


def texts(slide):
    """What a slide says, in the order in which it is read."""
    return [shape.text_frame.text.replace("\u00a0", " ") for shape in slide.shapes if shape.has_text_frame]


def pictures(slide):
    return [shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE]


def notes(slide):
    return slide.notes_slide.notes_text_frame.text.replace("\u00a0", " ")


class TestSlides:
    def test_the_first_is_the_question_the_answer_and_its_picture(self, deck, context):
        first = deck.slides[0]
        assert texts(first)[:2] == [QUESTION, context.short.answer]
        assert first.shapes.title.text_frame.text.replace("\u00a0", " ") == context.short.answer
        assert len(pictures(first)) == 1

    def test_the_second_says_all_else_of_page_one(self, deck, context):
        said = " ".join(texts(deck.slides[1]))
        for head, text in context.short.lines:
            assert head in said
            assert text in said

    def test_then_one_finding_a_slide_with_its_picture(self, deck, context):
        found = [slide for slide in list(deck.slides)[1:] if pictures(slide)]
        assert [slide.shapes.title.text_frame.text for slide in found] == [
            picture.caption.title.replace(" %", "\u00a0%") for picture in context.pictures
        ]
        assert all(len(pictures(slide)) == 1 for slide in found)

    def test_figures_are_those_drawn_for_slides_where_they_have_room(self, folder, context, tmp_path):
        results = read_results(folder)
        sheets = sheets_of(results, [picture.caption.name for picture in context.shown], "deck")
        write_pptx(context, tmp_path / "briefing.pptx", sheets)
        slides = [one for one in Presentation(tmp_path / "briefing.pptx").slides if pictures(one)]
        assert sheets
        for slide, picture in zip(slides, context.shown, strict=True):
            sheet, (shape,) = sheets.get(picture.caption.name), pictures(slide)
            expected = sheet.pictures["png"] if sheet else picture.png.read_bytes()
            assert shape.image.blob == expected
            assert shape._element.nvPicPr.cNvPr.get("descr") == (sheet or picture).caption.alt

    def test_every_picture_has_its_text(self, deck, context):
        said = [
            shape._element.nvPicPr.cNvPr.get("descr") for slide in deck.slides for shape in pictures(slide)
        ]
        assert said == [picture.caption.alt for picture in context.shown]

    def test_notes_say_how_it_was_found(self, deck, context):
        assert "The answer in full" in notes(deck.slides[0])
        assert context.how_to_read[0] in notes(deck.slides[1])
        for slide, picture in zip(list(deck.slides)[2:], context.pictures, strict=False):
            assert picture.caption.caption in notes(slide)
            assert "Seeds: " in notes(slide)

    def test_names_that_have_no_room_are_in_the_notes(self, context, tmp_path):
        said, whole = "2 of 9 parameters: a and 1 more.", "2 of 9 parameters: a, b."
        write_pptx(replace(context, limits=(whole,), limits_in_short=(said,)), tmp_path / "b.pptx")
        slide = list(Presentation(tmp_path / "b.pptx").slides)[-2]
        assert said in " ".join(texts(slide))
        assert whole not in " ".join(texts(slide))
        assert whole in slide.notes_slide.notes_text_frame.text

    def test_the_last_are_limits_and_credits(self, deck, context):
        limits, credits_ = (" ".join(texts(slide)) for slide in list(deck.slides)[-2:])
        assert all(text in limits for text in context.limits)
        assert all(text in credits_ for text in context.credits)

    def test_nothing_is_outside_a_slide_or_over_something_else(self, deck):
        for slide in deck.slides:
            boxes = sorted((s.top, s.top + s.height, s.left, s.left + s.width) for s in slide.shapes)
            assert all(left >= 0 and right <= deck.slide_width for *_, left, right in boxes)
            assert boxes[-1][1] <= deck.slide_height
            ends = [boxes[0][1]]
            for top, end, *_ in boxes[1:]:
                assert top >= ends[-1] - 50_000  # a hair
                ends.append(end)

    def test_a_long_question_is_smaller(self, context, tmp_path):
        short = replace(context.short, question="Does what cities do together last? " * 4)
        write_pptx(replace(context, short=short), tmp_path / "long.pptx")
        first, second = list(Presentation(tmp_path / "long.pptx").slides)[:2]
        asked, title = first.shapes[0].text_frame, second.shapes.title.text_frame
        assert [box.paragraphs[0].runs[0].font.size.pt for box in (asked, title)] == [11, 18]

    def test_every_text_says_its_language(self, deck):
        runs = [
            run
            for slide in deck.slides
            for shape in slide.shapes
            if shape.has_text_frame
            for paragraph in shape.text_frame.paragraphs
            for run in paragraph.runs
        ]
        assert {run._r.rPr.get("lang") for run in runs} == {"en"}
        assert deck.core_properties.language == "en"
        assert deck.core_properties.title == QUESTION

    def test_it_is_the_same_file_when_written_again(self, context, file, tmp_path):
        write_pptx(context, tmp_path / "again.pptx")
        assert (tmp_path / "again.pptx").read_bytes() == file.read_bytes()

    def test_missing_runs_are_named_on_the_first(self, context, tmp_path):
        short = replace(context.short, missing="Half of it is missing.")
        write_pptx(replace(context, short=short), tmp_path / "half.pptx")
        assert (
            "Not finished: Half of it is missing." in texts(Presentation(tmp_path / "half.pptx").slides[0])[0]
        )

    def test_a_briefing_without_pictures(self, context, tmp_path):
        write_pptx(replace(context, picture=None, pictures=()), tmp_path / "none.pptx")
        assert not any(pictures(slide) for slide in Presentation(tmp_path / "none.pptx").slides)

    def test_a_damaged_figure_is_named_with_the_command_that_makes_it(self, context, tmp_path):
        (tmp_path / "a.png").write_bytes(b"no picture")
        bad = replace(context.picture, png=tmp_path / "a.png")
        with pytest.raises(ResultError, match=r"a.png: damaged; make it again with: citysim figures"):
            write_pptx(replace(context, picture=bad), tmp_path / "bad.pptx")


class TestFormats:
    @pytest.fixture
    def copied(self, folder, tmp_path):
        shutil.copytree(folder, tmp_path / "copied")
        for file in (tmp_path / "copied").glob("briefing.*"):
            file.unlink()
        return tmp_path / "copied"

    @staticmethod
    def brief(folder, *formats):
        options = [part for name in formats for part in ("--format", name)]
        command = [sys.executable, "-m", "citysim", "brief", str(folder), *options]
        return subprocess.run(command, text=True, capture_output=True, check=False)

    @pytest.mark.parametrize(
        ("asked", "made"), [((), {"html", "pdf"}), (("pptx",), {"pptx"}), (("pdf", "pptx"), {"pdf", "pptx"})]
    )
    def test_what_is_asked_for_is_made(self, copied, asked, made):
        ended = self.brief(copied, *asked)
        assert ended.returncode == 0, ended.stderr
        assert {file.suffix.removeprefix(".") for file in copied.glob("briefing.*")} == made
        for kind in made:
            assert f"briefing.{kind}" in ended.stdout

    def test_another_is_refused_in_a_line(self, copied):
        ended = self.brief(copied, "docx")
        assert ended.returncode == 2
        assert "Invalid value for '--format': found 'docx', allowed: html, pdf, pptx" in ended.stderr
        assert not list(copied.glob("briefing.*"))

    def test_from_python_too(self, copied):
        with pytest.raises(ResultError, match="formats: found 'docx', allowed: html, pdf, pptx"):
            write_briefing(copied, formats=["docx"])
