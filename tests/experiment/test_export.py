"""Results as CSV and netCDF: the values of the tables, in design order, with unit and meaning."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from citysim.errors import ConfigError, ResultError
from citysim.execute import runner
from citysim.execute.runner import Plan, execute_plan
from citysim.model.outcomes import OUTCOMES
from citysim.plan.config import load_config
from citysim.plan.faults import settable
from citysim.plan.runs import run_specs
from citysim.store.export import export_results
from citysim.store.export import slabs as export_slabs
from citysim.store.export.columns import meaning
from citysim.store.reader import StoredResults, load_results
from citysim.store.scan import Block
from citysim.world.world import World

CONFIG = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
type Make = Callable[..., Plan]

OUTCOMES_KEPT = "outcomes=['development', 'loss', 'networks', 'population']"
RECORD = f"record={{cities=true, {OUTCOMES_KEPT}, groups=['world', 'north']}}"


@pytest.fixture(params=["one slab", "many slabs"])
def slabs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Export in one slab, and in slabs of two runs with one block in memory."""
    if request.param == "many slabs":
        monkeypatch.setattr(export_slabs, "_SLAB_VALUES", 600)
        monkeypatch.setattr(export_slabs, "_KEPT_BLOCKS", 1)


@pytest.fixture(scope="module")
def results(small_world: World, tmp_path_factory: pytest.TempPathFactory) -> StoredResults:
    """Twelve runs in blocks that two shards have written, so that none is in design order."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "x.toml").write_text(CONFIG, encoding="utf-8")
    config = load_config(folder / "x.toml", [RECORD])
    made = Plan(config, small_world, run_specs(config, small_world.digest), folder / "out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "RUNS_A_BLOCK", 3)
        for shard in ("2/2", "1/2"):
            execute_plan(made, workers=1, shard=shard)
    found = load_results(made.folder)
    assert len(found.runs) == len(made.specs) == 12
    return found


def stored(results: StoredResults, table: str) -> pd.DataFrame:
    """A table of the Parquet files, sorted by the design."""
    frame = pd.concat(pd.read_parquet(file) for file in (results.path / table).glob("*.parquet"))
    place = {run: position for position, run in enumerate(results.design["run"])}
    return frame.iloc[frame["run"].map(place).argsort(kind="stable")].reset_index(drop=True)


@pytest.mark.usefixtures("slabs")
class TestCsv:
    """Text for every program."""

    def test_every_table_reads_back_in_design_order_bit_for_bit(self, results: StoredResults) -> None:
        files, runs, asked = export_results(results.path, "csv")
        assert [file.name for file in files] == ["runs.csv", "trajectories.csv", "cities.csv", "columns.csv"]
        assert (runs, asked) == (12, 12)
        for name in ("trajectories", "cities"):
            expected = stored(results, name)
            found = pd.read_csv(results.path / "export" / f"{name}.csv", dtype={"run": str})
            found = found.astype(expected.dtypes.to_dict())
            pd.testing.assert_frame_equal(found, expected, check_exact=True)

    def test_a_run_stands_with_what_was_drawn_and_what_came_of_it(self, results: StoredResults) -> None:
        export_results(results.path, "csv")
        found = pd.read_csv(results.path / "export" / "runs.csv", dtype={"run": str})
        outcomes = list(results.config.record.outcomes)
        assert list(found.columns) == [*results.design.columns, *outcomes]
        expected = results.design.merge(results.runs[["run", *outcomes]], on="run")
        pd.testing.assert_frame_equal(found.astype(expected.dtypes.to_dict()), expected, check_exact=True)

    def test_what_does_not_exist_is_an_empty_field(self, results: StoredResults) -> None:
        """A word such as nan would turn the column into text in R."""
        export_results(results.path, "csv")
        text = (results.path / "export" / "trajectories.csv").read_text(encoding="utf-8-sig")
        assert "nan" not in text.lower().replace("governance", "")
        north = next(line for line in text.splitlines() if ',"north",' in line)
        columns = text.splitlines()[0].replace('"', "").split(",")
        assert north.split(",")[columns.index("networks")] == ""

    def test_columns_say_what_every_column_is(self, results: StoredResults) -> None:
        files, _, _ = export_results(results.path, "csv")
        columns = pd.read_csv(results.path / "export" / "columns.csv", keep_default_na=False)
        for file in files[:-1]:
            header = file.read_text(encoding="utf-8-sig").splitlines()[0].replace('"', "").split(",")
            assert columns.loc[columns["file"] == file.name, "column"].tolist() == header
        assert (columns["description"].str.len() > 3).all()
        types = columns.set_index(["file", "column"])["type"]
        assert types["runs.csv", "run"] == "text"
        assert types["runs.csv", "seed"] == "whole number"
        assert types["runs.csv", "loss"] == "number"
        units = columns.set_index(["file", "column"])["unit"]
        assert units["runs.csv", "loss"] == "share of a year's product, summed"
        assert units["trajectories.csv", "loss"] == "share of a year's product"
        assert units["trajectories.csv", "population"] == "million people"
        assert units["cities.csv", "population"] == "people"
        assert units["runs.csv", "trust_growth"] == "1/year"
        assert units["cities.csv", "latitude"] == "degrees_north"
        assert types["cities.csv", "country"] == "text"

    def test_a_second_export_gives_the_same_bytes(self, results: StoredResults) -> None:
        files, _, _ = export_results(results.path, "csv")
        before = [file.read_bytes() for file in files]
        export_results(results.path, "csv")
        assert [file.read_bytes() for file in files] == before


@pytest.mark.usefixtures("slabs")
class TestExcel:
    """A double click has to show columns, names and numbers."""

    @pytest.fixture
    def named(self, results: StoredResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The results, with a name in the world that only UTF-8 can tell."""
        monkeypatch.setattr(export_slabs.Finished, "_read", _renamed(export_slabs.Finished._read))
        return results.path

    @pytest.mark.parametrize("decimal", ["point", "comma"])
    def test_every_file_begins_with_the_mark_of_utf_8(self, named: Path, decimal: str) -> None:
        files, _, _ = export_results(named, "csv", decimal=decimal)
        for file in files:
            text = file.read_bytes()
            assert text.startswith(b"\xef\xbb\xbf")
            assert text.count(b"\xef\xbb\xbf") == 1
        assert 'Köln; a.d. "Ruhr"' in set(
            pd.read_csv(named / "export" / "cities.csv", sep=None, engine="python")["name"]
        )

    @pytest.mark.parametrize(
        ("options", "delimiter", "decimal"),
        [
            ({"decimal": "comma"}, ";", ","),
            ({"decimal": ",", "delimiter": ";"}, ";", ","),
            ({"decimal": "comma", "delimiter": "tab"}, "\t", ","),
            ({"delimiter": "semicolon"}, ";", "."),
            ({"delimiter": "\t", "decimal": "."}, "\t", "."),
        ],
    )
    def test_other_marks_keep_every_bit(
        self, results: StoredResults, named: Path, options: dict[str, str], delimiter: str, decimal: str
    ) -> None:
        files, _, _ = export_results(named, "csv", **options)
        for name in ("trajectories", "cities"):
            expected = stored(results, name)
            found = pd.read_csv(
                named / "export" / f"{name}.csv", sep=delimiter, decimal=decimal, dtype={"run": str}
            )
            found = found.astype(expected.dtypes.to_dict())
            rest = [column for column in expected if column != "name"]
            pd.testing.assert_frame_equal(found[rest], expected[rest], check_exact=True)
        assert delimiter in files[-1].read_text(encoding="utf-8-sig").splitlines()[0]

    def test_no_number_is_quoted_or_has_a_point(self, named: Path) -> None:
        """Excel would take 1.5 for a day in May."""
        export_results(named, "csv", decimal="comma")
        lines = (named / "export" / "trajectories.csv").read_text(encoding="utf-8-sig").splitlines()
        for line in lines[1:]:
            assert "." not in line
            assert '"' not in line
        year = lines[0].split(";").index("year")
        assert {line.split(";")[year] for line in lines[1:]} == {"2023,25", "2023,5"}


