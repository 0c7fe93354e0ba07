"""Two experiments of one kind side by side: what each says, and the difference where their runs pair.

They are of one kind where the same question is asked of the same arms at the same stall level; worlds,
parameters and draws may differ. Runs pair where seeds, drawn parameters, world and model are the same, so
that a replication of the one is held against the same replication of the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from citysim.analysis.answers.pairing import whole
from citysim.analysis.arms import main_arms
from citysim.analysis.cells import Cells, paired_cells
from citysim.analysis.compare import share_values
from citysim.analysis.compensation import no_compensation_reason
from citysim.analysis.estimands import estimand_tables
from citysim.analysis.intervals import MIN_REPLICATIONS, median_interval, spread
from citysim.analysis.multiplicity import HEADLINE_OUTCOMES, baseline
from citysim.analysis.results import KEYS, RunSet, first_sweep
from citysim.analysis.stall import shown_stall
from citysim.arrays import Floats
from citysim.language import gettext
from citysim.plan.report import Stall
from citysim.store.manifest import any_manifest

#: Estimand of rows that are differences between an arm and the one without cooperation.
DIFFERENCE = "difference_arms"
SIDES = ("first", "second")
_UNDEFINED = "undefined"
#: Differences are taken to be 0 below these.
_DIGITS = 12


@dataclass(frozen=True, eq=False)
class _Quantity:
    """A quantity by replication, and what is said of it: median, ends and number of replications."""

    values: "pd.Series[float]"
    median: float
    lower: float
    upper: float
    count: int


type _Quantities = dict[tuple[str, str, str], _Quantity]


def answered_by(results: RunSet) -> str:
    """The analysis that answers an experiment's question, or the headline."""
    return next(iter(results.config.analyses), "headline")


def other_kind(first: RunSet, second: RunSet) -> str:
    """Why two experiments are not of one kind, in the language spoken; empty where they are."""
    asked = [answered_by(results) for results in (first, second)]
    if asked[0] != asked[1]:
        return gettext("one answers by {first}, the other by {second}", first=asked[0], second=asked[1])
    if apart := sorted({*first.arms} ^ {*second.arms}):
        return gettext("only one has runs of {arms}", arms=", ".join(apart))
    if len(first.arms) < 2:
        return gettext("both have one arm alone, “{arm}”", arm=first.arms[0])
    if first.sampled or second.sampled:
        return gettext("a design is sampled, so that no stall level repeats")
    levels = [shown_stall(results) for results in (first, second)]
    if levels[0] != levels[1]:
        return gettext("one shows stall {first}, the other {second}", first=levels[0], second=levels[1])
    return ""


def not_paired(first: RunSet, second: RunSet) -> str:
    """Why runs of two experiments of one kind do not pair, in the language spoken; empty where they do."""
    made = [any_manifest(results.path) for results in (first, second)]
    worlds = [each.get("world", {}).get("digest") for each in made]
    if worlds[0] != worlds[1] or (None in worlds and first.config.world != second.config.world):
        return gettext("their worlds differ")
    if made[0].get("model_version") != made[1].get("model_version"):
        return gettext("they are of two versions of the model")
    drawn = [_drawn(results) for results in (first, second)]
    seeds = drawn[0].index.intersection(drawn[1].index)
    if len(seeds) < MIN_REPLICATIONS:
        return gettext(
            "they have {count} seeds in common, and it takes {least}",
            count=len(seeds),
            least=MIN_REPLICATIONS,
        )
    names = [name for name in drawn[0] if name in drawn[1]]
    if first.draw != second.draw or not drawn[0].loc[seeds, names].equals(drawn[1].loc[seeds, names]):
        return gettext("their draws differ")
    return ""


def _drawn(results: RunSet) -> pd.DataFrame:
    """Drawn parameters of every replication, by seed, but those that an arm or the config sets."""
    config = results.config
    fixed = {
        *KEYS,
        *results.sweep,
        *config.parameters,
        *(name for arm in config.arms.values() for name in arm),
    }
    design = results.runs[["run", "seed", "draw"]]
    if results.stored is not None:
        design = results.stored.design
    rows = design[(design["draw"] == results.draw) & design["run"].isin(results.runs["run"])]
    rows = rows.drop_duplicates("seed").set_index("seed").sort_index()
    return rows[[name for name in rows if name not in fixed]]


