"""Figure: what dated events change over time for the cities they name and for those exposed to these."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from citysim.analysis.answers.differences import first_point
from citysim.analysis.answers.estimates import quoted
from citysim.analysis.answers.intervention import KEYS, MORE, group_label, main_outcome
from citysim.analysis.exposed import OTHERS, WORLD
from citysim.analysis.labels import arm_label, outcome_label, outcome_unit, outcome_within, unit_label
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.analysis.tables import read_answer
from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.figures.answer_titles import intervention_title
from citysim.figures.answers.points import point_keys, points
from citysim.figures.caption import Caption, Drawn
from citysim.figures.rows import rows_at
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, new_figure, outside_legend, style, wrapped
from citysim.language import N_, gettext
from citysim.model.outcomes import OUTCOMES, Outcome
from citysim.plan.report import Stall

_LOOKS = {
    "named": ("#D55E00", "D"),
    "co_members": ("#0072B2", "s"),
    "twins": ("#009E73", "^"),
    "neighbours": ("#CC79A7", "v"),
    "same_state": ("#8C6D1F", "P"),
    "everybody_else": ("#5f5f5f", "o"),
    OTHERS: ("#000000", "o"),
}
#: More panels below one another do not fit a page.
MOST = 3
#: Distance of the labels of lines, as share of the panel.
_APART = 0.11
_UNITS = {"people": N_("{unit} × million people"), "cities": N_("{unit} × cities"), "total": "{unit}"}


def draw(results: RunSet) -> Drawn:
    """What the events change, from ``intervention.csv`` at the stall level shown."""
    return intervention_figure(read_answer(results.out, "intervention"), shown_stall(results))


def intervention_figure(table: pd.DataFrame, stall: Stall) -> Drawn:
    """Effect over time since the events by exposure, and beside it the totals at the end.

    A row for each planned outcome of the one pair of arms; where there are several pairs, one for each of
    these. Raises ``ResultError`` where the table holds no effect over time.
    """
    rows = first_point(rows_at(table, stall), (*KEYS, *MORE))
    if not (rows["quantity"] == "path").any():
        raise ResultError("intervention: the table holds no effect over time")
    panels = _panels(rows)
    parts = [_of(rows, *panel) for panel in panels]
    count = int(rows["n_seeds"].max())
    caption = gettext(
        "Arm with events less the same arm without, {states_stalled}, {count} paired replications. Left: by "
        "quarters since the events begin (dashed line), median and 5–95 % of replications, as far as all of "
        "them last; an outcome that is a mean or sum over time, in its mean or sum since then. Right: added "
        "up over the cities or people of each group at the end of the run; thin 5–95 % of replications, "
        "thick the 90 % confidence interval of the median, hollow where it holds 0. Every city is in one "
        "group, the first of these that it belongs to by the data at the start. The model's fit to single "
        "cities is not validated.",
        states_stalled=states_stalled(stall),
        count=count,
    )
    if len(panels) < len(_all_panels(rows)):
        caption += gettext(
            " The first {shown} of {count} comparisons.", shown=len(panels), count=len(_all_panels(rows))
        )
    alt = gettext(
        "Line charts with bands over quarters since the events, and dots with bars. Effects at the end: "
    )
    alt += "; ".join(_in_words(part, panel) for part, panel in zip(parts, panels, strict=True))
    title = intervention_title(rows)
    return _figure(parts, panels), Caption("intervention", title, caption, alt)


def _all_panels(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Arm, the arm without its events, outcome."""
    pairs = list(rows[["arm", "versus"]].drop_duplicates().itertuples(index=False, name=None))
    main = main_outcome(rows)
    if len(pairs) > 1:
        return [(arm, versus, main) for arm, versus in pairs]
    planned = rows.loc[rows["planned"].astype(bool), "outcome"]
    return [(*pairs[0], outcome) for outcome in dict.fromkeys([main, *planned])]


