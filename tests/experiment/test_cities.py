"""Cities in the results have a name and a place, in a folder of an earlier version too."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely.geometry

from citysim.errors import ResultError
from citysim.execute import runner
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import Plan, execute_plan
from citysim.store.blocks import delete_block, write_block
from citysim.store.export import export_results
from citysim.store.export import slabs as export_slabs
from citysim.store.places import PLACE
from citysim.store.reader import StoredResults, load_results
from citysim.store.scan import scan
from citysim.world.world import World

type Make = Callable[..., Plan]

CITIES = "record.cities=true"
WHERE = list(PLACE.names)


def tables_of(folder: Path, name: str) -> dict[str, pa.Table]:
    """The tables of one block."""
    (block,) = (block for block in scan(folder, columns=None) if block.name == name)
    return {"runs": block.runs} | {table: block.read(table) for table in ("trajectories", "cities")}


def without_places(folder: Path) -> None:
    """Write the blocks as an earlier version did: of a city, only its number."""
    for file in (folder / "runs").glob("*.parquet"):
        tables = tables_of(folder, file.name)
        tables["cities"] = tables["cities"].drop_columns(WHERE)
        write_block(folder, None, tables)
        delete_block(folder, file.name)


@pytest.fixture
def old(plan: Make) -> Plan:
    """An experiment whose finished runs an earlier version has written."""
    made = plan(CITIES)
    execute_plan(made, workers=1)
    without_places(made.folder)
    assert "name" not in pd.read_parquet(next((made.folder / "cities").glob("*.parquet")))
    return made


def test_a_city_stands_with_its_name_and_place_in_every_block(plan: Make, small_world: World) -> None:
    made = plan(CITIES)
    execute_plan(made, workers=1)
    (path,) = (made.folder / "cities").glob("*.parquet")
    kept = pd.read_parquet(path)
    assert list(kept.columns) == ["run", "city", *WHERE, "development", "loss"]
    one = kept[kept["run"] == made.specs[3].run]
    assert one["name"].tolist() == list(small_world.city_name)
    assert one["country"].tolist() == [small_world.state_iso3[s] for s in small_world.state]
    assert one["state"].tolist() == [small_world.state_name[s] for s in small_world.state]
    assert np.array_equal(one["latitude"], small_world.latitude)
    assert np.array_equal(one["longitude"], small_world.longitude)
    group = pq.ParquetFile(path).metadata.row_group(0)
    repeated = {group.column(i).path_in_schema for i in range(8) if group.column(i).has_dictionary_page}
    assert repeated == set(WHERE), "what is the same in every run is kept once a block"


def test_cities_of_the_results_are_in_design_order_each_once(plan: Make, monkeypatch) -> None:
    monkeypatch.setattr(runner, "RUNS_A_BLOCK", 3)
    made = plan(CITIES)
    for shard in ("2/2", "1/2"):
        execute_plan(made, workers=1, shard=shard)
    cities = load_results(made.folder).cities
    assert cities["run"].drop_duplicates().tolist() == [spec.run for spec in made.specs]
    assert len(cities) == 12 * 30
    assert not cities.isna().any(axis=None)


def test_without_cities_the_key_to_set_is_named(plan: Make) -> None:
    results = execute_plan(plan(), workers=1)
    with pytest.raises(ResultError, match=r"^.*out: holds no cities; set \[record\] cities = true$"):
        _ = results.cities


def test_no_runs_yet_are_no_cities(plan: Make) -> None:
    results = execute_plan(plan(CITIES), workers=1)
    for file in plan().folder.glob("*/*.parquet"):
        file.unlink()
    assert load_results(results.path).cities.empty


class TestEarlierVersion:
    """Its blocks know a city by number alone."""

    def test_names_come_from_the_world(self, old: Plan, plan: Make) -> None:
        execute_plan(plan(CITIES, out="new"), workers=1)
        new = load_results(plan(out="new").folder).cities
        pd.testing.assert_frame_equal(load_results(old.folder).cities, new, check_exact=True)

    def test_new_runs_are_added_and_all_have_names(self, old: Plan, plan: Make) -> None:
        blocks = set((old.folder / "cities").glob("*.parquet"))
        more = plan(CITIES, "seeds=3")
        results = execute_plan(more, workers=1)
        assert blocks < set((old.folder / "cities").glob("*.parquet")), "what was done is not done again"
        assert len(results.cities) == len(more.specs) * 30
        assert not results.cities.isna().any(axis=None)

    @pytest.mark.parametrize("format_", ["csv", "netcdf"])
    def test_an_export_is_the_same_as_of_a_new_folder(self, old: Plan, plan: Make, format_: str) -> None:
        execute_plan(plan(CITIES, "seeds=3"), workers=1)
        execute_plan(plan(CITIES, "seeds=3", out="new"), workers=1)
        for mine, other in zip(
            *(export_results(folder, format_)[0] for folder in (old.folder, plan(out="new").folder)),
            strict=True,
        ):
            assert mine.read_bytes() == other.read_bytes()

    def test_a_run_done_again_is_equal(self, old: Plan) -> None:
        repeat = repeat_run(old.folder, old.specs[5].run)
        assert repeat.compared
        assert repeat.differences == ()

    def test_runs_that_are_no_longer_asked_for_go_and_come_back(self, old: Plan, plan: Make, counted) -> None:
        counted.clear()
        execute_plan(plan(CITIES, "design.stall=[1.0]"), workers=1)
        results = execute_plan(plan(CITIES), workers=1)
        assert counted == []
        assert len(results.cities) == 12 * 30

    def test_names_of_a_world_that_has_changed_are_not_guessed(
        self, old: Plan, monkeypatch: pytest.MonkeyPatch, small_world: World
    ) -> None:
        """The numbers of the cities might be those of others by now."""
        other = World.synthetic(cities=30, states=5, seed=2)
        monkeypatch.setattr("citysim.plan.world.build_world", lambda _: other)
        results: StoredResults = load_results(old.folder)
        assert results.cities[WHERE].isna().all(axis=None)
        assert results.cities["city"].notna().all()
        for format_ in ("csv", "netcdf"):
            export_results(old.folder, format_)
        assert pd.read_csv(old.folder / "export" / "cities.csv")[WHERE].isna().all(axis=None)


class TestGeoJson:
    """What QGIS and geopandas open: a point per city, arm and stall."""

    @pytest.fixture
    def made(self, plan: Make) -> Plan:
        made = plan(CITIES)
        execute_plan(made, workers=1)
        return made

    def features(self, folder: Path) -> list[dict]:
        (path,), _, _ = export_results(folder, "geojson")
        assert path == folder / "export" / "cities.geojson"
        collection = json.loads(path.read_text(encoding="utf-8"))
        assert collection["type"] == "FeatureCollection"
        assert all(feature["type"] == "Feature" for feature in collection["features"])
        assert set(collection["columns"]) == set(collection["features"][0]["properties"])
        assert all(column["description"] for column in collection["columns"].values())
        return collection["features"]

    @pytest.mark.parametrize("slab_values", [600, 2**23])
    def test_a_city_is_a_point_with_the_mean_over_the_replications(
        self, made: Plan, small_world: World, slab_values: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(export_slabs, "_SLAB_VALUES", slab_values)
        found = self.features(made.folder)
        cities = load_results(made.folder).cities.merge(load_results(made.folder).design, on="run")
        drawn = cities[cities["draw"] == "prior"]
        means = drawn.groupby(["arm", "stall", "city"])[["development", "loss"]].mean()
        assert len(found) == len(means) == 2 * 2 * 30
        place = dict(zip(small_world.city_id.tolist(), range(30), strict=True))
        for feature in found:
            about = feature["properties"]
            assert list(about) == [
                *("city", "name", "country", "state", "arm", "stall", "replications", "development", "loss")
            ]
            here = place[about["city"]]
            assert shapely.geometry.shape(feature["geometry"]).coords[0] == (
                small_world.longitude[here],
                small_world.latitude[here],
            )
            assert about["name"] == small_world.city_name[here]
            assert about["replications"] == 2, "those at the defaults show chance alone"
            for outcome in ("development", "loss"):
                expected = means.loc[(about["arm"], about["stall"], about["city"]), outcome]
                assert about[outcome] == pytest.approx(expected, rel=1e-6)

    def test_without_draws_the_mean_is_over_the_defaults(self, plan: Make) -> None:
        made = plan(CITIES, "uncertainty.parameters=defaults")
        execute_plan(made, workers=1)
        assert {feature["properties"]["replications"] for feature in self.features(made.folder)} == {2}

    def test_a_range_is_averaged_over_and_a_list_is_not(self, plan: Make) -> None:
        design = "design={kind='sobol', samples=4, stall=[0.0, 1.0], contact_effect={low=0.0, high=1.0}}"
        made = plan(CITIES, design, "seeds=1", "uncertainty.monte_carlo_seeds=0")
        execute_plan(made, workers=1)
        found = self.features(made.folder)
        assert len(found) == 2 * 2 * 30
        assert {feature["properties"]["replications"] for feature in found} == {4}
        assert all("contact_effect" not in feature["properties"] for feature in found)

    def test_of_an_earlier_version_it_is_the_same(self, made: Plan) -> None:
        before = self.features(made.folder)
        without_places(made.folder)
        assert self.features(made.folder) == before

    def test_where_nothing_tells_the_places_it_is_one_line(
        self, old: Plan, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = World.synthetic(cities=30, states=5, seed=2)
        monkeypatch.setattr("citysim.plan.world.build_world", lambda _: other)
        with pytest.raises(ResultError, match=r"^.*cities: does not say where the cities are, .* --out$"):
            export_results(old.folder, "geojson")
        assert not list((old.folder / "export").iterdir())


def test_a_name_that_differs_is_told(plan: Make) -> None:
    """Names are compared as all else is, where they were kept."""
    made = plan(CITIES)
    execute_plan(made, workers=1)
    for file in (made.folder / "runs").glob("*.parquet"):
        tables = tables_of(made.folder, file.name)
        cities = tables["cities"]
        place = cities.column_names.index("name")
        renamed = ["Elsewhere"] * len(cities)
        tables["cities"] = cities.set_column(place, "name", [renamed])
        write_block(made.folder, None, tables)
        delete_block(made.folder, file.name)
    assert repeat_run(made.folder, made.specs[5].run).differences == ("name: its cities differ",)
