"""Maps of an outcome, its change, members and ties: what they say is what the runs and the world hold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from citysim import run_experiment
from citysim.analysis.by_city import ByCity, by_city
from citysim.analysis.cities import world_of_runs
from citysim.analysis.results import RunSet, read_results
from citysim.cli.actions import maps
from citysim.errors import ConfigError, ResultError
from citysim.figures.checking import faults
from citysim.figures.formats import lay_out
from citysim.figures.headed import add_heading
from citysim.figures.maps import members_map, outcome_map, ties_map
from citysim.figures.sizes import SIZES, sized
from citysim.figures.style import style
from citysim.language import LANGUAGES, speaking
from citysim.world.world import World

CONFIG = """
name = "mapped"
seeds = 6
quarters = 8

[uncertainty]
monte_carlo_seeds = 0

[world]
kind = "synthetic"
cities = 60
states = 8

[arms.none]
twinning = false
networks = false

[arms.both]
networks = true

[design]
stall = [0.0, 0.75]

[record]
outcomes = ["development", "stress", "conflict"]
cities = true
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> RunSet:
    """Two arms with their cities."""
    folder = tmp_path_factory.mktemp("mapped")
    (folder / "x.toml").write_text(CONFIG, encoding="utf-8")
    run_experiment(folder / "x.toml", out=folder / "results", workers=1)
    return read_results(folder / "results")


def test_a_change_is_the_median_of_paired_differences(results: RunSet) -> None:
    found = by_city(results, "development", "both", "none", 0.75)
    stored = results.stored
    assert stored is not None
    runs = results.runs[results.runs["stall"] == 0.75]
    city = int(world_of_runs(results).city_id[7])
    table = stored.of_cities(["development"], [city], runs["run"]).merge(
        runs[["run", "arm", "seed"]], on="run"
    )
    value = table.pivot_table(index="seed", columns="arm", values="development")
    apart = (value["both"] - value["none"]).to_numpy()
    assert found.estimate[7] == pytest.approx(np.median(apart), abs=1e-12)
    assert (found.lower[7], found.upper[7]) == pytest.approx((apart.min(), apart.max()), abs=1e-12)
    assert found.count == 6


def test_by_default_it_is_all_cooperation_at_the_level_shown(results: RunSet) -> None:
    found = by_city(results, "stress")
    assert (found.arm, found.versus, found.stall) == ("both", "", 0.75)


def changed(world: World, up: int, down: int, outcome: str = "development") -> ByCity:
    """A change that is shown upwards in the first ``up`` cities, downwards in the next ``down``."""
    change = np.zeros(world.n_cities)
    change[:up], change[up : up + down] = 1.0, -1.0
    high = np.where(change == 0, 0.2, change)
    return ByCity(outcome, "both", "none", 0.75, 2050, 9, change + 0.1, change * 0.5, high)


@pytest.mark.parametrize(
    ("up", "down", "outcome", "said"),
    [
        (30, 6, "development", "Development: better in 50 % of the cities, worse in 10 %"),
        (0, 60, "development", "Development: better in 0 % of the cities, worse in 100 %"),
        (30, 6, "stress", "better in 10 % of the cities, worse in 50 %"),
        (0, 0, "development", "Development: better in 0 % of the cities, worse in 0 %"),
    ],
)
def test_the_title_says_where_a_change_is_shown(
    results: RunSet, up: int, down: int, outcome: str, said: str
) -> None:
    world = world_of_runs(results)
    assert outcome_map(world, changed(world, up, down, outcome))[1].title.endswith(said)


def test_a_member_is_a_blue_dot(results: RunSet) -> None:
    world = world_of_runs(results)
    name = world.network_name[0]
    members = int((world.membership_network == 0).sum())
    figure, caption = members_map(world, name)
    assert caption.title.startswith(f"{name}: {members} of 60 cities, in ")
    dots = [each for each in figure.axes[0].collections if len(each.get_offsets()) == members]
    assert any(np.allclose(each.get_facecolor()[0][:3], to_rgba("#0072B2")[:3]) for each in dots)


def test_a_tie_is_a_line(results: RunSet) -> None:
    world = world_of_runs(results)
    city = int(np.bincount(np.concatenate((world.twin_a, world.twin_b))).argmax())
    count = int(((world.twin_a == city) | (world.twin_b == city)).sum())
    figure, caption = ties_map(world, city)
    assert f"{count} twin cit" in caption.title
    assert max(len(each.get_paths()) for each in figure.axes[0].collections[1:]) >= count


def test_what_is_not_there_is_told(results: RunSet, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--outcome: found 'developmen'; did you mean 'development'\?"):
        by_city(results, "developmen")
    with pytest.raises(ConfigError, match="--arm: found 'bot'; did you mean 'both'"):
        by_city(results, "development", "bot")
    with pytest.raises(ConfigError, match="--less: found 'both'; allowed: none"):
        by_city(results, "development", "both", "both")
    with pytest.raises(ConfigError, match="--network: found 'C4O', allowed: "):
        members_map(world_of_runs(results), "C4O")
    (tmp_path / "x.toml").write_text(CONFIG.replace("cities = true", ""), encoding="utf-8")
    run_experiment(tmp_path / "x.toml", out=tmp_path / "results", workers=1)
    with pytest.raises(ResultError, match="holds no cities; set"):
        by_city(read_results(tmp_path / "results"), "development")


def test_letters_that_the_font_lacks_are_told(
    results: RunSet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = world_of_runs(results)
    renamed = replace(world, city_name=("城", *world.city_name[1:]))
    monkeypatch.setattr(maps, "world_of_runs", lambda _: renamed)
    asked = maps.Asked(None, None, None, None, str(world.city_id[0]), None)
    maps.draw_map(results.path, asked, None, None, None, ("svg",))
    name = f"map_ties_{world.city_id[0]}"
    assert caplog.messages == [f"figure {name}: the font lacks 城 (U+57CE); a box stands for each"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [None, *SIZES])
def test_every_text_can_be_read(results: RunSet, language: str, size: str | None) -> None:
    world = world_of_runs(results)
    with speaking(language), sized(size) as drawn_for, style():
        for figure, caption in (
            outcome_map(world, by_city(results, "development", "both", "none")),
            outcome_map(world, by_city(results, "development")),
            members_map(world, world.network_name[0]),
            ties_map(world, 3),
        ):
            if drawn_for.alone:
                add_heading(figure, caption)
            lay_out(figure)
            assert faults(figure) == []
