"""Compensation ratio: how far cooperation of cities makes up for what stalled states no longer do.

    C(a, x) = (Y[x, a] − Y[x, none]) / (Y[0, none] − Y[x, none])

Y is an outcome, x the stall level, a the arm of cooperation; every term of a replication shares the
random numbers and the parameter draw. C = 0: cities change nothing. C = 1: they make up for everything.
"""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citysim.analysis.intervals import MIN_REPLICATIONS, median_interval, spread
from citysim.analysis.results import BASELINE_ARM
from citysim.analysis.shares import complete, laid_out_rows, place_of, share_table

if TYPE_CHECKING:
    import xarray as xr

    from citysim.analysis.cells import Cells

Verdict = Literal["compensates", "partly", "no effect shown", "harms", "open", "undefined", "too few"]


def verdict(lower: float, upper: float, *, divisible: bool, count: int) -> Verdict:
    """What the 90 % interval of C says, in two words.

    ``undefined`` where the denominator is not ``divisible``: its mean cannot be told from 0, or states
    hardly matter in half of the replications; ``too few`` below ``MIN_REPLICATIONS``; ``open`` where the
    interval covers 1 but not 0.
    """
    if count < MIN_REPLICATIONS:
        return "too few"
    if not (divisible and np.isfinite(lower) and np.isfinite(upper)):
        return "undefined"
    if lower <= 0 <= upper:
        return "no effect shown"
    if upper < 0:
        return "harms"
    if lower >= 1:
        return "compensates"
    return "partly" if upper < 1 else "open"


def no_compensation_reason(cells: "Cells") -> str | None:
    """Why an experiment has no compensation ratio; None where it has."""
    if BASELINE_ARM not in cells.arms:
        return f"no arm '{BASELINE_ARM}' to compare with; arms are {', '.join(cells.arms)}"
    if len(cells.arms) < 2:
        return f"the only arm is '{BASELINE_ARM}'"
    if all(isinstance(stall, float) and np.isnan(stall) for stall in cells.stalls):
        return "the design samples its points, so no stall level repeats"
    if 0.0 not in cells.stalls:
        return "no run without stall (stall = 0) to compare with"
    if len(cells.stalls) < 2:
        return "no stall level above 0"
    return None


def headline_terms(y: "xr.DataArray") -> "tuple[xr.DataArray, xr.DataArray, xr.DataArray]":
    """Numerator, denominator and Y[x, a] − Y[0, none]; each float (replication, outcome, arm, stall).

    Replications that lack one of the four runs of a cell are NaN in all three.
    """
    values = y.to_numpy()  # plain arrays: labels would be compared at every step
    alone = values[:, :, [place_of(y, "arm", BASELINE_ARM)]]
    unstalled = alone[..., [place_of(y, "stall", 0.0)]]
    return complete(y, values - alone, unstalled - alone, values - unstalled)


def compensation_table(cells: "Cells", *, comparisons: int = 1, bootstrap: bool = False) -> pd.DataFrame:
    """C as in ``share_table``, with the ``difference`` Y[x, a] − Y[0, none] over all replications.

    Empty where ``no_compensation_reason`` names one.
    """
    if no_compensation_reason(cells):
        return pd.DataFrame()
    table = share_table(cells, headline_terms, verdict, comparisons=comparisons, bootstrap=bootstrap)
    differences = laid_out_rows(cells, _differences(cells))
    return table.merge(differences, how="left", validate="one_to_one")


def _differences(cells: "Cells") -> dict[str, NDArray[Any]]:
    gap = headline_terms(cells.drawn)[2].to_numpy()
    over, (low, high) = spread(gap), median_interval(gap)
    return {
        "difference": over.median,
        "difference_lower": over.lower,
        "difference_upper": over.upper,
        "difference_median_lower": low,
        "difference_median_upper": high,
    }
