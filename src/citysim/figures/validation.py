"""Figure: every pattern's accepted range and what the model predicts, before and after calibration."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from citysim.figures.assessed import validation_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import MUTED, new_figure, outside_legend, style
from citysim.language import N_, gettext, numeral, pgettext

#: Stage → colour and height in a row.
_LOOKS = {N_("prior"): ("#E69F00", -0.16), N_("posterior"): ("#0072B2", 0.16)}
_BAND = "#d9ead3"
#: Half widths of the accepted range that are shown.
_EDGE = 4.0


def draw(table: pd.DataFrame) -> Drawn:
    """Of the table of ``citysim validate``; raises ``ValueError`` where no statistic was run for."""
    told = [f"{stage}_median" for stage in _LOOKS]
    rows = table[table["low"].notna() & table[told].notna().any(axis=1)].reset_index(drop=True)
    if rows.empty:
        raise ValueError("no statistic has a run")
    caption = gettext(
        "Each statistic on a scale on which its accepted range (green) reaches from −1 to 1, open where the "
        "range is: median (point) and 5 to 95 % (bar) over runs from the prior and, where there are such "
        "runs, the posterior. What lies beyond {edge} half widths is drawn at the edge.",
        edge=numeral(f"{_EDGE:g}"),
    )
    counts = rows["verdict"].value_counts()
    judged = ", ".join(f"{pgettext('judged', str(name))}: {count}" for name, count in counts.items())
    alt = gettext("Intervals beside accepted ranges by statistic: {counts}", counts=judged)
    return _figure(rows), Caption("validation", validation_title(rows), caption, alt)


def _figure(rows: pd.DataFrame) -> Figure:
    with style():
        figure = new_figure(2.4 + 0.42 * len(rows))
        ax = figure.subplots()
        for place, row in enumerate(rows.to_dict("records")):
            _row(ax, {str(key): value for key, value in row.items()}, place)
        tests = rows["test"].map(lambda test: pgettext("test of a pattern", test))
        names = rows["pattern"] + "  " + rows["statistic"] + " (" + tests + ")"
        ax.set_yticks(range(len(rows)), list(names))
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(-_EDGE - 0.1, _EDGE + 0.1)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False)
        ax.axvline(0.0, color=MUTED, lw=0.5)
        ax.set_xlabel(
            gettext("Half widths of the accepted range\nfrom its middle (cut at ±{cut})", cut=f"{_EDGE:g}")
        )
        handles = [
            Line2D([], [], color=colour, marker="o", ms=3, label=gettext(name))
            for name, (colour, _) in _LOOKS.items()
        ]
        accepted = Patch(color=_BAND, label=gettext("accepted"))
        outside_legend(figure, [accepted, *handles], loc="outside upper center", ncols=3)
        return figure


def _row(ax: Axes, row: dict[str, float], place: int) -> None:
    low, high = row["low"], row["high"]
    told = [row[f"{stage}_{end}"] for stage in _LOOKS for end in ("lower", "upper")]
    middle, half = _scale(low, high, [value for value in told if not np.isnan(value)])
    ends = np.clip([(low - middle) / half, (high - middle) / half], -_EDGE - 0.1, _EDGE + 0.1)
    ax.barh(place, ends[1] - ends[0], left=ends[0], height=0.8, color=_BAND, lw=0)
    for stage, (colour, above) in _LOOKS.items():
        if np.isnan(row[f"{stage}_median"]):
            continue
        at = [(row[f"{stage}_{name}"] - middle) / half for name in ("lower", "median", "upper")]
        lower, median, upper = np.clip(at, -_EDGE, _EDGE)
        ax.hlines(place + above, lower, upper, color=colour, lw=1.1)
        ax.plot(median, place + above, color=colour, marker="o", ms=2.6, lw=0)


def _scale(low: float, high: float, told: list[float]) -> tuple[float, float]:
    """Middle and half width; an open range's are such that what is told fits beside its end."""
    if np.isfinite(low) and np.isfinite(high):
        return (low + high) / 2, max((high - low) / 2, 1e-9)
    end, side = (low, 1.0) if np.isfinite(low) else (high, -1.0)
    half = max([abs(value - end) for value in told] + [1e-9]) / 3
    return end + side * half, half
