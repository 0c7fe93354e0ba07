"""The section ``[model]`` of a config: extensions, files with mechanisms of the author of the experiment.

A file is code and is executed where runs are planned or computed. What it adds is kept as data in the result
folder, beside a copy of the file, and all else reads that.
"""

import ast
import hashlib
import json
import linecache
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from citysim.model.added_parameters import parameters_with
from citysim.model.outcomes import Outcome, added_outcomes, set_added_outcomes
from citysim.model.parameter_fields import ParameterSpec
from citysim.model.parameters import parameters_at_hand, set_parameters_at_hand
from citysim.model.strict import StrictModel
from citysim.plan.faults import Fault

if TYPE_CHECKING:
    from citysim.model.extension import Extension

#: Folder in the result folder with the files of extensions, and the file there that says what they add.
FOLDER = "extensions"
DESCRIBED = "extensions.json"
_PATH = ("model", "extensions")
_DIGITS = 12
#: Modules that draw random numbers which no seed of a run decides.
_RANDOM = ("random", "secrets", "numpy.random", "scipy.stats")


class ModelConfig(StrictModel):
    """What is added to the model."""

    #: Python files, relative to the config.
    extensions: Annotated[tuple[str, ...], Field(strict=False)] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """What an extension adds, as data. ``switches``: name and description; ``phases``: places in words."""

    name: str
    description: str
    switches: tuple[tuple[str, str], ...]
    parameters: tuple[ParameterSpec, ...]
    outcomes: tuple[Outcome, ...]
    phases: tuple[str, ...]

    @classmethod
    def of(cls, extension: "Extension") -> "Described":
        """What an extension that is loaded adds."""
        added = [phase for phase in extension.phases if phase.where != "instead"]
        return cls(
            name=extension.name,
            description=extension.description,
            switches=tuple((phase.name, phase.description) for phase in added),
            parameters=tuple(extension.parameters.values()),
            outcomes=tuple(outcome for outcome, _ in extension.outcomes.values()),
            phases=tuple(phase.place for phase in extension.phases),
        )

    @classmethod
    def from_data(cls, found: Mapping[str, Any]) -> "Described":
        """As it was written by ``described_text``."""
        specs = [
            {**spec, "prior": tuple(spec["prior"]) if spec["prior"] else None} for spec in found["parameters"]
        ]
        return cls(
            name=found["name"],
            description=found["description"],
            switches=tuple((name, what) for name, what in found["switches"]),
            parameters=tuple(ParameterSpec(**spec) for spec in specs),
            outcomes=tuple(Outcome(**outcome) for outcome in found["outcomes"]),
            phases=tuple(found["phases"]),
        )

    @property
    def names(self) -> list[str]:
        """Names of its switches, parameters and outcomes."""
        specs, outcomes = self.parameters, self.outcomes
        return [*(n for n, _ in self.switches), *(s.name for s in specs), *(o.name for o in outcomes)]


@dataclass(frozen=True, slots=True)
class ExtensionFile:
    """The file of an extension as it was read: everything that a worker needs to run it."""

    file: str
    text: str
    described: Described

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def shown(self) -> str:
        """One line on the file, for whoever runs it."""
        phases = ", ".join(self.described.phases)
        return f"extension {self.file} (SHA-256 {self.digest[:_DIGITS]}) is run with the model: {phases}"


def put_at_hand(extensions: Sequence[Described]) -> None:
    """Have parameters and outcomes be those of the model with some extensions, from now on."""
    switches = tuple(switch for each in extensions for switch in each.switches)
    specs = tuple(spec for each in extensions for spec in each.parameters)
    set_parameters_at_hand(parameters_with(switches, specs))
    set_added_outcomes(outcome for each in extensions for outcome in each.outcomes)


@contextmanager
def at_hand_kept() -> Iterator[None]:
    """Leave at hand what is, whatever config is read in between."""
    parameters, outcomes = parameters_at_hand(), added_outcomes()
    try:
        yield
    finally:
        set_parameters_at_hand(parameters)
        set_added_outcomes(outcomes)


