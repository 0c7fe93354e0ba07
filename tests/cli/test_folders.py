"""Folders on the command line: named, one's own, read-only, in use, finished."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from citysim.api import load_results
from citysim.cli.main import app
from citysim.execute.executors.forkserver import start_server
from citysim.store.files import locked

#: Takes long to import, and nothing of it is needed to see that there is nothing to do.
HEAVY = ("pandas", "mesa", "numba", "scipy", "matplotlib", "typst")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture
def done(place: Path) -> Path:
    """A folder of finished runs and nothing else."""
    assert call("run", "x.toml", "--workers", "1", "--shard", "1/1").exit_code == 0
    return place / "results" / "small"


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            ["run", "x.toml", "--out", ""],
            ["run", "x.toml", "--out", "", "--fresh"],
            ["run", "x.toml", "--out", " "],
        ),
        *(
            ["status", ""],
            ["effects", ""],
            ["figures", ""],
            ["brief", ""],
            ["rerun", "", "r1"],
            ["export", ""],
        ),
        *(
            ["effects", "results", "--out", ""],
            ["export", "results", "--out", ""],
            ["verdict", ""],
            ["scenarios", ""],
        ),
    ],
    ids=" ".join,
)
def test_an_empty_name_as_of_a_variable_that_is_not_set_is_refused(place: Path, arguments: list[str]) -> None:
    (place / "headline.csv").write_text("mine")
    result = call(*arguments)
    assert result.exit_code == 2
    assert "empty, expected a folder such as results/claim; is its variable set?" in result.stderr
    assert names(place) == {"x.toml", "headline.csv"}


@pytest.mark.parametrize("options", [[], ["--fresh"], ["--dry-run"], ["--shard", "1/2"]], ids=str)
def test_ones_own_folder_is_no_place_for_results(place: Path, options: list[str]) -> None:
    (place / "figures").mkdir()
    for name in ("figures/photo.png", "headline.csv", "briefing.pdf"):
        (place / name).write_text("mine")
    before = {name: (place / name).read_bytes() for name in names(place)}
    result = call("run", "x.toml", "--out", ".", *options)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(
        "error: .: is no result folder, and holds briefing.pdf, figures, headline.csv and 1 more"
    )
    assert {name: (place / name).read_bytes() for name in names(place)} == before


@pytest.fixture
def read_only(done: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Results that nobody but root may write to, in a place that all can reach."""
    # Not below pytest's own folder, which every pytest that starts closes to others.
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o777)
        results = Path(shutil.copytree(done, place / "results"))
        for path in (results, *results.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        monkeypatch.chdir(place)
        yield results
        for path in (results, *results.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        monkeypatch.undo()


@contextmanager
def without_rights_of_root() -> Iterator[None]:
    """As an ordinary user, for a short while: fonts and packages may lie where root alone can read."""
    root = os.geteuid() == 0
    if root:
        start_server()  # which that user could not, where Python too lies in such a place
        gc.collect()  # semaphores of pools that have ended are root's to delete
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def state(folder: Path) -> dict[str, int]:
    """Files and folders, and when they were last changed."""
    return {str(path): path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


@pytest.mark.long
def test_read_only_results_are_read_and_reported_on_elsewhere(read_only: Path) -> None:
    before = state(read_only)
    results = load_results(read_only)
    assert {"arm", "stall", "outcome", "estimate"} <= set(results.effects().columns)
    assert "verdict" in results.headline().columns
    for command in ("effects", "figures", "brief"):
        with without_rights_of_root():
            refused = call(command, str(read_only))
        assert refused.exit_code == 2
        assert refused.stderr == f"error: {read_only}: cannot be written to; name another folder with --out\n"
        assert call(command, str(read_only), "--out", command).exit_code == 0
    assert names(Path("effects")) == {"headline.csv", "effects.csv", "manifest.json"}
    assert names(Path("figures")) > {"figures/captions.json", "figures/difference.png", "headline.csv"}
    assert names(Path("brief")) > {"briefing.pdf", "briefing.html", "effects.csv"}
    assert state(read_only) == before


def test_what_is_made_elsewhere_may_be_made_again_there_and_is_what_is_made_in_place(done: Path) -> None:
    for _ in range(2):
        assert call("brief", str(done), "--out", "elsewhere").exit_code == 0
    assert call("effects", str(done)).exit_code == 0
    assert call("figures", str(done)).exit_code == 0
    assert call("brief", str(done)).exit_code == 0
    for name in names(Path("elsewhere")) - {"manifest.json"}:
        assert (Path("elsewhere") / name).read_bytes() == (done / name).read_bytes(), name


def test_files_of_others_are_in_the_way_of_tables_too(done: Path, place: Path) -> None:
    (place / "mine").mkdir()
    (place / "mine" / "headline.csv").write_text("mine")
    for command in ("effects", "figures", "brief"):
        result = call(command, str(done), "--out", "mine")
        assert result.exit_code == 2
        assert "error: mine: is no result folder, and holds headline.csv" in result.stderr
    assert names(place / "mine") == {"headline.csv"}


def imported(stderr: str) -> set[str]:
    """Packages that ``-X importtime`` lists."""
    lines = [line for line in stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def run_listing_imports(place: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "citysim", "run", "x.toml"]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def test_a_folder_in_use_is_known_before_anything_heavy_is_imported(done: Path, place: Path) -> None:
    with locked(done, None):
        result = run_listing_imports(place)
    assert result.returncode == 2
    message = (
        "error: results/small: in use by another citysim run; wait for it to end, or choose another --out"
    )
    assert message in result.stderr.splitlines()
    assert not imported(result.stderr) & set(HEAVY)


def test_a_finished_folder_is_reported_without_anything_heavy(done: Path, place: Path) -> None:
    assert call("run", "x.toml").exit_code == 0
    first = call("run", "x.toml")
    result = run_listing_imports(place)
    assert result.returncode == 0
    assert "all 16 runs already done" in result.stderr
    assert not imported(result.stderr) & set(HEAVY)
    assert result.stdout.splitlines() == first.stdout.splitlines()
    assert "Substitution: what it gives more because states stall" in result.stdout


def test_exports_go_to_a_place_of_their_own_and_may_be_made_again(done: Path, place: Path) -> None:
    for _ in range(2):
        assert call("export", str(done), "--out", "tables").exit_code == 0
        assert call("export", str(done)).exit_code == 0
    assert {"runs.csv", "columns.csv"} <= names(place / "tables")
    before = names(place)
    for out, said in (
        (".", "error: .: is no result folder, and holds"),
        (str(done), "is the result folder itself"),
    ):
        result = call("export", str(done), "--out", out)
        assert result.exit_code == 2
        assert said in result.stderr
    assert names(place) == before
