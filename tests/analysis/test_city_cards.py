"""Cards of cities: the numbers from the Parquet by hand, ranks, who the peers are, what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.text import Text
from PIL import Image
from typer.testing import CliRunner

from citysim import run_experiment
from citysim.analysis.cities import CAUTION, city_cards, rank_of
from citysim.analysis.results import read_results
from citysim.cli.main import app
from citysim.errors import ConfigError, ResultError
from citysim.figures.city_card import card_figure
from citysim.figures.formats import pictures
from citysim.figures.rows import shown_arms
from citysim.model.city_at_start import FEWEST_PEERS, city_at_start
from citysim.model.recorder import groups_of
from citysim.plan.config import load_config
from citysim.plan.runs import run_specs
from citysim.plan.world import build_world
from citysim.world.world import World

CONFIG = """
name = "cards"
seeds = 3
quarters = 6

[uncertainty]
monte_carlo_seeds = 1

[world]
kind = "synthetic"
cities = 60
states = 6

[arms.none]
twinning = false
networks = false

[arms.twinning]
networks = false

[arms.both]
networks = true

[design]
stall = [0.0, 0.5, 1.0]

[record]
cities = true
outcomes = ["development", "loss", "marginalisation", "service_climate", "action_capacity"]
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("cards") / "cards.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(config) -> Path:
    """The experiment, run and reported with a card that its config asks for."""
    out = config.parent / "out"
    command = ["run", str(config), "--workers", "1", "--out", str(out), "--set", 'report.cities=["City 7"]']
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture
def results(folder):
    return read_results(folder)


def asked(folder: Path, *arguments: str):
    return CliRunner().invoke(app, ["city", str(folder), *arguments])


def captions(folder: Path) -> list[str]:
    return [entry["name"] for entry in json.loads((folder / "figures" / "captions.json").read_text("utf-8"))]


class TestNumbers:
    @pytest.mark.parametrize("stall", [None, 1.0])
    def test_differences_and_ranks_are_those_of_the_stored_cities(self, folder, results, stall):
        (card,) = city_cards(results, ["City 7"], stall)
        assert card.stall == (stall or 0.5)
        runs = pd.read_parquet(folder / "runs")
        runs = runs[(runs["draw"] != "defaults") & (runs["stall"] == card.stall)]
        cities = pd.read_parquet(folder / "cities").merge(runs[["run", "arm", "seed"]], on="run")
        for row in card.effects.to_dict("records"):
            of = cities.pivot_table(index=["seed", "city"], columns="arm", values=row["outcome"])
            change = (of[row["arm"]] - of["none"]).unstack("city")
            better = -change if row["outcome"] == "marginalisation" else change
            ranks = better[card.city.peers.tolist()].rank(axis=1, ascending=False)[7]
            assert row["estimate"] == pytest.approx(change[7].median(), abs=1e-12)
            assert (row["lower"], row["upper"]) == pytest.approx((change[7].min(), change[7].max()))
            assert row["without"] == pytest.approx(of["none"].unstack("city")[7].median())
            assert row["n_seeds"] == 3
            assert row["rank"] == ranks.median()
            assert (row["rank_lower"], row["rank_upper"]) == (ranks.min(), ranks.max())
        assert card.services.loc["climate & natural resources", "both"] == pytest.approx(
            cities[(cities["city"] == 7) & (cities["arm"] == "both")]["service_climate"].median()
        )

    def test_flows_of_one_quarter_and_what_is_of_the_state_are_left_out(self, results):
        (card,) = city_cards(results, [7])
        assert set(card.effects["outcome"]) == {"development", "marginalisation"}
        assert set(card.effects["arm"]) == {"twinning", "both"}
        assert len(card.effects) == 4

    def test_a_replication_that_lacks_a_run_is_left_out(self, results):
        whole = city_cards(results, [7])[0].effects
        runs = results.runs
        gone = (runs["seed"] == 2) & (runs["arm"] == "both")
        part = type(results)(**{**vars(results), "runs": runs[~gone]})
        effects = city_cards(part, [7])[0].effects
        assert effects.groupby("arm")["n_seeds"].max().to_dict() == {"both": 2, "twinning": 3}
        assert effects[effects["arm"] == "twinning"].equals(whole[whole["arm"] == "twinning"])

    def test_cards_of_several_cities_are_those_of_each(self, results):
        together = city_cards(results, [3, "City 7", 7])
        assert [card.city.city for card in together] == [3, 7]
        for card in together:
            (alone,) = city_cards(results, [card.city.city])
            assert alone.effects.equals(card.effects)
            assert alone.services.equals(card.services)


