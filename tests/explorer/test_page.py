"""The page in a real browser: it loads from disk, levers move it, its numbers are those of the tables."""

import csv
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from citysim.analysis.cities import city_cards
from citysim.analysis.results import read_results
from citysim.analysis.tables import read_effects, read_headline
from citysim.briefing.short import short_answer

pytestmark = pytest.mark.slow


@pytest.fixture
def page(open_page: Any, page_file: Path) -> Any:
    return open_page(page_file.as_uri())


def view(page: Any, **state: str) -> None:
    """Go to a view by its address."""
    query = "&".join(f"{name.replace('__', '.')}={value}" for name, value in state.items())
    page.evaluate(f"location.hash = {query!r}")
    settle(page)


def settle(page: Any) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def until(page: Any, what: str) -> None:
    """Wait for something; the page's policy lets no test wait within it."""
    for _ in range(200):
        if page.evaluate(what):
            return
        page.wait_for_timeout(25)
    raise AssertionError(what)


def table(page: Any) -> list[dict[str, str]]:
    """All numbers of the view, as the page exports them."""
    return list(
        csv.DictReader(StringIO(page.evaluate("explorer.csvOf(explorer.page.state)").lstrip("\ufeff")))
    )


def numbers(row: dict[str, str]) -> list[float]:
    return [float(row[name] or "nan") for name in ("estimate", "lower", "upper")]


def choose(page: Any, lever: str, index: int) -> None:
    """Move a lever as a reader does: a slider by its keys, a list by its entries."""
    control = page.locator(f"#{lever}")
    if control.evaluate("(control) => control.tagName") == "SELECT":
        control.select_option(index=index)
    else:
        control.press("Home")
        for _ in range(index):
            page.locator(f"#{lever}").press("ArrowRight")
    settle(page)


class TestFromDisk:
    def test_it_asks_for_nothing_and_nothing_goes_wrong(self, page, page_file):
        assert page.title() == "Can cities save the world?"
        assert page.locator("#question").inner_text() == "Do cities act when states stall?"
        assert page_file.stat().st_size < 5_000_000
        outside = re.findall(
            r"(?:src|href)\s*=\s*\"?(?!data:|#)[a-z]+:", page_file.read_text(encoding="utf-8")
        )
        assert outside == []

    def test_it_says_what_page_one_of_the_briefing_says(self, page, small):
        said = short_answer(read_results(small))
        assert page.locator("#answer .said").inner_text() == said.answer
        assert page.locator("#answer .sure").inner_text() == said.sure


