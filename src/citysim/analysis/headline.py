"""The tables of a result folder: ``headline.csv``, ``effects.csv``, ``contour.csv`` with a second axis."""

import logging
from pathlib import Path

import pandas as pd

from citysim.analysis.answers import asked_for
from citysim.analysis.cells import paired_cells
from citysim.analysis.compensation import compensation_table, no_compensation_reason
from citysim.analysis.contour import contour_table
from citysim.analysis.effects import effects_table
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES, adjusted, planned_count
from citysim.analysis.results import read_results
from citysim.errors import ResultError
from citysim.experiment.files import disk_errors, write_atomically

log = logging.getLogger(__name__)

_NO_CELL = "no replication has all four runs of a headline outcome (with and without stall and cooperation)"
HEADLINE_COLUMNS = (
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
    "probability_lower",
    "probability_upper",
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


def write_tables(results_dir: Path) -> pd.DataFrame:
    """Write ``headline.csv`` and ``effects.csv`` and give the headline: one row per arm, stall, outcome.

    An experiment that sweeps stall and another number also has ``contour.csv`` (see ``contour_table``), and
    each analysis that its config names a table of its own.
    Where an experiment has no compensation ratio the headline is empty, and its
    ``attrs["reason"]`` says why.
    Raises ``ResultError`` where the folder has no runs, or cannot be read or written.
    """
    results = read_results(results_dir)
    cells = list(paired_cells(results))
    comparisons = planned_count(cells)
    tables = (compensation_table(c, comparisons=comparisons, bootstrap=True) for c in cells)
    head = pd.concat([_headline_rows(table) for table in tables])
    head = head.reindex(columns=[*HEADLINE_COLUMNS, *results.sweep]).reset_index(drop=True)
    if head.empty:
        reason = no_compensation_reason(cells[0]) or _NO_CELL
        head.attrs["reason"] = reason
        log.info("%s: no compensation ratio: %s", results_dir, reason)
    _write_csv(head, results_dir / "headline.csv")
    _write_contour(contour_table(head, results.sweep), results_dir / "contour.csv")
    effects = pd.concat([effects_table(c, comparisons=comparisons) for c in cells], ignore_index=True)
    _write_csv(adjusted(effects, results.arms), results_dir / "effects.csv")
    for name, answer in asked_for(results).items():
        _write_csv(answer.table(results), results_dir / f"{name}.csv")
    return head


def read_headline(results_dir: Path) -> pd.DataFrame:
    """The headline as written. Raises ``ResultError`` where it is missing or damaged."""
    return _read_csv(results_dir / "headline.csv")


def read_effects(results_dir: Path) -> pd.DataFrame:
    """The effects as written. Raises ``ResultError`` where they are missing or damaged."""
    return _read_csv(results_dir / "effects.csv")


def read_answer(results_dir: Path, name: str) -> pd.DataFrame:
    """The table of an analysis as written. Raises ``ResultError`` where it is missing or damaged."""
    return _read_csv(results_dir / f"{name}.csv")


def _headline_rows(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    rows = table[table["outcome"].isin(HEADLINE_OUTCOMES)]
    rank = rows["outcome"].map({name: i for i, name in enumerate(HEADLINE_OUTCOMES)})
    arm = pd.factorize(rows["arm"])[0]
    return rows.assign(_o=rank, _a=arm).sort_values(["_o", "_a"], kind="stable").drop(columns=["_o", "_a"])


def _write_contour(contour: pd.DataFrame, file: Path) -> None:
    """Write the line C = 1, or take away that of an earlier config."""
    if len(contour):
        _write_csv(contour, file)
        return
    with disk_errors(file):
        file.unlink(missing_ok=True)


def _write_csv(table: pd.DataFrame, file: Path) -> None:
    write_atomically(file, "effects", lambda part: table.to_csv(part, index=False))


def _read_csv(file: Path) -> pd.DataFrame:
    if not file.is_file():
        raise ResultError(f"{file}: missing; make it with: citysim effects {file.parent}")
    try:
        return pd.read_csv(file, keep_default_na=False, na_values=[""])
    except (ValueError, pd.errors.ParserError) as error:
        raise ResultError(f"{file}: damaged: {str(error).splitlines()[0]}") from error
