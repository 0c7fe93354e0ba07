"""Three estimands beside the compensation ratio: standing value, substitution, response.

With L(a, x) = ±(Y[x, a] − Y[x, none]), what cooperation gives at stall x, signed so that more is better, and
cost(x) = ±(Y[0, none] − Y[x, none]), paired by replication:

    standing value  L(a, 0)                                    what cooperation gives without any stall
    substitution    (L(a, x) − L(a, 0)) / cost(x)              what it gives more because states stall
    response        ±(Y[x, a] − Y[x, a without response]) / cost(x)   what behavioural response adds
    compensation    L(a, x) / cost(x) = L(a, 0) / cost(x) + substitution
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citysim.analysis.compensation import compensation_table, no_compensation_reason
from citysim.analysis.intervals import (
    MIN_REPLICATIONS,
    mean_and_error,
    median_interval,
    spread,
    wilson,
)
from citysim.analysis.results import BASELINE_ARM
from citysim.analysis.shares import complete, direction, laid_out_rows, place_of, share_table
from citysim.arrays import Floats
from citysim.language import pgettext
from citysim.model.outcomes import OUTCOMES

if TYPE_CHECKING:
    import xarray as xr

    from citysim.analysis.cells import Cells

#: In the order of the headline; all but the first are shares of what stall costs.
ESTIMANDS = ("standing_value", "substitution", "response", "compensation")
#: Estimand → what it is, for people.
MEANINGS = {
    "standing_value": "what cooperation gives without any stall, in the outcome's unit",
    "substitution": "what cooperation gives more because states stall, as share of what stall costs",
    "response": "what behavioural response adds, as share of what stall costs",
    "compensation": "all that cooperation gives, as share of what stall costs (C)",
}


def title(estimand: str) -> str:
    """An estimand's name for people."""
    return pgettext("estimand", estimand.replace("_", " ").capitalize())


def rows_of(headline: pd.DataFrame, estimand: str) -> pd.DataFrame:
    """Rows of one estimand of a headline. A headline from before there were several is all compensation."""
    if "estimand" not in headline:
        return headline if estimand == "compensation" else headline.iloc[:0]
    return headline[headline["estimand"] == estimand]


def no_response_reason(cells: "Cells") -> str | None:
    """Why an experiment has no response; None where it has."""
    if reason := no_compensation_reason(cells):
        return reason
    if cells.counterparts:
        return None
    return "no arm without response, equal to another but for the parameters of response at 0"


def substitution_terms(y: "xr.DataArray") -> "tuple[xr.DataArray, xr.DataArray, xr.DataArray]":
    """What cooperation gives more than without stall, what stall costs, and their difference.

    Each float (replication, outcome, arm, stall), in the outcome's own direction.
    """
    values = y.to_numpy()
    given = values - values[:, :, [place_of(y, "arm", BASELINE_ARM)]]
    return _complete(y, given - given[..., [place_of(y, "stall", 0.0)]])


def response_terms(
    y: "xr.DataArray", pairs: Mapping[str, str]
) -> "tuple[xr.DataArray, xr.DataArray, xr.DataArray]":
    """What response adds, what stall costs, and their difference, as ``substitution_terms``.

    ``pairs``: arm → the same without response; NaN in arms that have none.
    """
    values, added = y.to_numpy(), np.full(y.shape, np.nan)
    for arm, without in pairs.items():
        own, other = (place_of(y, "arm", name) for name in (arm, without))
        added[:, :, own] = values[:, :, own] - values[:, :, other]
    return _complete(y, added)


def _complete(y: "xr.DataArray", top: Floats) -> "tuple[xr.DataArray, xr.DataArray, xr.DataArray]":
    alone = y.to_numpy()[:, :, [place_of(y, "arm", BASELINE_ARM)]]
    bottom = alone[..., [place_of(y, "stall", 0.0)]] - alone
    return complete(y, top, bottom, top - bottom)


def share_verdict(lower: float, upper: float, *, divisible: bool, count: int) -> str:
    """What the 90 % interval of a substitution or response says: whether it lies above, over or below 0.

    ``undefined`` and ``too few`` as of the compensation ratio.
    """
    if count >= MIN_REPLICATIONS and not (divisible and np.isfinite(lower) and np.isfinite(upper)):
        return "undefined"
    return _by_sign(lower, upper, count, ("adds", "takes away"))