class TestLevers:
    @pytest.mark.parametrize("arm", [0, 1, 2])
    @pytest.mark.parametrize("stall", [0, 1, 2])
    def test_numbers_are_those_of_the_tables(self, page, small, arm, stall):
        effects, headline = read_effects(small), read_headline(small)
        for outcome in ("development", "loss"):
            page.locator("#outcome").select_option(outcome)
            choose(page, "a-arm", arm)
            choose(page, "a-stall", stall)
            name, level = ("none", "networks", "both")[arm], (0.0, 0.5, 1.0)[stall]
            of = effects[(effects["arm"] == name) & (effects["stall"] == level)]
            row = of[(of["estimand"] == "level") & (of["outcome"] == outcome)].iloc[0]
            shown = next(found for found in table(page) if found["part"] == "run")
            assert numbers(shown) == pytest.approx(row[["estimate", "lower", "upper"]].tolist(), rel=1e-6)
            assert int(shown["replications"]) == row["n_seeds"]
            assert f"{row['estimate']:.3g}" in page.locator("#over-run tbody").inner_text()
        made = headline[(headline["arm"] == name) & (headline["stall"] == level)]
        made = made[made["estimand"] == "compensation"].set_index("outcome")
        shown = {found["outcome"]: numbers(found) for found in table(page) if found["part"] == "made_up_for"}
        assert shown.keys() == set(made.index)
        for outcome, found in shown.items():
            expected = made.loc[outcome, ["estimate", "lower", "upper"]].astype(float).tolist()
            assert found == pytest.approx(expected, nan_ok=True)

    def test_each_changes_what_is_seen(self, page):
        seen = lambda: page.evaluate("document.querySelector('main').innerText + location.hash")  # noqa: E731
        for lever, index in (("a-arm", 1), ("a-stall", 0), ("outcome", 4), ("measure", 1), ("network", 1)):
            before = seen()
            choose(page, lever, index)
            assert seen() != before, lever
        page.locator("#view-two").check()
        for lever, index in (("b-arm", 2), ("b-stall", 2)):
            before = seen()
            choose(page, lever, index)
            assert seen() != before, lever

    def test_the_course_is_that_of_the_trajectories(self, page, small):
        view(page, a__arm="both", a__stall="1.0", outcome="development", quarter="5")
        results = read_results(small)
        quarters = results.trajectories(["development"], ["world"])
        of = quarters[
            (quarters["arm"] == "both") & (quarters["stall"] == 1.0) & (quarters["draw"] == results.draw)
        ]
        medians = of.groupby("year")["development"].median()
        shown = {float(row["year"]): float(row["estimate"]) for row in table(page) if row["part"] == "course"}
        assert shown == pytest.approx(medians.to_dict(), abs=1e-3)
        at = page.locator("#at-quarter tbody td").first.inner_text()
        assert float(at) == pytest.approx(medians.iloc[5], abs=2e-3)
        assert page.locator("#when").inner_text() == "End of quarter 2 of 2024"


class TestDifference:
    def test_it_is_that_of_the_tables(self, page, small):
        effects = read_effects(small)
        rows = effects[(effects["estimand"] == "difference_arms") & (effects["outcome"] == "development")]
        for row in rows.to_dict("records"):
            of = {
                "a__arm": row["arm"],
                "a__stall": row["stall"],
                "b__arm": row["versus"],
                "b__stall": row["stall"],
            }
            view(page, view="diff", outcome="development", **of)
            shown = [found for found in table(page) if found["part"] == "run"][-1]
            assert numbers(shown) == pytest.approx(
                [row["estimate"], row["lower"], row["upper"]], rel=1e-5, abs=1e-9
            )
            turned = {f"{'ba'['ab'.index(name[0])]}{name[1:]}": value for name, value in of.items()}
            view(page, view="diff", outcome="development", **turned)
            shown = [found for found in table(page) if found["part"] == "run"][-1]
            assert numbers(shown) == pytest.approx(
                [-row["estimate"], -row["upper"], -row["lower"]], rel=1e-5, abs=1e-9
            )

    def test_cities_differ_as_on_their_cards(self, page, small):
        results = read_results(small)
        view(
            page,
            view="diff",
            outcome="development",
            a__arm="both",
            a__stall="0.5",
            b__arm="none",
            b__stall="0.5",
        )
        shown = [row for row in table(page) if row["part"] == "city"]
        for place in (0, 7):
            city = page.evaluate(f"explorer.page.state.experiment.world.id[{place}]")
            effects = city_cards(results, [city], 0.5)[0].effects
            row = effects[(effects["arm"] == "both") & (effects["outcome"] == "development")].iloc[0]
            expected = row[["estimate", "lower", "upper"]].astype(float).tolist()
            assert numbers(shown[place]) == pytest.approx(expected, abs=1.5e-3)

    def test_where_no_interval_is_kept_it_says_so(self, page):
        view(
            page,
            view="diff",
            outcome="development",
            a__arm="both",
            a__stall="1.0",
            b__arm="networks",
            b__stall="0.0",
        )
        assert "no interval is kept" in page.locator("#legend").inner_text()
        assert [row["lower"] for row in table(page) if row["part"] == "city"] == [""] * 40


