"""Estimates with their intervals as points and bars."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from citysim.arrays import Bools, Floats
from citysim.figures.style import INK, MUTED
from citysim.language import gettext

_MEDIAN = ["median_lower", "median_upper"]
_CONFIDENCE = ["confidence_lower", "confidence_upper"]


def points(
    ax: Axes,
    rows: pd.DataFrame,
    at: NDArray[np.floating],
    look: tuple[str, str],
    *,
    ratio: bool = False,
    flat: bool = False,
) -> None:
    """Estimates at ``at``, up or with ``flat`` across; hollow where no effect is shown.

    Thin: 5–95 % of replications. Thick: 90 % confidence interval, of the median or with ``ratio`` of the
    ratio. A cross at the foot (left edge): an undefined ratio.
    """
    colour, marker = look
    lines = ax.hlines if flat else ax.vlines
    if not ratio:
        lines(at, rows["lower"], rows["upper"], color=colour, lw=0.9, alpha=0.75)
    ends = rows[_CONFIDENCE if ratio else _MEDIAN].to_numpy(float)
    bounded = np.isfinite(ends).all(axis=1)
    lines(at[bounded], ends[bounded, 0], ends[bounded, 1], color=colour, lw=2.6, alpha=0.45)
    estimate, hollow = rows["estimate"].to_numpy(float), _not_shown(rows, ends)
    for part, face in ((~hollow, colour), (hollow, "white")):
        x, y = (estimate[part], at[part]) if flat else (at[part], estimate[part])
        ax.plot(x, y, color=colour, marker=marker, mfc=face, ms=4.2, lw=0, zorder=4)
    undefined = at[(rows["verdict"] == "undefined").to_numpy()]
    foot = np.full(undefined.shape, 0.03)
    x, y = (foot, undefined) if flat else (undefined, foot)
    along = ax.get_yaxis_transform() if flat else ax.get_xaxis_transform()
    ax.plot(x, y, "x", transform=along, color=colour, ms=4.5, mew=1.3)


def _not_shown(rows: pd.DataFrame, ends: Floats) -> Bools:
    """By the verdict where the comparison was planned, by its own interval where it was not."""
    holds_none = ~((ends[:, 0] > 0) | (ends[:, 1] < 0))
    planned = rows["planned"].astype(bool).to_numpy()
    return np.where(planned, rows["verdict"].isin(["no effect shown", "too few"]), holds_none)


def point_keys(*, undefined: bool) -> list[Line2D]:
    """What a legend says of the marks."""
    handles = [
        Line2D([], [], color=MUTED, lw=0.9, label=gettext("5–95 % of replications")),
        Line2D([], [], color=MUTED, lw=2.6, alpha=0.45, label=gettext("90 % confidence interval")),
        Line2D([], [], color=INK, marker="o", mfc="white", lw=0, ms=4.2, label=gettext("no effect shown")),
    ]
    cross = Line2D([], [], color=MUTED, marker="x", lw=0, ms=4.5, label=gettext("undefined"))
    return [*handles, cross] if undefined else handles
