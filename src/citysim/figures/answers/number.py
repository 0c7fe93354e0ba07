"""Figure: outcomes over the number of networks, with and without each downside, and by what they decline."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.answers.estimates import quoted
from citysim.analysis.answers.number import AXIS, GAPS, PEAKS, PLANNED, gap_label
from citysim.analysis.labels import arm_label, outcome_label, outcome_unit, outcome_within
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall, states_have_lost
from citysim.analysis.tables import read_answer
from citysim.errors import ResultError
from citysim.figures.answer_titles import number_details_title
from citysim.figures.answers.points import point_keys, points
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import rows_at
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, new_figure, outside_legend, style, wrap_axes
from citysim.language import N_, gettext, numeral
from citysim.plan.report import Stall

#: Okabe & Ito; the first arm, with every downside at work, is black.
_LOOKS = (
    *(("#000000", "o"), ("#D55E00", "^"), ("#0072B2", "s"), ("#009E73", "D"), ("#CC79A7", "v")),
    ("#E69F00", "P"),
)
#: Outcomes of the first arm alone, and the two gaps between groups.
_ALONE = {
    "memberships": N_("memberships"),
    "engagement": N_("engagement per tie"),
    "duplication": N_("duplication"),
}
_GAP_LOOKS = (("#0072B2", "s"), ("#D55E00", "^"))


def draw(results: RunSet) -> Drawn:
    """What becomes of outcomes, from ``number.csv`` at the stall level shown."""
    return number_figure(read_answer(results.out, "number"), shown_stall(results))


def number_figure(table: pd.DataFrame, stall: Stall) -> Drawn:
    """Panels over the number of networks, and the decline that goes away with each downside.

    Raises ``ResultError`` where the table holds no outcome with a best number.
    """
    rows = rows_at(table, stall)
    arms = list(dict.fromkeys(rows.loc[rows["quantity"] == "level", "arm"]))[: len(_LOOKS)]
    outcomes = [name for name in PEAKS if name in set(rows["outcome"])]
    if not outcomes:
        raise ResultError(f"number: none of {', '.join(PEAKS)} was recorded")
    levels = rows[rows["quantity"] == "level"]
    count = levels["n_seeds"].max()
    measured = rows.loc[rows["quantity"] == "from_best", "n_seeds"].max()
    caption = gettext(
        "Over the number of networks, which is held, where {states_have_lost}: "
        "medians over {count} replications. Above: paired change against "
        "the fewest networks; band 5–95 % of replications with every downside at work "
        "({arm}); coloured: one downside off, or all. Bar at the foot: "
        "90 % confidence interval of the median best number; the dot is that median. Last row: what of the "
        "change from the best number to the most networks goes away with a downside off, measured on the "
        "{measured} replications that did not find the best number; hollow: not shown, all planned "
        "comparisons held together.",
        states_have_lost=states_have_lost(stall),
        count=f"{count:.0f}",
        arm=arm_label(arms[0]),
        measured=f"{measured:.0f}",
    )
    best = rows[(rows["quantity"] == "best_number") & (rows["arm"] == arms[0])]
    alt = gettext("Line charts. Best number of networks: ") + "; ".join(
        f"{outcome_within(row['outcome'])} {quoted(row)}" for _, row in best.iterrows()
    )
    title = number_details_title(rows)
    return _figure(rows, arms, outcomes), Caption("number", title, caption, alt)


def _figure(rows: pd.DataFrame, arms: list[str], outcomes: list[str]) -> Figure:
    numbers = np.unique(rows.loc[rows["quantity"] == "level", AXIS].to_numpy(float))
    levels, changes = (rows[rows["quantity"] == name] for name in ("level", "from_fewest"))
    small = size().beside is not None
    outcomes = size().fitting(outcomes)
    with style():
        figure = new_figure(3.0 + 4.0 * -(-(len(outcomes) if small else 8) // size().across))
        panels = wrap_axes(figure, len(outcomes) if small else 8)
        for ax, outcome in zip(panels, outcomes, strict=False):
            _curves(ax, changes[changes["outcome"] == outcome], arms, numbers)
            best = rows[(rows["quantity"] == "best_number") & (rows["outcome"] == outcome)]
            _best(ax, best[best["arm"] == arms[0]], numbers)
            _title(ax, outcome)
        for ax in panels[:6]:
            _axis(ax, numbers)
        if not small:
            _further(panels, levels, rows, arms, numbers)
        handles = [
            Line2D([], [], color=_LOOKS[i][0], marker=_LOOKS[i][1], ms=4, label=arm_label(arm))
            for i, arm in enumerate(arms)
        ]
        outside_legend(figure, handles, loc="outside upper center", ncols=3)
        outside_legend(figure, point_keys(undefined=False), loc="outside lower center", ncols=3)
        return figure


def _further(
    panels: list[Axes], levels: pd.DataFrame, rows: pd.DataFrame, arms: list[str], numbers: np.ndarray
) -> None:
    """Ties of a city, gaps between groups, and by what outcomes decline."""
    _alone(panels[4], levels[levels["arm"] == arms[0]], numbers)
    _gaps(panels[5], rows[rows["quantity"] == "gap"], numbers)
    for ax, outcome in zip(panels[6:], PLANNED, strict=True):
        _causes(ax, rows[(rows["quantity"] == "caused") & (rows["outcome"] == outcome)], arms[1:])
        ax.set_title(gettext("By what: {outcome}", outcome=outcome_within(outcome)))
    panels[7].tick_params(axis="y", labelleft=False)


def _title(ax: Axes, outcome: str) -> None:
    ax.set_title(outcome_label(outcome))
    ax.set_ylabel(gettext("change, {unit}", unit=outcome_unit(outcome)))
    ax.axhline(0.0, color=MUTED, lw=0.9, zorder=1)


def _places(values: "pd.Series[float]", numbers: np.ndarray) -> np.ndarray:
    """Numbers of networks as places: those run are equally far apart, others lie between them."""
    return np.interp(values.to_numpy(float), numbers, np.arange(len(numbers)))


def _axis(ax: Axes, numbers: np.ndarray) -> None:
    # On a slide every other number, the last among them.
    every = 1 if size().scale == 1.0 else 2
    labels = {len(numbers) - 1 - i: numeral(f"{n:g}") for i, n in list(enumerate(numbers[::-1]))[::every]}
    ax.set_xticks(range(len(numbers)), [labels.get(i, "") for i in range(len(numbers))], fontsize=6.5)
    ax.set_xlabel(gettext("Number of networks"))


def _line(ax: Axes, rows: pd.DataFrame, numbers: np.ndarray, look: tuple[str, str], *, band: bool) -> None:
    part = rows.sort_values(AXIS)
    at = _places(part[AXIS], numbers)
    ax.plot(at, part["estimate"], color=look[0], marker=look[1], ms=3, lw=1.2, zorder=3)
    if band:
        ax.fill_between(at, part["lower"], part["upper"], color=look[0], alpha=0.12, lw=0)


def _curves(ax: Axes, rows: pd.DataFrame, arms: list[str], numbers: np.ndarray) -> None:
    for i, arm in reversed(list(enumerate(arms))):
        _line(ax, rows[rows["arm"] == arm], numbers, _LOOKS[i], band=i == 0)


def _best(ax: Axes, best: pd.DataFrame, numbers: np.ndarray) -> None:
    """The median best number and its confidence interval at the foot of a panel."""
    foot = ax.get_xaxis_transform()
    low, at, high = (_places(best[name].clip(numbers[0], numbers[-1]), numbers)
                     for name in ("median_lower", "estimate", "median_upper"))  # fmt: skip
    ax.hlines([0.04] * len(at), low, high, transform=foot, color=MUTED, lw=2.6, alpha=0.6)
    ax.plot(at, [0.04] * len(at), "o", transform=foot, color=MUTED, ms=4.2)


def _alone(ax: Axes, rows: pd.DataFrame, numbers: np.ndarray) -> None:
    """What becomes of memberships, engagement and duplication, each over its largest median."""
    for outcome, look in zip(_ALONE, (_LOOKS[2], _LOOKS[1], _LOOKS[3]), strict=True):
        part = rows[rows["outcome"] == outcome]
        most = part["estimate"].max()
        if len(part) and most > 0:
            scaled = part.assign(**{name: part[name] / most for name in ("estimate", "lower", "upper")})
            _line(ax, scaled, numbers, look, band=False)
            name = f"{gettext(_ALONE[outcome])} (1 = {numeral(f'{most:.2g}')})"
            ax.plot([], [], color=look[0], marker=look[1], ms=3, lw=1.2, label=name)
    ax.set_title(gettext("Ties of a city"))
    ax.set_ylabel(gettext("of the largest median"))
    ax.set_ylim(0, 1.9)
    ax.set_yticks([0, 0.5, 1])
    ax.legend(loc="upper left", fontsize=6.5)


def _gaps(ax: Axes, rows: pd.DataFrame, numbers: np.ndarray) -> None:
    part = rows[rows["outcome"] == "development"]
    for gap, look in zip(GAPS, _GAP_LOOKS, strict=True):
        one = part[part["group"] == gap]
        if len(one):
            _line(ax, one, numbers, look, band=True)
            ax.plot([], [], color=look[0], marker=look[1], ms=3, lw=1.2, label=gap_label(gap))
    ax.axhline(0.0, color=MUTED, lw=0.9, zorder=1)
    ax.set_title(gettext("Gaps in development"))
    ax.set_ylabel(outcome_unit("development"))
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="best", fontsize=6.5)


def _causes(ax: Axes, rows: pd.DataFrame, arms: list[str]) -> None:
    for i, arm in enumerate(arms):
        points(
            ax,
            rows[rows["arm"] == arm],
            np.full((rows["arm"] == arm).sum(), float(i)),
            _LOOKS[i + 1],
            flat=True,
        )
    ax.set_yticks(np.arange(len(arms)), [arm_label(arm) for arm in arms])
    ax.set_ylim(len(arms) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.axvline(0.0, color=MUTED, lw=0.9, zorder=1)
    ax.set_xlabel(gettext("Change that goes away,\nbest number to most"))
