"""What ``compare`` does with pairs of experiments of one kind."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.compare import differing
from citysim.analysis.labels import verdict_label
from citysim.analysis.results import RunSet
from citysim.analysis.side_by_side import DIFFERENCE, not_paired, other_kind, side_by_side
from citysim.analysis.tables import write_csvs
from citysim.cli.actions.report import keep
from citysim.cli.display import console, print_table
from citysim.figures.side_by_side import draw
from citysim.language import gettext, numeral, pgettext
from citysim.plan.faults import shown

NAME = "side_by_side"
#: Settings that are named in which two experiments differ.
_NAMED = 6


def write_pairs(found: Sequence[RunSet], out: Path) -> list[Path]:
    """Print, draw and write every pair of experiments of one kind; gives the files.

    Says in a line each which pairs are not of one kind, in the language spoken.
    """
    tables, made = [], []
    for (place, first), (other, second) in combinations(enumerate(found, 1), 2):
        names = [f"{at}. {results.path.name}" for at, results in ((place, first), (other, second))]
        why = other_kind(first, second)
        table = pd.DataFrame() if why else side_by_side(first, second)
        if table.empty:
            why = why or gettext("they have no estimate in common")
            _say(gettext("{first}, {second}: not side by side: {why}", **_named(names), why=why))
            continue
        why_not = not_paired(first, second)
        _tell(table, names, first, second)
        made += keep(draw(table, f"{NAME}_{place}_{other}", names, why_not), out)
        tables.append(table.assign(first=str(first.path), second=str(second.path)))
    if tables:
        write_csvs({f"{NAME}.csv": pd.concat(tables, ignore_index=True)}, out)
        made.append(out / f"{NAME}.csv")
    return made


def _named(names: Sequence[str]) -> dict[str, str]:
    return {"first": names[0], "second": names[1]}


def _say(text: str) -> None:
    console().print(text, markup=False, soft_wrap=True)


def _tell(table: pd.DataFrame, names: Sequence[str], first: RunSet, second: RunSet) -> None:
    """Print in what two experiments differ, and the table."""
    differ = differing(first, second)
    if differ:
        told = [f"{key}: {shown(one)}, {shown(other)}" for key, (one, other) in differ.items()]
        more = gettext(" and {count} more", count=len(told) - _NAMED) if len(told) > _NAMED else ""
        text = gettext("{first}, {second}: differ in {what}", **_named(names), what="; ".join(told[:_NAMED]))
        _say(f"{text}{more}")
    rows = table.to_dict("records")
    columns: dict[str, list[object]] = {
        gettext("estimand"): [_what(row) for row in rows],
        gettext("outcome"): [row["outcome"] for row in rows],
        names[0]: [_range(row, "estimate_first", "lower_first", "upper_first") for row in rows],
        names[1]: [_range(row, "estimate_second", "lower_second", "upper_second") for row in rows],
    }
    if "difference" in table:
        ends = ("difference", "difference_lower", "difference_upper")
        columns[gettext("second less first")] = [_range(row, *ends) for row in rows]
        columns[gettext("verdict")] = [verdict_label(row["verdict"]) for row in rows]
    print_table(columns, gettext("{first} and {second} side by side", **_named(names)))


def _what(row: Mapping[Any, Any]) -> str:
    return str(row["arm"]) if row["estimand"] == DIFFERENCE else pgettext("estimand", row["estimand"])


def _range(row: Mapping[Any, Any], middle: str, low: str, high: str) -> str:
    values = [row[name] for name in (middle, low, high)]
    if not np.isfinite(values).all():
        return gettext("undefined")
    one, least, most = (numeral(f"{value:.2g}") for value in values)
    return f"{one} ({least} … {most})"