def side_by_side(first: RunSet, second: RunSet) -> pd.DataFrame:
    """A row per ``estimand``, ``arm`` and ``outcome`` that both have, at the stall level shown.

    Where the headline answers: substitution, response and compensation of all cooperation; else every arm's
    difference to the one without cooperation. ``estimate``, ``lower``, ``upper`` (median and nine of ten
    replications) and ``n_seeds``, ``_first`` and ``_second``; of second less first, replication by
    replication where the runs pair: ``difference``, ``difference_lower``, ``difference_upper``,
    ``median_lower`` and ``median_upper`` (90 % confidence interval of its median), ``n_pairs`` and
    ``verdict``: more, less, no effect shown, too few, undefined. NaN where a share is not defined. Both must
    be of one kind.
    """
    paired = not not_paired(first, second)
    mine, others = (_quantities(results) for results in (first, second))
    rows = []
    for key, one in mine.items():
        if (other := others.get(key)) is None:
            continue
        row: dict[str, Any] = dict(zip(("estimand", "arm", "outcome"), key, strict=True))
        for side, found in zip(SIDES, (one, other), strict=True):
            row |= {
                f"estimate_{side}": found.median,
                f"lower_{side}": found.lower,
                f"upper_{side}": found.upper,
                f"n_seeds_{side}": found.count,
            }
        defined = np.isfinite(one.median) and np.isfinite(other.median)
        if paired:
            # Equal shares differ in their last bits.
            apart = (other.values - one.values).dropna().round(_DIGITS)
            row |= _difference(np.asarray(apart, np.float64), defined=defined)
        rows.append(row)
    return pd.DataFrame(rows).assign(stall=shown_stall(first))


def _difference(values: Floats, *, defined: bool) -> dict[str, Any]:
    """What differences by replication say of second less first."""
    if not defined:
        ends = ("difference", "difference_lower", "difference_upper", "median_lower", "median_upper")
        return {**dict.fromkeys(ends, np.nan), "n_pairs": len(values), "verdict": _UNDEFINED}
    over, (low, high) = spread(values), median_interval(values)
    verdict = "more" if low > 0 else "less" if high < 0 else "no effect shown"
    return {
        "difference": float(over.median),
        "difference_lower": float(over.lower),
        "difference_upper": float(over.upper),
        "median_lower": float(low),
        "median_upper": float(high),
        "n_pairs": len(values),
        "verdict": verdict if len(values) >= MIN_REPLICATIONS else "too few",
    }


def _quantities(results: RunSet) -> _Quantities:
    cells, stall = _first_cells(results), shown_stall(results)
    shares = not results.config.analyses and no_compensation_reason(cells) is None
    return dict(_shares(results, cells, stall) if shares else _differences(results, cells, stall))


def _first_cells(results: RunSet) -> Cells:
    """The cells of the first combination of the values swept beside stall."""
    found = list(paired_cells(results))
    points = pd.DataFrame([cells.sweep for cells in found], index=range(len(found)))
    return found[int(first_sweep(points, results).index[0])]


def _replications(cells: Cells) -> pd.MultiIndex:
    drawn = cells.drawn
    return pd.MultiIndex.from_arrays([drawn["draw"].values, drawn["seed"].values])


def _cooperating(results: RunSet) -> list[str]:
    """Arms with cooperation, but those made of another by taking away response."""
    return [arm for arm in main_arms(results.config) if arm in results.arms and arm != baseline(results.arms)]


def _shares(results: RunSet, cells: Cells, stall: Stall) -> Iterator[tuple[tuple[str, str, str], _Quantity]]:
    arm = whole(_cooperating(results))
    outcomes = [name for name in cells.outcomes if name in HEADLINE_OUTCOMES]
    at = (cells.arms.index(arm), cells.stalls.index(stall))
    tables = estimand_tables(cells, comparisons=1, bootstrap=False)
    for estimand, values in share_values(cells).items():
        table = tables[estimand]
        for place, outcome in enumerate(outcomes):
            if table.empty:
                continue
            rows = table[(table["arm"] == arm) & (table["stall"] == stall) & (table["outcome"] == outcome)]
            if rows.empty:
                continue
            row = rows.iloc[0]
            known = row["verdict"] != _UNDEFINED
            middle, low, high = (
                float(row[name]) if known else np.nan for name in ("estimate", "lower", "upper")
            )
            series = pd.Series(values[:, place, *at], _replications(cells))
            yield (estimand, arm, outcome), _Quantity(series, middle, low, high, int(row["n_seeds"]))


def _differences(
    results: RunSet, cells: Cells, stall: Stall
) -> Iterator[tuple[tuple[str, str, str], _Quantity]]:
    here = cells.drawn.sel(stall=stall)
    reference = here.sel(arm=baseline(results.arms), drop=True)
    for arm in _cooperating(results):
        for outcome in (name for name in cells.outcomes if name in HEADLINE_OUTCOMES):
            apart = (here.sel(arm=arm, drop=True) - reference).sel(outcome=outcome).to_numpy()
            over = spread(apart)
            middle, low, high = map(float, (over.median, over.lower, over.upper))
            series = pd.Series(apart, _replications(cells))
            yield (DIFFERENCE, arm, outcome), _Quantity(series, middle, low, high, int(over.count))
