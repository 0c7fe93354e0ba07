"""A briefing in German: grammar of the rules' sentences, plain words, and nothing left in English."""

import json
import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
import textstat
from babel.messages.pofile import read_po
from pptx import Presentation
from pypdf import PdfReader

from analysis.answers.made import config_of
from analysis.tables import ESTIMANDS, estimand_runs, write_runs
from briefing.pages import SHIPPED, prose, said_of_the_docs, words
from citysim.analysis.headline import write_tables
from citysim.analysis.labels import experiment_text
from citysim.analysis.results import read_results
from citysim.briefing import write_briefing
from citysim.briefing.context import build_context
from citysim.briefing.pptx import write_pptx
from citysim.briefing.short import short_answer
from citysim.errors import ResultError
from citysim.figures import draw_all
from citysim.language import speaking
from citysim.language.catalogue import catalogue_text

#: Longest answer, in words.
LONGEST = 30
#: Flesch's reading ease by Amstad (1978) from which a text is no harder than a newspaper.
PLAIN = 50.0
#: First formula of Bamberger and Vanecek (1984): years at school that a text takes.
YEARS = 10.0
#: Words for those who know the model, and of the other language.
JARGON = re.compile(
    r"\bC\b|\bP\(|Replikation|Schätzgröße|Substitution|Median|Intervall|Quantil|Monte Carlo|\w_\w"
    r"|\b(?:the|and|of|is|are|cities|states|networks|twinnings)\b"
)
#: Words that no German text has.
ENGLISH = re.compile(r"\b(?:the|and|of|with|without|cities|states|is|are|by|from)\b", re.IGNORECASE)


@pytest.fixture
def german():
    with speaking("de"):
        textstat.set_lang("de")
        yield
        textstat.set_lang("en_US")


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("experiment", SHIPPED)
class TestPageOne:
    def test_the_question_is_german(self, experiment):
        question = config_of(experiment).question
        assert experiment_text(question) != question
        assert not ENGLISH.search(experiment_text(question))

    def test_the_answer_is_one_short_sentence(self, experiment):
        answer = said_of_the_docs(experiment).answer
        assert len(words(answer)) <= LONGEST, answer
        assert answer.endswith(".")
        assert not re.search(r"[.?!] ", answer)

    def test_it_is_in_plain_german_words(self, experiment):
        said = said_of_the_docs(experiment)
        lines = [said.answer, *(line for bullet in said.bullets for line in bullet), said.sure]
        named = re.compile(r"Pact of Free Cities|Peace in Our Cities|Mastrandrea et al\.")
        assert not JARGON.findall(named.sub("", " ".join(lines)))

    def test_it_is_easy_to_read(self, experiment):
        text = prose(said_of_the_docs(experiment)).replace("ten", "zehn").replace("per cent", "Prozent")
        assert textstat.flesch_reading_ease(text) >= PLAIN, text
        assert textstat.wiener_sachtextformel(text, 1) <= YEARS, text

    def test_it_says_how_sure_it_is_in_the_words_of_the_ipcc(self, experiment):
        assert re.search(
            r"Es ist (?:sehr |etwa ebenso )?(?:un)?wahrscheinlich", said_of_the_docs(experiment).sure
        )


class Visible(HTMLParser):
    """Text that a reader sees, and texts for those who cannot see."""

    def __init__(self, page):
        super().__init__()
        self.parts, self._hidden, self.lang = [], 0, ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self._hidden += tag == "style"
        self.lang = named["lang"] if tag == "html" else self.lang
        self.parts += [named[name] for name in ("alt", "aria-label", "title") if name in named]

    def handle_endtag(self, tag):
        self._hidden -= tag == "style"

    def handle_data(self, data):
        if not self._hidden:
            self.parts.append(data)


