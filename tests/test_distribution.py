"""What is published: the packages hold all that a user needs and nothing else, also made from each other."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
import trove_classifiers

import citysim

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def built(source: Path, target: str, folder: Path) -> Path:
    """A package of a folder of sources."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=source, capture_output=True, check=True)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive of this repository, unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(built(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))) as archive:
        names = [member.name for member in archive.getmembers()]
        archive.extractall(folder, filter="data")
    assert len(names) == len(set(names))
    (top,) = folder.iterdir()
    return top


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of the source archive, as pip and `uv build` make it."""
    return zipfile.ZipFile(built(unpacked, "wheel", tmp_path_factory.mktemp("wheel")))


def sources() -> dict[str, bytes]:
    """Every file of the package in this repository."""
    return {
        path.relative_to(SOURCE).as_posix(): path.read_bytes()
        for path in (SOURCE / "citysim").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    held = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert {name: wheel.read(name) for name in held} == sources()
    assert len(held) == len(set(held))


@pytest.mark.parametrize(
    "name",
    [
        "citysim/py.typed",
        "citysim/experiments/claim.toml",
        "citysim/briefing/briefing.html.j2",
        "citysim/briefing/briefing.typ",
        "citysim/world/data/cities_all.csv",
        "citysim/world/data/countries_110m.json",
    ],
)
def test_what_is_no_code_is_in_it(wheel: zipfile.ZipFile, name: str) -> None:
    assert wheel.read(name) == (SOURCE / name).read_bytes()


def test_a_wheel_made_here_is_the_same(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    here = zipfile.ZipFile(built(ROOT, "wheel", tmp_path))
    assert sorted(here.namelist()) == sorted(wheel.namelist())


def test_its_description_is_that_of_the_project(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    said = Parser().parsestr(wheel.read(name).decode())
    assert (said["Name"], said["Version"]) == ("citysim", citysim.__version__)
    assert said["Requires-Python"] == PROJECT["requires-python"]
    assert set(PROJECT["classifiers"]) <= trove_classifiers.classifiers
    oldest = ".".join(map(str, citysim._PYTHON))
    assert f"Programming Language :: Python :: {oldest}" in said.get_all("Classifier", [])


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_archive_alone_is_enough_to_go_on(unpacked: Path) -> None:
    """Tests, docs, experiments and pins, with the commands of the README."""
    for name in (
        "README.md",
        "LICENSE",
        "constraints.txt",
        ".python-version",
        "tests/conftest.py",
        "docs/model.md",
    ):
        assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes()
    experiments = files_of(ROOT / "experiments")
    for folder in ("experiments", "src/citysim/experiments"):
        assert files_of(unpacked / folder) == experiments
    assert not [path for path in unpacked.rglob("*") if path.name in (".venv", "uv.lock", "__pycache__")]
