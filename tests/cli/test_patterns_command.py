"""``citysim patterns`` prints and writes the record's statistics."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from citysim.cli.main import app
from citysim.patterns.families import statistics_of
from citysim.patterns.record import record_course
from citysim.world.world import World


def call(*arguments: str):
    return CliRunner().invoke(app, ["patterns", "--cities", "100", "--resamples", "2", *arguments])


@pytest.mark.parametrize("lists", ["all", "several"])
def test_the_file_holds_the_values_of_the_record(tmp_path: Path, lists: str) -> None:
    file = tmp_path / "new" / "targets.csv"
    ended = call("--lists", lists, "--csv", str(file))
    assert ended.exit_code == 0, ended.output
    assert "gravity.distance" in ended.stdout
    assert "input, tests nothing: U1" in ended.stdout
    table = pd.read_csv(file)
    wanted = statistics_of(record_course(World.real(cities=100), lists=lists))
    own = table[table["use"].isna()].set_index("statistic")["value"]
    assert own.to_dict() == pytest.approx(wanted)
    assert {"curves.early", "onsets.per_year"} < set(table["statistic"]) - set(wanted)


def test_the_record_of_a_hindcast_is_of_its_world() -> None:
    ended = call("--start", "1985")
    assert (ended.exit_code, "start of 1985" in ended.stdout) == (0, True)
    wrong = call("--start", "1066")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)
    assert "world.start: found 1066" in wrong.stderr


def test_what_it_does_not_know_is_said_in_a_line(tmp_path: Path) -> None:
    ended = call("--lists", "few")
    assert (ended.exit_code, ended.stderr) == (2, "error: --lists: found 'few', allowed: all, several\n")
    blocked = call("--csv", str(tmp_path))
    assert (blocked.exit_code, blocked.stdout) == (2, "")
    assert blocked.stderr == f"error: {tmp_path}: cannot be written: Is a directory\n"
