"""The source keeps to docs/architecture.md."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

SOURCE = Path(__file__).parent.parent / "src" / "citysim"
#: Rooms in the order in which data flows, each with those that it may import.
ROOMS = {
    "language": (),
    "world": (),
    "model": ("world",),
    "patterns": ("world", "model"),
    "plan": ("language", "world", "model"),
    "store": ("world", "model", "plan"),
    "execute": ("world", "model", "patterns", "plan", "store"),
    "analysis": ("language", "model", "patterns", "plan", "store"),
    "calibration": ("model", "plan", "analysis"),
    "figures": ("language", "world", "model", "plan", "store", "analysis"),
    "briefing": ("language", "model", "plan", "store", "analysis", "figures"),
    "validation": ("world", "patterns", "plan", "store"),
    "explorer": (
        *("language", "world", "model", "plan", "store", "execute", "analysis", "figures", "briefing"),
    ),
    "cli": (
        *("language", "world", "model", "patterns", "plan", "store", "execute"),
        *("analysis", "calibration", "figures", "briefing", "validation", "explorer"),
    ),
}
DOCS = Path(__file__).parent.parent / "docs" / "architecture.md"
#: Stand before all rooms.
COMMON = {"errors", "arrays"}
LONGEST = 400
#: Share of all lines that the largest room may have: the model's, whose compiled loops spell out what numpy
#: says in a line.
LARGEST = 0.3
#: Takes long to import; the package and its help do without.
HEAVY = ("mesa", "pandas", "matplotlib", "scipy", "numba", "pyarrow", "pydantic", "shapely", "typst")

#: All of them but the extensions of shipped experiments, which are data like their configs.
FILES = [path for path in sorted(SOURCE.rglob("*.py")) if "experiments" not in path.parts]
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


def not_allowed() -> set[tuple[str, str]]:
    """Every import of a room that is not on the list: importing file, imported name."""
    found = set()
    for path in FILES:
        if path.parent == SOURCE:
            continue  # the package itself hands out names of all rooms
        reachable = {*COMMON, "__version__", room_of(path), *ROOMS[room_of(path)]}
        for _, name in imports(path):
            parts = name.split(".")
            if parts[0] == "citysim" and parts[1] not in reachable:
                found.add((path.relative_to(SOURCE).as_posix(), name))
    return found


def test_rooms_import_only_what_they_may():
    assert not not_allowed()


def test_what_a_room_may_import_it_does_and_comes_before_it():
    order = list(ROOMS)
    for room, others in ROOMS.items():
        assert all(order.index(other) < order.index(room) for other in others)
        used = {
            name.split(".")[1]
            for path in FILES
            if room_of(path) == room
            for _, name in imports(path)
            if name.startswith("citysim.")
        }
        assert set(others) <= used, room


def test_the_docs_say_what_a_room_may_import():
    rows = dict(re.findall(r"^\| `citysim/(\w+)/` \|.*\| ([^|]*) \|$", DOCS.read_text(), re.MULTILINE))
    assert {room: tuple(rows[room].split(", ")) if rows[room] != "–" else () for room in rows} == ROOMS


def test_no_room_has_outgrown_the_others():
    lines = Counter[str]()
    for path in FILES:
        lines[room_of(path)] += len(path.read_text().splitlines())
    room, most = lines.most_common(1)[0]
    assert most < LARGEST * lines.total(), room


def module_of(path: Path) -> str:
    return ".".join(["citysim", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")


def running_imports(path: Path) -> Iterator[str]:
    """Modules that a file imports when it runs, inside functions too, but not for the types alone."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module


def test_no_circle_of_imports_has_more_than_two_files():
    modules = {module_of(path): path for path in FILES}
    graph = nx.DiGraph(
        (module, name)
        for module, path in modules.items()
        if path.name != "__init__.py"  # a package hands out the names of its modules
        for name in running_imports(path)
        if name in modules and modules[name].name != "__init__.py"
    )
    assert [sorted(circle) for circle in nx.strongly_connected_components(graph) if len(circle) > 2] == []


@pytest.mark.parametrize("name", sorted(COMMON))
def test_what_stands_before_all_rooms_imports_none(name):
    assert not [found for _, found in imports(SOURCE / f"{name}.py") if found.startswith("citysim")]


def test_types_of_arrays_have_one_name():
    """``type Floats = …`` stands in one file, and nobody spells out what has a name there."""
    declared = re.findall(
        r"^type (\w+) = (NDArray\[[\w.]+\])", (SOURCE / "arrays.py").read_text(), re.MULTILINE
    )
    assert declared
    for path in FILES:
        if path.name != "arrays.py":
            text = path.read_text()
            assert not [spelt for name, spelt in declared if f"type {name} =" in text or spelt in text], path


def test_code_that_compiled_code_is_made_of_is_known():
    """A kernel is compiled anew when a file that it imports from has changed; names of types are no code."""
    from citysim.model.compiled import source_files

    known = {module_of(path) for path in source_files()} | {"citysim.arrays", "citysim.model.compiled"}
    for path in source_files():
        used = {
            name
            for name in running_imports(path)
            if (SOURCE.parent / f"{name.replace('.', '/')}.py").is_file()
        }
        assert used <= known, path


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
        if name.split(".")[0] == "mesa" or name == "citysim.model.mesa_light.mesa"
    }
    assert knows == {"model/agents.py", "model/collector.py", "model/mesa_light.py", "model/model.py"}


def test_many_arguments_are_named():
    """More than six arguments by their place are easily given in the wrong order."""
    calls = [
        (path.name, node.lineno)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and sum(not isinstance(argument, ast.Starred | ast.Constant) for argument in node.args) > 6
    ]
    assert not calls


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