class TestRank:
    @given(benefit=arrays(float, (3, 6), elements=st.integers(-2, 2).map(float)))
    def test_the_ranks_of_all_peers_are_one_to_their_number_on_average(self, benefit):
        ranks = np.stack([rank_of(benefit, own) for own in range(6)], axis=1)
        assert np.allclose(ranks.sum(axis=1), 21)
        assert np.array_equal(ranks, pd.DataFrame(benefit).rank(axis=1, ascending=False))

    def test_a_city_without_value_has_none_and_peers_without_one_do_not_count(self):
        benefit = np.array([[np.nan, 1.0, 2.0], [1.0, np.nan, 2.0]])
        assert rank_of(benefit, 0).tolist() == pytest.approx([np.nan, 2.0], nan_ok=True)


class TestAtStart:
    def test_networks_and_twins_are_those_of_the_world(self, synthetic_world):
        world = synthetic_world
        for index in range(world.n_cities):
            city = city_at_start(world, index)
            ends = zip(world.twin_a.tolist(), world.twin_b.tolist(), strict=True)
            twins = sorted(world.city_name[a + b - index] for a, b in ends if index in (a, b))
            assert sorted(twin.name for twin in city.twins) == twins
            assert sorted(name for names in city.twins_by_state().values() for name in names) == twins
            of = np.flatnonzero(world.membership_city == index)
            assert sorted(city.networks) == sorted(
                world.network_name[world.membership_network[m]] for m in of
            )

    def test_peers_have_the_size_and_income_of_the_city_or_where_few_do_its_size(self):
        world = World.synthetic(cities=400, states=20, seed=3)
        groups = groups_of(world)
        few = 0
        for index in range(world.n_cities):
            city = city_at_start(world, index)
            assert city.city in city.peers
            assert len(city.peers) >= FEWEST_PEERS
            of = {name for name, mask in groups.items() if mask[index] and name.endswith("_income")}
            (income,) = of
            few += income.removesuffix("_income") not in city.peer_group
            place = np.isin(world.city_id, city.peers)
            if income.removesuffix("_income") in city.peer_group:
                assert groups[income][place].all()
        assert few < world.n_cities / 4


class TestCommand:
    def test_a_card_is_printed_with_its_caution_and_drawn_into_the_report(self, folder):
        done = asked(folder, "City 9")
        assert done.exit_code == 0, done.output
        assert "City 9" in done.stdout
        assert "Marginalised share" in done.stdout
        assert CAUTION in done.stdout
        assert captions(folder)[-2:] == ["city_7", "city_9"]
        briefed = CliRunner().invoke(app, ["brief", str(folder)])
        assert briefed.exit_code == 0, briefed.output
        page = (folder / "briefing.html").read_text("utf-8")
        assert all(f"Card of {name}" in page for name in ("City 7", "City 9"))
        assert page.count("its fit to a single one is not validated") == 2

    def test_a_card_at_another_level_stays_out_of_the_report(self, folder):
        before = captions(folder)
        assert asked(folder, "City 9", "--stall", "1").exit_code == 0
        assert (folder / "figures" / "city_9_stall_1.png").is_file()
        assert captions(folder) == before

    def test_json_holds_the_numbers_and_draws_nothing(self, folder, results):
        done = asked(folder, "5", "City 7", "--format", "json")
        assert done.exit_code == 0, done.output
        first, second = json.loads(done.stdout)
        assert (first["city"], second["city"]) == (5, 7)
        assert second["caution"] == CAUTION
        assert not (folder / "figures" / "city_5.png").exists()
        (card,) = city_cards(results, [7])
        assert [row["estimate"] for row in second["effects"]] == card.effects["estimate"].tolist()

    def test_elsewhere_with_out(self, folder, tmp_path):
        done = asked(folder, "City 5", "--out", str(tmp_path / "cards"))
        assert done.exit_code == 0, done.output
        assert sorted(path.name for path in (tmp_path / "cards" / "figures").iterdir()) == [
            "city_5.png",
            "city_5.svg",
        ]
        assert not (folder / "figures" / "city_5.png").exists()

    @pytest.mark.parametrize(
        ("arguments", "lines"),
        [
            (
                ("Cty 7", "Qqq"),
                (
                    "city: found 'Cty 7', did you mean 'City 7,",
                    "city: found 'Qqq', the world has no city of a name like it",
                ),
            ),
            (("777",), ("city: found 777, no city of this world has that number of GeoNames",)),
            (("City 7", "--stall", "0.3"), ("--stall: found 0.3, allowed: 0.5, 1",)),
            (("City 7", "--format", "xml"), ("--format: found 'xml', allowed: text, json",)),
        ],
    )
    def test_what_cannot_be_is_a_line_each(self, folder, arguments, lines):
        done = asked(folder, *arguments)
        assert done.exit_code == 2
        told = done.stderr.strip().splitlines()
        assert len(told) == len(lines)
        assert all(line in found for line, found in zip(lines, told, strict=True))

    def test_a_folder_without_cities_says_what_to_set(self, config, tmp_path):
        run_experiment(config, workers=1, out=tmp_path, overrides=("record.cities=false", "seeds=1"))
        done = asked(tmp_path, "City 7")
        assert done.exit_code != 0
        assert done.stderr.strip() == (
            f"error: {tmp_path}: holds no cities; set [record] cities = true and run it into another folder, "
            "or with --fresh"
        )

    def test_outcomes_that_no_card_shows_are_told(self, config, tmp_path):
        run_experiment(config, workers=1, out=tmp_path, overrides=('record.outcomes=["loss"]', "seeds=1"))
        with pytest.raises(ResultError, match="holds none that a card shows: development"):
            city_cards(read_results(tmp_path), [7])


