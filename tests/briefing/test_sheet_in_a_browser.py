"""The page of a dialogue sheet in a real browser: light and dark, wide and on a phone, printed."""

import pytest

from analysis.tables import CONFIG, known_runs, write_runs
from citysim.briefing.sheet import write_sheet

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    root = tmp_path_factory.mktemp("sheet")
    folders = []
    for name, ratio in (("one", 0.4), ("two", -0.3), ("three", 0.0)):
        runs = known_runs({"none": 0.0, "both": ratio}, noise=0.01)
        write_runs(root / name, runs, config=CONFIG)
        done = runs[runs["seed"] < 12] if name == "three" else runs
        done.to_parquet(root / name / "runs" / "part-0.parquet", index=False)
        folders.append(root / name)
    return next(file.as_uri() for file in write_sheet(folders, root / "out", "en") if file.suffix == ".html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(open_page, address, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(address, width=width, color_scheme=scheme)
    assert Axe().run(page).response["violations"] == []
    assert page.locator(".missing").count() == 1


def test_a_phone_shows_all_of_it_without_scrolling_sideways(open_page, address):
    page = open_page(address, width=360, height=740, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    letters = page.evaluate(
        "[...document.querySelectorAll('p')].map((each) => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(letters) >= 12


def test_the_dark_page_is_dark(open_page, address):
    page = open_page(address, color_scheme="dark")
    colour = "(part) => getComputedStyle(part).backgroundColor"
    assert page.locator("body").evaluate(colour) == "rgb(20, 24, 27)"


def test_printed_it_is_a_page(open_page, address, tmp_path):
    from pypdf import PdfReader

    page = open_page(address, color_scheme="dark")
    page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
    assert len(PdfReader(tmp_path / "printed.pdf").pages) == 1
