"""The page of a briefing in a real browser: light and dark, wide and on a phone, for everyone."""

import re
from itertools import pairwise

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def address(folder):
    return (folder / "briefing.html").as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(open_page, address, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(address, width=width, color_scheme=scheme)
    assert Axe().run(page).response["violations"] == []


def test_a_phone_shows_all_of_it_without_scrolling_sideways(open_page, address):
    page = open_page(address, width=360, height=740, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    letters = page.evaluate(
        "[...document.querySelectorAll('p, li, th, td, dd, figcaption')]"
        ".map((each) => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(letters) >= 12


def test_figures_keep_their_size_on_a_phone_and_move_sideways_by_keys(open_page, address):
    page = open_page(address, width=360)
    figure = page.locator("figure .scroll").first
    assert figure.locator("img").bounding_box()["width"] >= 480
    figure.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    assert figure.evaluate("(frame) => frame.scrollLeft") > 0


def test_the_dark_page_is_dark_and_its_figures_are_not(open_page, address):
    page = open_page(address, color_scheme="dark")
    colour = "(part) => getComputedStyle(part).backgroundColor"
    assert page.locator("body").evaluate(colour) == "rgb(20, 24, 27)"
    assert page.locator("img").first.evaluate(colour) == "rgb(255, 255, 255)"


def test_a_screen_reader_hears_headings_in_order_and_a_text_for_every_figure(open_page, address):
    page = open_page(address)
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((each) => +each.tagName[1])")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.get_by_role("img", name=re.compile(r"\w{4}")).count() == page.locator("img").count() > 3
    for role in ("main", "table", "columnheader", "rowheader", "list"):
        assert page.get_by_role(role).count() > 0, role


def test_printed_its_first_page_is_the_short_answer(open_page, address, tmp_path):
    from pypdf import PdfReader

    page = open_page(address, color_scheme="dark")
    page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
    first, second = (each.extract_text() for each in PdfReader(tmp_path / "printed.pdf").pages[:2])
    assert "What it does not show" in first
    assert "The answer in full" not in first
    assert "The answer in full" in second
