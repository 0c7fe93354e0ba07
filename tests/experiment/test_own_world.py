"""A world with tables of one's own in an experiment: its tables travel with its results."""

import json
import shutil
from pathlib import Path

import pytest

from citysim import run_experiment
from citysim.errors import ConfigError, DataError, ResultError
from citysim.execute.rerun import repeat_run
from citysim.plan.config import load_config
from citysim.store.reader import load_results

CONFIG = """
name = "own"
seeds = 1
quarters = 2

[uncertainty]
monte_carlo_seeds = 1

[world]
cities = 60
data = "tables"

[arms.none]
twinning = false
networks = false

[arms.both]
twinning = true
networks = true

[design]
stall = [0.0, 0.5]
"""
MEMBERS = "network;city;country\nRiver Cities;Köln;Germany\nRiver Cities;Wien;AT\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config beside a folder of tables."""
    (tmp_path / "here" / "tables").mkdir(parents=True)
    (tmp_path / "here" / "tables" / "networks.csv").write_text("network\nRiver Cities\n", encoding="utf-8")
    (tmp_path / "here" / "tables" / "memberships.csv").write_text(MEMBERS, encoding="utf-8")
    file = tmp_path / "here" / "own.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def ids(folder: Path) -> list[str]:
    return list(load_results(folder).design["run"])


def test_results_go_elsewhere_without_the_tables_they_were_made_from(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_experiment(config, out=out, workers=1)
    moved = shutil.move(out, tmp_path / "moved")
    shutil.rmtree(config.parent)
    run = ids(moved)[0]
    assert repeat_run(moved, run).differences == ()
    before = ids(moved)
    again = run_experiment(moved / "config.toml", out=moved, workers=1)
    assert list(again.design["run"]) == before
    assert json.loads((moved / "manifest.json").read_text())["done"] == len(before)


def test_other_tables_are_other_runs(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_experiment(config, out=out, workers=1)
    before = ids(out)
    tables = config.parent / "tables"
    (tables / "memberships.csv").write_text(MEMBERS + "River Cities;Prag;CZE\n", encoding="utf-8")
    run_experiment(config, out=out, workers=1)
    assert not {*before} & {*ids(out)}
    assert "Prag" in (out / "world_data" / "memberships.csv").read_text(encoding="utf-8")
    (tables / "memberships.csv").unlink()
    run_experiment(config, out=out, workers=1)
    assert not (out / "world_data" / "memberships.csv").exists()


def test_a_table_that_was_edited_in_the_results_is_told(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_experiment(config, out=out, workers=1)
    file = out / "world_data" / "memberships.csv"
    file.write_text(MEMBERS.replace("Wien;AT", "Prag;CZE"), encoding="utf-8")
    with pytest.raises(ResultError, match=r"memberships\.csv: changed since citysim wrote it"):
        repeat_run(out, ids(out)[0])


def test_workers_build_the_same_world(config: Path, tmp_path: Path) -> None:
    one = run_experiment(config, out=tmp_path / "one", workers=1)
    two = run_experiment(config, out=tmp_path / "two", workers=2)
    assert one.runs.equals(two.runs)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("data = ", "dta = "), "world.dta: unknown key, did you mean 'data'?"),
        (('"tables"', '"nowhere"'), "world.data: found 'nowhere', no such folder"),
        (('data = "tables"', 'replace = ["twinning"]'), "world.replace: needs world.data"),
        (('"tables"', '"tables"\nreplace = ["countries"]'), "world.replace[1]: found 'countries', "),
        (('"tables"', '"tables"\nregions = ["Europa"]'), "world.regions[1]: found 'Europa', did you mean"),
        (('"tables"', '"tables"\nregions = []'), "world.regions: name at least one"),
        (("cities = 60", 'kind = "synthetic"'), "world.data: only for kind = 'real'"),
    ],
)  # fmt: skip
def test_faults_of_the_config(config: Path, change: tuple[str, str], fault: str) -> None:
    config.write_text(CONFIG.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(config)
    assert fault in str(error.value)


def test_faults_of_the_tables_end_a_run_before_anything_is_written(config: Path, tmp_path: Path) -> None:
    (config.parent / "tables" / "memberships.csv").write_text(
        MEMBERS.replace("Köln", "Kölln"), encoding="utf-8"
    )
    with pytest.raises(DataError, match="did you mean Köln"):
        run_experiment(config, out=tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()
