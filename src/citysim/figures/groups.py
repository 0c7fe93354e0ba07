"""Figure: who gains, the effect of cooperation by group of cities with stalled states."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from citysim.analysis.answers.pairing import whole
from citysim.analysis.intervals import spread
from citysim.analysis.labels import arm_label, outcome_label, outcome_unit
from citysim.analysis.results import BASELINE_ARM, RunSet
from citysim.analysis.stall import shown_stall, states_stalled
from citysim.errors import ResultError
from citysim.figures.caption import Caption, Drawn
from citysim.figures.findings import groups_title
from citysim.figures.rows import headline_runs, quarters_of, shown_arms
from citysim.figures.sizes import size
from citysim.figures.style import MUTED, arm_looks, new_figure, outside_legend, style, wrapped
from citysim.language import N_, gettext
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

GROUPS = {
    "world": N_("All cities"),
    "north": N_("Global North"),
    "south": N_("Global South"),
    "member": N_("Network members 2023"),
    "non_member": N_("Not members 2023"),
    "small": N_("under 300,000"),
    "medium": N_("300,000 – 1 M"),
    "large": N_("1 – 5 M"),
    "mega": N_("over 5 M"),
}
OUTCOMES_SHOWN = ("development", "marginalisation", "coverage")


def draw(results: RunSet) -> Drawn:
    """Effects by group at the stall level shown. Raises ``ResultError`` without groups to compare there."""
    if BASELINE_ARM not in results.arms or len(results.arms) < 2:
        raise ResultError(f"no arm '{BASELINE_ARM}' beside others to compare with")
    stall = shown_stall(results)
    runs = headline_runs(results, stall)
    quarters = quarters_of(results, runs[runs["stall"] == stall], OUTCOMES_SHOWN, GROUPS, last=True)
    if quarters["group"].nunique() < 2 or not any(name in quarters for name in OUTCOMES_SHOWN):
        raise ResultError("trajectories hold no groups of cities")
    seeds = runs[["draw", "seed"]].drop_duplicates()
    caption = gettext(
        "What cooperation changes for whom with {states_stalled}: difference to no cooperation in "
        "the last quarter, people-weighted mean of each group of cities; median and 5–95 % over "
        "{count} replications.",
        states_stalled=states_stalled(stall),
        count=len(seeds),
    )
    alt = gettext("Dot chart of the effect of each arm of cooperation by group of cities.")
    figure = groups_figure(quarters, shown_arms(results), stall)
    return figure, Caption("groups", _title(quarters, shown_arms(results), stall), caption, alt)


def _title(quarters: pd.DataFrame, arms: list[str], stall: Stall) -> str:
    """Who gains most and least in the first outcome, with all cooperation."""
    outcome = next(name for name in OUTCOMES_SHOWN if name in quarters)
    arm = whole([arm for arm in arms if arm != BASELINE_ARM])
    effects = _effects(_last(quarters, stall), outcome, arm)
    named = {gettext(GROUPS[name]): float(effects[name].median()) for name in GROUPS if name in effects}
    return groups_title(named, outcome)


def _last(quarters: pd.DataFrame, stall: Stall) -> pd.DataFrame:
    here = (quarters["quarter"] == quarters["quarter"].max()) & (quarters["stall"] == stall)
    last: pd.DataFrame = quarters[here]
    return last


def groups_figure(quarters: pd.DataFrame, arms: list[str], stall: Stall) -> Figure:
    """Arm minus no cooperation in the last quarter, per group: median and 5–95 % over replications.

    ``quarters``: columns arm, draw, seed, stall, quarter, group and the outcomes.
    """
    last = _last(quarters, stall)
    groups = [name for name in GROUPS if name in set(last["group"])]
    others = [arm for arm in arms if arm != BASELINE_ARM]
    looks = arm_looks(arms)
    with style():
        outcomes = [name for name in OUTCOMES_SHOWN if name in quarters][: size().beside]
        figure = new_figure(2.6 + 0.75 * len(groups))
        axes = figure.subplots(1, len(outcomes), sharey=True, squeeze=False)[0]
        for ax, outcome in zip(axes, outcomes, strict=True):
            for i, arm in enumerate(others):
                effect = _effects(last, outcome, arm).reindex(columns=groups)
                over = spread(effect.to_numpy(float))
                offset = 0.2 * (i - (len(others) - 1) / 2)
                y = [row + offset for row in range(len(groups))]
                ax.hlines(y, over.lower, over.upper, color=looks[arm][0], lw=1.2, alpha=0.7)
                ax.plot(over.median, y, looks[arm][1], color=looks[arm][0], ms=3.8)
            ax.set_title(wrapped(outcome_label(outcome), 24))
            ax.axvline(0, color=MUTED, lw=0.9, zorder=1)
            ax.grid(axis="x")
            ax.grid(visible=False, axis="y")
            ax.locator_params(axis="x", nbins=4)
            better = gettext("{arrow} better", arrow="→" if OUTCOMES[outcome].better > 0 else "←")
            difference = wrapped(gettext("Difference ({unit})", unit=outcome_unit(outcome)), 30)
            ax.set_xlabel(f"{difference}\n{better}")
        axes[0].set_yticks(range(len(groups)), [gettext(GROUPS[name]) for name in groups])
        axes[0].set_ylim(len(groups) - 0.5, -0.5)
        handles = [
            Line2D([], [], color=looks[a][0], marker=looks[a][1], ms=4, label=arm_label(a)) for a in others
        ]
        title = gettext(
            "Cooperation against none, {states_stalled}, end of the run",
            states_stalled=states_stalled(stall),
        )
        outside_legend(
            figure,
            handles,
            loc="outside upper center",
            ncols=min(len(handles), 5),
            title=title,
            title_fontsize=8,
        )
        return figure


def _effects(last: pd.DataFrame, outcome: str, arm: str) -> pd.DataFrame:
    """Arm − baseline per replication (rows) and group (columns)."""
    index = ["draw", "seed"]
    tables = [
        last[last["arm"] == name].pivot_table(index=index, columns="group", values=outcome, aggfunc="first")
        for name in (arm, BASELINE_ARM)
    ]
    return tables[0] - tables[1]
