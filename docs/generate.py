"""Writes the parts of the docs that follow from the code; `uv run python docs/generate.py`.

parameters.md, outcomes.md and statistics.md come from the registries; api.md from ``citysim.__all__`` and the modules that an
extension uses; _static/citysim.schema.json from what checks a config; figures/schedule.svg from the schedule
and from what each mechanism's source reads and writes.
A test holds the pages to the code.
"""

import ast
import inspect
import sys
import textwrap
from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

import citysim
from citysim.model.outcomes import OUTCOMES
from citysim.model.parameters import parameter_specs, switches
from citysim.model.schedule import SCHEDULE
from citysim.model.state import RunState
from citysim.patterns.families import DESCRIBED, FAMILIES, RECORDED_IN
from citysim.patterns.targets import INPUTS
from citysim.plan.json_schema import schema_text
from citysim.plan.template import SCHEMA_FILE
from citysim.world.own.tables import TABLES

DOCS = Path(__file__).parent
MADE_BY = "<!-- made by docs/generate.py -->\n"


def parameters_page() -> str:
    """docs/parameters.md."""
    lines = [MADE_BY, "# Parameters\n"]
    lines.append(
        "Every parameter of the model, from `citysim/model/parameters.py`. *Prior* is the range over which a "
        "replication draws it; *fixed* ones change only where a config says so. PATTERNS T2 and the like are rows "
        "of [patterns.md](patterns.md).\n"
    )
    lines += ["## Switches\n", "| switch | what |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in switches().items()]
    group = ""
    for spec in parameter_specs().values():
        if spec.group != group:
            group = spec.group
            lines += [
                f"\n## {group.capitalize()}\n",
                "| name | symbol | default | unit | allowed | prior | what | source |",
                "|---|---|---|---|---|---|---|---|",
            ]
        prior = f"{spec.prior[0]:g}–{spec.prior[1]:g}, {spec.scale}" if spec.prior else "fixed"
        prior += f", where `{spec.only[0]}` is {spec.only[1]}" if spec.only else ""
        allowed = (
            f"{spec.low:g}–{spec.high:g}" if spec.high > spec.low and spec.high < float("inf") else "choice"
        )
        lines.append(
            f"| `{spec.name}` | {spec.symbol} | {spec.default if spec.default != '' else 'none'} | {spec.unit} | {allowed} | {prior} "
            f"| {spec.description} | {spec.source} |"
        )
    return "\n".join(lines) + "\n"


def outcomes_page() -> str:
    """docs/outcomes.md."""
    better = {1: "more", -1: "less", 0: "–"}
    lines = [MADE_BY, "# Outcomes\n"]
    lines.append(
        "Recorded every quarter. *Of a run*: what `runs/*.parquet` holds. *Cities weigh by*: people, cities "
        "(plain mean), total, or world (exists only for the world as a whole).\n"
    )
    lines += ["| name | what | unit | better | of a run | cities weigh by |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{o.name}` | {o.label} | {o.unit} | {better[o.better]} | {o.summary} | {o.weight} |"
        for o in OUTCOMES.values()
    ]
    return "\n".join(lines) + "\n"


def statistics_page() -> str:
    """docs/statistics.md."""
    lines = [MADE_BY, "# Statistics\n"]
    lines.append(
        "What the record and a run are compared by, each worked out by the same function of a course of years "
        "(`citysim/patterns/`). A run keeps them with `[record] statistics = true`, as `family.name`; `citysim patterns` "
        "shows the record's, with 90 % intervals. *Pattern*: row of [patterns.md](patterns.md). *Drawn again*: what the "
        "bootstrap takes to be by chance. Numbers are those at the end of the course, where nothing else is said; "
        "cities of a size are those that have it then, along the UN's path of their state. `{network}` stands for a "
        "network whose list says when members joined, `{year}` for a year. A statistic that a course has no data for, "
        "or too few to have a value, is left out.\n"
    )
    for family, statistics in DESCRIBED.items():
        lines += [
            f"\n## {family}\n",
            f"{str(import_module(FAMILIES[family].__module__).__doc__).strip()} Record: {RECORDED_IN[family]}.\n",
            "| name | unit | what | pattern | drawn again |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| `{family}.{one.name}` | {one.unit} | {one.what} | {one.pattern or '–'} | {one.over} |"
            for one in statistics
        ]
    lines += ["\n## Inputs, which test nothing\n", "| input | why |", "|---|---|"]
    lines += [f"| {name} | {why} |" for name, why in INPUTS.items()]
    return "\n".join(lines) + "\n"


def own_tables_page() -> str:
    """docs/own_tables.md."""
    lines = [MADE_BY, "# Columns of your own tables\n"]
    lines.append(
        "What a folder of [your own data](own_data.md) may hold, from `citysim/world/own/tables.py`. Cells may be empty "
        "unless *needed* says otherwise.\n"
    )
    for name, columns in TABLES.items():
        lines += [
            f"\n## {name}.csv\n",
            "| column | what | may hold | unit | needed |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| `{column.name}` | {column.what} | {column.allowed} | {column.unit} | {column.needed} |"
            for column in columns
        ]
    return "\n".join(lines) + "\n"


#: What an extension of the model imports, in the order in which a reader needs it.
EXTENDING = (
    "citysim.model.schedule",
    "citysim.model.state",
    "citysim.model.setting",
    "citysim.model.streams",
    "citysim.model.parameters",
    "citysim.model.outcomes",
    "citysim.model.recorder",
    *sorted({phase.step.__module__ for phase in SCHEDULE}),
)


def _home(name: str) -> str:
    """Module in which a public name is defined."""
    value = getattr(citysim, name)
    if module := getattr(value, "__module__", None):
        return str(module)
    loaded = [module for module in sys.modules if module.startswith("citysim.")]
    return next(
        (module for module in loaded if hasattr(sys.modules[module], name) and _assigned(module, name)), ""
    )


def _assigned(module: str, name: str) -> int:
    """Place of the line that assigns a constant; 0 where none does, since the first line is a docstring's."""
    lines = inspect.getsource(sys.modules[module]).splitlines()
    starts = (f"{name}:", f"{name} =")
    return next((place for place, line in enumerate(lines) if line.startswith(starts)), 0)


def _said_of(name: str) -> str:
    """The comment above a constant, or else the first line of its module."""
    module = _home(name)
    above = inspect.getsource(sys.modules[module]).splitlines()[_assigned(module, name) - 1]
    said = above if above.startswith("#: ") else str(sys.modules[module].__doc__).splitlines()[0]
    return said.removeprefix("#: ")


def _entry(name: str) -> list[str]:
    """One public name in reStructuredText."""
    value, full = getattr(citysim, name), f"citysim.{name}"
    if isinstance(value, type):
        # Dozens of fields stand in a table, there or on a page of their own.
        many = hasattr(value, "model_fields") or len(inspect.signature(value).parameters) > 20
        full += "(**fields)" if many else ""
        ours = all(base.__module__.startswith("citysim.") for base in value.__mro__[:-1])
        return [f".. autoclass:: {full}", "   :members:", *(["   :inherited-members:"] if ours else []), ""]
    if callable(value):
        return [f".. autofunction:: {full}", ""]
    said = "Version of the package." if name == "__version__" else _said_of(name)
    return [f".. py:data:: {full}", "", f"   {said}", ""]


def _module(name: str) -> list[str]:
    """One module of the second part; what the first part holds is not repeated."""
    import_module(name)
    public = sorted(each for each in citysim.__all__ if _home(each) == name)
    shown = [f"Also {', '.join(f':py:obj:`citysim.{each}`' for each in public)}.", ""] if public else []
    left_out = [f"   :exclude-members: {', '.join(public)}"] if public else []
    return [f".. automodule:: {name}", "   :members:", *left_out, "", *shown]


def api_page() -> str:
    """docs/api.md."""
    lines = [MADE_BY, "# Python interface\n"]
    lines.append(
        "What `import citysim` gives, all of it. These names stay; one that has to change warns for a version first. "
        "[parameters.md](parameters.md) lists the fields of `Parameters`, [config.md](config.md) those of `ExperimentConfig`, "
        "[outcomes.md](outcomes.md) the columns of results.\n"
    )
    lines += ["```{eval-rst}"]
    for name in citysim.__all__:
        lines += _entry(name)
    lines += ["```\n", "## What an extension uses\n"]
    lines.append(
        "A mechanism is a function of the state, the setting and its random numbers, and a `Phase` of the schedule. "
        "[contributing.md](contributing.md) lists the places to touch. These names may change with the model.\n"
    )
    for module in EXTENDING:
        title = module.removeprefix("citysim.model.")
        lines += [f"### `{title}`\n", "```{eval-rst}", *_module(module), "```\n"]
    return "\n".join(lines).rstrip("\n") + "\n"


class _Access(ast.NodeVisitor):
    """Fields of the state that one function reads, writes, and the functions it calls."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.writes: set[str] = set()
        self.calls: set[str] = set()
        self._alias: dict[str, str] = {}

    def _field(self, node: ast.expr) -> str | None:
        while isinstance(node, ast.Subscript):
            node = node.value
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "state":
                return node.attr
            return self._alias.get(node.value.id)
        if isinstance(node, ast.Attribute):
            return self._field(node.value)
        return None

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for left, right in pairs:
                if isinstance(left, ast.Name) and (field := self._field(right)):
                    self._alias[left.id] = field
                for place in left.elts if isinstance(left, ast.Tuple) else [left]:
                    if field := self._field(place):
                        self.writes.add(field)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) and node.value.id == "state":
            self.reads.add(node.attr)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name):
            self.calls.add(node.func.id)
        self.generic_visit(node)


def access(function: Callable[..., object], seen: set[str] | None = None) -> tuple[set[str], set[str]]:
    """State fields that ``function`` and what it calls in the model read and write."""
    seen = set() if seen is None else seen
    key = f"{function.__module__}.{function.__qualname__}"
    if key in seen or not function.__module__.startswith("citysim.model"):
        return set(), set()
    seen.add(key)
    visitor = _Access()
    visitor.visit(ast.parse(textwrap.dedent(inspect.getsource(function))))
    reads, writes = visitor.reads, visitor.writes
    for name in visitor.calls:
        called = function.__globals__.get(name)
        if inspect.isfunction(called):
            more = access(called, seen)
            reads, writes = reads | more[0], writes | more[1]
    return reads, writes


def schedule_figure() -> None:
    """docs/figures/schedule.svg: phases across, state variables down."""
    table: dict[str, dict[str, str]] = defaultdict(dict)
    known = [item.name for item in fields(RunState)]
    for phase in SCHEDULE:
        reads, writes = access(phase.step)
        reads |= {"conflict_left"} if "conflict" in reads else set()
        for name in known:
            mark = ("r" if name in reads else "") + ("w" if name in writes else "")
            if mark:
                table[name][phase.name] = mark
    rows = [name for name in known if name in table]
    columns = [phase.name for phase in SCHEDULE]
    mpl.rcParams["svg.hashsalt"] = "citysim"
    figure, axes = plt.subplots(figsize=(9, 0.32 * len(rows) + 1.6), layout="constrained")
    for y, name in enumerate(rows):
        axes.axhline(y, color="0.92", lw=0.8, zorder=0)
        for x, column in enumerate(columns):
            mark = table[name].get(column, "")
            if "w" in mark:
                axes.scatter(x, y, s=80, color="#0b5394", zorder=3)
            if mark == "r":
                axes.scatter(x, y, s=46, facecolor="white", edgecolor="#0b5394", lw=1.3, zorder=3)
    axes.set_xticks(range(len(columns)), columns, rotation=35, ha="left", fontsize=9)
    axes.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows], fontsize=9)
    axes.xaxis.tick_top()
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.scatter([], [], s=80, color="#0b5394", label="writes")
    axes.scatter([], [], s=46, facecolor="white", edgecolor="#0b5394", lw=1.3, label="only reads")
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    figure.suptitle("A quarter, from left to right: what each mechanism reads and writes", fontsize=11)
    for ending in ("svg", "png"):
        figure.savefig(
            DOCS / "figures" / f"schedule.{ending}",
            dpi=110,
            metadata={"Date": None} if ending == "svg" else None,
        )
    plt.close(figure)


def main() -> None:
    """Write all of them."""
    (DOCS / "parameters.md").write_text(parameters_page(), encoding="utf-8")
    (DOCS / "outcomes.md").write_text(outcomes_page(), encoding="utf-8")
    (DOCS / "statistics.md").write_text(statistics_page(), encoding="utf-8")
    (DOCS / "own_tables.md").write_text(own_tables_page(), encoding="utf-8")
    (DOCS / "api.md").write_text(api_page(), encoding="utf-8")
    (DOCS / "_static" / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
    (DOCS / "figures").mkdir(exist_ok=True)
    schedule_figure()


if __name__ == "__main__":
    main()
