"""Titles of figures that state what is seen, made by rules from verdicts; an outcome comes first.

So no sentence has to put its name into a case.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.pairing import FULL_ARM, whole
from citysim.analysis.labels import outcome_label
from citysim.analysis.likelihood import SURE_ENOUGH
from citysim.analysis.plain_words import measure
from citysim.analysis.rounding import rounded
from citysim.analysis.stall import at_level
from citysim.language import N_, gettext
from citysim.model.outcomes import OUTCOMES
from citysim.plan.report import Stall

#: The end of a year still counts to it.
_INSTANT = 0.01
_NOTHING = N_("{outcome}: nothing to compare at this stall")
_MAKES_UP = {
    "compensates": N_("{outcome}: cities make up for all that the stall costs"),
    "partly": N_("{outcome}: cities make up for about {share} % of what the stall costs"),
    "open": N_("{outcome}: cities make up for something, and it is open whether for all the stall costs"),
    "no effect shown": N_("{outcome}: it is not shown that cities make up for anything"),
    "harms": N_("{outcome}: what cities do makes the loss larger"),
    "undefined": N_("{outcome}: the stall costs too little to be made up for"),
    "too few": N_("{outcome}: too few replications to say what cities make up for"),
}
#: Where all comparisons held together show nothing, and nearly all replications do.
_MAKES_UP_LIKELY = N_("{outcome}: very likely cities make up for something, though not for sure")
_MORE = {
    "adds": N_("{outcome}: cities do more because states stall"),
    "takes away": N_("{outcome}: cities do less because states stall"),
    "no effect shown": N_("{outcome}: it is not shown that cities do more because states stall"),
    "undefined": N_("{outcome}: the stall costs too little to say whether cities do more"),
    "too few": N_("{outcome}: too few replications to say whether cities do more"),
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
        return gettext(_NOTHING, outcome=outcome_label(outcome))
    share = float(row["estimate"])
    verdict = str(row["verdict"]) if np.isfinite(share) else "undefined"
    likely = verdict == "no effect shown" and float(row["probability_positive"]) >= SURE_ENOUGH
    said: str = _MAKES_UP_LIKELY if likely else _MAKES_UP[verdict]
    return gettext(said, outcome=outcome_label(outcome), share=_round(100 * share))


def path_title(outcome: str, cooperating: "pd.Series[float]", alone: "pd.Series[float]") -> str:
    """Where an outcome starts and ends in the middle case, with and without cooperation.

    Both: medians by year, empty where there is no such run.
    """
    scale, on = measure(outcome)
    what = {"outcome": outcome_label(outcome), "on": on["on"]}
    known = [path for path in (cooperating, alone) if len(path)]
    if not known:
        return gettext("{outcome}: no path is known", **what)
    path = known[0]
    start, end = (scale * float(path.iloc[place]) for place in (0, -1))
    # All to three digits of the first.
    step = 10.0 ** (math.floor(math.log10(abs(start))) - 2) if start else 0.0
    told = what | {
        "start": rounded(start, step),
        "end": rounded(end, step),
        "first": int(path.index[0] - _INSTANT),
        "last": int(path.index[-1] - _INSTANT),
    }
    if len(known) == 1:
        return gettext("{outcome} {on}: {start} in {first}, {end} in {last}", **told)
    return gettext(
        "{outcome} {on}: {start} in {first}, in {last} {end} where cities cooperate and {alone} where not",
        alone=rounded(scale * float(alone.iloc[-1]), step),
        **told,
    )


def more_title(rows: pd.DataFrame, outcome: str, stall: Stall) -> str:
    """Whether cities do more because states stall, of rows of substitution."""
    row = _row(rows, outcome, stall)
    if row is None:
        return gettext(_NOTHING, outcome=outcome_label(outcome))
    verdict = str(row["verdict"]) if np.isfinite(float(row["estimate"])) else "undefined"
    return gettext(_MORE[verdict], outcome=outcome_label(outcome))


def compensated_title(rows: pd.DataFrame, outcome: str) -> str:
    """At how many points all that stall costs is more likely made up for than not."""
    own = rows[rows["outcome"] == outcome]
    own = own[own["arm"] == whole(list(dict.fromkeys(own["arm"])))]
    return gettext(
        "{outcome}: at {likely} of {count} points cities more likely make up for all than not",
        outcome=outcome_label(outcome),
        likely=int((own["probability_compensates"] >= 0.5).sum()),
        count=len(own),
    )


def groups_title(medians: Mapping[str, float], outcome: str) -> str:
    """Which group gains most in the middle case and which least; ``medians``: changes by their names."""
    known = [name for name, change in medians.items() if np.isfinite(change)]
    if len(known) < 2:
        return gettext(_NOTHING, outcome=outcome_label(outcome))
    order = sorted(known, key=lambda name: OUTCOMES[outcome].better * medians[name])
    told = {"outcome": outcome_label(outcome), "least": order[0], "most": order[-1]}
    return gettext("{outcome}: in the middle case “{most}” gain most, “{least}” least", **told)


def difference_title(rows: pd.DataFrame, outcome: str, stall: Stall) -> str:
    """Whether an outcome with all cooperation differs from a world without stall."""
    row = _row(rows, outcome, stall)
    if row is None:
        return gettext(_NOTHING, outcome=outcome_label(outcome))
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