def results(folder, standing=0.0, more=0.5, response=0.3):
    """Runs of the claim with a known effect."""
    given = {"both": (standing, more, response), "no_response": (standing, more, 0.0)}
    config = ESTIMANDS + '\n[report]\nlanguage = "de"\n'
    runs = [
        estimand_runs(given, seeds=n, draw=draw, noise=0.0002, cost=0.2)
        for draw, n in (("prior", 20), ("defaults", 3))
    ]
    write_runs(folder, *runs, config=config)
    write_tables(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results with a German briefing, as their config asks."""
    path = results(tmp_path_factory.mktemp("german"))
    draw_all(path)
    write_briefing(path)
    return path


@pytest.fixture(scope="module")
def seen(folder):
    return Visible((folder / "briefing.html").read_text(encoding="utf-8"))


class TestBriefing:
    def test_page_and_pdf_say_their_language(self, folder, seen):
        assert seen.lang == "de"
        assert PdfReader(folder / "briefing.pdf").trailer["/Root"]["/Lang"] == "de"

    def test_slides_are_german(self, folder, tmp_path):
        write_pptx(build_context(folder), tmp_path / "briefing.pptx")
        frames = [
            frame
            for slide in Presentation(tmp_path / "briefing.pptx").slides
            for frame in (
                *(shape.text_frame for shape in slide.shapes if shape.has_text_frame),
                slide.notes_slide.notes_text_frame,
            )
        ]
        runs = [run for frame in frames for line in frame.paragraphs for run in line.runs]
        assert {run._r.rPr.get("lang") for run in runs} == {"de"}
        told = [run.text for run in runs if not re.search(r"CC BY|citysim (?:run|params)|\.csv", run.text)]
        assert [text for text in told if ENGLISH.search(text) and "known effect" not in text] == []

    def test_no_message_is_left_in_english(self, seen):
        text = " ".join(" ".join(seen.parts).split())
        messages = [m for m in read_po(BytesIO(catalogue_text("de")), locale="de") if m.id]
        left = [
            m.id
            for m in messages
            if isinstance(m.id, str) and len(m.id) > 8 and "{" not in m.id and m.id != m.string
            if re.search(rf"\b{re.escape(' '.join(m.id.split()))}\b", text)
        ]
        assert left == []

    def test_no_english_word_is_left(self, seen):
        """But in commands, names of files and of sources, and what the config itself says."""
        told = [part for part in seen.parts if not re.search(r"CC BY|citysim (?:run|params)|\.csv", part)]
        assert [part for part in told if ENGLISH.search(part) and "known effect" not in part] == []

    def test_numbers_have_a_decimal_comma(self, seen):
        """But versions of licences and programs, and what the config itself says."""
        told = [part for part in seen.parts if "CC BY" not in part and "numpy" not in part]
        assert re.search(r"\d,\d", " ".join(told))
        assert [part for part in told if re.search(r"\d\.\d", part)] == []

    def test_captions_are_in_the_language_of_the_figures(self, folder):
        captions = json.loads((folder / "figures" / "captions.json").read_text(encoding="utf-8"))
        assert {caption["language"] for caption in captions} == {"de"}

    def test_the_answer_is_that_of_the_rule(self, folder):
        with speaking("de"):
            short = short_answer(read_results(folder))
        assert short.answer == (
            "Ja, Städte tun mehr, wenn Staaten stillstehen; alles, was sie tun, gleicht etwa 80 % des "
            "Schadens bei der Entwicklung aus."
        )

    def test_the_other_way_round(self, tmp_path):
        with speaking("de"):
            short = short_answer(read_results(results(tmp_path, 0.06, -0.2, -0.1)))
        assert short.answer.startswith("Nein, Städte tun weniger, wenn Staaten stillstehen; ")

    def test_figures_in_another_language_are_refused_with_the_command_that_draws_them(self, folder):
        match = r"is in language de, expected en; draw it with: .* --language en"
        with pytest.raises(ResultError, match=match):
            write_briefing(folder, language="en")
