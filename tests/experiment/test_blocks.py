"""Blocks of runs: every byte is checked when a sweep goes on, and slow runs do not make many small files."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from citysim.errors import ResultError
from citysim.execute import runner
from citysim.execute.runner import Plan, execute_plan
from citysim.store.blocks import of_another_shard, shard_of
from citysim.store.complete import count_if_complete
from citysim.store.progress import progress_of
from citysim.store.reader import StoredResults, load_results

type Make = Callable[..., Plan]

WITH_CITIES = "record.cities=true"


def one_by_one(plan: Plan, **options: object) -> StoredResults:
    return execute_plan(plan, workers=1, **options)  # type: ignore[arg-type]  options of every kind


def flip(path: Path, place: float) -> None:
    """Turn one bit, and leave size and time as they are."""
    times, content = path.stat(), bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 0x10
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def only_block(folder: Path, table: str) -> Path:
    (path,) = (folder / table).glob("*.parquet")
    return path


@pytest.mark.parametrize("table", ["runs", "trajectories", "cities"])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.9, 1.0])
@pytest.mark.filterwarnings("ignore:.*damaged")
def test_one_bit_anywhere_is_found_and_its_runs_are_done_again(
    plan: Make, counted: list[str], table: str, place: float
) -> None:
    made = plan(WITH_CITIES, "seeds=1")
    before = one_by_one(made).runs
    flip(only_block(made.folder, table), place)
    counted.clear()
    assert count_if_complete(made.config, made.folder) is None
    after = one_by_one(made)
    assert len(counted) == 8
    pd.testing.assert_frame_equal(before, after.runs, check_exact=True)
    assert [path.name for path in (made.folder / table).glob("*.damaged")]


def test_what_a_reader_finds_damaged_the_command_it_names_replaces(plan: Make) -> None:
    one_by_one(plan())
    path = only_block(plan().folder, "trajectories")
    flip(path, 0.3)
    with pytest.raises(ResultError, match=f"^{path}: damaged or missing, run the experiment again") as error:
        _ = load_results(plan().folder).trajectories
    assert len(error.value.messages) == 1
    with pytest.warns(UserWarning, match="set aside"):
        one_by_one(plan())
    assert len(load_results(plan().folder).trajectories) == 48


def test_blocks_grow_until_they_are_full(plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SECONDS_A_BLOCK", 0.0)  # written after every run
    monkeypatch.setattr(runner, "RUNS_A_BLOCK", 5)
    results = one_by_one(plan())
    assert sorted(pq.ParquetFile(path).metadata.num_rows for path in _files(results.path)) == [2, 5, 5]
    assert len(list((results.path / "trajectories").iterdir())) == 3
    assert len(results.runs) == 12


def _files(folder: Path) -> list[Path]:
    return list((folder / "runs").glob("*.parquet"))


def test_a_block_that_was_outgrown_when_its_writer_was_killed_goes(plan: Make, tmp_path: Path) -> None:
    made = plan("seeds=1")
    small = plan("seeds=1", "uncertainty.monte_carlo_seeds=0")
    one_by_one(small)
    one_by_one(plan("seeds=1", out="other"))
    for table in ("runs", "trajectories"):  # eight runs beside the four of them that are here
        source = only_block(tmp_path / "other", table)
        source.rename(made.folder / table / source.name)
    assert len(_files(made.folder)) == 2
    assert len(one_by_one(made).runs) == 8
    (left,) = _files(made.folder)
    assert pq.ParquetFile(left).metadata.num_rows == 8
    assert only_block(made.folder, "trajectories").name == left.name


def test_equal_runs_make_equal_files(plan: Make, tmp_path: Path) -> None:
    one_by_one(plan())
    one_by_one(plan(out="again"))
    for table in ("runs", "trajectories"):
        ours, theirs = only_block(plan().folder, table), only_block(tmp_path / "again", table)
        assert ours.name == theirs.name
        assert ours.read_bytes() == theirs.read_bytes()


def test_a_block_tells_which_shard_wrote_it(plan: Make) -> None:
    one_by_one(plan(), shard="2/3")
    (block,) = _files(plan().folder)
    assert shard_of(block.name) == "2of3"
    assert [of_another_shard(block.name, shard) for shard in (None, "1of3", "2of3", "3of3", "1of2")] == [
        *(False, True, False, True, False)
    ]


def test_files_are_as_the_documentation_says(plan: Make) -> None:
    one_by_one(plan())
    for table in ("runs", "trajectories"):
        group = pq.ParquetFile(only_block(plan().folder, table)).metadata.row_group(0)
        for position in range(group.num_columns):
            column = group.column(position)
            assert column.compression == "ZSTD"
            assert not column.has_dictionary_page
            if column.physical_type in ("FLOAT", "DOUBLE"):
                assert "BYTE_STREAM_SPLIT" in column.encodings


class TestFinished:
    """A folder is known to be finished only where a sweep would find nothing to do."""

    def test_a_finished_folder_is(self, plan: Make) -> None:
        one_by_one(plan())
        assert count_if_complete(plan().config, plan().folder) == 12

    def test_an_empty_one_is_not(self, plan: Make) -> None:
        assert count_if_complete(plan().config, plan().folder) is None

    @pytest.mark.parametrize(
        "change", ["seeds=1", "design.stall=[0]", "parameters.closure=0.1", "world.cities=31", "quarters=1"]
    )
    def test_one_of_another_config_is_not(self, plan: Make, change: str) -> None:
        one_by_one(plan())
        assert count_if_complete(plan(change).config, plan().folder) is None

    def test_equal_points_are_one_run(self, plan: Make) -> None:
        made = plan("design={kind='latin_hypercube', samples=8, max_networks={low=50, high=52}}", "seeds=1")
        one_by_one(made)
        runs = {spec.run for spec in made.specs}
        assert len(runs) < 8 * 2 * 2  # whole numbers: not eight points
        assert count_if_complete(made.config, made.folder) == len(runs)

    def test_where_it_is_computed_makes_no_difference(self, plan: Make) -> None:
        one_by_one(plan())
        assert count_if_complete(plan("execution.workers=7").config, plan().folder) == 12

    @pytest.mark.parametrize(
        "lost", ["runs/*.parquet", "trajectories/*.parquet", "design.parquet", "manifest.json"]
    )
    def test_one_that_lacks_a_file_is_not(self, plan: Make, lost: str) -> None:
        one_by_one(plan())
        for path in plan().folder.glob(lost):
            path.unlink()
        assert count_if_complete(plan().config, plan().folder) is None

    @pytest.mark.parametrize(
        "left", ["runs/.x.all.0a1b2c3d.tmp", "failures.parquet", "unused/runs/part-0.parquet"]
    )
    def test_one_with_leftovers_is_not(self, plan: Make, left: str) -> None:
        one_by_one(plan())
        path = plan().folder / left
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left")
        assert count_if_complete(plan().config, plan().folder) is None

    def test_shards_are_not_until_a_run_has_seen_them_all(self, plan: Make) -> None:
        for shard in ("1/2", "2/2"):
            one_by_one(plan(), shard=shard)
        assert count_if_complete(plan().config, plan().folder) is None
        one_by_one(plan())
        assert count_if_complete(plan().config, plan().folder) == 12


class TestProgress:
    """Status counts by the ids alone."""

    def test_it_counts_done_failed_and_missing(self, plan: Make) -> None:
        one_by_one(plan("seeds=1"))
        one_by_one(plan(), shard="2/2")
        found = progress_of(plan().folder)
        assert found.total == 12
        assert found.done == len(load_results(plan().folder).runs)
        assert found.missing == found.total - found.done > 0
        assert found.rate > 0
        assert found.writers == frozenset()

    def test_it_names_damaged_blocks(self, plan: Make) -> None:
        one_by_one(plan())
        path = only_block(plan().folder, "runs")
        flip(path, 0.5)
        found = progress_of(plan().folder)
        assert found.done == 0
        assert found.damaged == (f"{path}: damaged (its bytes have changed)",)

    def test_a_folder_of_something_else_is_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(ResultError, match="not a result folder of citysim"):
            progress_of(tmp_path)
