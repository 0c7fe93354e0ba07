"""What ``compare`` does with the results of some experiments."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import get_args

from citysim.analysis.compare import differing, forms_that_came
from citysim.analysis.results import RunSet, read_results
from citysim.briefing.sheet import write_sheet
from citysim.cli.actions.compare import before_and_after
from citysim.cli.display import print_paths, tell_missing
from citysim.errors import ConfigError, ResultError
from citysim.language import speaking
from citysim.plan.kinds import SheetKind
from citysim.store.contents import check_ours
from citysim.store.reader import load_results

#: Folder of a sheet beside the first results.
BESIDE = "compared"


def compare(
    folders: Sequence[Path],
    out: Path | None,
    language: str | None = None,
    formats: Collection[str] | None = None,
) -> None:
    """Write a dialogue sheet of some results, and hold two of one experiment, or of a kind, side by side.

    ``out``: the folder of the sheet, if not ``BESIDE`` beside the first. Raises ``ResultError`` where a
    folder has no runs, is named twice, or there is only one.
    """
    if len(folders) < 2:
        raise ResultError(f"{folders[0]}: expected two result folders or more to compare, found one")
    found = [_read(folder) for folder in folders]
    language = language or found[0].language
    made: list[Path] = []
    one_experiment = len(found) == 2 and not differing(found[0], found[1], but=forms_that_came(*found))
    if one_experiment:
        made += before_and_after(folders[0], folders[1], out, language)
    else:
        check_once(folders)
        for results in found:
            tell_missing(results.stored or load_results(results.path), f"{results.path}: ")
    first = folders[0] if folders[0].name else folders[0].resolve()
    place = out or first.parent / BESIDE
    check_ours(place)
    made += write_sheet(folders, place, language, formats or get_args(SheetKind))
    if not one_experiment:
        from citysim.cli.actions.side_by_side import write_pairs  # noqa: PLC0415  draws

        with speaking(language):
            made += write_pairs(found, place)
    print_paths("written:", made)


def _read(folder: Path) -> RunSet:
    """The runs of a folder; where its config cannot be read, as of another version, says what to do."""
    try:
        return read_results(folder)
    except ConfigError as error:
        again = "is it of another version? Run the experiment anew: citysim run CONFIG --out NEW"
        raise ResultError(f"{error.messages[0]}; {again}") from error


def check_once(folders: Sequence[Path]) -> None:
    """Raise ``ResultError`` where a folder is named twice."""
    known = [folder.resolve() for folder in folders]
    for folder in folders:
        if known.count(folder.resolve()) > 1:
            raise ResultError(f"{folder}: named twice; name each result folder once")