def _renamed(read: Callable[..., pa.Table]) -> Callable[..., pa.Table]:
    def read_renamed(self: export_slabs.Finished, table: str, block: Block) -> pa.Table:
        found = read(self, table, block)
        if "name" not in found.column_names:
            return found
        return found.set_column(2, "name", [['Köln; a.d. "Ruhr"'] * len(found)])

    return read_renamed


def test_a_number_among_words_has_the_comma_too(plan: Make) -> None:
    made = plan("design={stall=[1.5e-1, 'endogenous']}", "seeds=1", "uncertainty.parameters=defaults")
    execute_plan(made, workers=1)
    export_results(made.folder, "csv", decimal="comma")
    table = pd.read_csv(made.folder / "export" / "runs.csv", sep=";", dtype=str)
    assert set(table["stall"]) == {"0,15", "endogenous"}


@pytest.mark.usefixtures("slabs")
class TestNetcdf:
    """One file with dimensions."""

    @pytest.fixture
    def opened(self, results: StoredResults) -> "Iterator[object]":
        import xarray as xr

        (path,), _, _ = export_results(results.path, "netcdf")
        assert path.name == "small.nc"
        with xr.open_dataset(path) as dataset:
            yield dataset

    def test_trajectories_are_runs_by_quarters_by_groups(self, results: StoredResults, opened) -> None:
        assert opened["development"].dims == ("run", "quarter", "group")
        assert opened["development"].dtype == np.float32
        assert opened["run"].values.tolist() == results.design["run"].tolist()
        for row in stored(results, "trajectories").itertuples():
            here = opened.sel(run=row.run, quarter=row.quarter, group=row.group)
            for name in results.config.record.outcomes:
                np.testing.assert_array_equal(here[name].values, np.float32(getattr(row, name)))
            assert here["year"] == row.year

    def test_a_run_has_its_keys_its_parameters_and_its_summary(self, results: StoredResults, opened) -> None:
        table = opened.drop_dims(["quarter", "group", "city"]).to_dataframe().reset_index()
        expected = results.design.merge(
            results.runs[["run", *results.config.record.outcomes]].rename(
                columns={name: f"{name}_summary" for name in results.config.record.outcomes}
            ),
            on="run",
        )
        assert set(table.columns) == set(expected.columns)
        pd.testing.assert_frame_equal(
            table[expected.columns], expected, check_exact=True, check_dtype=False, check_column_type=False
        )

    def test_cities_are_runs_by_cities(self, results: StoredResults, opened) -> None:
        assert opened["population_city"].dims == ("run", "city")
        wide = stored(results, "cities").pivot(index="run", columns="city", values="population")
        found = opened["population_city"].to_pandas().loc[wide.index, wide.columns]
        assert np.array_equal(found.to_numpy(), wide.to_numpy())
        assert "networks_city" not in opened, "only the world has it"

    def test_cities_have_their_names_and_places_as_coordinates(
        self, results: StoredResults, opened, small_world: World
    ) -> None:
        coordinates = opened["population_city"].coords
        for name in ("name", "country", "state", "latitude", "longitude"):
            assert coordinates[name].dims == ("city",)
        assert coordinates["name"].values.tolist() == list(small_world.city_name)
        assert coordinates["country"].values[0] == small_world.state_iso3[small_world.state[0]]
        assert np.array_equal(coordinates["latitude"], small_world.latitude)
        for name, unit in {"latitude": "degrees_north", "longitude": "degrees_east"}.items():
            assert coordinates[name].attrs["units"] == unit
            assert coordinates[name].attrs["standard_name"] == name
        assert "latitude" not in opened["development"].coords

    def test_every_variable_has_a_meaning_and_its_unit(self, opened) -> None:
        for name, variable in opened.variables.items():
            assert variable.attrs["long_name"], name
        assert opened["loss"].attrs["units"] == "share of a year's product"
        assert opened["loss_summary"].attrs["units"] == "share of a year's product, summed"
        assert opened["loss_summary"].attrs["cell_methods"] == "quarter: sum"
        assert opened["trust_growth"].attrs["units"] == "1/year"
        assert opened["year"].attrs["units"] == "years"

    def test_the_file_says_where_it_comes_from_and_nothing_of_the_machine(
        self, results: StoredResults, opened, tmp_path: Path
    ) -> None:
        about = opened.attrs
        assert about["Conventions"] == "CF-1.11"
        assert (about["title"], about["comment"]) == ("small", "Does it hold?")
        assert about["config"] == (results.path / "config.toml").read_text(encoding="utf-8")
        assert len(about["design_digest"]) == len(about["world_digest"]) == 64
        assert str(tmp_path) not in str(about)

    def test_values_are_compressed(self, opened) -> None:
        encoding = opened["development"].encoding
        assert (encoding["zlib"], encoding["shuffle"]) == (True, True)

    def test_a_second_export_gives_the_same_bytes(self, results: StoredResults) -> None:
        (path,), _, _ = export_results(results.path, "netcdf")
        before = path.read_bytes()
        export_results(results.path, "netcdf")
        assert path.read_bytes() == before


