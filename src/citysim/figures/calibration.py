"""Figures of a calibration: parameters before and after, pairs of them, the record among runs, checks."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import binom

from citysim.analysis.assumption_words import names_in_words, parameter_name
from citysim.figures.assessed import (
    emulators_title,
    marginals_title,
    pairs_title,
    predictive_title,
    ranks_title,
)
from citysim.figures.caption import Caption, Drawn
from citysim.figures.style import MUTED, new_figure, style, wrap_axes, wrapped
from citysim.language import N_, gettext, numeral

#: Parameters in the plot of pairs; panels of emulators and of ranks.
PAIRED, PANELS = 6, 12
#: Colours of what was known before, of what is after, and of what the record misses.
BEFORE, AFTER, MISSED = "#9a9a9a", "#0072B2", "#D55E00"
ROW_CM = 0.36
_RANK_BINS = 10


def two_places(value: float) -> str:
    """A number to two places, in the form of the language."""
    return numeral(f"{round(value, 2) + 0.0:.2f}")


def rows_of_text(ax: Axes, labels: list[str]) -> None:
    """Text at each row of a figure whose rows are things, from top to bottom."""
    ax.set_yticks(np.arange(len(labels)), labels, fontsize=6.5)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")


def marginals_figure(marginals: pd.DataFrame) -> Drawn:
    """90 % interval and median of each parameter as a share of its prior's; ``marginals`` as in its CSV."""
    low, width = marginals["prior_lower"], marginals["prior_upper"] - marginals["prior_lower"]
    log = (marginals["scale"] == "log").to_numpy()

    def share(values: pd.Series) -> np.ndarray:
        linear = (values - low) / width
        logs = np.log(values / low) / np.log(marginals["prior_upper"] / low)
        return np.where(log, logs, linear)

    with style():
        at = np.arange(len(marginals))
        figure = new_figure(min(3.0 + ROW_CM * len(marginals), 60.0))
        left, right = figure.subplots(1, 2, width_ratios=(3, 1), sharey=True)
        left.hlines(at, 0, 1, color=BEFORE, lw=3, alpha=0.5, label=gettext("prior"))
        left.hlines(
            at,
            share(marginals["posterior_lower"]),
            share(marginals["posterior_upper"]),
            color=AFTER,
            lw=1.6,
            label=gettext("posterior"),
        )
        left.plot(share(marginals["posterior_median"]), at, "o", color=AFTER, ms=3)
        left.set_xlabel(gettext("90 % interval, as share of the prior's"))
        figure.legend(loc="outside upper left", ncols=2)
        rows_of_text(left, [parameter_name(name) for name in marginals["parameter"]])
        shown = marginals["shrinkage"].clip(lower=0)
        right.barh(at, shown, color=np.where(marginals["moved"], AFTER, BEFORE), height=0.6)
        right.set_xlabel(gettext("Shrinkage"))
        right.set_xlim(0, 1)
        right.grid(visible=True, axis="x")
        right.grid(visible=False, axis="y")
    moved = marginals[marginals["moved"]]["parameter"]
    caption = gettext(
        "Parameters before and after they were held against the record, those that moved most first. Lines: "
        "90 % intervals on the prior's scale; points: medians. Bars: 1 − variance of the posterior over that "
        "of the prior; grey: below 0.1 or what chance makes of so few runs, the parameter stays what it was."
    )
    alt = gettext(
        "{moved} of {count} parameters moved: {names}.",
        moved=len(moved),
        count=len(marginals),
        names=", ".join(map(parameter_name, moved.head(10))) or gettext("none of them"),
    )
    return figure, Caption("marginals", marginals_title(marginals), caption, alt)


def pairs_figure(marginals: pd.DataFrame, cube: pd.DataFrame) -> Drawn | None:
    """Posterior draws of the parameters that moved most, in pairs; None where fewer than two moved.

    ``cube``: draws on the unit scale, a column per parameter.
    """
    names = list(marginals[marginals["moved"]]["parameter"].head(PAIRED))
    if len(names) < 2:
        return None
    with style():
        figure = new_figure(15.0)
        axes = figure.subplots(len(names), len(names), squeeze=False)
        for row, below in enumerate(names):
            for column, across in enumerate(names):
                ax = axes[row, column]
                ax.grid(visible=False)
                ax.set_xlim(0, 1)
                ax.set_xticks([0, 1])
                if row == column:
                    ax.hist(cube[across], bins=20, range=(0, 1), density=True, color=AFTER)
                    ax.axhline(1, color=BEFORE, lw=1)
                    ax.set_yticks([])
                elif column < row:
                    ax.plot(cube[across], cube[below], ".", color=AFTER, ms=1.2, alpha=0.4)
                    ax.set_ylim(0, 1)
                    ax.set_yticks([0, 1])
                    correlation = float(np.corrcoef(cube[across], cube[below])[0, 1])
                    ax.set_title(f"r = {two_places(correlation)}", fontsize=6, pad=1, fontweight="normal")
                else:
                    ax.set_axis_off()
                if row == len(names) - 1:
                    ax.set_xlabel(wrapped(parameter_name(across), 14), fontsize=6.5)
                if column == 0 and row:
                    ax.set_ylabel(wrapped(parameter_name(below), 14), fontsize=6.5)
    caption = gettext(
        "Posterior draws of the parameters that moved most, each from 0 to 1 over its prior on the prior's "
        "scale; grey lines: the prior. r: correlation: what the record knows of two together and not of each."
    )
    alt = gettext("Pairs of {names}.", names=", ".join(map(parameter_name, names)))
    return figure, Caption("pairs", pairs_title(cube[names]), caption + names_in_words(names), alt)


