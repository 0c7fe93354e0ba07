"""What ``compare`` does with pairs of experiments of one kind."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.compare import differing
from citysim.analysis.estimands import title
from citysim.analysis.labels import verdict_label
from citysim.analysis.results import RunSet
from citysim.analysis.side_by_side import DIFFERENCE, answered_by, not_paired, other_kind, side_by_side
from citysim.analysis.tables import write_csvs
from citysim.cli.actions.report import keep
from citysim.cli.display import console, print_table
from citysim.figures.side_by_side import draw, less
from citysim.language import gettext, numeral
from citysim.plan.faults import shown
from citysim.store.outputs import written

NAME = "side_by_side"
#: Settings that are named in which two experiments differ.
_NAMED = 6


def write_pairs(found: Sequence[RunSet], out: Path) -> list[Path]:
    """Print, draw and write every pair of experiments of one kind; gives the files.

    Says in a line each which pairs are not of one kind, in the language spoken.
    """
    groups: dict[str, list[tuple[int, RunSet]]] = {}
    for place, results in enumerate(found, 1):
        groups.setdefault(answered_by(results), []).append((place, results))
    if len(groups) > 1:
        said = (f"{results.path.name} ({by})" for by, group in groups.items() for _, results in group)
        text = gettext(
            "Not side by side, as their questions are answered in other ways: {names}", names=", ".join(said)
        )
        _say(text)
    tables, made = [], []
    for group in groups.values():
        for (place, first), (other, second) in combinations(group, 2):
            table, files = _pair(first, second, out, f"{NAME}_{place}_{other}")
            made += files
            tables += [table] if len(table) else []
    if tables:
        write_csvs({f"{NAME}.csv": pd.concat(tables, ignore_index=True)}, out)
        made.append(out / f"{NAME}.csv")
    _remove_earlier(out, made)
    return made


def _remove_earlier(out: Path, made: Sequence[Path]) -> None:
    """Delete pictures and table of pairs that were compared before in the same folder."""
    for name in written(out):
        if name.startswith((f"{NAME}.", f"figures/{NAME}_")) and out / name not in made:
            (out / name).unlink(missing_ok=True)


def _pair(first: RunSet, second: RunSet, out: Path, name: str) -> tuple[pd.DataFrame, list[Path]]:
    """Print and draw one pair; gives its rows, none where they are not of one kind, and the files."""
    names = [results.path.name for results in (first, second)]
    if names[0] == names[1]:
        names = ["/".join(results.path.resolve().parts[-2:]) for results in (first, second)]
    why = other_kind(first, second)
    table = pd.DataFrame() if why else side_by_side(first, second)
    if table.empty:
        why = why or gettext("they have no estimate in common")
        _say(gettext("{first}, {second}: not side by side: {why}", **_named(names), why=why))
        return table, []
    _tell(table, names, first, second)
    files = keep(draw(table, name, names, not_paired(first, second)), out)
    return table.assign(first=str(first.path), second=str(second.path)), files


def _named(names: Sequence[str]) -> dict[str, str]:
    return {"first": names[0], "second": names[1]}


def _say(text: str) -> None:
    console().print(text, markup=False, soft_wrap=True)


def _tell(table: pd.DataFrame, names: Sequence[str], first: RunSet, second: RunSet) -> None:
    """Print in what two experiments differ, and the table."""
    differ = differing(first, second)
    if differ:
        told = [f"{key}: {_set(one)}, {_set(other)}" for key, (one, other) in differ.items()]
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
        columns[less(names)] = [_range(row, *ends) for row in rows]
        columns[gettext("verdict")] = [verdict_label(row["verdict"]) for row in rows]
    print_table(columns, gettext("{first} and {second} side by side", **_named(names)))


def _set(value: object) -> str:
    """A value of a setting, cut where it is long."""
    return gettext("not set") if value is None else shown(value)


def _what(row: Mapping[Any, Any]) -> str:
    return str(row["arm"]) if row["estimand"] == DIFFERENCE else title(row["estimand"])


def _range(row: Mapping[Any, Any], middle: str, low: str, high: str) -> str:
    values = [row[name] for name in (middle, low, high)]
    if not np.isfinite(values).all():
        return gettext("undefined")
    one, least, most = (numeral(f"{value:.2g}") for value in values)
    return f"{one} ({least} … {most})"
