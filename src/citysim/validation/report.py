"""The table of validation as a page: a row per statistic, and how many patterns hold."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from citysim.validation.judge import number
from citysim.validation.samples import STAGES
from citysim.validation.validate import shares

#: Names of the files.
TABLE_FILE, PAGE_FILE, SHARES_FILE = "validation.csv", "validation.md", "validation_shares.csv"
_HEAD = (
    "| pattern | use | test | statistic | record | accepted | prior | posterior | verdict | how |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)
_RULE = """\
*Prior*, *posterior*: median of the runs (5 to 95 %). A statistic *holds* where the median lies in the
accepted range, *partly* where only the 90 % interval reaches into it, else it *misses*; a pattern holds
where all its statistics do. Accepted ranges are published ones, or the record's 90 % interval by the same
estimator on the same cities, widened as the last table says.
"""


def page(table: pd.DataFrame) -> str:
    """The table of ``validate`` as Markdown: shares that hold, statistics, patterns, reasons."""
    judged = table[table["statistic"].notna()]
    rows = _records(judged)
    text = "\n".join(f"- {line}" for line in share_lines(table)) + "\n\n" + _RULE + "\n" + _HEAD
    text += "".join(_row(row) for row in rows)
    text += "\n| pattern | what | source | verdict |\n|---|---|---|---|\n"
    for row in _records(table.drop_duplicates("pattern")):
        told = row["verdict_pattern"] if pd.notna(row["statistic"]) else f"{row['use']}: {row['known']}"
        text += f"| {row['pattern']} | {row['what']} | {row['source']} | {told} |\n"
    text += "\n| pattern | statistic | accepted range from | known reason of a miss |\n|---|---|---|---|\n"
    for row in rows:
        text += f"| {row['pattern']} | {_name(row)} | {row['why']} | {_known(row)} |\n"
    return text


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def share_lines(table: pd.DataFrame) -> list[str]:
    """How many patterns hold, in words."""
    names = {
        "C": "Patterns for calibration",
        "V": "Patterns for validation alone",
        "both": "All patterns",
        "statistics": "Their statistics, one by one",
    }
    lines = []
    for row in _records(shares(table)):
        told = "none judged"
        if row["judged"]:
            told = f"{row['holds']} of {row['judged']} hold ({100 * row['share']:.0f} %)"
        left = f", {row['not_run']} without a run" if row["not_run"] else ""
        lines.append(f"{names[row['use']]}: {told}{left}")
    return lines


def _row(row: Mapping[str, Any]) -> str:
    cells = [
        *(row["pattern"], row["use"], row["test"], _name(row), number(row["target"]), accepted_text(row)),
        *(_predicted(row, stage) for stage in STAGES),
        *(row["verdict"], row["sentence"]),
    ]
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def _known(row: Mapping[str, Any]) -> str:
    if row["verdict"] in ("holds", "not run"):
        return "–"
    return str(row["known"]) if row["known"] and pd.notna(row["known"]) else "none known"


def _name(row: Mapping[str, Any]) -> str:
    return f"`{row['statistic']}` ({row['experiment']}/{row['arm']})"


def accepted_text(row: Mapping[str, Any]) -> str:
    """The accepted range in words."""
    low, high = row["low"], row["high"]
    if pd.isna(low):
        return "–"
    if math.isinf(low):
        return f"≤ {number(high)}"
    return f"≥ {number(low)}" if math.isinf(high) else f"{number(low)} … {number(high)}"


def _predicted(row: Mapping[str, Any], stage: str) -> str:
    if pd.isna(row[f"{stage}_median"]):
        return "–"
    lower, median, upper = (number(row[f"{stage}_{name}"]) for name in ("lower", "median", "upper"))
    return f"{median} ({lower} … {upper})"
