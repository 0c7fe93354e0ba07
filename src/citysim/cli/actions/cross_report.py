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
from citysim.language import N_, gettext, numeral
from citysim.patterns.families import limits_of
from citysim.plan.calibration import CalibrationConfig

#: Statistics that were not foretold, and parameters that moved, that are named.
_NAMED = 6
#: Columns of the coverage that are shares.
_SHARES = ("level", "share", "lower", "upper", "usual_lower", "usual_upper")
_NEARER = N_(
    "  foretold statistics are {share} % nearer than before the calibration (ranked probability score, "
    "geometric mean)"
)
_FURTHER = N_(
    "  foretold statistics are {share} % further off than before the calibration (ranked probability score, "
    "geometric mean)"
)
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
    which = ", ".join(moved.loc[moved["moved"], "parameter"].head(_NAMED)) or gettext("no parameter")
    said = gettext(
        "cross-validation {name}: {used} of {count} statistics calibrate and move {moved} of {parameters} "
        "parameters ({which})",
        name=name,
        used=int(found.used.sum()),
        count=int(found.targets.calibrating.sum()),
        moved=int(moved["moved"].sum()),
        parameters=len(moved),
        which=which,
    )
    out.print(said, soft_wrap=True)
    for row in shares[shares["errors"] & (shares["statistics"] > 0)].to_dict("records"):
        said = gettext(
            "  {level} % intervals hold {covered} of {count} foretold statistics ({share} %, binomial "
            "{lower} to {upper} %; {usual_lower} to {usual_upper} % of runs taken for the record)",
            covered=row["covered"],
            count=row["statistics"],
            **{name: f"{100 * row[name]:.0f}" for name in _SHARES},
        )
        out.print(said, soft_wrap=True)
    told = rows[(rows["use"] == "V") & rows["median"].notna()] if "median" in rows else rows.head(0)
    none = rows[(rows["use"] == "V") & ~rows.index.isin(told.index)]["statistic"]
    if len(none):
        out.print(gettext("  too few runs have: {names}", names=", ".join(none)), soft_wrap=True)
    if len(told):
        gain = 1.0 - np.exp(float(np.log(told["crps"] / told["crps_prior"]).mean()))
        out.print(gettext(_NEARER if gain >= 0 else _FURTHER, share=f"{100 * abs(gain):.0f}"), soft_wrap=True)
        for missed in told[~told["inside_90"].astype(bool)].head(_NAMED).itertuples():
            text = gettext(
                "  missed: {statistic}: record {record}, foretold {low} … {high}",
                statistic=missed.statistic,
                record=numeral(f"{missed.record:.3g}"),
                low=numeral(f"{missed.lower_90:.3g}"),
                high=numeral(f"{missed.upper_90:.3g}"),
            )
            out.print(text, soft_wrap=True)
