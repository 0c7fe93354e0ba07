"""The project's own files agree with each other and with the code."""

import ast
import platform
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

import citysim

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def generator() -> dict[str, object]:
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


@pytest.mark.parametrize("page", ["parameters", "outcomes", "statistics", "own_tables", "api"])
def test_tables_in_the_docs_are_those_of_the_code(generator, page):
    """`uv run python docs/generate.py` has been run after the last change."""
    assert (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8") == generator[f"{page}_page"]()


def test_the_schema_in_the_docs_is_that_of_the_code(generator):
    """As above."""
    file = ROOT / "docs" / "_static" / generator["SCHEMA_FILE"]
    assert file.read_text(encoding="utf-8") == generator["schema_text"]()


def test_pip_and_uv_read_the_same_pins():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in pins if not line.startswith("#")] == project["tool"]["uv"][
        "constraint-dependencies"
    ]


class TestWhereItCannotRun:
    """On Windows, and on a Python that is too old, one line says what is needed."""

    @pytest.mark.parametrize(
        ("machine", "line"),
        [
            (
                "sys.platform = 'win32'",
                "citysim needs Linux or macOS; on Windows, install and run it in WSL (wsl --install)",
            ),
            (
                "sys.version_info = (3, 11, 7, 'final', 0)",
                f"citysim needs Python {'.'.join(map(str, citysim._PYTHON))} or later, this is Python 3.11.7",
            ),
        ],
    )
    @pytest.mark.parametrize("use", ["import citysim", "from citysim.cli.main import main; main()"])
    def test_importing_it_ends_with_that_line(self, machine: str, line: str, use: str) -> None:
        command = [sys.executable, "-c", f"import sys; {machine}; {use}"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", line + "\n")

    def test_a_program_may_catch_it_and_go_on(self) -> None:
        program = """
import sys
sys.platform = 'win32'
try:
    import citysim
except ImportError as error:
    print(error)
1 / 0
"""
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert "WSL" in ended.stdout
        assert ended.stderr.startswith("Traceback")
        assert ended.stderr.endswith("ZeroDivisionError: division by zero\n")

    def test_an_old_python_can_read_the_check(self) -> None:
        source = (ROOT / "src" / "citysim" / "__init__.py").read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 7))

    def test_the_check_asks_for_the_python_of_the_project(self) -> None:
        allowed = SpecifierSet(PYPROJECT["project"]["requires-python"])
        major, minor = citysim._PYTHON
        assert f"{major}.{minor}.0" in allowed
        assert f"{major}.{minor - 1}.99" not in allowed

    def test_types_are_checked_against_the_oldest_python(self) -> None:
        """What only newer ones have, such as ``os.process_cpu_count``, is an error there."""
        assert PYPROJECT["tool"]["mypy"]["python_version"] == ".".join(map(str, citysim._PYTHON))

    def test_uv_may_take_any_python_that_will_do_and_pyenv_finds_one(self) -> None:
        """uv reads the first line alone, and would fetch a version that is named there and not installed."""
        lines = (ROOT / ".python-version").read_text(encoding="utf-8").splitlines()
        asked, *named = [line for line in lines if not line.startswith("#")]
        oldest = ".".join(map(str, citysim._PYTHON))
        assert oldest in named
        assert all(version in SpecifierSet(asked) for version in named)
        assert all(version in SpecifierSet(PYPROJECT["project"]["requires-python"]) for version in named)

    @pytest.fixture
    def hook(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """What is run before a build, with no more of the build than it looks at."""
        interface = ModuleType("hatchling.builders.hooks.plugin.interface")
        interface.BuildHookInterface = object  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, interface.__name__, interface)
        made = runpy.run_path(str(ROOT / "hatch_build.py"))["PythonCheck"]()
        core = SimpleNamespace(requires_python=PYPROJECT["project"]["requires-python"])
        made.metadata = SimpleNamespace(core=core)
        return made

    def test_installing_on_an_old_python_says_so_before_anything_else(
        self, hook: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "custom" in PYPROJECT["tool"]["hatch"]["build"]["hooks"]
        hook.initialize("standard", {})  # this Python will do
        monkeypatch.setattr(platform, "python_version", lambda: "3.11.7")
        with pytest.raises(SystemExit, match=r"^citysim needs Python .*3\..*, this is Python 3\.11\.7$"):
            hook.initialize("standard", {})


def test_no_project_file_names_a_package_host():
    """Installs work from whatever registry a machine is set up with."""
    for name in ("pyproject.toml", "constraints.txt", ".ci/run"):
        assert not re.search(r"https?://", (ROOT / name).read_text(encoding="utf-8")), name


def test_links_between_pages_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
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


@pytest.mark.xdist_group("together")
def test_tests_of_a_group_go_to_one_process(request: pytest.FixtureRequest) -> None:
    if not hasattr(request.config, "workerinput"):
        pytest.skip("all tests are in one process")
    assert request.node.nodeid.endswith("@together")  # by which pytest-xdist sends them there