def test_words_and_switches_among_the_swept_values_are_kept(plan: Make) -> None:
    import xarray as xr

    made = plan(
        "design={stall=[0.5, 'endogenous'], scope=[true, false], practices_per_domain=[2]}",
        "seeds=1",
        "uncertainty.parameters=defaults",
    )
    execute_plan(made, workers=1)
    for format_ in ("csv", "netcdf"):
        export_results(made.folder, format_)
    table = pd.read_csv(made.folder / "export" / "runs.csv")
    with xr.open_dataset(made.folder / "export" / "small.nc") as dataset:
        for found in (table, dataset):
            assert set(np.asarray(found["stall"])) == {"0.5", "endogenous"}
            assert np.asarray(found["scope"]).tolist() == [spec.parameters["scope"] for spec in made.specs]
            assert np.asarray(found["scope"]).dtype == bool
            assert set(np.asarray(found["practices_per_domain"])) == {2}


def test_runs_that_are_not_done_are_left_out_and_counted(plan: Make) -> None:
    made = plan()
    execute_plan(made, workers=1, shard="1/2")
    _, runs, asked = export_results(made.folder, "csv")
    assert 0 < runs < asked == 12
    kept = pd.read_csv(made.folder / "export" / "runs.csv", dtype={"run": str})["run"]
    assert kept.tolist() == load_results(made.folder).runs["run"].tolist()
    assert set(pd.read_csv(made.folder / "export" / "trajectories.csv", dtype={"run": str})["run"]) == set(
        kept
    )


