"""What ``calibrate`` writes and says once all waves are done: posterior, tables, figures, a summary."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from citysim.analysis.labels import unit_label
from citysim.analysis.moved import MOVED
from citysim.analysis.tables import write_csvs
from citysim.arrays import Floats, Ints
from citysim.calibration.abc import with_errors
from citysim.calibration.data import sample_of
from citysim.calibration.history import History, prior_draws_of, whole_draws
from citysim.calibration.predictive import coverage, predictive
from citysim.calibration.recovery import FALSE_ALARM, TRUTHS
from citysim.calibration.shrinkage import marginals
from citysim.cli.actions.report import keep
from citysim.cli.display import console, print_paths, print_table
from citysim.figures import calibration as figures
from citysim.figures.caption import Caption, Drawn, write_captions
from citysim.figures.crossvalidation import recovery_figure
from citysim.language import N_, gettext, numeral
from citysim.plan.calibration import CalibrationConfig
from citysim.plan.posterior import described
from citysim.store.contents import POSTERIOR
from citysim.store.outputs import write_output

#: Parameters, and statistics, that are printed.
_SHOWN = 12
_NAMED = 8
#: Use of a statistic → how many of its kind lie where calibrated runs have them.
_WITHIN = {
    "C": N_(
        "{inside} of {count} statistics that may calibrate lie within the 90 % interval of calibrated runs"
    ),
    "V": N_(
        "{inside} of {count} statistics that validate alone lie within the 90 % interval of calibrated runs"
    ),
}


def report(
    folder: Path,
    history: History,
    section: CalibrationConfig,
    predicted: Callable[[int], pd.DataFrame],
    settings: Mapping[str, object],
) -> list[Caption]:
    """Write posterior, tables and figures into a folder, and say what they show; gives the captions.

    ``predicted`` runs so many draws of the posterior and gives their statistics, a row per seed;
    ``settings``: parameters that the calibration held at one value.
    """
    found = history.posterior(section.posterior)
    draws = history.space.values(whole_draws(history.space, found.cube))
    marginal = marginals(history.space, found.cube, found.effective)
    moved = marginal.loc[marginal["moved"], "parameter"]
    whole = described(draws.join(prior_draws_of(settings, len(draws))), settings, moved)
    table = pa.Table.from_pandas(whole, preserve_index=False)
    write_output(folder, POSTERIOR, "posterior", lambda path: pq.write_table(table, path))
    recovered = history.recovered()
    tables = {
        "waves.csv": history.waves(),
        "targets.csv": _targets(history),
        "emulators.csv": history.last.table,
        "marginals.csv": marginal,
        "recovery.csv": history.recovery(recovered),
    }
    write_csvs(tables, folder)
    tables["predictive.csv"] = _predictive(history, predicted(section.predictive), found.cube)
    write_csvs({"predictive.csv": tables["predictive.csv"]}, folder)
    print_table(tables["waves.csv"].round(3), gettext("Waves: share of the prior that is not ruled out"))
    _tell_parameters(tables["marginals.csv"], found.accepted, found.effective)
    _tell_predictive(tables["predictive.csv"])
    _tell_recovery(tables["recovery.csv"])
    made, captions = _draw(folder, history, tables, found.cube, recovered.rank)
    print_paths("written:", [folder / POSTERIOR, *(folder / name for name in tables), *made])
    return captions


def _targets(history: History) -> pd.DataFrame:
    targets = history.targets
    return pd.DataFrame(
        {
            "statistic": targets.name,
            "use": targets.use,
            "value": targets.value,
            "bootstrap_sd": targets.bootstrap,
            "discrepancy_sd": targets.discrepancy,
            "calibrated": history.used,
        }
    )


def _predictive(history: History, table: pd.DataFrame, cube: Floats) -> pd.DataFrame:
    """The record among runs of the prior and of the posterior, each with a draw of the record's errors."""
    targets = history.targets
    full = whole_draws(history.space, cube)
    after = sample_of(full, table, targets.of_runs, wave=0)
    shown = history.shown()
    first = history.sample.wave == 0
    used = tuple(name for name, use in zip(targets.name, history.used, strict=True) if use)
    return predictive(targets, shown[first], with_errors(after, targets), used)


