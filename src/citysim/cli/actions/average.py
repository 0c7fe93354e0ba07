"""What ``average`` does with several calibrated forms of the model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from citysim.analysis.cells import paired_cells
from citysim.analysis.compare import check_same
from citysim.analysis.compensation import no_compensation_reason
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.stall import at_level, shown_stall, stall_of
from citysim.analysis.tables import read_csv, read_headline, write_csvs
from citysim.calibration.average import AVERAGED, averaged, families, log_density, weights_of
from citysim.calibration.data import by_arm
from citysim.cli.display import console, print_paths, print_table
from citysim.errors import ConfigError, ResultError
from citysim.figures.rows import shown_arms
from citysim.plan.posterior import posterior_draws, read_posterior
from citysim.store.contents import POSTERIOR, check_ours
from citysim.store.files import make_folder

WEIGHTS_FILE, AVERAGE_FILE = "weights.csv", "average.csv"


def average(folders: Sequence[Path], calibrations: Sequence[Path], out: Path) -> None:
    """Print and write the weights of the forms, and the verdict under each and averaged."""
    if len(folders) < 2 or len(folders) != len(calibrations):
        raise ConfigError(
            f"--calibration: found {len(calibrations)} for {len(folders)} results, expected two results or "
            "more and the calibration of each, in the same order"
        )
    results = [read_results(folder) for folder in folders]
    for folder, calibration, each in zip(folders, calibrations, results, strict=True):
        _check_pair(folder, calibration, each)
    for other in results[1:]:
        check_same(results[0], other, but=("parameters.", "arms."))
    for each in results:
        if each.sweep or each.sampled:
            raise ResultError(f"{each.path}: sweeps more than stall; expected a grid of stall alone")
    forms = [folder.name for folder in folders]
    if len(set(forms)) < len(forms):
        raise ConfigError(f"results named alike: {', '.join(forms)}; each form needs a name of its own")
    cells = {form: next(paired_cells(each)) for form, each in zip(forms, results, strict=True)}
    for form, own in cells.items():
        if reason := no_compensation_reason(own):
            raise ResultError(f"{form}: no compensation ratio: {reason}")
    densities = _densities(forms, calibrations)
    found = weights_of(densities.to_numpy(), families(list(densities.index)))
    weights = pd.DataFrame(
        {
            "form": forms,
            "calibration": [str(folder) for folder in calibrations],
            "stacking": found.stacking,
            "stacking_lower": found.lower,
            "stacking_upper": found.upper,
            "pseudo_bma": found.pseudo_bma,
            "log_score": found.score,
            "statistics": len(densities),
            "families": len(set(families(list(densities.index)))),
        }
    )
    headlines = {form: _headline(each) for form, each in zip(forms, results, strict=True)}
    table = averaged(headlines, cells, found.stacking)
    check_ours(out)
    make_folder(out)
    write_csvs({WEIGHTS_FILE: weights, AVERAGE_FILE: table}, out)
    _tell(weights, table, results[0])
    print_paths("written:", [out / WEIGHTS_FILE, out / AVERAGE_FILE])


def _check_pair(folder: Path, calibration: Path, results: RunSet) -> None:
    """Raise ``ResultError`` unless results have the draws of a calibration."""
    draws = posterior_draws(results.config)
    if draws is None or not draws.equals(read_posterior(calibration / POSTERIOR)):
        raise ResultError(
            f"{folder}: its draws are not those of {calibration / POSTERIOR}; run it with: "
            f"citysim run CONFIG --posterior {calibration / POSTERIOR}"
        )


def _densities(forms: Sequence[str], calibrations: Sequence[Path]) -> pd.DataFrame:
    """Log predictive density of the record by statistic of use V (rows) and form; those that all have."""
    columns = {}
    known: pd.DataFrame | None = None
    for form, folder in zip(forms, calibrations, strict=True):
        targets = read_csv(folder / "targets.csv", f"citysim calibrate CONFIG --out {folder}")
        targets = targets[targets["use"] == "V"].set_index("statistic")
        numbers = targets[["value", "bootstrap_sd", "discrepancy_sd"]]
        if known is not None and not _same(numbers, known):
            raise ResultError(
                f"{calibrations[0]}, {folder}: their targets of use V differ, expected the same"
            )
        known = numbers
        runs = read_results(folder / "predictive")
        found = by_arm(
            runs.runs, runs.statistics().drop(columns=["arm", "seed", "draw", "stall", *runs.sweep])
        )
        own = found.reindex(columns=[name.partition("@")[0] for name in targets.index]).to_numpy(dtype=float)
        error = np.hypot(*targets[["bootstrap_sd", "discrepancy_sd"]].to_numpy(dtype=float).T)
        columns[form] = log_density(own, targets["value"].to_numpy(dtype=float), error)
    table = pd.DataFrame(columns, index=None if known is None else known.index).dropna()
    if table.empty:
        raise ResultError(f"{calibrations[0]}: no statistic of use V that all forms have, to score them by")
    return table


def _same(numbers: pd.DataFrame, others: pd.DataFrame) -> bool:
    """Whether targets are equal but for rounding, in which machines differ."""
    return list(numbers.index) == list(others.index) and np.allclose(
        numbers.to_numpy(dtype=float), others.to_numpy(dtype=float), rtol=1e-9, atol=1e-12, equal_nan=True
    )


def _headline(results: RunSet) -> pd.DataFrame:
    table = read_headline(results.path)
    return table.assign(stall=table["stall"].map(stall_of).astype(object))


def _tell(weights: pd.DataFrame, table: pd.DataFrame, results: RunSet) -> None:
    said = weights.drop(columns="calibration").round(3)
    print_table(said, f"Weights by what each form foretells of {said['statistics'].iloc[0]} statistics")
    arm = shown_arms(results)[-1]
    rows = at_level(table[table["arm"] == arm], shown_stall(results))
    print_table(
        {
            "estimand": list(rows["estimand"]),
            "outcome": list(rows["outcome"]),
            "form": list(rows["form"]),
            "estimate": [
                f"{r['estimate']:.3g} ({r['lower']:.3g} … {r['upper']:.3g})" for r in rows.to_dict("records")
            ],
            "P(>0)": list(rows["probability_positive"].round(2)),
            "P(≥1)": list(rows["probability_compensates"].round(2)),
            "verdict": list(rows["verdict"]),
        },
        f"{arm}: the verdict under each form, and averaged by stacking",
        right=("estimate",),
    )
    apart = rows[(rows["form"] == AVERAGED) & ~rows["agree"]]
    named = ", ".join(f"{r['estimand']} of {r['outcome']}" for r in apart.to_dict("records"))
    console().print(f"The forms differ on: {named}." if named else "All forms say the same.", soft_wrap=True)
