"""What a dialogue sheet says of each experiment: what page 1 of its briefing does, and of how many runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from citysim.analysis.headline import write_tables_of
from citysim.analysis.results import RunSet, read_results
from citysim.briefing.short import short_answer
from citysim.briefing.short.form import Short
from citysim.briefing.short.sentences import head, say
from citysim.briefing.wording import world_title
from citysim.language import gettext, ngettext, numeral, speaking
from citysim.model import MODEL_VERSION
from citysim.store.manifest import any_manifest
from citysim.store.outputs import report_current


@dataclass(frozen=True, slots=True)
class Entry:
    """One experiment on the sheet.

    ``number``, ``of`` and ``interval``: its one number, what it is of, and its 90 % interval, empty where
    there is none; ``made_of``: world and runs; ``done`` of ``asked`` runs are there.
    """

    name: str
    folder: Path
    short: Short
    number: str
    of: str
    interval: str
    world: str
    made_of: str
    done: int
    asked: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A dialogue sheet in words: ``kicker`` stands above the title, ``notes`` below all entries."""

    language: str
    title: str
    kicker: str
    entries: tuple[Entry, ...]
    notes: tuple[tuple[str, str], ...]


def sheet_of(folders: Sequence[Path], language: str) -> Sheet:
    """The sheet of the results in some folders in a language, in their order.

    Tables that lack or are of other runs are made anew, and are not kept. Raises ``ResultError`` where one
    cannot be made, or a folder has no runs.
    """
    with speaking(language):
        # What an experiment's extensions add is at hand until the next is read.
        entries = tuple(entry_of(read_results(folder)) for folder in folders)
        return Sheet(
            language=language,
            title=gettext("Dialogue sheet"),
            kicker=ngettext(
                "citysim · {count} experiment: question, answer, one number",
                "citysim · {count} experiments: question, answer, one number each",
                len(entries),
            ),
            entries=entries,
            notes=_notes(entries),
        )


def entry_of(results: RunSet) -> Entry:
    """What the sheet says of one experiment, in the language spoken."""
    manifest = any_manifest(results.path)
    with _with_tables(results) as made:
        short = short_answer(made)
    number = short.number
    low, high = (number.low, number.high) if number else ("", "")
    world = world_title(str(manifest.get("world", {}).get("title", results.config.world.kind)))
    return Entry(
        name=results.config.name,
        folder=results.path,
        short=short,
        number=number.shown if number else "–",
        of=number.of if number else gettext("no number yet"),
        interval=gettext("{low} to {high}", low=low, high=high) if low else "",
        world=world,
        made_of=" · ".join([world, *_runs(results), *_version(manifest.get("model_version"))]),
        done=len(results.runs),
        asked=results.asked,
    )


@contextmanager
def _with_tables(results: RunSet) -> Iterator[RunSet]:
    """The runs with tables that are of them: those in the folder, or others for as long as it takes."""
    if report_current(results.path):
        yield results
        return
    with TemporaryDirectory() as folder:
        made = replace(results, elsewhere=Path(folder))
        write_tables_of(made)
        yield made


def _runs(results: RunSet) -> Iterator[str]:
    done, asked = (numeral(f"{count:,}") for count in (len(results.runs), results.asked))
    if done == asked:
        yield ngettext("{count} run", "{count} runs", results.asked)
    else:
        yield gettext("{done} of {asked} runs", done=done, asked=asked)


def _version(version: object) -> Iterator[str]:
    """Which model the runs are of, where it is not this one."""
    if version is not None and str(version) != str(MODEL_VERSION):
        yield gettext("model version {version}, not {own}", version=version, own=MODEL_VERSION)


def _notes(entries: Sequence[Entry]) -> tuple[tuple[str, str], ...]:
    """How to read the sheet, and what it does not show."""
    limits = dict.fromkeys(entry.short.limits for entry in entries)
    reading = gettext("Below a number: what it is of, and its 90 % interval.")
    if any(entry.short.chances for entry in entries):
        reading = say("sure.scale", text=reading)
    return ((gettext("How to read it"), reading), *((head("limits"), text) for text in limits))
