"""Cities kept at dates within a run: the same as a run that ends then, and nothing else of a run changes."""

import re
from collections.abc import Callable
from pathlib import Path

import h5netcdf
import numpy as np
import pandas as pd
import pytest

from citysim.errors import ConfigError, ResultError
from citysim.execute import runner
from citysim.execute.cost import measure_cost
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import Plan, execute_plan
from citysim.execute.simulation import simulate
from citysim.plan.config import load_config
from citysim.store.export import export_results
from citysim.store.reader import load_results

type Make = Callable[..., Plan]

END = ("quarters=7", "record.cities=true")
DATES = (*END, "record.cities_every=2")


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a result folder but those that name the hour, by its path in it."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("manifest"))
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.suffix != ".lock"
    }


def without_key(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables that both folders have, whatever their blocks are called."""
    names = ("runs", "trajectories", "cities")
    return {name: pd.read_parquet(folder / name) for name in names}


@pytest.fixture
def made(plan: Make) -> Plan:
    """An experiment that keeps its cities every half year of seven quarters."""
    found = plan(*DATES)
    execute_plan(found, workers=1)
    return found


def test_without_the_key_nothing_says_that_there_is_one(plan: Make) -> None:
    at_end = plan(*END)
    execute_plan(at_end, workers=1)
    assert not (at_end.folder / "cities_over_time").exists()
    assert b"cities_every" not in b"".join(files(at_end.folder).values())


def test_all_else_is_equal_to_the_bit(plan: Make, made: Plan) -> None:
    at_end = plan(*END, out="end")
    execute_plan(at_end, workers=1)
    assert [spec.run for spec in made.specs] == [spec.run for spec in at_end.specs]
    mine, other = without_key(made.folder), without_key(at_end.folder)
    for name, table in mine.items():
        pd.testing.assert_frame_equal(table, other[name], check_exact=True)


def test_cities_at_a_date_are_those_of_a_run_that_ends_there(made: Plan, plan: Make) -> None:
    kept = load_results(made.folder).cities_over_time
    assert list(kept.columns) == ["run", "quarter", "year", "city", "development", "loss"]
    assert kept[["quarter", "year"]].drop_duplicates().to_numpy().tolist() == [
        [1, 2023.5],
        [3, 2024.0],
        [5, 2024.5],
    ]
    spec = made.specs[-1]
    for quarter in (1, 3, 5):
        shorter = plan(f"quarters={quarter + 1}", "record.cities=true")
        ended = simulate(shorter.specs[-1], made.world, shorter.config.record)
        assert ended.cities is not None
        then = kept[(kept["run"] == spec.run) & (kept["quarter"] == quarter)]
        for name, values in ended.cities.items():
            assert np.array_equal(then[name], values), name


def test_a_date_at_the_end_is_in_the_table_of_cities_alone(plan: Make) -> None:
    found = plan("quarters=6", "record.cities=true", "record.cities_every=3")
    execute_plan(found, workers=1)
    results = load_results(found.folder)
    assert set(results.cities_over_time["quarter"]) == {2}
    assert len(results.cities) == 12 * 30


def test_a_sweep_that_goes_on_is_the_one_that_was_not_interrupted(
    plan: Make, made: Plan, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RUNS_A_BLOCK", 3)
    first = plan(*DATES, "seeds=1", out="again")
    execute_plan(first, workers=1)
    counted.clear()
    execute_plan(plan(*DATES, out="again"), workers=1)
    assert len(counted) == len(made.specs) - len(first.specs)
    mine, other = (load_results(plan(*DATES, out=out).folder) for out in ("again", "out"))
    pd.testing.assert_frame_equal(mine.cities_over_time, other.cities_over_time, check_exact=True)


def test_processes_and_shards_give_the_same(plan: Make, made: Plan) -> None:
    expected = load_results(made.folder).cities_over_time
    execute_plan(plan(*DATES, out="two"), workers=2)
    for shard in ("2/2", "1/2"):
        execute_plan(plan(*DATES, out="shards"), workers=1, shard=shard)
    for out in ("two", "shards"):
        found = load_results(plan(*DATES, out=out).folder).cities_over_time
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_run_done_again_is_compared_at_its_dates_too(made: Plan) -> None:
    repeat = repeat_run(made.folder, made.specs[5].run)
    assert repeat.compared
    assert repeat.differences == ()


def test_a_folder_that_kept_other_dates_is_not_continued(made: Plan, plan: Make) -> None:
    with pytest.raises(ResultError, match=r"were recorded with another record\.cities_every; use another"):
        execute_plan(plan(*END, "record.cities_every=3"), workers=1)
    with pytest.raises(ResultError, match=r"were recorded with another record\.cities_every; use another"):
        execute_plan(plan(*END), workers=1)


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        (
            ("record.cities_every=2",),
            "needs record.cities = true, which keeps cities at the end of the run",
        ),
        ((*END, "record.cities_every=7"), "found 7, in runs of 7 quarters allowed: 1 to 6"),
        (("quarters=1", *END[1:], "record.cities_every=1"), "found 1, in runs of 1 quarters allowed: none"),
        ((*END, "record.cities_every=0"), "found 0, "),
        ((*END, "record.cities_every=[2030]"), "found [2030] (a list), expected a whole number"),
    ],
)
def test_what_cannot_be_is_one_line(
    write: Callable[..., Path], overrides: tuple[str, ...], fault: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(write(), overrides)
    (line,) = raised.value.messages
    assert re.search(rf": record\.cities_every: {re.escape(fault)}", line), line


def test_without_dates_the_key_to_set_is_named(plan: Make) -> None:
    results = execute_plan(plan(*END), workers=1)
    with pytest.raises(ResultError, match=r"holds cities of no date; set \[record\] cities_every"):
        _ = results.cities_over_time


def test_a_dry_run_counts_the_dates(plan: Make, made: Plan) -> None:
    few, many = (
        measure_cost(plan("quarters=60", *END[1:], f"record.cities_every={every}")) for every in (30, 5)
    )
    assert few.failure is None
    assert many.run_bytes > few.run_bytes + 5 * 30


class TestExport:
    def test_a_spreadsheet_has_a_row_per_date(self, made: Plan, tmp_path: Path) -> None:
        export_results(made.folder, "csv", tmp_path / "csv")
        table = pd.read_csv(tmp_path / "csv" / "cities_over_time.csv", encoding="utf-8-sig")
        kept = load_results(made.folder).cities_over_time
        assert np.allclose(table["development"], kept["development"])
        columns = pd.read_csv(tmp_path / "csv" / "columns.csv", encoding="utf-8-sig")
        of = columns[columns["file"] == "cities_over_time.csv"].set_index("column")["description"]
        assert of["loss"].endswith("of the city in the quarter")

    def test_a_dimension_has_the_dates(self, made: Plan, tmp_path: Path) -> None:
        export_results(made.folder, "netcdf", tmp_path / "nc")
        kept = load_results(made.folder).cities_over_time
        with h5netcdf.File(tmp_path / "nc" / "small.nc") as file:
            assert file["city_quarter"][:].tolist() == [1, 3, 5]
            assert file["city_year"][:].tolist() == [2023.5, 2024.0, 2024.5]
            values = file["development_city_at"][:]
        assert np.array_equal(values.ravel(), kept["development"])
