"""The hindcast beside the record: what is inside, what is given, what is said, from runs to a figure."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from citysim import run_experiment
from citysim.analysis.answers import hindcast
from citysim.analysis.headline import write_tables
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.tables import read_answer
from citysim.errors import ConfigError
from citysim.figures import draw_all
from citysim.figures.caption import read_captions
from citysim.patterns.families import statistics_of
from citysim.patterns.record import record_course
from citysim.plan.config import load_config
from citysim.plan.shipped import shipped
from citysim.world.world import World

CONFIG = """
name = "then"
analyses = ["hindcast"]
seeds = 3
quarters = 16

[uncertainty]
parameters = "prior"
monte_carlo_seeds = 1

[world]
cities = 150
start = 2005

[arms.dated]
initial_networks = "dated"
founding_rate = 0.0

[arms.grown]
initial_networks = "data"

[record]
trajectories = false
{record}
"""
KEPT = "cities = true\nstatistics = true"


class Made(RunSet):
    """Results whose statistics are given."""

    def statistics(self) -> pd.DataFrame:
        return self.__dict__["made"]


def made(values: dict[str, list[float]]) -> RunSet:
    """Runs of both arms of the shipped experiment with the same statistics, and one at the defaults."""
    count = len(next(iter(values.values())))
    keys = [
        {"run": f"{arm}{seed}", "arm": arm, "seed": seed, "draw": "prior", "stall": 0.0}
        for arm in ("dated", "grown")
        for seed in range(count)
    ]
    table = pd.DataFrame(keys).assign(**{name: own * 2 for name, own in values.items()})
    alone = table.iloc[:1].assign(draw="defaults", **dict.fromkeys(values, 1e6))
    table = pd.concat((table, alone), ignore_index=True)
    results = Made(
        path=Path("nowhere"),
        runs=table[["run", "arm", "seed", "draw", "stall"]],
        arms=("dated", "grown"),
        outcomes=(),
        sweep=(),
        config=load_config(shipped()["hindcast"]),
        asked=len(table),
    )
    results.__dict__["made"] = table
    return results


@pytest.fixture
def told(monkeypatch):
    """A record of four statistics, one of them from two lists."""
    record = pd.DataFrame(
        [
            ("ties.mean", "a list", 3.0),
            ("networks.growth", "a list", 0.05),
            ("curves.early", "one list", 2.0),
            ("curves.early", "another", 30.0),
            ("yearly.iclei_2000", "a list", 5.0),
        ],
        columns=["statistic", "source", "record"],
    )
    monkeypatch.setattr(hindcast, "record_values", lambda _: record)


def table_of(values: dict[str, list[float]]) -> pd.DataFrame:
    return hindcast.table(made(values)).set_index(["arm", "statistic", "source"])


VALUES = {
    "ties.mean": [1.0, 2.0, 3.0, 4.0, 5.0],
    "networks.growth": [0.01, 0.02, 0.03, 0.03, 0.03],
    "curves.early": [1.0, 1.5, 2.0, 2.5, np.nan],
    "ties.gini": [0.5] * 5,
    "ties.most": [np.nan] * 5,
    "yearly.iclei_2000": [1.0] * 5,
}


@pytest.mark.usefixtures("told")
def test_a_row_says_where_the_record_lies_among_the_draws():
    table = table_of(VALUES)
    row = table.loc["grown", "ties.mean", "a list"]
    assert (row["estimate"], row["lower"], row["upper"], row["n_seeds"]) == (3.0, 1.0, 5.0, 5)
    assert row["inside"]
    assert not table.loc["grown", "networks.growth", "a list"]["inside"]


@pytest.mark.usefixtures("told")
def test_every_source_has_a_row_and_what_has_no_record_or_no_value_is_neither_in_nor_out():
    table = table_of(VALUES)
    assert table.loc["dated", "curves.early", "one list"]["inside"]
    assert not table.loc["dated", "curves.early", "another"]["inside"]
    assert np.isnan(table.loc["dated", "ties.gini", ""]["record"])
    assert "ties.most" not in table.index.get_level_values("statistic")


@pytest.mark.usefixtures("told")
def test_the_number_of_networks_is_given_where_they_are_founded_by_date():
    given = table_of(VALUES)["given"]
    assert given["dated", "networks.growth", "a list"]
    assert not given["grown", "networks.growth", "a list"]
    assert not given["dated", "ties.mean", "a list"]


@pytest.mark.usefixtures("told")
def test_words_count_what_is_tested_and_name_the_furthest():
    said = " ".join(hindcast.words(hindcast.table(made(VALUES))))
    assert "In arm dated, 2 of 3 statistics of the record lie within 5–95 % of 5 replications" in said
    assert "(ties 1 of 1, curves 1 of 2)" in said
    assert "In arm grown, 2 of 4" in said
    assert "curves.early 30.0 (runs 1.8, 1.0 to 2.5); networks.growth 0.05 (runs 0.03, 0.01 to 0.03)" in said
    assert "defaults" not in said


def test_without_any_record_that_is_said(monkeypatch):
    nothing = pd.DataFrame(columns=["statistic", "source", "record"])
    monkeypatch.setattr(hindcast, "record_values", lambda _: nothing.astype({"record": float}))
    rows = hindcast.table(made(VALUES))
    assert hindcast.words(rows) == ["No statistic of the runs has a record to be held against."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small hindcast, run, with its tables and figures."""
    place = tmp_path_factory.mktemp("hindcast")
    (place / "then.toml").write_text(CONFIG.format(record=KEPT), encoding="utf-8")
    run_experiment(place / "then.toml", out=place / "out", workers=1).effects()

    write_tables(place / "out")
    draw_all(place / "out")
    return place / "out"


def test_the_record_is_of_the_cities_of_the_runs(folder):
    table = read_answer(folder, "hindcast")
    world = World.real(150, start=2005)
    expected = statistics_of(record_course(world))
    of_ties = table[table["statistic"].str.startswith(("ties.", "memberships."))].drop_duplicates("statistic")
    assert len(of_ties) > 20
    for row in of_ties.itertuples():
        assert row.record == pytest.approx(expected[row.statistic], nan_ok=True), row.statistic
    cities = hindcast.cities_recorded(read_results(folder))
    assert cities["twinnings"].mean() == pytest.approx(expected["ties.mean"])
    assert cities["memberships"].mean() == pytest.approx(expected["memberships.mean"])


def test_the_figure_is_drawn_with_words_for_those_who_cannot_see_it(folder):
    assert (folder / "figures" / "hindcast.png").stat().st_size > 5000
    caption = next(item for item in read_captions(read_results(folder)) if item.name == "hindcast")
    assert "In arm dated" in caption.alt


@pytest.mark.parametrize(
    ("world", "record", "faults"),
    [
        ("start = 2005", "", ["record.statistics: found false", "record.cities: found false"]),
        ("start = 2005", "statistics = true", ["record.cities: found false"]),
        ("start = 2023", KEPT, ["analyses[1]: 'hindcast' needs a world that starts before 2023"]),
    ],
)
def test_a_config_is_told_what_the_analysis_needs(tmp_path, world, record, faults):
    text = CONFIG.format(record=record).replace("start = 2005", world)
    (tmp_path / "then.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(tmp_path / "then.toml")
    found = [line.partition(": ")[2] for line in str(error.value).splitlines()]
    assert len(found) == len(faults)
    assert all(line.startswith(fault) for line, fault in zip(found, faults, strict=True))
