"""Figure: what each network adds for its members, for other cities and for the world."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.answers.added_value import KEYS, LEAVE_ONE_OUT, PLACEBO_TEST, SHAPLEY
from citysim.analysis.intervals import FEWEST_FOR_QUANTILES
from citysim.analysis.labels import outcome_label, outcome_within
from citysim.analysis.results import RunSet
from citysim.analysis.rounding import change_in_digits
from citysim.analysis.stall import shown_stall
from citysim.analysis.tables import read_answer
from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.figures.answer_titles import added_value_details_title
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import rows_at
from citysim.figures.sizes import size
from citysim.figures.style import GRID, MUTED, new_figure, outside_legend, style, wrapped
from citysim.language import N_, gettext
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

#: A mark of a panel: estimand and group → colour, shape, name for people. Okabe & Ito (2008).
_MARKS = {
    "of its members": {
        (LEAVE_ONE_OUT, "members"): ("#D55E00", "D", N_("left out: its members")),
        (LEAVE_ONE_OUT, "others"): ("#5f5f5f", "v", N_("left out: all other cities")),
    },
    "of the world": {
        (LEAVE_ONE_OUT, "world"): ("#0072B2", "s", N_("left out: world")),
        (SHAPLEY, "world"): ("#009E73", "o", N_("Shapley value: world")),
        (PLACEBO_TEST, "world"): ("#CC79A7", "^", N_("against placebo: world")),
    },
}
_TITLES = {"of its members": N_("Member and other cities"), "of the world": N_("The world")}
_ROUNDING = 1e-9
_THIN, _THICK = 0.9, 2.6
_SHOWN = ("better", "worse")
_SCALED = ("estimate", "lower", "upper", "median_lower", "median_upper")


def draw(results: RunSet) -> Drawn:
    """What networks add, from ``added_value.csv`` at the stall level shown."""
    return added_value_figure(read_answer(results.out, "added_value"), shown_stall(results))


def added_value_figure(table: pd.DataFrame, stall: Stall) -> Drawn:
    """Columns: outcomes that some network changes; rows: cities by membership, and the world.

    In per cent of the level with all networks, to the right is better; the first arm and point
    where there are more. Raises ``ResultError`` where nothing changes anything.
    """
    rows = rows_at(table, stall)
    rows = rows[rows["arm"] == rows["arm"].iloc[0]].drop_duplicates(list(KEYS))
    rows = rows[rows["outcome"].map(lambda name: OUTCOMES[name].better != 0) & (rows["reference"] != 0)]
    # What is left of rounding is no change.
    moved = (rows[["lower", "upper"]].abs().max(axis=1) / rows["reference"].abs()) > _ROUNDING
    outcomes = list(dict.fromkeys(rows.loc[moved, "outcome"]))
    if not outcomes:
        raise ResultError("no network changes any outcome, so there is nothing to draw")
    still = [name for name in dict.fromkeys(rows["outcome"]) if name not in outcomes]
    networks = list(dict.fromkeys(rows.loc[rows["estimand"] == LEAVE_ONE_OUT, "network"]))
    outcomes = outcomes[: size().beside]
    # Where there is room for one row, that of the world.
    parts = dict(size().fitting(list(_MARKS.items())[::-1], rows=True)[::-1])
    with style():
        figure = new_figure(3.0 + 0.85 * len(networks) * len(parts))
        ratios = [1, 1.15][: len(parts)]
        grid = figure.subplots(len(parts), len(outcomes), squeeze=False, sharey=True, height_ratios=ratios)
        for line, (part, marks) in zip(grid, parts.items(), strict=True):
            for ax, outcome in zip(line, outcomes, strict=True):
                _panel(ax, _scaled(rows[rows["outcome"] == outcome]), networks, marks)
            line[0].set_ylabel(gettext(_TITLES[part]), fontweight="bold")
        for ax, outcome in zip(grid[0], outcomes, strict=True):
            # The longest words are as wide as one of five columns.
            letters = 7.0 if len(outcomes) > 4 else None
            ax.set_title(wrapped(outcome_label(outcome), 60 // len(outcomes)), fontsize=letters)
        figure.supxlabel(gettext("Per cent of the level with all networks   → better"), fontsize=8)
        _keys(figure, parts)
    return figure, _caption(rows, outcomes, still)


def _scaled(rows: pd.DataFrame) -> pd.DataFrame:
    """Estimates in per cent of the level, signed so that more is better."""
    better = rows["outcome"].map(lambda name: OUTCOMES[name].better)
    factor = 100 * better / rows["reference"].abs()
    scaled = rows[list(_SCALED)].mul(factor, axis=0)
    swap = {
        "lower": "upper",
        "upper": "lower",
        "median_lower": "median_upper",
        "median_upper": "median_lower",
    }
    turned = scaled.rename(columns=swap)
    return rows.assign(**scaled.where(better > 0, turned[list(_SCALED)]))


def _panel(
    ax: Axes, rows: pd.DataFrame, networks: list[str], marks: dict[tuple[str, str], tuple[str, str, str]]
) -> None:
    offsets = np.linspace(-0.26, 0.26, len(marks))
    parts = [rows[(rows["estimand"] == estimand) & (rows["group"] == group)] for estimand, group in marks]
    for part, look, offset in zip(parts, marks.values(), offsets, strict=True):
        _mark(ax, part.set_index("network").reindex(networks), np.arange(len(networks)) + offset, look)
    for between in range(1, len(networks)):
        ax.axhline(between - 0.5, color=GRID, lw=0.5, zorder=0)
    ax.set_yticks(range(len(networks)), [wrapped(name, 12 if size().down > 1 else 24) for name in networks])
    ax.set_ylim(len(networks) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    if all(part.empty for part in parts):
        ax.set_xticks([])
        words = wrapped(gettext("not of single cities"), 10)
        ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", fontsize=6.5, color=MUTED)
        return
    ax.axvline(0, color=MUTED, lw=0.9, zorder=1)
    ax.locator_params(axis="x", nbins=3)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")


def _mark(ax: Axes, rows: pd.DataFrame, at: Floats, look: tuple[str, str, str]) -> None:
    """Medians across at the heights ``at``, with their intervals; hollow where no effect is shown."""
    estimate, lower, upper, low, high = (rows[name].to_numpy(float) for name in _SCALED)
    ax.hlines(at, lower, upper, color=look[0], lw=_THIN, alpha=0.75)
    ax.hlines(at, np.fmax(low, lower), np.fmin(high, upper), color=look[0], lw=_THICK, alpha=0.45)
    shown = rows["verdict"].isin(_SHOWN).to_numpy()
    for part, face in ((shown, look[0]), (~shown, "white")):
        ax.plot(estimate[part], at[part], look[1], color=look[0], mfc=face, ms=3.8, mew=0.9, zorder=4)


def _keys(figure: Figure, parts: dict[str, dict[tuple[str, str], tuple[str, str, str]]]) -> None:
    handles = [
        Line2D([], [], color=colour, marker=marker, ls="", ms=4, label=gettext(label))
        for marks in parts.values()
        for colour, marker, label in marks.values()
    ]
    handles += [
        Line2D([], [], color=MUTED, lw=_THIN, label=gettext("5–95 % of replications")),
        Line2D([], [], color=MUTED, lw=_THICK, alpha=0.45, label=gettext("90 % interval of the median")),
        Line2D([], [], color=MUTED, marker="o", mfc="white", ls="", ms=4, label=gettext("no effect shown")),
    ]
    outside_legend(figure, handles, loc="outside upper center", ncols=3)


def _caption(rows: pd.DataFrame, outcomes: list[str], still: list[str]) -> Caption:
    count = int(rows["n_seeds"].max())
    spread = "5–95 %" if count >= FEWEST_FOR_QUANTILES else gettext("range")
    text = gettext(
        "What each network adds by 2050, in per cent of the level with all networks; to the right is "
        "better. Left out: all networks against all but this one. Shapley value: its mean difference to a "
        "coalition of those shown. Against placebo: its members against as many drawn at random from the "
        "cities that may join. Members are those of 2023; twinnings and all other networks are in every "
        "run. Median, 90 % confidence interval (thick) and {spread} of {count} replications (thin); filled: "
        "an effect is shown after adjustment for all planned comparisons.",
        spread=spread,
        count=count,
    )
    if still:
        names = ", ".join(map(outcome_within, still))
        text += gettext(
            " Not drawn, as no network changes it in any replication: {outcomes}.", outcomes=names
        )
    world = rows[(rows["estimand"] == LEAVE_ONE_OUT) & (rows["group"] == "world")]
    alt = gettext("Dot charts. Leaving a network out changes for the world: ") + "; ".join(
        f"{outcome_within(outcome)}: "
        + ", ".join(
            f"{row['network']} {change_in_digits(row['estimate'])} %"
            for _, row in _scaled(world[world["outcome"] == outcome]).iterrows()
        )
        for outcome in outcomes
    )
    return Caption("added_value", added_value_details_title(rows), text, alt)