def predictive_figure(predictive: pd.DataFrame) -> Drawn:
    """The record among what runs at prior and posterior draws show; ``predictive`` as in its CSV."""
    rows = predictive[predictive["posterior_upper"] > predictive["posterior_lower"]]
    centre = rows["posterior_median"]
    half = (rows["posterior_upper"] - rows["posterior_lower"]) / 2
    with style():
        at = np.arange(len(rows))
        figure = new_figure(min(3.0 + ROW_CM * len(rows), 60.0))
        ax = figure.subplots()
        for stage, colour, width, label in (
            ("prior", BEFORE, 3.0, N_("runs of the prior")),
            ("posterior", AFTER, 1.6, N_("runs of the posterior")),
        ):
            ends = [((rows[f"{stage}_{end}"] - centre) / half).clip(-8, 8) for end in ("lower", "upper")]
            ax.hlines(at, ends[0], ends[1], color=colour, lw=width, alpha=0.6, label=gettext(label))
        record = ((rows["record"] - centre) / half).clip(-8, 8)
        inside = rows["inside"].to_numpy(dtype=bool)
        for chosen, colour, label in (
            (inside, "#000000", N_("record, inside")),
            (~inside, MISSED, N_("record, missed")),
        ):
            ax.plot(record[chosen], at[chosen], "|", color=colour, ms=8, mew=1.6, label=gettext(label))
        ax.set_xlabel(gettext("Half widths of the posterior's 90 % interval\nabout its median (cut at ±8)"))
        rows_of_text(ax, [f"{row.statistic} ({row.use})" for row in rows.itertuples()])
        figure.legend(loc="outside upper center", ncols=4)
    caption = gettext(
        "The record (strokes) among 90 % intervals of runs at prior and posterior draws, with the record's "
        "own errors. C: statistics that may calibrate; V: that validate alone."
    )
    title = predictive_title(int(inside.sum()), len(rows))
    alt = gettext(
        "{inside} of {count} statistics lie within the interval of calibrated runs.",
        inside=int(inside.sum()),
        count=len(rows),
    )
    return figure, Caption("predictive", title, caption, alt)


def emulators_figure(emulators: pd.DataFrame, emulated: pd.DataFrame) -> Drawn:
    """Runs against their emulators; ``emulated`` has ``statistic, run, emulated`` in sd of the runs."""
    used = emulators[emulators["used"]].sort_values("r2", ascending=False, kind="stable")
    chosen = used.iloc[np.unique(np.linspace(0, len(used) - 1, min(PANELS, len(used))).astype(int))]
    with style():
        figure = new_figure(1.5 + 4.0 * -(-len(chosen) // 4))
        for ax, row in zip(wrap_axes(figure, len(chosen), 4), chosen.itertuples(), strict=True):
            part = emulated[emulated["statistic"] == row.statistic]
            ax.plot([-3, 3], [-3, 3], color=MUTED, lw=0.8)
            ax.plot(part["emulated"], part["run"], ".", color=AFTER, ms=1.5, alpha=0.5)
            name = str(row.statistic).replace("/", "/\n")
            ax.set_title(f"{name}\nR² = {numeral(f'{row.r2:.2f}')}", fontsize=6)
            ax.set_xlim(-3.5, 3.5)
            ax.set_ylim(-3.5, 3.5)
        figure.supxlabel(gettext("Emulator (sd of runs)"), fontsize=7.5)
        figure.supylabel(gettext("Run"), fontsize=7.5)
    caption = gettext(
        "Runs against what the emulators expect of them, {shown} of {count} statistics from the "
        "best to the worst emulator. R² is of runs left out; the spread about the line is chance and what "
        "the emulator misses.",
        shown=len(chosen),
        count=len(used),
    )
    return figure, Caption("emulators", emulators_title(used["r2"]), caption, caption)


def ranks_figure(recovery: pd.DataFrame, ranks: pd.DataFrame) -> Drawn:
    """Histograms of the ranks of known parameters among posterior draws; ``recovery`` as in its CSV."""
    known = recovery[recovery["parameter"] != "all"]
    table = known.sort_values("p", kind="stable").head(PANELS)
    count, most = len(ranks), int(ranks.to_numpy().max(initial=1)) + 1
    low, high = (float(binom.ppf(share, count, 1 / _RANK_BINS)) for share in (0.005, 0.995))
    with style():
        figure = new_figure(1.5 + 3.4 * -(-len(table) // 4))
        for ax, row in zip(wrap_axes(figure, len(table), 4), table.itertuples(), strict=True):
            ax.axhspan(low, high, color=BEFORE, alpha=0.35, lw=0)
            ax.hist(ranks[row.parameter], bins=_RANK_BINS, range=(0, max(most, 100)), color=AFTER, alpha=0.8)
            ax.set_title(f"{parameter_name(str(row.parameter))}\np = {numeral(f'{row.p:.2g}')}", fontsize=6)
            ax.set_xticks([])
        figure.supxlabel(gettext("Rank of the known value among draws"), fontsize=7.5)
    caption = gettext(
        "Ranks of known parameters among posterior draws, {count} runs of the first wave taken for the "
        "record; the parameters with the smallest p. Grey: where 99 % of bars lie if ranks are uniform, as "
        "they should be.",
        count=count,
    )
    return figure, Caption("ranks", ranks_title(known), caption, caption)
