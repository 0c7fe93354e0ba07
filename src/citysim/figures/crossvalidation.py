"""Figures of how far a calibration is to be trusted: what was foretold, and parameters that were known."""

import numpy as np
import pandas as pd

from citysim.analysis.assumption_words import parameter_name
from citysim.figures.assessed import crossed_title, recovery_title
from citysim.figures.calibration import AFTER, BEFORE, MISSED, ROW_CM, rows_of_text
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import MUTED, new_figure, style
from citysim.language import N_, gettext

_CUT = 6


def crossed_figure(name: str, crossed: pd.DataFrame, coverage: pd.DataFrame) -> Drawn | None:
    """Foretold intervals with the record in them; tables as in the CSVs, of one selection.

    None where nothing was foretold.
    """
    if "median" not in crossed:
        return None
    rows = crossed[crossed["median"].notna() & (crossed["upper_90"] > crossed["lower_90"])]
    if rows.empty:
        return None
    centre, half = rows["median"], (rows["upper_90"] - rows["lower_90"]) / 2

    def standard(column: str) -> np.ndarray:
        return ((rows[column] - centre) / half).clip(-_CUT, _CUT).to_numpy(dtype=float)

    with style():
        at = np.arange(len(rows))
        figure = new_figure(min(3.2 + ROW_CM * len(rows), 60.0))
        ax = figure.subplots()
        ax.hlines(at, standard("prior_lower"), standard("prior_upper"), color=BEFORE, lw=4, alpha=0.35)
        for level, width in ((90, 1.2), (50, 3.2)):
            ax.hlines(at, standard(f"lower_{level}"), standard(f"upper_{level}"), color=AFTER, lw=width)
        inside = rows["inside_90"].to_numpy(dtype=bool)
        record = standard("record")
        for chosen, colour, text in (
            (inside, "#000000", N_("record, held")),
            (~inside, MISSED, N_("record, missed")),
        ):
            ax.plot(record[chosen], at[chosen], "|", color=colour, ms=8, mew=1.6, label=gettext(text))
        ax.set_xlabel(gettext("Half widths of the foretold 90 % interval (cut at ±{cut})", cut=_CUT))
        rows_of_text(ax, [str(row.statistic) for row in rows.itertuples()])
        figure.legend(loc="outside upper center", ncols=2)
    told = coverage[coverage["errors"]]
    shares = ", ".join(
        gettext(
            "{level} %: {covered} of {count}",
            level=f"{100 * row['level']:.0f}",
            covered=row["covered"],
            count=row["statistics"],
        )
        for row in told.to_dict("records")
    )
    caption = gettext(
        "What the C statistics of {name} foretell of its V ones, with the record's errors: 50 % (thick) and "
        "90 % (thin) intervals, before the calibration in grey, and the record. Held by {shares}.",
        name=name,
        shares=shares,
    )
    return figure, Caption(name, crossed_title(told), caption, caption)


def recovery_figure(recovery: pd.DataFrame) -> Drawn:
    """Coverage of known parameters by their 90 % intervals; ``recovery`` as in its CSV."""
    overall = recovery[recovery["parameter"] == "all"].iloc[0]
    rows = recovery[recovery["parameter"] != "all"].sort_values("coverage", kind="stable")
    with style():
        at = np.arange(len(rows))
        figure = new_figure(min(3.0 + ROW_CM * len(rows), 60.0))
        ax = figure.subplots()
        ax.axvline(0.9, color=MUTED, lw=0.9)
        ax.axvspan(
            float(overall["coverage_lower"]), float(overall["coverage_upper"]), color=BEFORE, alpha=0.35
        )
        ax.hlines(at, rows["coverage_lower"], rows["coverage_upper"], color=AFTER, lw=1.2)
        ax.plot(rows["coverage"], at, "o", color=AFTER, ms=3)
        ax.set_xlim(min(float(rows["coverage_lower"].min()), 0.8) - 0.02, 1)
        ax.set_xlabel(gettext("Share of known values in their 90 % interval"))
        rows_of_text(ax, [parameter_name(str(name)) for name in rows["parameter"]])
    caption = gettext(
        "How often 90 % intervals hold parameters that are known: {truths} runs of the "
        "first wave taken for the record, each posterior from all other runs. Lines: 95 % intervals of each "
        "share; grey: of all parameters together ({share} %); to lie about 90 %.",
        truths=int(overall["truths"]),
        share=f"{100 * overall['coverage']:.0f}",
    )
    return figure, Caption("recovery", recovery_title(overall.to_dict()), caption, caption)
