"""The map follows the time slider where cities were recorded at dates, and says what it shows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_file import records
from test_page import numbers, settle, table, until, view

from citysim.analysis.intervals import spread
from citysim.analysis.results import read_results
from citysim.explorer import over_time, write_explorer

#: Quarters at whose end cities are kept, and the end of the run.
DATES, LAST = (2, 5, 8), 11


def written_values(folder: Path, arm: str, stall: float, quarter: int, outcome: str) -> np.ndarray:
    """An outcome of the cities in the tables, (replications, cities)."""
    results = read_results(folder)
    assert results.stored is not None
    found = results.stored.cities
    if quarter != LAST:
        found = results.stored.cities_over_time
        found = found[found["quarter"] == quarter]
    of = results.runs[results.runs["draw"] == results.draw]
    runs = of[(of["arm"] == arm) & (of["stall"] == stall)].sort_values("seed")["run"]
    wide = found.pivot(index="run", columns="city", values=outcome)
    return wide.loc[runs].to_numpy(float)


def cities(page: Any) -> tuple[str, float, np.ndarray]:
    """What the map shows: quarter and year that its numbers are of, and these, (cities, 3)."""
    rows = [row for row in table(page) if row["part"] == "city"]
    return rows[0]["what"], float(rows[0]["year"]), np.array([numbers(row) for row in rows])


@pytest.fixture(scope="session")
def dated_file(dated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_explorer([dated], tmp_path_factory.mktemp("page") / "explorer.html")


@pytest.fixture(scope="session")
def bare_file(dated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of results that are too large for more than the medians of every third date."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(over_time, "WHOLE", 0)
        patch.setattr(over_time, "ROOM", 4_500)
        return write_explorer([dated], tmp_path_factory.mktemp("bare") / "explorer.html")


def test_a_page_without_dates_carries_none(small, page_file):
    told = records(page_file)["experiments"][0]
    assert told["cities"]["then"] is None
    assert told["record"]["cities_every"] == (
        "citysim run CONFIG --set record.cities=true --set record.cities_every=20 --out FOLDER"
    )


def test_what_has_no_room_is_left_out_by_rule(dated, dated_file, bare_file, tmp_path, monkeypatch):
    whole, bare = (records(file)["experiments"][0]["cities"]["then"] for file in (dated_file, bare_file))
    assert whole["quarters"] == [2, 5, 8]
    assert whole["level"].keys() == whole["against"].keys()
    assert whole["level"]["development"]["shape"] == [3, 3, 9, 40]
    assert bare["quarters"] in ([2, 5, 8], [5], [8])
    assert bare["against"] == {}
    assert bare["level"]["development"]["shape"][0] == 1
    monkeypatch.setattr(over_time, "WHOLE", 0)
    monkeypatch.setattr(over_time, "ROOM", 30)
    none = records(write_explorer([dated], tmp_path / "none.html"))["experiments"][0]["cities"]["then"]
    assert (none["quarters"], none["recorded"]) == ([], 3)


@pytest.mark.slow
class TestMap:
    @pytest.fixture
    def page(self, open_page: Any, dated_file: Path) -> Any:
        return open_page(dated_file.as_uri())

    @pytest.mark.parametrize("quarter", [2, 4, 5, 8, 10, 11])
    def test_it_shows_the_tables_at_the_last_date_till_then(self, page, dated, quarter):
        view(page, a__arm="both", a__stall="0.5", outcome="development", quarter=str(quarter))
        what, year, shown = cities(page)
        date = LAST if quarter == LAST else max(date for date in DATES if date <= quarter)
        expected = spread(written_values(dated, "both", 0.5, date, "development"))
        step = 0.02
        for place, of in enumerate((expected.median, expected.lower, expected.upper)):
            assert shown[:, place] == pytest.approx(of, abs=step), place
        assert np.abs(shown[:, 0] - expected.median).max() < 0.005
        end = ("last quarter", 2025) if date == LAST else ("quarter that ends", 2023.25 + date / 4)
        assert (what, year) == end

    def test_it_says_which_date_it_shows(self, page):
        view(page, outcome="development", quarter="7")
        assert "is the end of quarter 2 of 2024" in page.locator("#map-note").inner_text()
        assert "end of quarter 2 of 2024" in page.locator("#legend").inner_text()
        assert "end of quarter 2 of 2024" in page.locator("#maps canvas").first.get_attribute("aria-label")
        assert page.locator("#when").inner_text() == "End of quarter 4 of 2024"

    def test_before_the_first_date_it_has_no_colours_and_says_so(self, page):
        view(page, outcome="development", quarter="1")
        assert "from the end of quarter 3 of 2023 on" in page.locator("#map-note").inner_text()
        assert [row for row in table(page) if row["part"] == "city"] == []

    def test_differences_are_paired_at_a_date_too(self, page, dated):
        of = {"a__arm": "both", "a__stall": "0.5", "b__arm": "none", "b__stall": "0.5"}
        one, other = (written_values(dated, arm, 0.5, 5, "development") for arm in ("both", "none"))
        expected = spread(one - other)
        for sides in (of, {f"{'ba'['ab'.index(key[0])]}{key[1:]}": value for key, value in of.items()}):
            view(page, view="diff", outcome="development", quarter="6", **sides)
            shown = cities(page)[2]
            turned = sides is not of
            bounds = (-expected.upper, -expected.lower) if turned else (expected.lower, expected.upper)
            assert np.allclose(shown[:, 0], -expected.median if turned else expected.median, atol=1e-3)
            assert np.allclose(shown[:, 1], bounds[0], atol=1e-3)
            assert np.allclose(shown[:, 2], bounds[1], atol=1e-3)
        assert "paired differences, end of quarter 2 of 2024" in page.locator("#legend").inner_text()

    def test_a_colour_is_the_same_number_at_every_date(self, page):
        ends = set()
        for quarter in (2, 5, 11):
            view(page, outcome="coverage", quarter=str(quarter))
            ends.add(page.locator("#legend .ends").inner_text())
        assert len(ends) == 1

    def test_playing_moves_it(self, page):
        view(page, a__arm="both", a__stall="0.5", outcome="coverage", quarter="2")
        pixels = "document.querySelector('#maps canvas').toDataURL()"
        before = page.evaluate(pixels)
        page.locator("#play").click()
        until(page, "explorer.page.state.q > 5")
        assert page.evaluate(pixels) != before
        until(page, "explorer.page.state.q === 11")
        assert "end of quarter 4 of 2025" in page.locator("#map-note").inner_text()

    def test_keys_on_the_slider_move_it(self, page):
        page.locator("#quarter").focus()
        page.keyboard.press("Home")
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        settle(page)
        assert "end of quarter 2 of 2024" in page.locator("#map-note").inner_text()
        assert page.evaluate("document.activeElement.id") == "quarter"

    def test_the_card_has_the_date_beside_the_end(self, page, dated):
        view(page, a__arm="both", a__stall="0.5", outcome="development", quarter="5")
        page.evaluate("explorer.page.state.set({ city: 3 })")
        settle(page)
        heads = page.locator("#card thead th").all_inner_texts()
        assert heads[0] == "A, end of quarter 2 of 2024"
        values = spread(written_values(dated, "both", 0.5, 5, "development")).median
        first = page.locator("#card tbody tr").first.locator("td").first.inner_text()
        assert float(first.split()[0]) == pytest.approx(values[3], abs=0.006)

    def test_axe_finds_nothing(self, page):
        from axe_playwright_python.sync_playwright import Axe

        view(page, outcome="development", view="two", quarter="5")
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.response["violations"] == []


@pytest.mark.slow
class TestWhereLittleIsKept:
    def test_medians_are_shown_and_bounds_are_said_to_lack(self, open_page, bare_file, dated):
        page = open_page(bare_file.as_uri())
        kept = page.evaluate("explorer.page.state.experiment.cities.then.quarters")[-1]
        view(page, a__arm="both", a__stall="0.5", outcome="development", quarter=str(kept))
        shown = cities(page)[2]
        expected = spread(written_values(dated, "both", 0.5, kept, "development")).median
        assert shown[:, 0] == pytest.approx(expected, abs=0.02)
        assert np.isnan(shown[:, 1:]).all()
        assert "medians alone are kept" in page.locator("#map-note").inner_text()
        view(page, view="diff", outcome="development", quarter=str(kept))
        assert "no interval is kept" in page.locator("#legend").inner_text()

    def test_of_the_end_alone_it_says_how_to_record_dates(self, open_page, page_file):
        page = open_page(page_file.as_uri())
        assert "--set record.cities_every=20" in page.locator("#map-note").inner_text()


@pytest.mark.slow
def test_a_german_page_says_the_date_in_german(open_page, dated, tmp_path):
    page = open_page(write_explorer([dated], tmp_path / "explorer.html", "de").as_uri())
    view(page, outcome="development", quarter="5")
    assert "das Ende des 2. Quartals 2024" in page.locator("#map-note").inner_text()
