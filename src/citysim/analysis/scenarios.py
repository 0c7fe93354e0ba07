"""Scenario discovery: boxes in the space of the parameters in which an event is common.

PRIM, the patient rule induction method (Friedman & Fisher 1999; for scenarios Bryant & Lempert 2010), as in
the EMA workbench (Kwakkel 2017). With many parameters and few replications it finds a box in anything, so
that every box is held against replications that it was not made from.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy  # scipy.stats is imported when used, see intervals.py

from citysim.analysis.intervals import wilson
from citysim.analysis.multiplicity import holm
from citysim.analysis.tables import write_csvs
from citysim.analysis.verdict import Event, Replications
from citysim.arrays import Bools, Ints
from citysim.errors import ConfigError

SCENARIOS_FILE, BOXES_FILE = "scenarios.csv", "scenarios_boxes.csv"
#: Share of a box that one step takes away, and the smallest box, of all replications.
PEEL, PASTE, SMALLEST = 0.05, 0.05, 0.1
#: Quasi-p above which a limit of a box is dropped (Bryant & Lempert 2010).
LARGEST_QUASI_P = 0.05
FOLDS, REPEATS, SEED = 5, 2, 1999
#: Fewer replications with the event, or without it, leave nothing to hold a box against.
FEWEST_CASES = 10
_NO_EMA = "scenarios: EMA workbench is not installed; get it with: pip install 'citysim[scenarios]'"


@dataclass(frozen=True, eq=False)
class Box:
    """Limits on some parameters: columns parameter, lower, upper, quasi_p; NaN where there is no limit."""

    limits: pd.DataFrame

    def holds(self, parameters: pd.DataFrame) -> Bools:
        """Which replications lie in the box; in a box without limits, none."""
        if self.limits.empty:
            return np.zeros(len(parameters), bool)
        inside = np.ones(len(parameters), bool)
        for row in self.limits.itertuples():
            value = parameters[row.parameter].to_numpy()
            inside &= ~(value < row.lower) & ~(value > row.upper)
        return inside


@dataclass(frozen=True)
class Validation:
    """What boxes do on replications that they were not made from.

    ``coverage``: share of the cases in the box; ``density``: share of the box that are cases, with Wilson's
    90 % interval; ``p_value``: of a density as high if the box told nothing. ``reproduced``: share of the
    boxes that limit a parameter.
    """

    coverage: float
    density: float
    density_lower: float
    density_upper: float
    p_value: float
    reproduced: dict[str, float]


def find_box(parameters: pd.DataFrame, cases: Bools) -> Box:
    """The box that PRIM finds around the cases.

    Of the boxes on its way, that with the most cases above those of an equal number of replications drawn
    at random; then without the limits whose quasi-p says they add nothing.
    Raises ``ConfigError`` where the EMA workbench is not installed.
    """
    prim = _prim()
    with warnings.catch_warnings():
        # The workbench calls pandas in ways that pandas 3 deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        search = prim.Prim(
            parameters.astype(float),
            cases.astype(float),
            threshold=0.5 / len(cases),
            peel_alpha=PEEL,
            paste_alpha=PASTE,
            mass_min=SMALLEST,
        )
        found = search.find_box()
        way = found.peeling_trajectory
        best = int((way["mass"] * (way["density"] - cases.mean())).idxmax())
        return _pruned(found, best)


def _prim() -> Any:
    try:
        with warnings.catch_warnings():
            # It names everything else that it could make use of.
            warnings.simplefilter("ignore")
            from ema_workbench.analysis import prim  # noqa: PLC0415  an optional extra, and slow to import
    except ImportError:
        raise ConfigError(_NO_EMA) from None
    return prim


def _pruned(found: Any, chosen: int) -> Box:
    """Drop the limits with the largest quasi-p, one parameter at a time, until all are small."""
    while True:
        least = {name: min(p for p in both if p >= 0) for name, both in found.qp[chosen].items()}
        worst = max(least, key=lambda name: least[name], default=None)
        if worst is None or least[worst] <= LARGEST_QUASI_P:
            break
        found.drop_restriction(worst, chosen)
        chosen = len(found.box_lims) - 1
    ends, start = found.box_lims[chosen], found.box_lims[0]
    rows = [
        {
            "parameter": str(name),
            "lower": ends.at[0, name] if ends.at[0, name] != start.at[0, name] else np.nan,
            "upper": ends.at[1, name] if ends.at[1, name] != start.at[1, name] else np.nan,
            "quasi_p": least[name],
        }
        for name in sorted(least, key=lambda name: least[name])
    ]
    return Box(pd.DataFrame(rows, columns=["parameter", "lower", "upper", "quasi_p"]))


def cross_validated(
    parameters: pd.DataFrame, cases: Bools, *, folds: int = FOLDS, repeats: int = REPEATS
) -> Validation:
    """Boxes found without one fold each, held against that fold; the folds drawn anew ``repeats`` times.

    The p-value of a repetition is Fisher's, one-sided, over its folds together; of several, twice their
    median, which is no smaller than it should be however they hang together (Meinshausen et al. 2009).
    """
    rng = np.random.default_rng(SEED)
    inside = np.zeros((repeats, len(cases)), bool)
    limited: list[str] = []
    for repeat in range(repeats):
        fold = _folds(cases, folds, rng)
        for k in range(folds):
            out = fold == k
            box = find_box(parameters[~out].reset_index(drop=True), cases[~out])
            inside[repeat, out] = box.holds(parameters[out])
            limited += list(box.limits["parameter"])
    held, hits = inside.sum(axis=1), (inside & cases).sum(axis=1)
    p = scipy.stats.hypergeom.sf(hits - 1, len(cases), cases.sum(), held)
    lower, upper = wilson(np.array(round(hits.mean())), np.array(round(held.mean())))
    counts = pd.Series(limited, dtype=object).value_counts() / (folds * repeats)
    return Validation(
        coverage=float(hits.mean() / cases.sum()),
        density=float(hits.sum() / held.sum()) if held.any() else np.nan,
        density_lower=float(lower),
        density_upper=float(upper),
        p_value=float(min(np.median(p) * (2 if repeats > 1 else 1), 1.0)),
        reproduced={str(name): float(share) for name, share in counts.items()},
    )


def _folds(cases: Bools, folds: int, rng: np.random.Generator) -> Ints:
    """A fold for every replication, at random, cases and others evenly."""
    order = np.lexsort((rng.random(len(cases)), cases))
    fold = np.empty(len(cases), np.int64)
    fold[order] = np.arange(len(cases)) % folds
    return fold


def scenario(parameters: pd.DataFrame, event: Event) -> tuple[dict[str, Any], pd.DataFrame]:
    """The box of an event as a row, and its limits.

    The row says why where there is too little to go by.
    """
    draws, cases = parameters[event.known].reset_index(drop=True), event.true[event.known]
    row = {**event.keys, "n": len(cases), "cases": int(cases.sum()), "base_rate": cases.mean()}
    if min(cases.sum(), (~cases).sum()) < FEWEST_CASES:
        return row | {"limits": 0, "note": f"fewer than {FEWEST_CASES} with or without it"}, pd.DataFrame()
    box, check = find_box(draws, cases), cross_validated(draws, cases)
    inside = box.holds(draws)
    row |= {
        "limits": len(box.limits),
        "mass": inside.mean(),
        "coverage": (inside & cases).sum() / cases.sum(),
        "density": cases[inside].mean() if inside.any() else np.nan,
        "coverage_held_out": check.coverage,
        "density_held_out": check.density,
        "density_held_out_lower": check.density_lower,
        "density_held_out_upper": check.density_upper,
        "p_value": check.p_value,
        "note": "" if len(box.limits) else "no box",
    }
    limits = box.limits.assign(reproduced=box.limits["parameter"].map(check.reproduced).fillna(0.0))
    shares = [Box(limits.loc[[i]]).holds(draws).mean() for i in limits.index]
    return row, limits.assign(share_kept=shares, **event.keys)


def write_scenarios(
    out: Path, replications: Replications, events: list[Event]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write into ``out`` and give the boxes of some events, a row each, and their limits, a row each.

    ``p_adjusted`` is for all of these events (Holm).
    """
    _prim()
    found = [scenario(replications.parameters, event) for event in events]
    boxes = pd.DataFrame([row for row, _ in found])
    if "p_value" in boxes:
        boxes["p_adjusted"] = holm(boxes["p_value"].to_numpy(float))
    limits = pd.concat([table for _, table in found])
    write_csvs({SCENARIOS_FILE: boxes, BOXES_FILE: limits}, out)
    return boxes, limits


def limit_text(lower: float, upper: float) -> str:
    """A limit for people: ``≥ 0.2``, ``≤ 0.5`` or ``0.2 … 0.5``."""
    if np.isnan(lower):
        return f"≤ {upper:.3g}"
    return f"≥ {lower:.3g}" if np.isnan(upper) else f"{lower:.3g} … {upper:.3g}"
