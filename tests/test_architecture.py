"""The source keeps to docs/architecture.md."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "citysim"
#: Rooms in the order in which data flows; each may import those before it.
ROOMS = ("world", "model", "experiment", "analysis", "figures", "briefing", "cli")
#: Stand before all rooms.
COMMON = {"errors"}
LONGEST = 400
#: Takes long to import; the package and its help do without.
HEAVY = ("mesa", "pandas", "matplotlib", "scipy", "numba", "pyarrow", "pydantic", "shapely", "reportlab")

FILES = sorted(SOURCE.rglob("*.py"))
by_file = pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(SOURCE)) for path in FILES])


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that a file imports, inside functions too."""
    package = ["citysim", *path.relative_to(SOURCE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def test_every_folder_is_a_room():
    folders = {path.parent.relative_to(SOURCE).parts[0] for path in FILES if path.parent != SOURCE}
    assert folders == set(ROOMS)


def backwards() -> set[tuple[str, str]]:
    """Every import of a room that comes later: importing file, imported name."""
    found = set()
    for path in FILES:
        if path.parent == SOURCE:
            continue  # the package itself hands out names of all rooms
        reachable = {*COMMON, "__version__", *ROOMS[: ROOMS.index(room_of(path)) + 1]}
        for _, name in imports(path):
            parts = name.split(".")
            if parts[0] == "citysim" and parts[1] not in reachable:
                found.add((path.relative_to(SOURCE).as_posix(), name))
    return found


def test_rooms_import_only_what_comes_before_them():
    assert not backwards()


def test_errors_import_no_room():
    assert not [name for _, name in imports(SOURCE / "errors.py") if name.startswith("citysim")]


def test_mechanisms_do_not_reach_into_what_runs_them():
    """Mechanisms know state, setting and streams, never the schedule, the recorder, the agents or Mesa."""
    above = (
        "mesa",
        *(f"citysim.model.{name}" for name in ("schedule", "recorder", "agents", "model", "initial")),
    )
    for path in (SOURCE / "model" / "mechanisms").glob("*.py"):
        assert not [name for _, name in imports(path) if name.startswith(above)], path.name


def test_only_streams_make_random_numbers():
    """Anything else that drew would break the pairing of arms; the model names the type of a generator."""
    makers = {"model/streams.py", "model/model.py"}
    for path in FILES:
        if room_of(path) == "model" and path.relative_to(SOURCE).as_posix() not in makers:
            used = {
                node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
            }
            assert not used & {"random", "default_rng", "rng"}, path.name
            assert "random" not in {name.split(".")[0] for _, name in imports(path)}, path.name


def test_only_agents_collector_and_model_know_mesa():
    knows = {
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        for _, name in imports(path)
        if name.split(".")[0] == "mesa"
    }
    assert knows == {"model/agents.py", "model/collector.py", "model/model.py"}


def test_only_the_command_line_prints():
    calls = (
        (path.name, node.lineno)
        for path in FILES
        if room_of(path) != "cli"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )
    assert not list(calls)


@by_file
def test_files_are_short_and_say_what_they_are(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST
    assert ast.get_docstring(ast.parse(text)), "no docstring"


@by_file
def test_public_names_have_docstrings(path):
    bare = [
        f"{path.name}:{node.lineno} {node.name}"
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare, bare


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a new interpreter has loaded after ``code``."""
    program = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.split("\n")[-2].split())


HELP = """
from citysim.cli.main import main
sys.argv = ["citysim", "--help"]
try:
    main()
except SystemExit:
    pass
"""


def test_importing_the_package_is_light():
    loaded = loaded_by("import citysim; citysim.__version__; dir(citysim)")
    assert "citysim" in loaded
    assert not loaded & {*HEAVY, "numpy"}


def test_help_is_light():
    loaded = loaded_by(HELP)
    assert "typer" in loaded
    assert not loaded & set(HEAVY)


def test_every_public_name_of_the_package_exists():
    import citysim

    assert all(getattr(citysim, name) is not None for name in citysim.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        citysim.nothing  # noqa: B018  reading it is what raises
