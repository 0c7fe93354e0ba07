"""The project's own files agree with each other and with the code."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def generator() -> dict[str, object]:
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


@pytest.mark.parametrize("page", ["parameters", "outcomes"])
def test_tables_in_the_docs_are_those_of_the_code(generator, page):
    """`uv run python docs/generate.py` has been run after the last change."""
    assert (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8") == generator[f"{page}_page"]()


def test_pip_and_uv_read_the_same_pins():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in pins if not line.startswith("#")] == project["tool"]["uv"][
        "constraint-dependencies"
    ]


def test_no_project_file_names_a_package_host():
    """Installs work from whatever registry a machine is set up with."""
    for name in ("pyproject.toml", "constraints.txt", ".ci/run"):
        assert not re.search(r"https?://", (ROOT / name).read_text(encoding="utf-8")), name


def test_links_between_pages_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_mutant_is_a_fault_that_can_be_put_in():
    mutants = tomllib.loads((ROOT / "benchmarks" / "mutants.toml").read_text())
    for file, faults in mutants.items():
        source = (ROOT / "src" / "citysim" / "model" / file).read_text()
        for name, sound, faulty in faults:
            assert source.count(sound) == 1, (file, name)
            assert sound != faulty, (file, name)
