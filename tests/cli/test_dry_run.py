"""``citysim run --dry-run``: how many runs, how long, how large, and the first of them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from citysim.cli.main import app


def call(*arguments: str) -> list[str]:
    shown = CliRunner().invoke(app, ["run", "x.toml", *arguments], catch_exceptions=False)
    assert shown.exit_code == 0, shown.stderr
    return [line.strip() for line in shown.stdout.splitlines()]


def test_it_says_what_would_be_run_and_writes_nothing(place: Path) -> None:
    lines = call("--dry-run", "--workers", "2")
    assert lines[0] == "small: Does it hold?"
    factors = "2 arms × 2 design points × 4 replications (2 drawn, 2 more at the defaults)"
    assert lines[2] == f"16 runs of 4 quarters: {factors}"
    assert lines[3] == "swept (grid): stall"
    assert lines[4].startswith("time: about ")
    assert " on 2 workers, once they have started (" in lines[4]
    assert lines[4].endswith(" s a run, measured on 6 runs just now)")
    assert lines[5].startswith("disk: about ")
    assert lines[6] == "First 8 of 16 runs"
    assert lines[8].split() == ["run", "arm", "seed", "draw", "stall"]
    assert len([line for line in lines if " prior " in line]) == 8
    assert not (place / "results").exists()


@pytest.mark.usefixtures("place")
def test_what_is_done_already_costs_nothing() -> None:
    CliRunner().invoke(app, ["run", "x.toml", "--workers", "1", "--shard", "1/2"], catch_exceptions=False)
    lines = call("--dry-run")
    (left,) = [line for line in lines if " are done already in results/small, " in line]
    done, to_do = int(left.split()[0]), int(left.split()[-3])
    assert done + to_do == 16
    assert not any("done already" in line for line in call("--dry-run", "--fresh"))
    (shard,) = [line for line in call("--dry-run", "--shard", "2/2") if line.startswith("shard")]
    assert shard == f"shard 2/2: {to_do} of the runs"
    CliRunner().invoke(app, ["run", "x.toml", "--workers", "1"], catch_exceptions=False)
    assert not any(line.startswith("time") for line in call("--dry-run"))


@pytest.mark.usefixtures("place")
def test_points_that_are_equal_and_columns_that_do_not_fit_are_told() -> None:
    axes = "max_networks={low=2, high=3}, practices_per_domain={low=2, high=3}"
    lines = call("--dry-run", "--seeds", "1", "--set", f"design={{kind='morris', samples=9, {axes}}}")
    assert any(line.startswith("24 runs of 4 quarters: 2 arms × 27 design points × 3 rep") for line in lines)
    assert "138 more are equal to one of these after rounding to whole numbers" in lines
    lines = call(
        *("--dry-run", "--set", "uncertainty.parameters=defaults"),
        *("--set", "design={kind='sobol', samples=2, over='uncertain'}"),
    )
    (swept,) = [line for line in lines if line.startswith("swept (sobol): tension_reversion, ")]
    assert swept.endswith(" more")
    assert any("more columns are not shown" in line for line in lines)


@pytest.mark.usefixtures("place")
def test_a_cluster_of_unknown_size_shares_the_time_of_one_worker() -> None:
    lines = call("--dry-run", "--executor", "slurm")
    (time,) = [line for line in lines if line.startswith("time")]
    assert " of one worker, to be shared by those of slurm (" in time
