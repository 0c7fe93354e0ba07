"""Two results of one experiment that differ in the draws alone: what a calibration has changed."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.estimates import ESTIMATES
from citysim.analysis.cells import Cells, paired_cells
from citysim.analysis.compensation import headline_terms, no_compensation_reason
from citysim.analysis.estimands import response_terms, substitution_terms, title
from citysim.analysis.intervals import TAIL, spread
from citysim.analysis.labels import arm_label, outcome_within, verdict_label
from citysim.analysis.moved import other_forms
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.shares import costs_something, direction
from citysim.analysis.stall import at_level, stall_of
from citysim.analysis.tables import read_answer, read_csv, read_headline, write_csvs
from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.language import N_, gettext, lowered
from citysim.plan.faults import shown
from citysim.plan.report import Stall
from citysim.store.manifest import any_manifest

COMPARE_FILE = "compare.csv"
HEADLINE = "headline"
#: Resamples of the change of a width, and their seed.
RESAMPLES, SEED = 300, 20260920
#: What of a config may differ between two results that are compared.
_FREE = ("name", "question", "hypothesis", "estimand", "refuted_by", "analyses", "seeds", "uncertainty",
         "record", "report", "calibration", "execution", "model")  # fmt: skip
_SHOWN = (
    "estimate",
    "lower",
    "upper",
    "probability_positive",
    "probability_compensates",
    "n_seeds",
    "verdict",
)
_CHANGES = ("width_change", "width_change_lower", "width_change_upper")
#: Verdicts that are named in a sentence.
_NAMED = 6


def read_pair(before: Path, after: Path, out: Path | None = None) -> tuple[RunSet, RunSet]:
    """Two results of one experiment. Raises ``ResultError`` where they differ in more than the draws.

    Forms that a posterior was calibrated under go with its draws.
    """
    pair = read_results(before), read_results(after, out)
    check_same(*pair, but=forms_that_came(*pair))
    if _draws(pair[0]) == _draws(pair[1]):
        raise ResultError(f"{before}, {after}: have the same draws, so there is nothing to compare")
    return pair


def check_same(first: RunSet, other: RunSet, but: Iterable[str] = ()) -> None:
    """Raise ``ResultError`` where two results differ in more than seeds, draws and what is recorded of them.

    ``but``: settings that may differ too, by the beginning of their name, such as ``"parameters."``.
    """
    differ = differing(first, other, but)
    if differ:
        (name, pair), more = next(iter(differ.items())), f" and {len(differ) - 1} more"
        raise ResultError(
            f"{first.path}, {other.path}: differ in more than the draws: {name} is "
            f"{shown(pair[0])} and {shown(pair[1])}{more if len(differ) > 1 else ''}; "
            "expected two results of one experiment"
        )


def differing(first: RunSet, other: RunSet, but: Iterable[str] = ()) -> dict[str, tuple[Any, Any]]:
    """Settings in which two results differ, seeds, draws and what is recorded apart: name → both values.

    ``but`` as of ``check_same``.
    """
    mine, others = _settings(first), _settings(other)
    free = tuple(but)
    return {
        name: (mine.get(name), others.get(name))
        for name in dict.fromkeys((*mine, *others))
        if mine.get(name) != others.get(name) and not (free and name.startswith(free))
    }


def forms_that_came(*results: RunSet) -> list[str]:
    """Settings that came with a posterior's draws, and so may differ between results of one experiment."""
    return [f"parameters.{name}" for each in results for name in other_forms(each)]


def _settings(results: RunSet) -> dict[str, Any]:
    """All that decides what an experiment is, draws and seeds apart, by dotted names."""
    config, manifest = results.config, any_manifest(results.path)
    table = config.model_dump(mode="python", exclude=dict.fromkeys(_FREE, True) | {"design": {"axes"}})
    table["world"].pop("data", None)
    table["design"]["axes"] = {name: axis.as_toml() for name, axis in config.axes.items()}
    table["world"]["digest"] = manifest.get("world", {}).get("digest")
    table["model"] = {
        "version": manifest.get("model_version"),
        "extensions": [Path(each.file).name for each in config.extensions],
    }
    return dict(_flat(table))


