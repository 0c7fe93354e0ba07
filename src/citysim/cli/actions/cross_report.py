"""What ``calibrate`` writes and says of cross-validation: other selections of statistics, the same runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from citysim.analysis.tables import write_csvs
from citysim.arrays import Floats
from citysim.calibration.cross import Crossed, coverage_table, crossed_table, crossvalidate
from citysim.calibration.data import Sample, Targets, sample_of
from citysim.calibration.history import History
from citysim.calibration.shrinkage import marginals
from citysim.cli.actions.report import keep
from citysim.cli.display import console, print_paths
from citysim.figures.caption import Caption
from citysim.figures.crossvalidation import crossed_figure
from citysim.patterns.families import limits_of
from citysim.plan.calibration import CalibrationConfig

#: Statistics that were not foretold, and parameters that moved, that are named.
_NAMED = 6
TABLES = ("crossvalidation.csv", "crossvalidation_coverage.csv", "crossvalidation_marginals.csv")


def cross_report(
    folder: Path,
    history: History,
    section: CalibrationConfig,
    selections: Mapping[str, Targets],
    waves: Sequence[tuple[Floats, pd.DataFrame]],
) -> list[Caption]:
    """Write what each selection of targets foretells, and say it; gives the captions of its figures.

    ``waves``: points of the cube of each wave and the statistics of its runs by arm.
    """
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    made: list[Path] = []
    captions: list[Caption] = []
    weights = history.weights()
    for name, targets in selections.items():
        sample = _sample(waves, targets)
        found = crossvalidate(
            sample.cube[:, history.space.columns],
            sample,
            targets,
            weights,
            limits_of(targets.statistics),
            accepted=section.accepted,
            least_r2=section.least_r2,
            draws=section.posterior,
        )
        rows = crossed_table(name, found)
        shares = coverage_table(name, rows, found)
        moved = marginals(history.space, found.parameters.cube, found.parameters.effective)
        moved.insert(0, "cross", name)
        for file, table in zip(TABLES, (rows, shares, moved), strict=True):
            tables[file].append(table)
        _tell(name, found, rows, shares, moved)
        drawn = crossed_figure(name, rows, shares)
        if drawn is not None:
            made += keep(drawn, folder)
            captions.append(drawn[1])
    write_csvs({name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}, folder)
    print_paths("written:", [*(folder / name for name in TABLES), *made])
    return captions


def _sample(waves: Sequence[tuple[Floats, pd.DataFrame]], targets: Targets) -> Sample:
    return Sample.together(
        sample_of(cube, table, targets.of_runs, wave) for wave, (cube, table) in enumerate(waves)
    )


def _tell(name: str, found: Crossed, rows: pd.DataFrame, shares: pd.DataFrame, moved: pd.DataFrame) -> None:
    out = console()
    which = ", ".join(moved.loc[moved["moved"], "parameter"].head(_NAMED)) or "no parameter"
    out.print(
        f"cross-validation {name}: {int(found.used.sum())} of {int(found.targets.calibrating.sum())} "
        f"statistics calibrate and move {int(moved['moved'].sum())} of {len(moved)} parameters ({which})",
        soft_wrap=True,
    )
    for row in shares[shares["errors"] & (shares["statistics"] > 0)].itertuples():
        usual = f"; {row.usual_lower:.0%} to {row.usual_upper:.0%} of runs taken for the record"
        out.print(
            f"  {row.level:.0%} intervals hold {row.covered} of {row.statistics} foretold statistics "
            f"({row.share:.0%}, binomial {row.lower:.0%} to {row.upper:.0%}{usual})",
            soft_wrap=True,
        )
    told = rows[(rows["use"] == "V") & rows["median"].notna()] if "median" in rows else rows.head(0)
    none = rows[(rows["use"] == "V") & ~rows.index.isin(told.index)]["statistic"]
    if len(none):
        out.print(f"  too few runs have: {', '.join(none)}", soft_wrap=True)
    if len(told):
        gain = 1.0 - np.exp(float(np.log(told["crps"] / told["crps_prior"]).mean()))
        out.print(
            f"  foretold statistics are {abs(gain):.0%} {'nearer' if gain >= 0 else 'further off'} than "
            "before the calibration (ranked probability score, geometric mean)",
            soft_wrap=True,
        )
        for row in told[~told["inside_90"].astype(bool)].head(_NAMED).itertuples():
            text = (
                f"  missed: {row.statistic}: record {row.record:.3g}, foretold {row.lower_90:.3g} … "
                f"{row.upper_90:.3g}"
            )
            out.print(text, soft_wrap=True)