def _by_sign(lower: float, upper: float, count: int, words: tuple[str, str]) -> str:
    if count < MIN_REPLICATIONS:
        return "too few"
    if lower > 0:
        return words[0]
    return words[1] if upper < 0 else "no effect shown"


def substitution_table(cells: "Cells", *, comparisons: int = 1, bootstrap: bool = False) -> pd.DataFrame:
    """Substitution as in ``share_table``. Empty where ``no_compensation_reason`` names one."""
    if no_compensation_reason(cells):
        return pd.DataFrame()
    return share_table(cells, substitution_terms, share_verdict, comparisons=comparisons, bootstrap=bootstrap)


def response_table(cells: "Cells", *, comparisons: int = 1, bootstrap: bool = False) -> pd.DataFrame:
    """Response as in ``share_table``, of the arms that have a counterpart.

    That of the arm without cooperation is what cities do alone when their state retreats.
    Empty where ``no_response_reason`` names one.
    """
    if no_response_reason(cells):
        return pd.DataFrame()
    terms = partial(response_terms, pairs=cells.counterparts)
    how: dict[str, Any] = {"comparisons": comparisons, "bootstrap": bootstrap}
    return share_table(cells, terms, share_verdict, baseline=True, **how)


def standing_table(cells: "Cells") -> pd.DataFrame:
    """Standing value: a row per outcome with a better direction and arm other than the baseline, at stall 0.

    ``estimate`` and ``amount``: median over replications, in the outcome's unit, signed so that more is
    better; ``probability_positive``: share of the replications in which it is above 0, with
    ``probability_lower`` and ``probability_upper``. It needs no stall, so that all replications count.
    Empty where ``no_compensation_reason`` names one.
    """
    if no_compensation_reason(cells):
        return pd.DataFrame()
    table = laid_out_rows(cells, _standing(cells))
    judged = table["outcome"].map(lambda name: OUTCOMES[name].better != 0)
    asked = judged & ~table["arm"].isin(cells.without_cooperation) & (table["stall"] == 0.0)
    table = table[asked & (table["n_seeds"] > 0)].reset_index(drop=True)
    rows = zip(table["lower"], table["upper"], table["n_seeds"], strict=True)
    return table.assign(verdict=[_by_sign(*row, ("helps", "harms")) for row in rows])


def _standing(cells: "Cells") -> dict[str, NDArray[Any]]:
    better, baseline = direction(cells), place_of(cells.drawn, "arm", BASELINE_ARM)
    given, at_defaults = (
        better * (values - values[:, :, [baseline]]) + 0.0
        for values in (cells.drawn.to_numpy(), cells.defaults.to_numpy())
    )
    over, (low, high) = spread(given), median_interval(given)
    above = (given > 0).sum(axis=0)
    p_low, p_high = wilson(above, over.count)
    mean0, error0 = mean_and_error(at_defaults)
    return {
        "estimate": over.median,
        "lower": over.lower,
        "upper": over.upper,
        "probability_positive": above / np.where(over.count > 0, over.count, np.nan),
        "probability_lower": p_low,
        "probability_upper": p_high,
        "monte_carlo_error": error0,
        "n_seeds": over.count,
        "amount": over.median,
        "amount_lower": over.lower,
        "amount_upper": over.upper,
        "median_lower": low,
        "median_upper": high,
        "estimate_defaults": mean0,
        "n_defaults": np.isfinite(at_defaults).sum(axis=0),
        "n_incomplete": len(cells.drawn) - over.count,
    }


def estimand_tables(cells: "Cells", *, comparisons: int, bootstrap: bool) -> dict[str, pd.DataFrame]:
    """The table of every estimand, in the order of ``ESTIMANDS``; empty where there is none."""
    how: dict[str, Any] = {"comparisons": comparisons, "bootstrap": bootstrap}
    return {
        "standing_value": standing_table(cells),
        "substitution": substitution_table(cells, **how),
        "response": response_table(cells, **how),
        "compensation": compensation_table(cells, **how),
    }
