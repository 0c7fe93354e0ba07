"""What the command line does about runs that failed: it leaves them alone until it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from citysim.cli.main import app
from citysim.execute import simulation
from citysim.plan.runs import RunSpec
from citysim.store.records import RunRecord


def run(*arguments: str) -> Result:
    """The work of ``citysim run`` without the report, as a shard that is the whole."""
    whole = ["run", "x.toml", "--workers", "1", "--shard", "1/1", *arguments]
    return CliRunner().invoke(app, whole, catch_exceptions=False)


@contextmanager
def failing(*arms: str) -> Iterator[None]:
    """Runs of some arms raise, of ``both`` unless said otherwise."""
    original = simulation.simulate

    def simulate(spec: RunSpec, *rest: object) -> RunRecord:
        if spec.arm in (arms or ("both",)):
            raise ZeroDivisionError("made to fail")
        return original(spec, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "simulate", simulate)
        yield


@pytest.mark.usefixtures("place")
def test_failed_runs_are_left_alone_and_status_3_stays_until_they_are_retried() -> None:
    with failing():
        assert run().exit_code == 3
    again = run()
    assert again.exit_code == 3
    assert "8 failed earlier; --retry-failed tries them again" in again.stderr
    retried = run("--retry-failed")
    assert retried.exit_code == 0
    assert "failed" not in retried.stderr.replace("--retry-failed", "")
    shown = CliRunner().invoke(app, ["status", "results/small"]).stdout
    assert "16 of 16 runs done, 0 failed, 0 missing" in shown


@pytest.mark.usefixtures("place")
def test_a_failure_is_kept_with_all_that_is_needed_to_repeat_it() -> None:
    with failing():
        run()
    (path,) = Path("results/small").glob("failures*.parquet")
    rows = pd.read_parquet(path)
    assert len(rows) == 8
    row = rows.iloc[0]
    assert row["error"] == "ZeroDivisionError: made to fail"
    assert '"contact_effect": ' in row["parameters"]
    assert row["seed"] in (1, 2)
    assert row["command"] == f"citysim rerun results/small {row['run']}"
    repeated = CliRunner().invoke(app, row["command"].split()[1:], catch_exceptions=False)
    assert repeated.exit_code == 0
    assert "ran to the end" in repeated.stdout


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("command", ["effects", "figures", "brief", "verdict", "export"])
def test_where_all_runs_failed_every_report_says_so_with_the_first_error(command: str) -> None:
    with failing("none", "both"):
        assert run().exit_code == 3
    found = CliRunner().invoke(
        app, [command, "results/small", *(["--format", "csv"] * (command == "export"))]
    )
    assert found.exit_code == 2
    (line,) = found.stderr.splitlines()
    assert "all 16 runs failed, the first with ZeroDivisionError: made to fail" in line
    told = line.split("its traceback: ")[1].split(";")[0]
    repeated = CliRunner().invoke(app, told.split()[1:], catch_exceptions=False)
    assert "is equal" in repeated.stdout or "ran to the end" in repeated.stdout
    assert line.endswith("citysim run CONFIG --out results/small --retry-failed")


@pytest.mark.usefixtures("place")
def test_where_some_runs_failed_a_report_notes_it() -> None:
    with failing():
        run()
    found = CliRunner().invoke(app, ["effects", "results/small"])
    assert found.exit_code == 0
    assert found.stderr == "note: 8 of 16 runs failed, the first with ZeroDivisionError: made to fail\n"


@pytest.mark.usefixtures("place")
def test_the_folder_of_runs_is_as_good_as_the_result_folder() -> None:
    run()
    (path,) = Path("results/small/runs").glob("*.parquet")
    first = pd.read_parquet(path)["run"][0]
    repeated = CliRunner().invoke(app, ["rerun", "results/small/runs", first], catch_exceptions=False)
    assert repeated.exit_code == 0
    assert "is equal to what was kept, bit for bit" in repeated.stdout
