"""The tables of a result folder: ``headline.csv``, ``effects.csv``, ``contour.csv`` with a second axis."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from citysim.analysis.answers import asked_for
from citysim.analysis.cells import Cells, paired_cells
from citysim.analysis.compensation import no_compensation_reason
from citysim.analysis.contour import contour_table
from citysim.analysis.effects import effects_table
from citysim.analysis.estimands import ESTIMANDS, estimand_tables, no_response_reason, rows_of
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES, adjusted, planned_count
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.tables import write_csvs

log = logging.getLogger(__name__)

_NO_CELL = "no replication has all four runs of a headline outcome (with and without stall and cooperation)"
HEADLINE_COLUMNS = (
    "estimand",
    "arm",
    "stall",
    "outcome",
    "estimate",
    "lower",
    "upper",
    "probability_compensates",
    "monte_carlo_error",
    "n_seeds",
    "verdict",
    "probability_positive",
    "probability_lower",
    "probability_upper",
    "amount",
    "amount_lower",
    "amount_upper",
    "difference",
    "difference_lower",
    "difference_upper",
    "share_states_hardly_matter",
    "n_states_matter",
    "yardstick_states_matter",
    "denominator",
    "denominator_lower",
    "denominator_upper",
    "ratio_of_means",
    "fieller_lower",
    "fieller_upper",
    "bootstrap_lower",
    "bootstrap_upper",
    "estimate_defaults",
    "n_defaults",
    "n_incomplete",
    "median_lower",
    "median_upper",
    "lower_adjusted",
    "upper_adjusted",
    "difference_median_lower",
    "difference_median_upper",
)


def headline_table(results: RunSet) -> pd.DataFrame:
    """The headline: one row per estimand, arm, stall and outcome.

    Where an experiment has no compensation ratio it is empty, and its ``attrs["reason"]`` says why;
    ``attrs["no_response"]`` says why it has no response, where it has none.
    """
    cells = list(paired_cells(results))
    return _headline(results, cells, _estimands(cells))


def all_effects(results: RunSet) -> pd.DataFrame:
    """Every paired effect with its intervals, as in ``effects.csv``."""
    cells = list(paired_cells(results))
    return _effects(results, cells, [None] * len(cells))


def write_tables(results_dir: Path, out: Path | None = None) -> dict[str, pd.DataFrame]:
    """Write ``headline.csv`` and ``effects.csv`` into ``out``, by default the result folder; gives both.

    An experiment that sweeps stall and another number also has ``contour.csv`` (see ``contour_table``), and
    each analysis that its config names a table of its own. Tables are given by the stem of their files.
    Raises ``ResultError`` where the folder has no runs, or cannot be read or written.
    """
    return write_tables_of(read_results(results_dir, out))


def write_tables_of(results: RunSet) -> dict[str, pd.DataFrame]:
    """``write_tables`` of runs that have been read."""
    tables = tables_of(results)
    write_csvs({f"{name}.csv": table for name, table in tables.items()}, results.out)
    return tables


def tables_of(results: RunSet) -> dict[str, pd.DataFrame]:
    """What ``write_tables`` writes."""
    cells = list(paired_cells(results))
    estimands = _estimands(cells)
    head = _headline(results, cells, estimands)
    contour = contour_table(rows_of(head, "compensation"), results.sweep)
    return {
        "headline": head,
        "effects": _effects(results, cells, estimands),
        **({"contour": contour} if len(contour) else {}),
        **{name: answer.table(results) for name, answer in asked_for(results).items()},
    }


def _estimands(cells: list[Cells]) -> list[dict[str, pd.DataFrame]]:
    comparisons = planned_count(cells)
    return [estimand_tables(c, comparisons=comparisons, bootstrap=True) for c in cells]


def _headline(results: RunSet, cells: list[Cells], tables: list[dict[str, pd.DataFrame]]) -> pd.DataFrame:
    head = pd.concat(
        [_headline_rows(found[name], name) for name in ESTIMANDS for found in tables if len(found[name])]
        or [pd.DataFrame()]
    )
    head = head.reindex(columns=[*HEADLINE_COLUMNS, *results.sweep]).reset_index(drop=True)
    if head.empty:
        reason = no_compensation_reason(cells[0]) or _NO_CELL
        head.attrs["reason"] = reason
        log.info("%s: no compensation ratio: %s", results.path, reason)
    elif no_response := no_response_reason(cells[0]):
        head.attrs["no_response"] = no_response
    return head


def _effects(
    results: RunSet, cells: list[Cells], tables: Sequence[dict[str, pd.DataFrame] | None]
) -> pd.DataFrame:
    comparisons = planned_count(cells)
    parts = [effects_table(c, comparisons=comparisons, shares=t) for c, t in zip(cells, tables, strict=True)]
    return adjusted(pd.concat(parts, ignore_index=True), results.arms)


def _headline_rows(table: pd.DataFrame, estimand: str) -> pd.DataFrame:
    rows = table[table["outcome"].isin(HEADLINE_OUTCOMES)].assign(estimand=estimand)
    rank = rows["outcome"].map({name: i for i, name in enumerate(HEADLINE_OUTCOMES)})
    arm = pd.factorize(rows["arm"])[0]
    return rows.assign(_o=rank, _a=arm).sort_values(["_o", "_a"], kind="stable").drop(columns=["_o", "_a"])