def test_without_trajectories_the_runs_alone_are_written(plan: Make) -> None:
    made = plan("record.trajectories=false")
    execute_plan(made, workers=1)
    files, _, _ = export_results(made.folder, "csv")
    assert [file.name for file in files] == ["runs.csv", "columns.csv"]


def test_another_folder_can_be_named(plan: Make, tmp_path: Path) -> None:
    execute_plan(plan(), workers=1)
    files, _, _ = export_results(plan().folder, "csv", tmp_path / "deep" / "er")
    assert {file.parent for file in files} == {tmp_path / "deep" / "er"}
    assert not (plan().folder / "export").exists()


class TestFaults:
    """Each is one line, and no half file is left."""

    def test_another_format(self, plan: Make) -> None:
        with pytest.raises(ConfigError, match=r"^--format: found 'cvs', did you mean 'csv'\?$"):
            export_results(plan().folder, "cvs")

    def test_no_runs_yet(self, plan: Make) -> None:
        execute_plan(plan(), workers=1)
        for file in plan().folder.glob("*/*.parquet"):
            file.unlink()
        with pytest.raises(
            ResultError, match=r"holds no runs yet; make them with: citysim run CONFIG --out "
        ):
            export_results(plan().folder, "csv")

    @pytest.mark.parametrize("damage", ["cut", "gone"])
    @pytest.mark.parametrize("format_", ["csv", "netcdf"])
    def test_a_table_that_is_damaged_or_missing(self, plan: Make, damage: str, format_: str) -> None:
        execute_plan(plan(), workers=1)
        (file,) = (plan().folder / "trajectories").glob("*.parquet")
        if damage == "cut":
            file.write_bytes(file.read_bytes()[:-40])
        else:
            file.unlink()
        with pytest.raises(ResultError, match=f"^{file}: damaged or missing, run the experiment again"):
            export_results(plan().folder, format_)
        left = {path.name for path in (plan().folder / "export").iterdir()}
        assert left <= {"runs.csv"}

    def test_a_table_that_lacks_rows(self, plan: Make) -> None:
        execute_plan(plan(), workers=1)
        (file,) = (plan().folder / "trajectories").glob("*.parquet")
        pd.read_parquet(file).iloc[:-1].to_parquet(file)
        with pytest.raises(ResultError, match=f"^{file}: damaged"):
            export_results(plan().folder, "csv")

    def test_a_full_disk_leaves_the_file_of_before(self, plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        execute_plan(plan(), workers=1)
        export_results(plan().folder, "csv")
        folder = plan().folder / "export"
        before = {path.name: path.read_bytes() for path in folder.iterdir()}

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("citysim.store.export.csv._finite", full)
        with pytest.raises(ResultError, match=r"runs\.csv: cannot be written: No space left on device$"):
            export_results(plan().folder, "csv")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

    def test_a_table_of_effects_that_is_damaged(self, plan: Make) -> None:
        execute_plan(plan(), workers=1)
        file = plan().folder / "effects.csv"
        file.write_text("arm,stall\nboth\n", encoding="utf-8")
        with pytest.raises(ResultError, match=f"^{file}: damaged, make it again with: citysim effects .*: "):
            export_results(plan().folder, "csv")

    def test_without_the_library_of_hdf5(self, plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        execute_plan(plan(), workers=1)
        monkeypatch.setitem(__import__("sys").modules, "h5py", None)
        with pytest.raises(
            ConfigError, match=r"^--format netcdf: needs h5py; get it with: pip install h5py$"
        ):
            export_results(plan().folder, "netcdf")


def test_every_column_that_can_be_has_a_meaning() -> None:
    names = [*settable(), *OUTCOMES]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for table in ("runs", "trajectories", "cities"):
            assert all(meaning(table, name)[1] for name in names)
