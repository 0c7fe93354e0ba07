"""What ``compare`` does with results of some experiments or of one, and ``brief --beside``."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pandas as pd

from citysim.analysis.compare import (
    COMPARE_FILE,
    HEADLINE,
    differing,
    forms_that_came,
    in_words,
    read_pair,
    write_compare,
)
from citysim.analysis.moved import forms_in_words, stay_in_words
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.stall import at_level, shown_stall
from citysim.briefing.sheet import write_sheet
from citysim.cli.actions.report import claimed, tell_missing
from citysim.cli.display import console, print_paths, print_table
from citysim.errors import ResultError
from citysim.figures.rows import shown_arms
from citysim.language import speaking
from citysim.plan.kinds import SheetKind
from citysim.store.contents import check_ours
from citysim.store.reader import load_results

#: Parameters that stay at the prior, named on the terminal.
_NAMED = 12
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
    found = [read_results(folder) for folder in folders]
    language = language or found[0].language
    made: list[Path] = []
    one_experiment = len(found) == 2 and not differing(found[0], found[1], but=forms_that_came(*found))
    if one_experiment:
        made += _before_and_after(folders[0], folders[1], out, language)
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


def check_once(folders: Sequence[Path]) -> None:
    """Raise ``ResultError`` where a folder is named twice."""
    known = [folder.resolve() for folder in folders]
    for folder in folders:
        if known.count(folder.resolve()) > 1:
            raise ResultError(f"{folder}: named twice; name each result folder once")


def _before_and_after(before: Path, after: Path, out: Path | None, language: str | None) -> list[Path]:
    """Print, write and draw what differs between two results of one experiment; gives the files."""
    claimed(after, out)
    pair = read_pair(before, after, out)
    first, second = pair[0], replace(pair[1], asked_language=language)
    table, made = written(first, second)
    arm, stall = shown_arms(second)[-1], shown_stall(second)
    rows = at_level(table[(table["table"] == HEADLINE) & (table["arm"] == arm)], stall)
    if len(rows):
        print_table(
            {
                "estimand": list(rows["estimand"]),
                "outcome": list(rows["outcome"]),
                **{
                    side: [
                        f"{r[f'estimate_{side}']:.3g} ({r[f'lower_{side}']:.3g} … {r[f'upper_{side}']:.3g})"
                        for r in rows.to_dict("records")
                    ]
                    for side in ("before", "after")
                },
                "width": [f"{100 * change:+.0f} %" for change in rows["width_change"]],
                "verdict before": list(rows["verdict_before"]),
                "verdict after": list(rows["verdict_after"]),
            },
            f"{arm}, before and after",
            right=("before", "after", "width"),
        )
    with speaking(second.language):
        for sentence in in_words(table, arm, stall):
            console().print(sentence, soft_wrap=True)
        for said in (forms_in_words(second), stay_in_words(second, _NAMED)):
            if said:
                console().print(said, soft_wrap=True)
    return made


def written(before: RunSet, after: RunSet) -> tuple[pd.DataFrame, list[Path]]:
    """Table and figure of a comparison, beside what is made of ``after``; gives the table and the files."""
    from citysim.figures.compare import draw  # noqa: PLC0415  draws
    from citysim.figures.drawing import add_cards  # noqa: PLC0415

    table = write_compare(before, after)
    made = [after.out / COMPARE_FILE]
    with speaking(after.language):
        try:
            drawn = draw(table, shown_arms(after)[-1], shown_stall(after))
        except ResultError as error:
            console(stderr=True).print(f"note: no figure: {error}", soft_wrap=True)
            return table, made
        return table, [*made, *add_cards(after, [drawn])]
