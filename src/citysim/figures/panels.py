"""One panel of a figure in axes of one's own, from tables: for notebooks and papers.

Each function draws into Matplotlib's ``ax`` in the one style of all figures and gives ``ax`` back; words are
in the language spoken (``citysim.language.speaking``).
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from citysim.analysis.estimands import rows_of, title
from citysim.analysis.labels import arm_label, outcome_label, outcome_unit, outcome_within
from citysim.analysis.results import BASELINE_ARM
from citysim.analysis.stall import level_in_words, stall_of
from citysim.errors import ResultError
from citysim.figures.bands import Looks, limits_of
from citysim.figures.compensation import compensation_panel
from citysim.figures.difference import difference_panel
from citysim.figures.estimands import LEAST, estimand_panel
from citysim.figures.makes_up import draw_strips
from citysim.figures.style import arm_looks, style
from citysim.figures.trajectories import course_panel, quantiles, unstalled_panel
from citysim.language import gettext

#: Shares of what a stall costs, which ``share`` draws.
ESTIMANDS = ("substitution", "response", "compensation")


def makes_up(ax: Axes, headline: pd.DataFrame, outcome: str = "development") -> Axes:
    """What each arm makes up for at each stall level: strips from nothing to all of it and beyond.

    ``headline``: as ``headline.csv``. Raises ``ResultError`` where it has no such ratio of the outcome.
    """
    rows = _of(rows_of(headline, "compensation"), outcome, "compensation ratio")
    rows = rows[rows["arm"] != BASELINE_ARM]
    levels = [level_in_words(stall_of(level)) for level in rows["stall"]]
    with style():
        draw_strips(ax, rows.assign(group=[gettext("states lose {level}", level=level) for level in levels]))
        label = outcome_within(outcome)
        ax.set_xlabel(
            gettext("Share of what the stall costs in {outcome} that cities make up for", outcome=label)
        )
        return _named(ax, arm_looks(list(dict.fromkeys(rows["arm"]))))


def share(ax: Axes, headline: pd.DataFrame, estimand: str, outcome: str = "development") -> Axes:
    """Substitution, response or compensation over stall by arm: median and 5 to 95 % of replications.

    ``headline``: as ``headline.csv``. Raises ``ResultError`` where it lacks the estimand or the outcome.
    """
    if estimand not in ESTIMANDS:
        raise ResultError(f"estimand: found {estimand!r}, allowed: {', '.join(ESTIMANDS)}")
    rows = rows_of(headline, estimand)
    drawn = _of(rows, outcome, estimand)
    looks = arm_looks(list(dict.fromkeys(drawn["arm"])))
    with style():
        if estimand == "compensation":
            compensation_panel(ax, rows, outcome, looks, limits_of(drawn))
        else:
            estimand_panel(ax, rows, outcome, looks, limits_of(drawn, LEAST))
            ax.set_ylabel(gettext("{estimand}\n(share of what stall costs)", estimand=title(estimand)))
            ax.set_xlabel(gettext("Stall (%)"))
            ax.set_title(outcome_label(outcome))
        return _named(ax, looks)


def difference(ax: Axes, effects: pd.DataFrame, outcome: str = "development") -> Axes:
    """Distance of every arm to a world without stall and cooperation, in the outcome's own unit, over stall.

    ``effects``: as ``effects.csv``. Raises ``ResultError`` where it has no such difference of the outcome.
    """
    rows = effects[effects["estimand"] == "difference_unstalled"]
    looks = arm_looks(list(dict.fromkeys(_of(rows, outcome, "difference_unstalled")["arm"])))
    with style():
        difference_panel(ax, rows, outcome, looks)
        return _named(ax, looks)


def course(
    ax: Axes,
    runs: pd.DataFrame,
    trajectories: pd.DataFrame,
    outcome: str = "development",
    *,
    arm: str = "both",
    stall: float = 0.75,
) -> Axes:
    """The world's course under an arm, median and 5 to 95 %, beside that without stall and cooperation.

    ``runs``, ``trajectories``: as results have them. Raises ``ResultError`` where no such run is among them.
    """
    world = trajectories[trajectories["group"] == "world"]
    quarters = world.merge(runs[["run", "arm", "seed", "draw", "stall"]], on="run")
    own = quarters[(quarters["arm"] == arm) & (quarters["stall"] == stall)]
    if own.empty or outcome not in own:
        raise ResultError(f"no course of {outcome} for arm {arm!r} at stall {stall:g} among these runs")
    baseline = quarters[(quarters["arm"] == BASELINE_ARM) & (quarters["stall"] == 0.0)]
    looks = arm_looks([arm])
    with style():
        course_panel(ax, quantiles(own, outcome), looks[arm][0])
        if len(baseline):
            unstalled_panel(ax, quantiles(baseline, outcome))
        ax.set_title(f"{outcome_label(outcome)}: {arm_label(arm)}")
        ax.set_ylabel(outcome_unit(outcome))
        return _named(ax, looks)


def _of(rows: pd.DataFrame, outcome: str, what: str) -> pd.DataFrame:
    found = rows[rows["outcome"] == outcome]
    if found.empty:
        there = ", ".join(dict.fromkeys(rows["outcome"])) or "none"
        raise ResultError(f"outcome: found {outcome!r}, but the table has {what} of: {there}")
    return found


def _named(ax: Axes, looks: Looks) -> Axes:
    """With the arms in a legend below, where there are several."""
    if len(looks) > 1:
        ax.legend(
            handles=[
                Line2D([], [], color=colour, marker=marker, ms=4, label=arm_label(arm))
                for arm, (colour, marker) in looks.items()
            ],
            loc="upper center",
            bbox_to_anchor=(0.5, -0.16),
            ncols=len(looks),
            fontsize=7,
            frameon=False,
        )
    return ax
