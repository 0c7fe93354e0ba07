"""What stands with a figure, kept beside the pictures in ``captions.json``."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from citysim.analysis.results import RunSet
from citysim.errors import ResultError
from citysim.language import spoken
from citysim.store.checked import read_checked
from citysim.store.files import writing
from citysim.store.outputs import write_output

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTIONS = "figures/captions.json"
#: Name of the picture of page 1, of an analysis that a config names.
IN_SHORT = "in_short"


@dataclass(frozen=True, slots=True)
class Caption:
    """File stem, title, caption, a text for those who cannot see the figure, and the language of all.

    ``subtitle``: measure and unit; ``footer``: replications and world. Both are in pictures that stand alone.
    """

    name: str
    title: str
    caption: str
    alt: str
    language: str = field(default_factory=spoken)
    subtitle: str = ""
    footer: str = ""


type Drawn = tuple[Figure, Caption]
type Draw = Callable[[RunSet], Drawn | None]


def draw_of(module: str) -> Draw:
    """What draws a figure, by its module, which is imported when the figure is drawn."""

    def draw(results: RunSet) -> Drawn | None:
        found: Drawn | None = import_module(module).draw(results)
        return found

    return draw


def command_for(name: str, results: RunSet) -> str:
    """The command that makes what is missing."""
    out = "" if results.out == results.path else f" --out {results.out}"
    language = "" if results.asked_language is None else f" --language {results.asked_language}"
    return f"citysim {name} {results.path}{out}{language}"


def write_captions(folder: Path, captions: Iterable[Caption]) -> Path:
    """Write the captions of the figures of a folder; gives the file."""
    text = json.dumps([asdict(caption) for caption in captions], ensure_ascii=False, indent=1)
    write_output(folder, CAPTIONS, "figures", writing(f"{text}\n".encode()))
    return folder / CAPTIONS


def read_captions(results: RunSet) -> list[Caption]:
    """Captions of the figures of an experiment, in the order of a report.

    Raises ``ResultError`` where the figures are missing or their captions damaged.
    """
    file = results.out / CAPTIONS
    command = command_for("figures", results)
    if not file.is_file():
        raise ResultError(f"{file.parent}: no figures yet; make them with: {command}")
    data = read_checked(results.out, CAPTIONS, f"make it again with: {command}")
    try:
        return [Caption(**entry) for entry in json.loads(data)]
    except (ValueError, TypeError) as error:
        raise ResultError(f"{file}: damaged: {error}; make it again with: {command}") from error
