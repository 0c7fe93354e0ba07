"""What ``compare`` does with two results of one experiment, and ``brief --beside``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from citysim.analysis.compare import (
    COMPARE_FILE,
    HEADLINE,
    in_words,
    read_pair,
    write_compare,
)
from citysim.analysis.labels import arm_name
from citysim.analysis.moved import forms_in_words, stay_in_words
from citysim.analysis.results import RunSet
from citysim.analysis.stall import at_level, shown_stall
from citysim.cli.actions.report import claimed
from citysim.cli.display import console, print_table
from citysim.errors import ResultError
from citysim.figures.rows import shown_arms
from citysim.language import gettext, speaking

#: Parameters that stay at the prior, named on the terminal.
_NAMED = 12


def before_and_after(before: Path, after: Path, out: Path | None, language: str | None) -> list[Path]:
    """Print, write and draw what differs between two results of one experiment; gives the files."""
    claimed(after, out)
    pair = read_pair(before, after, out)
    first, second = pair[0], replace(pair[1], asked_language=language)
    table, made = written(first, second)
    arm, stall = shown_arms(second)[-1], shown_stall(second)
    rows = at_level(table[(table["table"] == HEADLINE) & (table["arm"] == arm)], stall)
    with speaking(second.language):
        if len(rows):
            title = gettext("{arm}, before and after", arm=arm_name(arm))
            print_table(_columns(rows.to_dict("records")), title, right=("before", "after", "width"))
        for sentence in in_words(table, arm, stall):
            console().print(sentence, soft_wrap=True)
        for said in (forms_in_words(second), stay_in_words(second, _NAMED)):
            if said:
                console().print(said, soft_wrap=True)
    return made


def _columns(rows: list[dict[Any, Any]]) -> dict[str, list[str]]:
    """Columns of the printed table."""
    sides = {
        side: [
            f"{r[f'estimate_{side}']:.3g} ({r[f'lower_{side}']:.3g} … {r[f'upper_{side}']:.3g})" for r in rows
        ]
        for side in ("before", "after")
    }
    return {
        "estimand": [r["estimand"] for r in rows],
        "outcome": [r["outcome"] for r in rows],
        **sides,
        "width": [f"{100 * r['width_change']:+.0f} %" for r in rows],
        "verdict before": [r["verdict_before"] for r in rows],
        "verdict after": [r["verdict_after"] for r in rows],
    }


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
