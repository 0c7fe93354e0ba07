"""The result folder: nothing complete is lost, nothing is done twice, and faults are one line."""

import gc
import json
import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from citysim.errors import ConfigError, ResultError
from citysim.execute import runner, simulation
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import Plan, execute_plan
from citysim.plan.config import load_config
from citysim.plan.runs import RunSpec
from citysim.store.files import locked, writers
from citysim.store.places import PLACE
from citysim.store.reader import StoredResults, load_results
from citysim.store.records import RunRecord

type Make = Callable[..., Plan]


class Heard:
    """Keeps what a sweep says."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.last = (0, 0, 0)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def update(self, done: int, failed: int, total: int) -> None:
        self.last = (done, failed, total)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[RunSpec], bool]], None]:
    """Make some runs raise."""
    original = simulation.simulate

    def fail(which: Callable[[RunSpec], bool]) -> None:
        def simulate(spec: RunSpec, *rest: object) -> RunRecord:
            if which(spec):
                raise ZeroDivisionError("made to fail")
            return original(spec, *rest)

        monkeypatch.setattr(simulation, "simulate", simulate)

    return fail


def one_by_one(plan: Plan, **options: object) -> StoredResults:
    return execute_plan(plan, workers=1, **options)


def files(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()
    }


def test_every_run_of_the_design_is_there_in_its_order(plan: Make) -> None:
    made = plan()
    results = one_by_one(made)
    assert list(results.runs["run"]) == [spec.run for spec in made.specs]
    columns = ["run", "arm", "seed", "draw", "stall", "development", "loss", "ties_in_conflict"]
    assert list(results.runs.columns) == columns
    assert results.missing == 0


def test_the_trajectory_ends_in_the_summary(plan: Make) -> None:
    results = one_by_one(plan())
    table = results.trajectories
    assert list(table.columns[:4]) == ["run", "quarter", "year", "group"]
    assert len(table) == 12 * 2 * 2
    assert table["development"].dtype == np.float32
    last = table[(table["quarter"] == 1) & (table["group"] == "world")].set_index("run")
    assert (last["year"] == 2023.5).all()
    expected = results.runs.set_index("run")["development"].astype(np.float32)
    assert last["development"].equals(expected)


def test_a_second_run_computes_and_writes_nothing(plan: Make, counted: list[str]) -> None:
    one_by_one(plan())
    before, heard = files(plan().folder), Heard()
    counted.clear()
    one_by_one(plan(), progress=heard)
    assert counted == []
    assert heard.notes == ["all 12 runs already done"]
    assert files(plan().folder) == before


def test_more_seeds_add_runs_and_keep_those_that_are_done(plan: Make, counted: list[str]) -> None:
    one_by_one(plan())
    counted.clear()
    heard = Heard()
    results = one_by_one(plan("seeds=3"), progress=heard)
    assert heard.notes == ["12 of 16 runs already done, 4 to do"]
    assert len(counted) == 4
    assert set(results.runs["seed"]) == {1, 2, 3}
    assert results.manifest["sessions"][-1]["computed"] == 4


def test_runs_no_longer_asked_for_are_put_away_and_taken_back(plan: Make, counted: list[str]) -> None:
    one_by_one(plan())
    counted.clear()
    heard = Heard()
    fewer = one_by_one(plan("design.stall=[1]"), progress=heard)
    assert counted == []
    kept = pd.concat(pd.read_parquet(path) for path in (plan().folder / "runs").glob("*.parquet"))
    assert set(kept["stall"]) == {1.0}
    assert set(kept["run"]) == set(fewer.runs["run"])
    assert f"runs the config no longer asks for are kept in {plan().folder / 'unused'}" in heard.notes
    again = one_by_one(plan())
    assert counted == []
    assert len(again.runs) == 12
    assert len(again.trajectories) == 48


def test_a_new_axis_becomes_a_column_of_the_runs_that_are_kept(plan: Make, counted: list[str]) -> None:
    one_by_one(plan("parameters.contact_effect=0.5"))
    counted.clear()
    one_by_one(plan("design.contact_effect=[0.25, 0.5]"))
    assert len(counted) == 12
    tables = [pq.read_table(path) for path in (plan().folder / "runs").glob("*.parquet")]
    assert {tuple(table.column_names[4:6]) for table in tables} == {("stall", "contact_effect")}


def test_cities_are_kept_where_asked_for(plan: Make) -> None:
    one_by_one(plan("record.cities=true", "seeds=1"))
    (path,) = (plan().folder / "cities").glob("*.parquet")
    table = pd.read_parquet(path)
    assert len(table) == 8 * 30
    # ties in conflict are the world's, not a city's
    assert list(table.columns) == ["run", "city", *PLACE.names, "development", "loss"]


def test_a_failed_run_is_recorded_and_the_rest_goes_on(
    plan: Make, failing: Callable[[Callable[[RunSpec], bool]], None]
) -> None:
    bad = plan().specs[5].run
    failing(lambda spec: spec.run == bad)
    heard = Heard()
    results = one_by_one(plan(), progress=heard)
    assert heard.last == (11, 1, 12)
    (row,) = results.failures.to_dict(orient="records")
    assert row["error"] == "ZeroDivisionError: made to fail"
    assert "Traceback" in row["traceback"]
    assert json.loads(row["parameters"]) == plan().specs[5].parameters
    assert row["command"] == f"citysim rerun {plan().folder.name} {bad}"


def test_a_failed_run_is_settled_until_it_is_asked_for_again(
    plan: Make, counted: list[str], failing: Callable[[Callable[[RunSpec], bool]], None]
) -> None:
    failing(lambda spec: spec.arm == "both")
    assert len(one_by_one(plan()).failures) == 6
    counted.clear()
    heard = Heard()
    assert len(one_by_one(plan(), progress=heard).failures) == 6
    assert counted == []
    assert heard.notes == [
        "6 of 12 runs already done, 0 to do",
        "6 failed earlier; --retry-failed tries them again",
    ]
    assert heard.last == (6, 6, 12)
    failing(lambda spec: False)
    results = one_by_one(plan(), retry_failed=True)
    assert len(counted) == 6
    assert len(results.failures) == 0
    assert len(results.runs) == 12
    assert results.manifest["failed"] == 0
    assert not (plan().folder / "failures.parquet").exists()


def test_failures_of_shards_are_taken_over(
    plan: Make, counted: list[str], failing: Callable[[Callable[[RunSpec], bool]], None]
) -> None:
    failing(lambda spec: spec.arm == "both")
    one_by_one(plan(), shard="1/2")
    one_by_one(plan(), shard="2/2")
    counted.clear()
    one_by_one(plan(), shard="2/3")
    assert counted == []
    assert len(one_by_one(plan()).failures) == 6
    assert counted == []
    assert [path.name for path in plan().folder.glob("failures*")] == ["failures.parquet"]


def test_a_run_that_fails_again_is_recorded_once(
    plan: Make, failing: Callable[[Callable[[RunSpec], bool]], None]
) -> None:
    bad = plan().specs[5].run
    failing(lambda spec: spec.run == bad)
    one_by_one(plan())
    one_by_one(plan(), retry_failed=True)
    assert pd.read_parquet(plan().folder / "failures.parquet")["run"].tolist() == [bad]


@pytest.mark.parametrize("table", ["runs", "trajectories"])
@pytest.mark.parametrize("damage", ["cut", "bits", "empty"])
def test_a_damaged_block_is_set_aside_named_and_done_again(
    plan: Make, monkeypatch: pytest.MonkeyPatch, counted: list[str], table: str, damage: str
) -> None:
    monkeypatch.setattr(runner, "RUNS_A_BLOCK", 4)
    before = one_by_one(plan()).runs
    victim = sorted((plan().folder / table).glob("*.parquet"))[0]
    content = bytearray(victim.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "empty":
        content.clear()
    else:
        content[60] ^= 0xFF
    victim.write_bytes(content)
    counted.clear()
    heard = Heard()
    after = one_by_one(plan(), progress=heard)
    assert len(counted) == 4
    (warning,) = heard.warnings
    assert warning.startswith(f"{victim}: damaged (")
    assert victim.with_name(f"{victim.name}.damaged").exists()
    pd.testing.assert_frame_equal(before, after.runs, check_exact=True)
    assert len(after.trajectories) == 48


def test_trajectories_without_their_runs_do_not_count(plan: Make, counted: list[str]) -> None:
    one_by_one(plan())
    for path in (plan().folder / "runs").glob("*.parquet"):
        path.unlink()
    counted.clear()
    one_by_one(plan())
    assert len(counted) == 12


def test_leftovers_of_a_killed_run_are_swept(plan: Make) -> None:
    one_by_one(plan())
    names = ("runs/.part-x.parquet.all.0a1b2c3d.tmp", ".config.toml.all.0a1b2c3d.tmp")
    left = [plan().folder / name for name in names]
    mine = plan().folder / ".notes.tmp"
    for path in (*left, mine):
        path.write_text("half")
    one_by_one(plan())
    assert not any(path.exists() for path in left)
    assert mine.exists()


def test_fresh_deletes_earlier_runs_and_nothing_else(plan: Make, counted: list[str]) -> None:
    one_by_one(plan())
    mine = plan().folder / "runs" / "notes.txt"
    mine.write_text("mine")
    counted.clear()
    heard = Heard()
    one_by_one(plan(), fresh=True, progress=heard)
    assert len(counted) == 12
    assert heard.notes[0] == f"{plan().folder}: earlier runs deleted (--fresh)"
    assert mine.read_text() == "mine"


def test_a_folder_in_use_is_one_line(plan: Make) -> None:
    one_by_one(plan())
    folder = plan().folder
    with locked(folder, None):
        assert writers(folder)
        with pytest.raises(ResultError, match=f"^{folder}: in use by another citysim run; wait"):
            one_by_one(plan())
        with pytest.raises(ResultError, match="in use by another citysim run"):
            one_by_one(plan(), shard="1/2")
    assert not writers(folder)


def test_shards_share_a_folder_but_not_a_shard(plan: Make) -> None:
    one_by_one(plan(), shard="1/2")
    with locked(plan().folder, "1of2"):
        with pytest.raises(ResultError, match="in use by another citysim run of shard 1of2"):
            one_by_one(plan(), shard="1/2")
        results = one_by_one(plan(), shard="2/2")
    assert list(results.runs["run"]) == [spec.run for spec in plan().specs]


@pytest.mark.parametrize("text", ["0/3", "4/3", "a/b", "3", "1/"])
def test_a_shard_that_does_not_exist_is_one_line(plan: Make, text: str) -> None:
    with pytest.raises(ConfigError, match=f"^--shard: found '{text}', expected I/N with 1 ≤ I ≤ N"):
        one_by_one(plan(), shard=text)


def test_a_result_folder_that_is_a_file_is_one_line(plan: Make, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    message = f"^{tmp_path / 'out'}: {tmp_path / 'out'} is a file, expected a folder; choose another --out$"
    with pytest.raises(ResultError, match=message):
        one_by_one(plan())
    with pytest.raises(ResultError, match=f"{tmp_path / 'out'} is a file"):
        one_by_one(plan(out="out/deeper"))


@pytest.fixture
def not_root() -> Iterator[None]:
    """Give up the rights of root, who may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    gc.collect()  # semaphores of pools that have ended are root's to delete
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("counted")
def test_a_read_only_result_folder_is_one_line_and_keeps_its_runs(
    plan: Make, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    made = plan("seeds=3")
    one_by_one(plan())
    before = files(made.folder)
    for folder in takewhile(lambda part: part != Path(tempfile.gettempdir()), (tmp_path, *tmp_path.parents)):
        folder.chmod(0o755)
    for path in (made.folder, *made.folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    request.getfixturevalue("not_root")
    with pytest.raises(ResultError, match=f"^{made.folder}.*: cannot be written: Permission denied$"):
        one_by_one(made)
    assert files(made.folder) == before


class FullDisk(Heard):
    """Lets no file grow beyond 2 kB once eight runs are done."""

    def update(self, done: int, failed: int, total: int) -> None:
        super().update(done, failed, total)
        if done > 8:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@pytest.fixture
def unlimited_again() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("unlimited_again")
def test_a_full_disk_is_one_line_and_the_runs_before_it_stay(
    plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RUNS_A_BLOCK", 4)
    with pytest.raises(ResultError, match=r"part-\w+\.parquet: cannot be written: File too large$") as error:
        one_by_one(plan(), progress=FullDisk())
    assert len(error.value.messages) == 1
    assert len(load_results(plan().folder).runs) == 8
    assert not list(plan().folder.rglob("*.tmp"))


def test_another_experiment_in_the_folder_is_one_line(plan: Make) -> None:
    one_by_one(plan())
    with pytest.raises(ResultError, match="holds the experiment 'small', not 'other'; use another --out"):
        one_by_one(plan("name=other"))


def test_another_record_of_the_same_runs_is_one_line(plan: Make) -> None:
    one_by_one(plan())
    with pytest.raises(ResultError, match=r"its runs were recorded with another record\.groups; use"):
        one_by_one(plan("record.groups=['world']"))


def test_a_run_is_repeated_bit_for_bit(plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan()
    one_by_one(made)
    repeat = repeat_run(made.folder, made.specs[7].run[:10])
    assert repeat.spec == made.specs[7]
    assert repeat.compared
    assert repeat.differences == ()
    original = simulation.simulate

    def other(spec: RunSpec, *rest: object) -> RunRecord:
        record = original(spec, *rest)
        record.summary[0] = np.nextafter(record.summary[0], 1.0)
        return record

    monkeypatch.setattr(simulation, "simulate", other)
    (difference,) = repeat_run(made.folder, made.specs[7].run).differences
    assert difference.startswith("development: kept ")


def test_repeating_a_run_that_is_not_there_is_one_line(plan: Make) -> None:
    one_by_one(plan())
    with pytest.raises(ResultError, match="run 'zz': its design has no such run"):
        repeat_run(plan().folder, "zz")


def test_results_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="no such folder"):
        load_results(tmp_path / "none")
    with pytest.raises(ResultError, match="not a result folder of citysim"):
        load_results(tmp_path)


def test_a_damaged_table_is_one_line_for_a_reader(plan: Make) -> None:
    one_by_one(plan())
    (path,) = (plan().folder / "runs").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ResultError, match=f"^{path}: damaged or missing, run the experiment again"):
        _ = load_results(plan().folder).runs


def test_the_folder_names_neither_machine_nor_place(plan: Make, tmp_path: Path) -> None:
    one_by_one(plan())
    texts = "".join((plan().folder / name).read_text() for name in ("manifest.json", "config.toml"))
    assert str(tmp_path) not in texts
    assert os.uname().nodename not in texts
    manifest = json.loads((plan().folder / "manifest.json").read_text())
    assert manifest["world"]["digest"] == plan().world.digest
    assert manifest["done"] == 12


def test_a_posterior_is_kept_with_the_results(plan: Make, tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("contact_effect\n0.25\n0.5\n")
    made = plan("uncertainty={parameters='posterior', file='draws.csv'}")
    one_by_one(made)
    (tmp_path / "draws.csv").unlink()
    again = load_config(made.folder / "config.toml")
    assert again.uncertainty.parameters == "posterior"
    assert pd.read_parquet(made.folder / "posterior.parquet")["contact_effect"].tolist() == [0.25, 0.5]
