"""Differences between arms, and ratios of such differences."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.estimates import ESTIMATES
from citysim.analysis.intervals import MIN_REPLICATIONS, ratio_of_means
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES
from citysim.analysis.results import RunSet
from citysim.arrays import Bools
from citysim.errors import ResultError
from citysim.language import gettext, numeral

#: Confidence interval of an estimate that is no median; after ``ESTIMATES``.
CONFIDENCE = ("confidence_lower", "confidence_upper")
#: What of ``table.verdict`` says that a median differs from 0.
SHOWN = ("better", "worse", "more", "less")


def of_arm(results: RunSet, values: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Replications of one arm. Raises ``ResultError`` where the experiment has none of it."""
    if arm not in values.columns.get_level_values("arm"):
        found = ", ".join(results.arms)
        raise ResultError(f"{results.path}: arms: found {found}; this analysis also needs '{arm}'")
    return part(values, "arm", arm)


def part(values: pd.DataFrame, level: str, name: str) -> pd.DataFrame:
    """Columns of one value of a level, without that level."""
    chosen = values.loc[:, values.columns.get_level_values(level) == name]
    return chosen.droplevel(level, axis=1)


def named(parts: Mapping[Any, pd.DataFrame], *names: str) -> pd.DataFrame:
    """Tables of replications side by side, told apart by a first level (levels) of columns."""
    found: pd.DataFrame = pd.concat(parts, axis=1, names=list(names))
    return found


def keys_of(values: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Keys of the columns."""
    return [tuple(key) for key in values.columns]


def under_stall(values: pd.DataFrame) -> Bools:
    """Which columns are at a stall level above 0, or at the only one."""
    stalled = np.asarray(values.columns.get_level_values("stall") != 0.0)
    return stalled if stalled.any() else ~stalled


def headline_and_stalled(values: pd.DataFrame) -> Bools:
    """Which columns are of a headline outcome and ``under_stall``."""
    headline = values.columns.get_level_values("outcome").isin(HEADLINE_OUTCOMES)
    return np.asarray(headline) & under_stall(values)


def ratios(numerator: pd.DataFrame, denominator: pd.DataFrame) -> pd.DataFrame:
    """One row per column of ``numerator``: ratio of means over replications, with ``ESTIMATES``.

    ``denominator`` has the same columns in the same order. ``estimate`` and ``mean`` are the ratio,
    ``mean_error`` is by the delta method, ``CONFIDENCE`` is Fieller's 90 % interval. Where the mean
    denominator cannot be told from 0 the verdict is "undefined" and there is no estimate. Ratios of single
    replications explode, so there is no spread; ratios are not tested, as their numerators are.
    """
    ratio = ratio_of_means(numerator.to_numpy(float), denominator.to_numpy(float))
    few = ratio.count < MIN_REPLICATIONS
    undefined = ~few & ~np.isfinite(ratio.lower)
    value = np.where(undefined | few, np.nan, ratio.value)
    table = numerator.columns.to_frame(index=False).assign(
        estimate=value,
        mean=value,
        mean_error=np.where(undefined | few, np.nan, ratio.error),
        n_seeds=ratio.count,
        planned=False,
        verdict=np.select([few, undefined], ["too few", "undefined"], ""),
        confidence_lower=np.where(undefined | few, np.nan, ratio.lower),
        confidence_upper=np.where(undefined | few, np.nan, ratio.upper),
    )
    keys = list(numerator.columns.names)
    return table.reindex(columns=[*keys, *ESTIMATES, *CONFIDENCE])[ratio.count > 0]


def stacked(*tables: pd.DataFrame) -> pd.DataFrame:
    """Tables below one another, columns that only some have filled with NaN."""
    # pandas' concat warns of columns that are empty in one table.
    rows = [row for table in tables for row in table.to_dict("records")]
    columns = list(dict.fromkeys(column for table in tables for column in table.columns))
    return pd.DataFrame(rows, columns=columns)


def first_point(table: pd.DataFrame, keys: Iterable[str]) -> pd.DataFrame:
    """Rows of the first combination of swept values other than ``keys``."""
    known = {*keys, *ESTIMATES, *CONFIDENCE}
    for column in [name for name in table.columns if name not in known]:
        table = table[table[column] == table[column].iloc[0]]
    return table


def row_of(table: pd.DataFrame, **keys: str) -> "pd.Series[float]":
    """The row with these values of the key columns."""
    here = np.all([table[name] == value for name, value in keys.items()], axis=0)
    return table[here].iloc[0]


def share_with_interval(row: "pd.Series[float]") -> str:
    """A share for a sentence, in per cent."""
    value, low, high = (numeral(f"{round(100 * row[name]):,}") for name in ("estimate", *CONFIDENCE))
    return gettext("{estimate} % ({lower} to {upper} %)", estimate=value, lower=low, upper=high)


def listed(parts: Iterable[str]) -> str:
    """Names in a sentence: a, b and c."""
    found = list(parts)
    if len(found) < 2:
        return "".join(found)
    return gettext("{first} and {last}", first=", ".join(found[:-1]), last=found[-1])
