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
    table = pd.read_csv(file).set_index("statistic")["value"]
    wanted = statistics_of(record_course(World.real(cities=100), lists=lists))
    assert table.to_dict() == pytest.approx(wanted)


def test_what_it_does_not_know_is_said_in_a_line(tmp_path: Path) -> None:
    ended = call("--lists", "few")
    assert (ended.exit_code, ended.stderr) == (2, "error: --lists: found 'few', allowed: all, several\n")
    blocked = call("--csv", str(tmp_path))
    assert (blocked.exit_code, blocked.stdout) == (2, "")
    assert blocked.stderr == f"error: {tmp_path}: cannot be written: Is a directory\n"
