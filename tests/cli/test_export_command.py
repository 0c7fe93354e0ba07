"""``citysim export``: what it writes, what it says, and faults on a line."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from citysim.cli.main import app


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.mark.usefixtures("place")
def test_an_export_names_its_files_and_says_what_is_missing() -> None:
    assert call("run", "x.toml", "--workers", "1", "--shard", "1/2").exit_code == 0
    part = call("export", "results/small")
    assert part.exit_code == 0
    runs = pd.read_csv("results/small/export/runs.csv")
    assert 0 < len(runs) < 16
    assert part.stderr == (
        f"{len(runs)} of 16 runs are done; the other {16 - len(runs)} are not in the files\n"
    )
    names = ("runs", "trajectories", "columns")
    listed = [f"  results/small/export/{name}.csv" for name in names]
    assert part.stdout.splitlines() == [f"{len(runs)} runs written:", *listed]

    assert call("run", "x.toml", "--workers", "1", "--shard", "2/2").exit_code == 0
    whole = call("export", "results/small", "--format", "csv", "--out", "elsewhere")
    assert whole.stdout.startswith("16 runs written:\n  elsewhere/runs.csv\n")
    assert whole.stderr == ""
    assert len(pd.read_csv("elsewhere/trajectories.csv")) == 16 * 4 * 5


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["none"], "error: none: no such folder"),
        (["."], "error: .: not a result folder of citysim (no design.parquet)"),
        ([".", "--format", "netcfd"], "error: --format: found 'netcfd', did you mean 'netcdf'?"),
        ([".", "--format", "xlsx"], "error: --format: found 'xlsx', allowed: csv, netcdf, geojson"),
    ],
)
def test_bad_input_is_one_line_and_status_2(place: Path, arguments: list[str], line: str) -> None:
    ended = call("export", *arguments)
    assert ended.stderr.splitlines() == [line]
    assert ended.exit_code == 2
    assert [path.name for path in place.iterdir()] == ["x.toml"]


@pytest.mark.usefixtures("place")
def test_an_export_into_a_file_is_one_line() -> None:
    assert call("run", "x.toml", "--workers", "1", "--shard", "1/2").exit_code == 0
    ended = call("export", "results/small", "--out", "x.toml")
    assert ended.stderr.splitlines() == [
        "error: x.toml: x.toml is a file, expected a folder; choose another --out"
    ]


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["--delimiter", "pipe"], ["--delimiter: found 'pipe', allowed: comma, semicolon, tab"]),
        (
            ["--decimal", "dot", "--delimiter", "semicolons"],
            [
                "--decimal: found 'dot', allowed: point, comma",
                "--delimiter: found 'semicolons', did you mean 'semicolon'?",
            ],
        ),
        (
            ["--decimal", "comma", "--delimiter", ","],
            ["--delimiter: found a comma, which --decimal has too; allowed with it: semicolon, tab"],
        ),
        (["--format", "netcdf", "--decimal", "comma"], ["--decimal: only with --format csv"]),
    ],
)
def test_wrong_options_are_a_line_each(place: Path, arguments: list[str], lines: list[str]) -> None:
    ended = call("export", "anywhere", *arguments)
    assert ended.stderr.splitlines() == [f"error: {line}" for line in lines]
    assert ended.exit_code == 2
    assert [path.name for path in place.iterdir()] == ["x.toml"]


@pytest.mark.usefixtures("place")
def test_cities_that_were_not_recorded_are_one_line() -> None:
    assert call("run", "x.toml", "--workers", "1", "--shard", "1/2").exit_code == 0
    ended = call("export", "results/small", "--format", "geojson")
    assert ended.stderr.splitlines()[-1] == (
        "error: results/small: holds no cities; set [record] cities = true"
    )
    assert ended.exit_code == 2


@pytest.mark.usefixtures("place")
def test_a_whole_experiment_opens_in_excel_where_it_wants_a_decimal_comma() -> None:
    """Tables of effects too: they are what is opened first."""
    assert call("run", "x.toml", "--workers", "1").exit_code == 0
    assert call("export", "results/small", "--decimal", "comma").exit_code == 0
    for name in ("runs", "trajectories", "headline", "effects"):
        path = Path("results/small/export") / f"{name}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        found = pd.read_csv(path, sep=";", decimal=",")
        assert found["stall"].dtype.kind in "fi" if name != "trajectories" else "stall" not in found
        if name in ("headline", "effects"):
            kept = pd.read_csv(f"results/small/{name}.csv").replace(
                [float("inf"), -float("inf")], float("nan")
            )
            pd.testing.assert_frame_equal(found, kept, check_exact=True, check_dtype=False)
            assert "inf" not in path.read_text(encoding="utf-8-sig")


def test_help_has_an_example() -> None:
    assert "Example: citysim export" in " ".join(call("export", "--help").stdout.split())
