"""Planned comparisons of an experiment, with intervals and tests that hold for all of them at once.

Planned, for every arm of cooperation, headline outcome and stall level above 0, at every swept point:
does cooperation change anything (``difference_arms`` against the baseline arm), does it make up for stalled
states (``difference_unstalled``), by how much (``compensation``), and does it give more because states stall
(``substitution``); where an arm has a counterpart without response, what does response add (``response``).
Whatever else ``effects.csv`` holds was not asked beforehand.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from citysim.analysis.intervals import LEVEL
from citysim.analysis.results import BASELINE_ARM
from citysim.arrays import Floats
from citysim.language import N_, gettext
from citysim.model.outcomes import OUTCOMES

if TYPE_CHECKING:
    from citysim.analysis.cells import Cells

HEADLINE_OUTCOMES = ("development", "loss", "conflict", "marginalisation")
#: Estimand → the question it answers about an arm, for people.
QUESTIONS = {
    "difference_arms": N_("against {baseline}"),
    "difference_unstalled": N_("against no stall"),
    "substitution": N_("more because of stall"),
    "response": N_("by response"),
}
#: Of these, shares of what stall costs: above 0 is better, whatever the outcome.
SHARES = ("substitution", "response")


def baseline(arms: tuple[str, ...]) -> str:
    """The arm that planned comparisons are held against: the one without cooperation, or else the first."""
    return BASELINE_ARM if BASELINE_ARM in arms else arms[0]


def planned(effects: pd.DataFrame, arms: tuple[str, ...]) -> "pd.Series[bool]":
    """Which rows of a table of effects (estimand, arm, versus, stall, outcome) are planned."""
    reference = baseline(arms)
    stalled = effects["stall"] != 0.0
    if not stalled.any():  # an experiment that sweeps no stall asks at its only level
        stalled = ~stalled
    asked = effects["estimand"].isin(["compensation", *QUESTIONS])
    response = effects["estimand"] == "response"
    against = (effects["versus"].isin([reference]) | response) & (effects["arm"] != reference)
    return asked & against & stalled & effects["outcome"].isin(HEADLINE_OUTCOMES)


def planned_count(cells: "Iterable[Cells]") -> int:
    """How many comparisons are planned if no run is missing; at least 1."""
    return max(sum(_count(each) for each in cells), 1)


def _count(cells: "Cells") -> int:
    stalled = [stall for stall in cells.stalls if stall != 0.0]
    outcomes = [name for name in cells.outcomes if name in HEADLINE_OUTCOMES]
    whole = BASELINE_ARM in cells.arms and 0 < len(stalled) < len(cells.stalls)
    asked = len(cells.arms) - 1
    if whole:  # differences of every arm, shares of those that cooperate
        cooperating = sum(arm not in cells.without_cooperation for arm in cells.arms)
        asked = 2 * asked + 2 * cooperating + sum(arm != BASELINE_ARM for arm in cells.counterparts)
    return asked * (len(stalled) or 1) * len(outcomes)


def simultaneous_level(comparisons: int) -> float:
    """Level of one interval at which all of ``comparisons`` hold together 90 % of the time (Bonferroni)."""
    return 1 - (1 - LEVEL) / comparisons


def holm(p: Floats) -> Floats:
    """p-values adjusted for their number (Holm 1979), NaN left out and left NaN.

    Calling shown what is at or below α has a chance of at most α of one false call or more, however the
    tests depend on one another.
    """
    adjusted = np.full(p.shape, np.nan)
    order = np.argsort(p, kind="stable")[: np.isfinite(p).sum()]
    steps = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1))
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def adjusted(effects: pd.DataFrame, arms: tuple[str, ...]) -> pd.DataFrame:
    """A whole experiment's table of effects with ``planned`` and ``p_adjusted``.

    Adjusted intervals stay with planned rows alone.
    """
    asked = planned(effects, arms)
    p = holm(np.where(asked, effects["p_value"], np.nan))
    table = effects.assign(planned=asked, p_adjusted=p)
    table.loc[~asked, ["lower_adjusted", "upper_adjusted"]] = np.nan
    return table


def planned_summary(effects: pd.DataFrame) -> pd.DataFrame:
    """At how many points each arm does better or worse for sure, all planned comparisons held together.

    One row per outcome and arm, a column per question with texts such as "better at 3, worse at 0 of 4".
    Empty where nothing was planned.
    """
    asked = effects["planned"].to_numpy(bool) & effects["estimand"].isin(QUESTIONS).to_numpy()
    rows = effects[asked & effects["outcome"].map(lambda name: OUTCOMES[name].better != 0).to_numpy(bool)]
    if rows.empty:
        return pd.DataFrame()
    better = rows["outcome"].map(lambda name: OUTCOMES[name].better).where(~rows["estimand"].isin(SHARES), 1)
    sign = better * np.sign(rows["estimate"])
    shown = rows["p_adjusted"] <= 1 - LEVEL
    table = rows.assign(better=shown & (sign > 0), worse=shown & (sign < 0))
    columns = {}
    for estimand, title in QUESTIONS.items():
        part = table[table["estimand"] == estimand]
        if len(part):
            versus = part["versus"].iloc[0]
            name = gettext(title, baseline=versus)
            counts = part.groupby(["outcome", "arm"], sort=False)[["better", "worse"]].agg(["sum", "size"])
            columns[name] = counts.apply(_in_words, axis=1)
    return pd.DataFrame(columns).reset_index()


def _in_words(counts: "pd.Series[int]") -> str:
    better, worse = counts["better", "sum"], counts["worse", "sum"]
    count = counts["better", "size"]
    return gettext("better at {better}, worse at {worse} of {count}", better=better, worse=worse, count=count)
