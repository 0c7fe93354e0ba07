"""Titles of figures that state what is seen, made by rules from verdicts; an outcome comes first.

So no sentence has to put its name into a case.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.pairing import FULL_ARM
from citysim.analysis.labels import outcome_label
from citysim.analysis.stall import at_level
from citysim.language import N_, gettext
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

_MAKES_UP = {
    "compensates": N_("{outcome}: cities make up for all that the stall costs"),
    "partly": N_("{outcome}: cities make up for about {share} % of what the stall costs"),
    "open": N_("{outcome}: cities make up for something, and it is open whether for all the stall costs"),
    "no effect shown": N_("{outcome}: it is not shown that cities make up for anything"),
    "harms": N_("{outcome}: what cities do makes the loss larger"),
    "undefined": N_("{outcome}: the stall costs too little to be made up for"),
    "too few": N_("{outcome}: too few replications to say what cities make up for"),
}
_AGAINST_UNSTALLED = {
    "better": N_("{outcome}: better than without stall where cities cooperate"),
    "worse": N_("{outcome}: worse than without stall, also where cities cooperate"),
    "no effect shown": N_(
        "{outcome}: no difference to a world without stall is shown where cities cooperate"
    ),
    "too few": N_("{outcome}: too few replications to tell it from a world without stall"),
}


def makes_up_title(rows: pd.DataFrame, outcome: str, stall: Stall) -> str:
    """What all cooperation makes up for in an outcome at a stall level, of rows of the compensation ratio."""
    row = _row(rows, outcome, stall)
    if row is None:
        return gettext("What do cities make up for?")
    share = float(row["estimate"])
    verdict = str(row["verdict"]) if np.isfinite(share) else "undefined"
    return gettext(_MAKES_UP[verdict], outcome=outcome_label(outcome), share=_round(100 * share))


def difference_title(rows: pd.DataFrame, outcome: str, stall: Stall) -> str:
    """Whether an outcome with all cooperation differs from a world without stall."""
    row = _row(rows, outcome, stall)
    if row is None:
        return gettext("How far from a world without stall?")
    return gettext(_AGAINST_UNSTALLED[_compared(row, outcome)], outcome=outcome_label(outcome))


def _compared(row: Mapping[Any, Any], outcome: str) -> str:
    """By the interval of the median, held with all planned comparisons where this is one of them."""
    adjusted = bool(row["planned"])
    names = ("lower_adjusted", "upper_adjusted") if adjusted else ("median_lower", "median_upper")
    low, high = sorted(OUTCOMES[outcome].better * float(row[name]) for name in names)
    if not (np.isfinite(low) and np.isfinite(high)):
        return "too few"
    return "better" if low > 0 else "worse" if high < 0 else "no effect shown"


def _row(rows: pd.DataFrame, outcome: str, stall: Stall) -> Mapping[Any, Any] | None:
    """Of the arm that stands for all cooperation, or else the last."""
    found = at_level(rows[rows["outcome"] == outcome], stall)
    if found.empty:
        return None
    arm = FULL_ARM if FULL_ARM in set(found["arm"]) else found["arm"].iloc[-1]
    row: Mapping[Any, Any] = found[found["arm"] == arm].iloc[0].to_dict()
    return row


def _round(percent: float) -> str:
    """To steps of five where it is more than ten, so that nobody takes it for exact."""
    if not np.isfinite(percent):
        return "–"
    return f"{5 * round(percent / 5) if abs(percent) > 10 else round(percent):d}"
