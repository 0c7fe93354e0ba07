"""Writes docs/verdicts.md, the answers before and after calibration: `uv run python docs/verdicts.py`.

From the tables kept in results/reference/NAME (draws of the prior) and results/reference/posterior/NAME (draws of the
posterior in results/reference/calibration).
"""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PAGE = Path(__file__).parent / "verdicts.md"
KEPT = Path(__file__).parents[1] / "results" / "reference"
AFTER = KEPT / "posterior"
#: Columns that both tables must have.
_SHOWN = ("estimate", "lower", "upper", "verdict")
_NAMES = {"loss": "losses left over", "marginalisation": "marginalised share", "development": "development"}


@dataclass(frozen=True)
class Asked:
    """The table that answers a question, which of its rows are verdicts, and which are shown."""

    experiment: str
    table: str
    question: str
    #: What a row is called, and the keys that find it.
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: A key that in rows of these quantities is a result, so that the two tables may differ in it.
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _claim() -> dict[str, dict[str, Any]]:
    titles = {"substitution": "substitution", "response": "response", "compensation": "compensation ratio C"}
    return {
        f"{title}: {_NAMES[outcome]}": {"estimand": name, "arm": "both", "stall": 0.75, "outcome": outcome}
        for name, title in titles.items()
        for outcome in _NAMES
    }


_DEVELOPMENT = {"stall": 0.5, "outcome": "development"}
QUESTIONS = (
    Asked("claim", "headline", "1. Do cities act when states stall? (stall of three quarters)", _claim()),
    Asked(
        "partnerships",
        "factorial",
        "2. Twinnings and networks (development, half stall)",
        {
            "twinnings": {"quantity": "difference", "effect": "twinning", **_DEVELOPMENT},
            "networks": {"quantity": "difference", "effect": "networks", **_DEVELOPMENT},
            "networks, added to twinnings": {
                "quantity": "difference",
                "effect": "networks_added",
                **_DEVELOPMENT,
            },
            "both against the sum of each": {
                "quantity": "difference",
                "effect": "interaction",
                **_DEVELOPMENT,
            },
        },
    ),
    Asked(
        "added_value",
        "added_value",
        "3. Seven networks together, for the world",
        {
            _NAMES[outcome]: {"estimand": "together", "group": "world", "outcome": outcome}
            for outcome in ("development", "loss")
        },
    ),
    Asked(
        "scope",
        "pathway",
        "4. Scope of action by networks (half stall)",
        {
            "national autonomy": {
                "quantity": "change",
                "arm": "networks",
                "stall": 0.5,
                "group": "world",
                "outcome": "autonomy",
            },
            "international reach": {
                "quantity": "change",
                "arm": "networks",
                "stall": 0.5,
                "group": "world",
                "outcome": "reach",
            },
            "share of the effect on development": {
                "quantity": "share_scope",
                "arm": "networks",
                "group": "world",
                **_DEVELOPMENT,
            },
        },
    ),
    Asked(
        "how_many_networks",
        "number",
        "5. Number of networks (half stall)",
        {
            "best number": {
                "quantity": "best_number",
                "arm": "all_downsides",
                "group": "world",
                "outcome": "development",
            },
            "development, from the best to a thousand": {
                "quantity": "from_best",
                "arm": "all_downsides",
                "group": "world",
                "outcome": "development",
            },
        },
        found={"initial_networks": ("from_best", "caused", "share_caused")},
    ),
    Asked(
        "crises",
        "ledger",
        "6. Losses averted (half stall)",
        {
            "per cent of them": {
                "quantity": "percent",
                "part": "total",
                "arm": "both",
                "crisis_correlation": 1.0,
            },
            "prevention less response, of a year's product": {
                "quantity": "by_rate",
                "part": "balance",
                "arm": "both",
                "crisis_correlation": 1.0,
            },
        },
    ),
    Asked(
        "peace",
        "contact",
        "7. Expected onsets of conflict (half stall), with ties less without",
        {
            f"at a contact effect of {effect:g}": {
                "quantity": "difference",
                "arm": "both",
                "contact_effect": effect,
                "outcome": "conflict_hazard",
            }
            for effect in (0.5, 1.0)
        },
    ),
    Asked(
        "urban_2050",
        "gains",
        "8. Who gains (development, half stall)",
        {
            group.replace("_", " "): {"quantity": "gain", "arm": "both", "group": group, **_DEVELOPMENT}
            for group in ("world", "member", "non_member", "north", "south", "europe")
        },
    ),
)


