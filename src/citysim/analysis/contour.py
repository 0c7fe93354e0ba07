"""Where cities just make up for stalled states: the line C = 1 over stall and a second swept value.

C ≥ 1 where Y[x, a] is no worse than Y[0, none], so the line is where the median of that difference over
replications changes sign: no division, and defined also where C is not.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from citysim.arrays import Floats
from citysim.model.outcomes import OUTCOMES

#: Column of the stall on the line → columns of the headline whose change of sign it is: where more of an
#: outcome is better, and where less is.
ENDS = {
    "stall": ("difference", "difference"),
    "lower": ("difference_median_lower", "difference_median_upper"),
    "upper": ("difference_median_upper", "difference_median_lower"),
    "spread_lower": ("difference_lower", "difference_upper"),
    "spread_upper": ("difference_upper", "difference_lower"),
}


def second_axis(headline: pd.DataFrame, sweep: Sequence[str]) -> str | None:
    """The first swept number beside stall with two values or more, if stall has two levels above 0."""
    if pd.to_numeric(headline["stall"], errors="coerce").nunique() < 2:
        return None
    for name in sweep:
        kind = headline[name].dtype.kind if name in headline else ""
        if kind in "iuf" and headline[name].nunique() > 1:
            return name
    return None


def at_first(headline: pd.DataFrame, sweep: Sequence[str], axis: str) -> pd.DataFrame:
    """Rows at numeric stall levels where all swept values but stall and ``axis`` are at their first."""
    for name in sweep:
        if name != axis and len(headline):
            headline = headline[headline[name] == headline[name].iloc[0]]
    stall = pd.to_numeric(headline["stall"], errors="coerce")
    return headline[stall.notna()].assign(stall=stall[stall.notna()])


def advantage(rows: pd.DataFrame, end: str) -> Floats:
    """How much better than the unstalled world, in the outcome's unit, at an ``end`` of ``ENDS``."""
    better = rows["outcome"].map(lambda name: OUTCOMES[name].better).to_numpy(float)
    more, less = ENDS[end]
    return np.where(better > 0, rows[more], -rows[less].to_numpy(float))


def contour_table(headline: pd.DataFrame, sweep: Sequence[str]) -> pd.DataFrame:
    """The stall up to which cities make up for it, per arm, outcome and value of the second axis.

    ``stall``: where the median difference to the unstalled world turns to the worse, between levels by
    linear interpolation; ``lower``, ``upper``: 90 % confidence interval from that of the median;
    ``spread_lower``, ``spread_upper``: where the 5 % and 95 % quantiles turn, so that nine in ten
    replications make up for it up to a stall in between. inf where it holds at every swept level, −inf where
    it fails at the lowest. Empty without a second axis.

    ``headline``: its rows of the compensation ratio. The line needs no division, and stall that costs
    nothing does not move it.
    """
    axis = second_axis(headline, sweep)
    if axis is None:
        return pd.DataFrame()
    rows = []
    table = at_first(headline, sweep, axis)
    for name in (axis, "arm", "outcome"):  # outcomes and arms stay in the order of the headline
        order = pd.factorize(table[name], sort=name == axis)[0]
        table = table.iloc[np.argsort(order, kind="stable")]
    for (outcome, arm, value), part in table.groupby(["outcome", "arm", axis], sort=False):
        cell = part.sort_values("stall")
        stall = cell["stall"].to_numpy(float)
        found = {end: turning_point(stall, advantage(cell, end)) for end in ENDS}
        rows.append({"arm": arm, "outcome": outcome, axis: value} | found)
    return pd.DataFrame(rows, columns=["arm", "outcome", axis, *ENDS])


def turning_point(stall: Floats, gain: Floats) -> float:
    """First stall at which ``gain`` falls below 0, by linear interpolation; NaN with a gap before it.

    inf where it never does, −inf where it is below 0 at the lowest stall already.
    """
    for i, value in enumerate(gain):
        if np.isnan(value):
            return np.nan
        if value < 0:
            if i == 0:
                return -np.inf
            share = gain[i - 1] / (gain[i - 1] - value) if np.isfinite(gain[i - 1]) else 1.0
            return float(stall[i - 1] + share * (stall[i] - stall[i - 1]))
    return np.inf