def read_extensions(
    raw: Mapping[str, Any], folder: Path, *, execute: bool
) -> tuple[tuple[ExtensionFile, ...], list[Fault]]:
    """The extensions that a config names, and their faults; ``folder``: the config's.

    Without ``execute`` no file is run: what each adds is read from what a sweep has kept beside it.
    """
    section = raw.get("model", {})
    named = section.get("extensions", ()) if isinstance(section, Mapping) else ()
    if not isinstance(named, list | tuple) or not all(isinstance(name, str) for name in named):
        return (), []  # the section's own check tells
    found: list[ExtensionFile] = []
    faults: list[Fault] = []
    for position, name in enumerate(named):
        try:
            found.append(_read(folder / name, execute=execute))
        except ExtensionFaultError as fault:
            faults.append(Fault((*_PATH, position), f"{name}{fault}"))
        else:
            faults += [Fault((*_PATH, position), f"{name}: {text}") for text in _clashes(found)]
    return tuple(found), faults


class ExtensionFaultError(ValueError):
    """What is wrong with a file, from the line on: ``", line 3: …"`` or ``": …"``."""


def _clashes(found: Sequence[ExtensionFile]) -> Iterator[str]:
    """What the last extension has in common with those before it."""
    *before, last = found
    for other in before:
        if other.file == last.file:
            yield f"a file of that name is named before, {other.file}; their copies would be one"
        if other.described.name == last.described.name:
            yield f"extension '{last.described.name}' is declared in {other.file}, too"
        for name in last.described.names:
            if name in other.described.names:
                yield f"name '{name}': taken by {other.file}"


def _read(path: Path, *, execute: bool) -> ExtensionFile:
    if path.suffix != ".py":
        raise ExtensionFaultError(": expected a Python file, NAME.py")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ExtensionFaultError(f": no such file ({path})") from None
    except (OSError, ValueError) as error:
        raise ExtensionFaultError(f": cannot be read: {error}") from None
    if execute:
        return ExtensionFile(path.name, text, Described.of(load(path.name, text)))
    kept = described_in(path.parent).get(path.name)
    if kept is None or kept[0] != hashlib.sha256(text.encode()).hexdigest():
        raise ExtensionFaultError(": changed since citysim kept it; run the experiment again to replace it")
    return ExtensionFile(path.name, text, kept[1])


@lru_cache(maxsize=16)  # once a process, however many runs it computes
def load(file: str, text: str) -> "Extension":
    """Execute a file and give the extension it declares. Raises ``ExtensionFaultError``."""
    from citysim.model.extended import last_line_in  # noqa: PLC0415  brings the model, and most configs need none
    from citysim.model.extension import Extension  # noqa: PLC0415  as above

    try:
        tree = ast.parse(text, file)
    except SyntaxError as error:
        raise ExtensionFaultError(f", line {error.lineno}: not Python: {error.msg}") from None
    for line, what in _random(tree):
        raise ExtensionFaultError(f", line {line}: {what}: draw from the `draws` that a phase is handed")
    module = ModuleType(f"citysim_extension_{Path(file).stem}")
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)  # for tracebacks
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(tree, file, "exec"), module.__dict__)  # noqa: S102  the author's own file
    except Exception as error:
        said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise ExtensionFaultError(f", line {last_line_in(error, file)}: {said}") from error
    declared = {id(value): value for value in vars(module).values() if isinstance(value, Extension)}
    if len(declared) != 1:
        raise ExtensionFaultError(f": declares {len(declared)} extensions, expected one citysim.Extension(…)")
    (extension,) = declared.values()
    if not (extension.phases or extension.outcomes):
        raise ExtensionFaultError(": adds neither a phase nor an outcome")
    return extension


def _random(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Where a file imports or names what draws random numbers of its own."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute) and node.attr == "random":
            names = ["numpy.random"] if ast.unparse(node.value) in ("np", "numpy") else []
        for name in names:
            if name in _RANDOM or name.startswith(tuple(f"{each}." for each in _RANDOM)):
                yield getattr(node, "lineno", 0), f"uses {name}, whose numbers no seed of the run decides"
                break


def load_all(files: Sequence[ExtensionFile]) -> "tuple[Extension, ...]":
    """The extensions of a run."""
    return tuple(load(each.file, each.text) for each in files)


def described_text(files: Sequence[ExtensionFile]) -> str:
    """What extensions add, as kept in a result folder: by file, its digest and what is described."""
    table = {each.file: {"digest": each.digest, "adds": asdict(each.described)} for each in files}
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def described_in(folder: Path) -> dict[str, tuple[str, Described]]:
    """By file its digest and what it adds, as kept in a folder; empty where nothing readable is."""
    try:
        table = json.loads((folder / DESCRIBED).read_text(encoding="utf-8"))
        return {name: (str(of["digest"]), Described.from_data(of["adds"])) for name, of in table.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