def page(before: Path = KEPT, after: Path = AFTER) -> str:
    """The whole page; raises ``KeyError`` where a row that is asked for is not in a table."""
    text = _HEAD
    shown = "| question | | prior | posterior | verdict before | after |\n|---|---|---|---|---|---|\n"
    counts = "| question | verdicts | moved | which |\n|---|---|---|---|\n"
    for asked in QUESTIONS:
        if not (after / asked.experiment / f"{asked.table}.csv").is_file():
            counts += f"| {asked.question} | not run | | |\n"
            continue
        both = joined(asked, before, after)
        for name, keys in asked.rows.items():
            row = _row(both, keys, asked.experiment)
            cells = (_number(row, side) for side in ("before", "after"))
            said = (_verdict(row[f"verdict_{side}"]) for side in ("before", "after"))
            shown += f"| {asked.question} | {name} | {' | '.join(cells)} | {' | '.join(said)} |\n"
        judged = both[both["verdict_before"].notna() & both["verdict_after"].notna()]
        moved = judged[judged["verdict_before"] != judged["verdict_after"]]
        ways = (moved["verdict_before"] + " → " + moved["verdict_after"]).value_counts()
        which = "; ".join(f"{way} ({count})" for way, count in ways.items())
        counts += f"| {asked.question} | {len(judged)} | {len(moved)} | {which or '–'} |\n"
    return f"{text}\n## The answers\n\n{shown}\n## How many verdicts moved\n\n{counts}"


def joined(asked: Asked, before: Path, after: Path) -> pd.DataFrame:
    """The two tables of a question side by side, by their keys."""
    tables = [pd.read_csv(folder / asked.experiment / f"{asked.table}.csv") for folder in (before, after)]
    columns = list(tables[0].columns)
    keys = columns[: columns.index("estimate")]
    for table in tables:
        for key, quantities in asked.found.items():
            table.loc[table["quantity"].isin(quantities), key] = np.nan
    parts = [table[[*keys, *_SHOWN]] for table in tables]
    return parts[0].merge(parts[1], on=keys, suffixes=("_before", "_after"), validate="one_to_one")


def _row(table: pd.DataFrame, keys: dict[str, Any], name: str) -> "pd.Series[Any]":
    found = table
    for key, value in keys.items():
        found = found[found[key] == value]
    if len(found) != 1:
        raise KeyError(f"{name}: {len(found)} rows with {keys}, expected one")
    return found.iloc[0]


def _number(row: "pd.Series[Any]", side: str) -> str:
    estimate, lower, upper = (float(row[f"{name}_{side}"]) for name in ("estimate", "lower", "upper"))
    if math.isnan(lower):
        return _short(estimate)
    return f"{_short(estimate)} ({_short(lower)} … {_short(upper)})"


def _short(value: float) -> str:
    digits = 2 if abs(value) < 10 else math.ceil(math.log10(abs(value)))
    return np.format_float_positional(value, digits, fractional=False, trim="-").replace("-", "−")


def _verdict(value: object) -> str:
    return value if isinstance(value, str) else "–"


_HEAD = """\
# Verdicts before and after calibration

Made by `uv run python docs/verdicts.py` from the tables that are kept in `results/reference/` (draws of the prior) and
`results/reference/posterior/` (draws of a posterior, under the forms of mechanisms that it was calibrated with,
[calibration.md](calibration.md)). Each is of the same experiment with as many replications:

    uv run citysim run NAME --out results/NAME
    uv run citysim run NAME --posterior results/reference/calibration/posterior.parquet --out results/posterior/NAME

Numbers are medians with 5–95 % of replications. What they mean stands in [findings.md](findings.md).
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