class TestFigure:
    @pytest.mark.parametrize("city", [1, 7, 30])
    def test_no_text_is_cut_off(self, results, city):
        (card,) = city_cards(results, [city])
        figure, caption = card_figure(card, shown_arms(results))
        assert caption.title.startswith(f"City {city}, ")
        assert CAUTION in caption.caption
        png = pictures(figure)["png"]
        assert png.startswith(b"\x89PNG")
        page = figure.bbox
        ticks = [(ax.get_xlim(), tick) for ax in figure.axes for tick in ax.xaxis.get_major_ticks()]
        undrawn = {tick.label1 for (left, right), tick in ticks if not left <= tick.get_loc() <= right}
        shown = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible() and t not in undrawn]
        assert any(t.get_text() == "Caution" for t in shown)
        for text in shown:
            box = text.get_window_extent()
            assert box.x0 >= page.x0 - 1, text
            assert box.x1 <= page.x1 + 1, text
            assert box.y0 >= page.y0 - 1, text
            assert box.y1 <= page.y1 + 1, text

    def test_the_run_draws_the_cards_that_its_config_asks_for(self, folder):
        with Image.open(folder / "figures" / "city_7.png") as picture:
            width, height = picture.size
        assert min(width, height) > 1000
        redrawn = CliRunner().invoke(app, ["figures", str(folder), "--only", "city_7"])
        assert redrawn.exit_code == 0, redrawn.output


class TestConfigKey:
    def test_no_run_depends_on_it(self, config):
        plain, with_cards = (load_config(config, more) for more in ((), ('report.cities=["City 7", 9]',)))
        assert with_cards.report.cities == ("City 7", 9)
        digest = build_world(plain.world).digest
        assert [s.run for s in run_specs(plain, digest)] == [s.run for s in run_specs(with_cards, digest)]

    @pytest.mark.parametrize(
        ("setting", "fault"),
        [
            ("[]", "found [], expected a list of cities, each once"),
            ('["A", "A"]', "found ['A', 'A'], expected a list of cities, each once"),
            ('"Munich"', "found 'Munich', expected a list of cities, each once"),
            ("[1.5]", "found 1.5, expected a city's name or its number of GeoNames"),
            ('[" "]', "found ' ', expected a city's name or its number of GeoNames"),
        ],
    )
    def test_what_is_no_list_of_cities_is_one_line(self, config, setting, fault):
        with pytest.raises(ConfigError) as raised:
            load_config(config, (f"report.cities={setting}",))
        assert list(raised.value.messages) == [f"{config}: report.cities: {fault} (from the command line)"]

    def test_cities_have_to_be_recorded(self, config):
        with pytest.raises(ConfigError, match=r"report\.cities: needs record\.cities = true"):
            load_config(config, ("record.cities=false", 'report.cities=["City 7"]'))

    def test_an_unknown_city_stops_before_the_first_run(self, config, tmp_path):
        with pytest.raises(ConfigError, match=r"report\.cities\[2\]: found 'Cty 7', did you mean 'City 7"):
            run_experiment(
                config, workers=1, out=tmp_path / "x", overrides=('report.cities=["City 7", "Cty 7"]',)
            )
        assert not (tmp_path / "x").exists()