class TestCity:
    def test_a_search_opens_its_card_and_draws_its_ties(self, page):
        name = page.evaluate("explorer.page.state.experiment.world.name[3]")
        page.locator("#search").fill(name.lower())
        page.locator("#search").press("Enter")
        settle(page)
        assert page.locator("#card h3").inner_text().startswith(name)
        assert name in page.locator("#ties").inner_text()
        assert page.locator("#card tbody tr").count() == 4

    def test_an_unknown_name_is_told(self, page):
        page.locator("#search").fill("Nowhere at all")
        page.locator("#search").press("Enter")
        assert page.locator("#search-said").inner_text() == "No city of that name here."

    def test_a_click_on_the_map_opens_the_nearest(self, page):
        canvas = page.locator("#maps canvas").first
        box = canvas.bounding_box()
        for x in range(20, int(box["width"]), 12):
            canvas.click(position={"x": x, "y": box["height"] * 0.35})
            settle(page)
            if page.locator("#card h3").count():
                break
        assert page.locator("#card h3").count() == 1
        page.get_by_role("button", name="Close the card").click()
        settle(page)
        assert page.locator("#card h3").count() == 0


class TestTakenAlong:
    def test_a_link_is_the_view(self, page, open_page, page_file):
        view(
            page,
            view="two",
            outcome="loss",
            a__arm="networks",
            a__stall="1.0",
            b__arm="both",
            b__stall="0.0",
            quarter="3",
        )
        page.locator("#swap").click()
        settle(page)
        address = page.evaluate("location.href")
        again = open_page(address)
        assert table(again) == table(page)
        assert again.locator("#when").inner_text() == page.locator("#when").inner_text()

    def test_a_picture_and_a_table_are_saved(self, page, tmp_path):
        with page.expect_download() as picture:
            page.locator("#png").click()
        picture.value.save_as(tmp_path / "view.png")
        assert (tmp_path / "view.png").read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / "view.png").stat().st_size > 50_000
        with page.expect_download() as numbers_:
            page.locator("#csv").click()
        numbers_.value.save_as(tmp_path / "view.csv")
        saved = pd.read_csv(tmp_path / "view.csv")
        assert set(saved["part"]) == {"run", "course", "made_up_for", "city"}
        assert (saved["part"] == "city").sum() == 40


class TestForEveryone:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [1280, 360])
    def test_axe_finds_nothing(self, open_page, page_file, scheme, width):
        from axe_playwright_python.sync_playwright import Axe

        city = "&view=two&city="
        page = open_page(page_file.as_uri(), width=width, color_scheme=scheme)
        page.evaluate(f"location.hash += '{city}' + explorer.page.state.experiment.world.id[0]")
        settle(page)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.response["violations"] == []

    def test_a_phone_shows_all_of_it_without_scrolling_sideways(self, open_page, page_file):
        page = open_page(page_file.as_uri(), width=360, height=740, device_scale_factor=2)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        view(page, view="diff", outcome="development")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    def test_keys_alone_reach_and_move_everything(self, page):
        reached = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
        wanted = {
            "outcome",
            "a-arm",
            "a-stall",
            "search",
            "network",
            "play",
            "quarter",
            "measure",
            "png",
            "csv",
            "link",
        }
        assert wanted <= reached
        page.locator("#a-stall").focus()
        before = page.locator("#answer").inner_text()
        page.keyboard.press("Home")
        settle(page)
        assert page.evaluate("document.activeElement.id") == "a-stall"
        assert page.locator("#answer").inner_text() != before

    def test_time_plays_and_stops(self, page):
        page.locator("#play").click()
        until(page, "explorer.page.state.q > 2")
        page.locator("#play").click()
        held = page.evaluate("explorer.page.state.q")
        page.wait_for_timeout(300)
        assert page.evaluate("explorer.page.state.q") == held

    def test_where_motion_is_not_wanted_time_goes_by_years(self, open_page, page_file):
        page = open_page(page_file.as_uri(), reduced_motion="reduce")
        page.locator("#play").click()
        until(page, "explorer.page.state.q === 4")
        page.locator("#play").click()