def _panels(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    return _all_panels(rows)[:MOST]


def _of(rows: pd.DataFrame, arm: str, versus: str, outcome: str) -> pd.DataFrame:
    return rows[(rows["arm"] == arm) & (rows["versus"] == versus) & (rows["outcome"] == outcome)]


def _in_words(part: pd.DataFrame, panel: tuple[str, str, str]) -> str:
    ends = part[(part["quantity"] == "effect") & (part["group"] != WORLD)]
    effects = ", ".join(f"{group_label(row['group'])} {quoted(row)}" for _, row in ends.iterrows())
    return gettext(
        "{arm} less {versus}, {outcome}: {effects}",
        arm=arm_label(panel[0]),
        versus=arm_label(panel[1]),
        outcome=outcome_within(panel[2]),
        effects=effects,
    )


def _figure(parts: list[pd.DataFrame], panels: list[tuple[str, str, str]]) -> Figure:
    panels = size().fitting(panels, rows=True)
    parts = parts[: len(panels)]
    ratios = (1.5, 1.0)[: size().across]
    with style():
        figure = new_figure(1.4 + 6.4 * len(panels))
        grid = figure.subplots(len(panels), len(ratios), squeeze=False, width_ratios=ratios)
        several = len({panel[:2] for panel in panels}) > 1
        for (left, *right), part, (arm, versus, name) in zip(grid, parts, panels, strict=True):
            known = OUTCOMES[name]
            _paths(left, part[part["quantity"] == "path"])
            left.set_ylabel(wrapped(gettext("change, {unit}", unit=outcome_unit(name)), 30))
            title = f"{arm_label(arm)} − {arm_label(versus)}: " if several else ""
            left.set_title(wrapped(f"{title}{outcome_label(name)}", 40))
            for ax in right:
                _totals(ax, part[part["quantity"] == "total"], known)
        grid[-1][0].set_xlabel(gettext("Quarters since the events begin"))
        for ax in grid[0][1:]:
            ax.set_title(gettext("Added up, at the end"))
        outside_legend(figure, point_keys(undefined=False), loc="outside lower center", ncols=3)
        return figure


def _paths(ax: Axes, rows: pd.DataFrame) -> None:
    """A line with its band for each group, named at its end."""
    rows = rows[rows["n_seeds"] == rows["n_seeds"].max()]
    groups = [name for name in _LOOKS if name in set(rows["group"])]
    last = []
    for name in groups:
        of = rows[rows["group"] == name].sort_values("quarters_since")
        after, *band = of[["quarters_since", "lower", "estimate", "upper"]].to_numpy(float).T
        ax.fill_between(after, band[0], band[2], color=_LOOKS[name][0], alpha=0.14, lw=0)
        ax.plot(after, band[1], color=_LOOKS[name][0], lw=1.5)
        last.append(band[1][-1])
    ax.axhline(0.0, color=MUTED, lw=0.9, zorder=1)
    ax.axvline(0.0, color=MUTED, lw=0.9, ls="--", zorder=1)
    ax.margins(x=0)
    low, high = ax.get_ylim()
    ends = (np.array(last) - low) / (high - low)
    for name, end, place in zip(groups, ends, apart(ends), strict=True):
        colour = _LOOKS[name][0]
        line = {"arrowstyle": "-", "color": colour, "lw": 0.5, "relpos": (0.0, 0.5), "shrinkA": 0.0}
        ax.annotate(
            wrapped(group_label(name), 16), (1.0, end), (1.07, place),
            xycoords="axes fraction", textcoords="axes fraction", va="center", fontsize=7, color=colour,
            arrowprops=line,
        )  # fmt: skip


def apart(ends: Floats) -> Floats:
    """Places of labels, in the order of what they name, so far from one another that none hides another."""
    order = np.argsort(ends, kind="stable")
    places = np.sort(ends)
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + _APART)
    # the pile is moved down by half of what it was moved up, and into the panel where it fits
    places -= (places - np.sort(ends)).mean() if len(places) else 0.0
    places += max(0.0 - places[0], 0.0) - max(places[-1] - 1.0, 0.0)
    found = np.empty_like(places)
    found[order] = places
    return found


def _totals(ax: Axes, rows: pd.DataFrame, outcome: Outcome) -> None:
    """The total of each group, and of all but those named, which is spillover."""
    groups = [name for name in _LOOKS if name in set(rows["group"])]
    for place, name in enumerate(groups):
        points(ax, rows[rows["group"] == name], np.array([float(place)]), _LOOKS[name], flat=True)
    ax.set_yticks(range(len(groups)), [wrapped(group_label(name), 16) for name in groups])
    for label, name in zip(ax.get_yticklabels(), groups, strict=True):
        label.set_color(_LOOKS[name][0])
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.axvline(0.0, color=MUTED, lw=0.9, zorder=1)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.locator_params(axis="x", nbins=4)
    arrow = {1: "→", -1: "←"}.get(outcome.better)
    direction = "\n" + gettext("{arrow} better", arrow=arrow) if arrow else ""
    unit = gettext(_UNITS[outcome.weight], unit=unit_label(outcome.unit))
    ax.set_xlabel(f"{wrapped(unit, 28)}{direction}")