def _tell_parameters(table: pd.DataFrame, accepted: int, effective: float) -> None:
    out = console()
    text = gettext(
        "posterior from {accepted} runs, worth {effective} equally weighted ones",
        accepted=numeral(f"{accepted:,}"),
        effective=numeral(f"{effective:,.0f}"),
    )
    out.print(text, soft_wrap=True)
    moved, stay = table[table["moved"]], table[~table["moved"]]
    rows = moved.head(_SHOWN)
    print_table(
        {
            "parameter": list(rows["parameter"]),
            "unit": list(map(unit_label, rows["unit"])),
            "prior": [f"{r.prior_lower:.3g} … {r.prior_upper:.3g}" for r in rows.itertuples()],
            "median": list(rows["posterior_median"]),
            "posterior": [f"{r.posterior_lower:.3g} … {r.posterior_upper:.3g}" for r in rows.itertuples()],
            "shrinkage": list(rows["shrinkage"].round(2)),
        },
        gettext("Parameters that the record moves (90 % intervals)"),
        right=("prior", "posterior"),
    )
    if len(moved) > len(rows):
        out.print(gettext("and {count} more, see marginals.csv", count=len(moved) - len(rows)))
    names = ", ".join(stay["parameter"].head(_NAMED))
    if len(stay) > _NAMED:
        names = gettext("{first} and {count} more", first=names, count=len(stay) - _NAMED)
    limit = max(MOVED, float(table["chance"].max()))
    if len(stay):
        text = gettext(
            "{stay} of {count} parameters stay what they were before (shrinkage below {limit}): {names}",
            stay=len(stay),
            count=len(table),
            limit=numeral(f"{limit:.2g}"),
            names=names,
        )
        out.print(text, soft_wrap=True)


def _tell_predictive(table: pd.DataFrame) -> None:
    out = console()
    for use, said in _WITHIN.items():
        inside, total = coverage(table, use)
        if total:
            out.print(gettext(said, inside=inside, count=total), soft_wrap=True)
    missed = table[~table["inside"]]
    for row in missed.head(_SHOWN).itertuples():
        text = gettext(
            "  missed: {statistic}: record {record}, runs {low} … {high}",
            statistic=row.statistic,
            record=numeral(f"{row.record:.3g}"),
            low=numeral(f"{row.posterior_lower:.3g}"),
            high=numeral(f"{row.posterior_upper:.3g}"),
        )
        out.print(text, soft_wrap=True)


def _tell_recovery(table: pd.DataFrame) -> None:
    overall = table.iloc[-1]
    uneven = table[(table["p_adjusted"] < FALSE_ALARM) & (table["parameter"] != "all")]["parameter"]
    told = (
        gettext("not for {names}", names=", ".join(uneven)) if len(uneven) else gettext("for all parameters")
    )
    text = gettext(
        "recovery of known parameters: 90 % intervals hold them in {share} % of cases ({truths} runs taken "
        "for the record; {first} % in {least} of them); ranks uniform {told} (chi-square, adjusted by Holm, "
        "false alarm {alarm} %)",
        share=f"{100 * overall['coverage']:.0f}",
        truths=overall["truths"],
        first=f"{100 * overall['first']:.0f}",
        least=TRUTHS,
        told=told,
        alarm=f"{100 * FALSE_ALARM:.0f}",
    )
    console().print(text, soft_wrap=True)


def _draw(
    folder: Path, history: History, tables: Mapping[str, pd.DataFrame], cube: Floats, ranks: Ints
) -> tuple[list[Path], list[Caption]]:
    names = history.space.calibrated
    emulated = _emulated(history)
    drawn: list[Drawn | None] = [
        figures.marginals_figure(tables["marginals.csv"]),
        figures.pairs_figure(tables["marginals.csv"], pd.DataFrame(cube, columns=list(names))),
        figures.predictive_figure(tables["predictive.csv"]),
        figures.emulators_figure(tables["emulators.csv"], emulated),
        recovery_figure(tables["recovery.csv"]),
        figures.ranks_figure(tables["recovery.csv"], pd.DataFrame(ranks, columns=list(names))),
    ]
    made: list[Path] = []
    captions: list[Caption] = []
    for each in drawn:
        if each is not None:
            made += keep(each, folder)
            captions.append(each[1])
    return [*made, write_captions(folder, captions)], captions


def _emulated(history: History) -> pd.DataFrame:
    """Of every run and used statistic: as it was and as its emulator has it, both in sd of the runs."""
    parts = []
    sample, last = history.scaled, history.last
    for k, law in zip(np.flatnonzero(last.used), last.region.emulators, strict=True):
        mean, _ = law.predict(sample.cube)
        parts.append(
            pd.DataFrame(
                {
                    "statistic": history.targets.name[k],
                    "run": (sample.statistics[:, k] - law.centre) / law.spread,
                    "emulated": (mean - law.centre) / law.spread,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