def _flat(table: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{at}{key}.")
        else:
            yield f"{at}{key}", value


def _draws(results: RunSet) -> tuple[object, ...]:
    """What tells the draws of one result from those of another."""
    stored = results.stored
    design = None if stored is None else stored.design
    drawn = () if design is None else tuple(design.loc[design["draw"] == results.draw, "run"])
    return (results.draw, *drawn)


def compare_table(before: RunSet, after: RunSet) -> pd.DataFrame:
    """A row per estimate that both have, in the order of their tables.

    ``table``: the headline or an analysis; ``what``: the keys of an analysis; then estimate, 90 % interval,
    probabilities, replications and verdict, ``_before`` and ``_after``; ``verdict_moved``; ``width_change``:
    width of the interval after over that before, less 1, with a 90 % interval of a bootstrap over the
    replications where the estimate is a share of what stall costs. NaN where an end is not finite.
    """
    parts = [_headline(before, after), *_answers(before, after)]
    table = pd.concat([part for part in parts if len(part)] or [pd.DataFrame()], ignore_index=True)
    if table.empty:
        raise ResultError(f"{before.path}, {after.path}: have no estimate in common")
    width = {side: table[f"upper_{side}"] - table[f"lower_{side}"] for side in ("before", "after")}
    table["width_change"] = (width["after"] / width["before"].where(width["before"] > 0) - 1).where(
        np.isfinite(width["after"]) & np.isfinite(width["before"])
    )
    table["verdict_moved"] = table["verdict_before"].fillna("") != table["verdict_after"].fillna("")
    ends = [name for name in (*_CHANGES, "verdict_moved") if name in table]
    keys = [str(name) for name in table if name not in ends and not str(name).endswith(("_before", "_after"))]
    sides = [f"{name}_{side}" for side in ("before", "after") for name in _SHOWN if f"{name}_{side}" in table]
    return table[[*keys, *sides, *ends]]


def _headline(before: RunSet, after: RunSet) -> pd.DataFrame:
    tables = [read_headline(results.out) for results in (before, after)]
    if any(table.empty for table in tables):
        return pd.DataFrame()
    keys = ["estimand", "arm", "stall", "outcome", *(name for name in before.sweep if name in tables[0])]
    rows = _side_by_side(tables, keys).assign(table=HEADLINE, what="")
    return rows.merge(_width_changes(before, after), how="left", on=keys) if len(rows) else rows


def _side_by_side(tables: list[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    first, second = (table[[*keys, *(name for name in _SHOWN if name in table)]] for table in tables)
    first, second = (_same_stall(table) for table in (first, second))
    return first.merge(second, on=keys, suffixes=("_before", "_after"), validate="one_to_one")


def _same_stall(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(stall=table["stall"].map(stall_of).astype(object)) if "stall" in table else table


def _answers(before: RunSet, after: RunSet) -> Iterator[pd.DataFrame]:
    """Estimates of the analyses that both name."""
    for name in before.config.analyses:
        if name not in after.config.analyses:
            continue
        tables = [read_answer(results.out, name) for results in (before, after)]
        columns = list(tables[0].columns)
        if not all({*ESTIMATES} <= set(table) for table in tables):
            continue
        keys = columns[: columns.index(ESTIMATES[0])]
        tables = [table.astype({key: str for key in keys if key != "stall"}) for table in tables]
        rows = _side_by_side(tables, keys)
        apart = [key for key in keys if key not in ("arm", "stall", "outcome")]
        what = ["; ".join(f"{key} {row[key]}" for key in apart) for row in rows[apart].to_dict("records")]
        yield rows.drop(columns=apart).assign(table=name, what=what)


def _width_changes(before: RunSet, after: RunSet) -> pd.DataFrame:
    """90 % interval of the change of the width of each share's interval, replications resampled."""
    parts = []
    for first, second in zip(paired_cells(before), paired_cells(after), strict=True):
        if no_compensation_reason(first) or no_compensation_reason(second):
            continue
        for estimand, one in share_values(first).items():
            ends = _resampled_change(one, share_values(second)[estimand])
            index = pd.MultiIndex.from_product(
                [[o for o in first.outcomes if o in HEADLINE_OUTCOMES], first.arms, first.stalls],
                names=["outcome", "arm", "stall"],
            )
            found = pd.DataFrame(dict(zip(_CHANGES[1:], ends.reshape(2, -1), strict=True)), index=index)
            parts.append(found.reset_index().assign(estimand=estimand, **first.sweep))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*_CHANGES[1:]])
    return _same_stall(table)


def share_values(cells: Cells) -> dict[str, Floats]:
    """Every share of what stall costs, replication by replication: (replications, outcomes, arms, stalls).

    Headline outcomes alone; NaN in replications in which stall costs nothing, as ``share_table`` has it.
    """
    at = [i for i, name in enumerate(cells.outcomes) if name in HEADLINE_OUTCOMES]
    better = direction(cells)[at]
    found = {}
    for name, terms in (
        ("substitution", substitution_terms),
        ("response", lambda y: response_terms(y, cells.counterparts)),
        ("compensation", headline_terms),
    ):
        top, bottom, _ = (term.to_numpy()[:, at] for term in terms(cells.drawn))
        bottom0 = terms(cells.defaults)[1].to_numpy()[:, at]
        matters, _ = costs_something(better * bottom, better * bottom0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[name] = np.where(matters, top / bottom, np.nan)
    return found


def _resampled_change(before: Floats, after: Floats) -> Floats:
    """Interval of width(after) / width(before) − 1: (2, …)."""
    rng = np.random.default_rng(SEED)
    changes = []
    for _ in range(RESAMPLES):
        widths = []
        for values in (before, after):
            over = spread(values[rng.integers(0, len(values), len(values))])
            widths.append(over.upper - over.lower)
        with np.errstate(divide="ignore", invalid="ignore"):
            changes.append(np.where(widths[0] > 0, widths[1] / widths[0] - 1, np.nan))
    stacked = np.stack(changes)
    known = np.isfinite(stacked).all(axis=0)
    ends = np.quantile(np.where(known, stacked, 0.0), (TAIL, 1 - TAIL), axis=0)
    return np.asarray(np.where(known, ends, np.nan))


def in_words(table: pd.DataFrame, arm: str, stall: Stall) -> list[str]:
    """What calibration changed of the headline of one arm at one stall level, and of the analyses."""
    rows = at_level(table[(table["table"] == HEADLINE) & (table["arm"] == arm)], stall)
    rows = rows[rows["estimand"] != "standing_value"]
    said = []
    if len(rows):
        said = [_verdicts(rows, arm), _widths(rows)]
    others = table[table["table"] != HEADLINE]
    for name, part in others.groupby("table", sort=False):
        moved = int(part["verdict_moved"].sum())
        said.append(
            gettext(
                "Analysis {name}: {moved} of {count} verdicts moved.", name=name, moved=moved, count=len(part)
            )
        )
    return said


def _verdicts(rows: pd.DataFrame, arm: str) -> str:
    moved = rows[rows["verdict_moved"]]
    if moved.empty:
        return gettext(
            "Calibration moved none of the {count} verdicts of “{arm}”.",
            count=len(rows),
            arm=arm_label(arm),
        )
    named = "; ".join(
        gettext(
            "{what} from '{before}' to '{after}'",
            what=_named(row),
            before=verdict_label(row["verdict_before"]),
            after=verdict_label(row["verdict_after"]),
        )
        for row in moved.head(_NAMED).to_dict("records")
    )
    if len(moved) > _NAMED:
        named += gettext("; and {count} more", count=len(moved) - _NAMED)
    return gettext(
        "Calibration moved {moved} of the {count} verdicts of “{arm}”: {names}.",
        moved=len(moved),
        count=len(rows),
        arm=arm_label(arm),
        names=named,
    )


def _widths(rows: pd.DataFrame) -> str:
    known = rows[rows["width_change_lower"].notna()]
    narrower, wider = known[known["width_change_upper"] < 0], known[known["width_change_lower"] > 0]
    rest = len(rows) - len(narrower) - len(wider)
    said = []
    if len(narrower):
        said.append(gettext("The interval is narrower for {what}.", what=_by_how_much(narrower)))
    if len(wider):
        text = N_("It is wider for {what}.") if said else N_("The interval is wider for {what}.")
        said.append(gettext(text, what=_by_how_much(wider)))
    if rest:
        text = (
            N_("Of the other {count} no change of the width is told from chance.")
            if said
            else N_("Of all {count} no change of the width is told from chance.")
        )
        said.append(gettext(text, count=rest))
    return " ".join(said)


def _by_how_much(rows: pd.DataFrame) -> str:
    return ", ".join(
        gettext("{what} by {share} %", what=_named(row), share=f"{100 * abs(row['width_change']):.0f}")
        for row in rows.to_dict("records")
    )


def _named(row: Mapping[Any, Any]) -> str:
    return gettext(
        "{estimand} of {outcome}",
        estimand=lowered(title(str(row["estimand"]))),
        outcome=outcome_within(str(row["outcome"])),
    )


def compared(results: RunSet, arm: str, stall: Stall) -> list[str]:
    """What a comparison that was written beside results says; nothing where there is none.

    Raises ``ResultError`` where its table has changed.
    """
    if not (results.out / COMPARE_FILE).is_file():
        return []
    table = read_csv(results.out / COMPARE_FILE, f"citysim compare PRIOR_DIR {results.path}")
    return in_words(table, arm, stall)


def write_compare(before: RunSet, after: RunSet) -> pd.DataFrame:
    """Write beside what is made of ``after``, and give, ``compare_table``."""
    table = compare_table(before, after)
    write_csvs({COMPARE_FILE: table}, after.out)
    return table
