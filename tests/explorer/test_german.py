"""The page in German: nothing of its frame is left in English, numbers have their form, it fits a phone."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from live_server import LIVE, running
from small_results import CONFIG, made
from test_file import records

from citysim.analysis.results import read_results
from citysim.briefing.short import short_answer
from citysim.explorer import write_explorer
from citysim.explorer.live.experiment import STANDARD, Experiment
from citysim.explorer.words import STRINGS, strings
from citysim.language import LANGUAGES, speaking

#: Words that no German text has.
ENGLISH = re.compile(
    r"\b(?:the|and|of|with|without|cities|states|is|are|by|from|run|less|share|median of|more|world|year)\b",
    re.IGNORECASE,
)
#: What is to be typed, which no language changes.
COMMAND = re.compile(r"citysim run .*? FOLDER")
VIEW = "&view=diff&outcome=development&city="


@pytest.fixture(scope="session")
def german_file(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of small results in German."""
    return write_explorer([small], tmp_path_factory.mktemp("page") / "explorer.html", "de")


def shown(page: Any, view: str = VIEW) -> Any:
    """The page with all of its parts, a city's card too."""
    page.evaluate(f"location.hash += '{view}' + explorer.page.state.experiment.world.id[0]")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_is_missing(language):
    with speaking(language):
        told = strings()
    assert told.keys() == STRINGS.keys()
    assert all(told.values())
    for key, text in told.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", STRINGS[key])), key


def test_every_group_of_parameters_has_a_word():
    groups = {field["group"] for field in Experiment(STANDARD).fields()}
    assert {f"live.group.{group}" for group in groups} <= STRINGS.keys()


def test_what_the_page_carries_is_german(german_file, small):
    told = records(german_file)
    (of,) = told["experiments"]
    with speaking("de"):
        assert told["words"] == strings()
        assert short_answer(read_results(small)).answer in {found["answer"] for found in of["answers"]}
    assert of["question"] == "Handeln Städte, wenn Staaten stillstehen?"
    assert [value["label"] for value in of["levers"][0]["values"]] == [
        "keine Zusammenarbeit",
        "Netzwerke",
        "beides",
    ]
    assert of["cities"]["domains"] == {"service_peace": "Frieden und Sicherheit"}
    assert {"Afrika", "Lateinamerika"} <= set(told["worlds"][0]["regions"])
    texts = [outcome[name] for outcome in of["outcomes"] for name in ("label", "unit")]
    assert [text for text in texts if ENGLISH.search(text)] == []


@pytest.mark.long
def test_a_config_asks_for_it_and_the_command_line_has_the_last_word(tmp_path):
    folder = made(tmp_path, f'{CONFIG.replace("seeds = 6", "seeds = 2")}\n[report]\nlanguage = "de"\n')
    page = tmp_path / "page.html"
    for options, language in (([], "de"), (["--language", "en"], "en")):
        command = [sys.executable, "-m", "citysim", "explore", str(folder), "--out", str(page), *options]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        assert f'<html lang="{language}">' in page.read_text(encoding="utf-8")


def test_a_language_there_is_not_is_one_line():
    command = [sys.executable, "-m", "citysim", "explore", "x", "--language", "xx"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert "found 'xx', allowed: en, de" in ended.stderr


@pytest.mark.slow
class TestInTheBrowser:
    def test_nothing_of_the_frame_is_english(self, open_page, german_file):
        page = shown(open_page(german_file.as_uri()))
        assert page.evaluate("document.documentElement.lang") == "de"
        said = page.locator("body").inner_text() + page.title()
        said += " ".join(
            page.evaluate("[...document.querySelectorAll('[aria-label]')].map((e) => e.ariaLabel)")
        )
        said += page.locator("#when").inner_text() + page.locator("#quarter").get_attribute("aria-valuetext")
        said = COMMAND.sub("", said)
        found = [line for line in said.splitlines() if ENGLISH.search(line) and "Mastrandrea" not in line]
        assert found == []
        left = [text for text in STRINGS.values() if "{" not in text and len(text) > 8 and text in said]
        assert left == []

    def test_numbers_have_a_decimal_comma(self, open_page, german_file):
        page = shown(open_page(german_file.as_uri()))
        for part in ("#over-run", "#course-chart", "#legend", "#card", "#rounding"):
            text = page.locator(part).inner_text()
            text += " ".join(page.locator(f"{part} text").all_text_contents())
            assert re.search(r"\d,\d", text), part
            assert not re.search(r"\d\.\d(?!\d\d)", text), part

    @pytest.mark.parametrize("width", [1280, 360])
    def test_axe_finds_nothing_and_it_fits(self, open_page, german_file, width):
        from axe_playwright_python.sync_playwright import Axe

        page = shown(open_page(german_file.as_uri(), width=width))
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_live_a_number_is_typed_with_its_comma(self, open_page, tmp_path):
        with running(tmp_path, "--language", "de", config=LIVE) as server:
            server.wait(1)
            page = open_page(server.address, allowed=("422",))
            assert page.locator("#live-head").inner_text() == "Probieren: alle Parameter"
            page.locator("#live-filter").fill("twinning cost")
            cost = page.locator("#live-twinning_cost")
            assert re.fullmatch(r"\d+(,\d+)?", cost.input_value())
            cost.fill("1.000")
            page.locator("#live-run").click()
            page.locator("#fault-twinning_cost:not(:empty)").wait_for()
            cost.fill("0,45")
            page.locator("#live-seeds").fill("1")
            page.locator("#live-run").click()
            page.locator("#live-jobs", has_text="Versuch 1: twinning_cost = 0,45").wait_for()
            number = len(json.loads(server.ask("api/jobs")[1])["jobs"])
            assert server.wait(number)["settings"] == {"twinning_cost": 0.45}
            assert 'language = "de"' in server.ask("api/config.toml")[1]
            page.locator("#a-arm option", has_text="Versuch 1").wait_for(state="attached")
            page.close()  # it would ask a server that has ended
