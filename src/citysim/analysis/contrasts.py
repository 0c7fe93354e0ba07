"""Quantities that make up the compensation ratio, at every point of a sampled design.

The ratio itself explodes where its denominator is small, so that a few points would make all of its
variance. Its parts have no such points, and the ratio is bounded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from citysim.analysis.cube import cube, laid_out
from citysim.analysis.results import BASELINE_ARM, DEFAULTS, RunSet
from citysim.analysis.stall import SWEPT, stall_of
from citysim.arrays import Floats
from citysim.errors import ConfigError
from citysim.model.outcomes import OUTCOMES
from citysim.plan.config import ExperimentConfig
from citysim.plan.design.axes import Range, Values
from citysim.plan.design.order import runs_of_points
from citysim.plan.report import Stall
from citysim.store.reader import load_results

#: Bounds of the ratio as it is analysed: its moderate values, and the side on which others lie.
LEAST_RATIO, MOST_RATIO = -1.0, 3.0


@dataclass(frozen=True, eq=False)
class Quantity:
    """A quantity at every sampled point: ``values`` float (points, seeds), NaN where a run is missing.

    Signed so that more is better. ``share_clipped`` of the points lie beyond the bounds of the ratio.
    """

    name: str
    outcome: str
    arm: str
    stall: Stall
    values: Floats
    share_clipped: float = 0.0


@dataclass(frozen=True, eq=False)
class Conditions:
    """Form of cooperation and stall level of what was run, in the order of the config, and its outcomes.

    ``values``: float (replication, outcome, arm, stall, point), labelled; an arm is a form of cooperation.
    """

    run: tuple[tuple[str, Stall], ...]
    values: xr.DataArray

    @property
    def forms(self) -> list[str]:
        """Forms of cooperation other than the baseline, in the order of the config."""
        return list(dict.fromkeys(form for form, _ in self.run if form != BASELINE_ARM))

    @property
    def stalls(self) -> list[Stall]:
        """Stall levels other than 0."""
        return list(dict.fromkeys(stall for _, stall in self.run if stall != 0.0))


def forms_of_cooperation(config: ExperimentConfig) -> dict[str, tuple[str, Stall | None]]:
    """Form and stall level of every arm: arms that differ in their stall alone are one form.

    A form is named after its first arm, that of the arm ``none`` is the baseline; the level is None where
    the design sweeps it. Raises ``ConfigError`` where there is no arm ``none``, or nothing beside it.
    """
    if BASELINE_ARM not in config.arms:
        found = ", ".join(config.arms)
        raise ConfigError(f"arms: found {found}; expected an arm '{BASELINE_ARM}' to compare with")
    settings = {
        arm: {name: value for name, value in values.items() if name != "stall"}
        for arm, values in config.arms.items()
    }
    names = [BASELINE_ARM, *(arm for arm in config.arms if arm != BASELINE_ARM)]
    swept = "stall" in config.axes
    forms: dict[str, tuple[str, Stall | None]] = {}
    for arm, values in config.arms.items():
        form = next(name for name in names if settings[name] == settings[arm])
        level = values.get("stall", config.parameters.get("stall", 0.0))
        forms[arm] = form, None if swept else level
    if len({form for form, _ in forms.values()}) < 2:
        raise ConfigError(f"arms: nothing but the form of '{BASELINE_ARM}'; expected an arm that cooperates")
    return forms


def check_lists(config: ExperimentConfig) -> None:
    """Raise ``ConfigError`` where a design crosses its points with a list other than of ``stall``."""
    lists = [name for name, axis in config.axes.items() if isinstance(axis, Values) and name != "stall"]
    if lists:
        raise ConfigError(f"design.{lists[0]}: a list beside the ranges; expected lists of stall only")


def read_conditions(results: RunSet) -> Conditions:
    """The runs of a sampled design by point and condition.

    Raises ``ConfigError`` as ``check_lists`` and ``forms_of_cooperation``, or where two arms are one
    condition.
    """
    config = results.config
    check_lists(config)
    forms = forms_of_cooperation(config)
    axis = config.axes.get("stall")
    levels: tuple[Stall | None, ...] = axis.values if isinstance(axis, Values) else (None,)
    run: list[tuple[str, Stall]] = []
    for arm, (form, own) in forms.items():
        for level in levels:
            stall = level if level is not None else SWEPT if isinstance(axis, Range) else own
            if (form, stall_of(stall)) in run:
                raise ConfigError(f"arms.{arm}: another arm is the same form of cooperation at stall {stall}")
            run.append((form, stall_of(stall)))
    return Conditions(tuple(run), _outcomes(results, forms))


def _outcomes(results: RunSet, forms: Mapping[str, tuple[str, Stall | None]]) -> xr.DataArray:
    """Outcomes of every sampled point as a cube whose arms are forms of cooperation."""
    axis = results.config.axes.get("stall")
    placed = runs_of_points(results.config, load_results(results.path).design)
    drawn = placed["draw"] != DEFAULTS if results.draw != DEFAULTS else placed["draw"] == DEFAULTS
    places = placed[drawn]
    if not isinstance(axis, Values):
        levels = {arm: SWEPT if own is None else own for arm, (_, own) in forms.items()}
        places = places.assign(stall=places["arm"].map(levels))
    places = places.assign(
        arm=places["arm"].map({arm: form for arm, (form, _) in forms.items()}),
        # A list of stall levels is crossed with the points.
        point=places["point"] // (len(axis.values) if isinstance(axis, Values) else 1),
    )
    runs = places[["draw", "seed", "arm", "stall", "point", "run"]].merge(
        results.runs[["run", *results.outcomes]], on="run", how="left", validate="many_to_one"
    )
    values = cube(runs, results.outcomes, ["arm", "stall", "point"], results.path)
    axes = {name: list(dict.fromkeys(values[name].values.tolist())) for name in ("arm", "stall", "point")}
    in_design = pd.Index(values["seed"].values).get_indexer(pd.Index(runs["seed"].unique()))
    return laid_out(values.isel(replication=in_design), **axes)


def quantities(conditions: Conditions) -> Iterator[Quantity]:
    """Quantities of every outcome with a better direction, stall level above 0 and form of cooperation.

    ``lost``: what stall takes, Y[0, none] − Y[x, none]. ``restored``: what cooperation gives at that stall,
    Y[x, a] − Y[x, none]. ``gap``: restored − lost, at or above 0 where C ≥ 1. ``reached``: 1 where it is and
    stall costs something, else 0. ``ratio``: C, bounded. ``more``: what cooperation gives more than without
    stall, restored − (Y[0, a] − Y[0, none]). ``substitution``: more / lost, bounded. What needs a run without
    stall is left out where there is none.
    """
    for outcome in map(str, conditions.values["outcome"].values):
        better = OUTCOMES[outcome].better
        if not better:
            continue
        of_outcome = better * conditions.values.sel(outcome=outcome).transpose("arm", "stall", "point", ...)
        y = {
            (form, stall): of_outcome.sel(arm=form, stall=stall).to_numpy() for form, stall in conditions.run
        }
        unstalled = y.get((BASELINE_ARM, 0.0))
        for stall in conditions.stalls:
            alone = y.get((BASELINE_ARM, stall))
            if alone is None:
                continue
            lost = None if unstalled is None else unstalled - alone
            if lost is not None:
                yield Quantity("lost", outcome, BASELINE_ARM, stall, lost)
            for form in conditions.forms:
                if (form, stall) not in y:
                    continue
                restored = y[form, stall] - alone
                yield from _of_form(outcome, form, stall, restored, lost)
                if lost is not None and (form, 0.0) in y:
                    more = restored - (y[form, 0.0] - y[BASELINE_ARM, 0.0])
                    yield Quantity("more", outcome, form, stall, more)
                    ratio, beyond = bounded_ratio(more, lost)
                    yield Quantity("substitution", outcome, form, stall, ratio, beyond)


def _of_form(
    outcome: str, form: str, stall: Stall, restored: Floats, lost: Floats | None
) -> Iterator[Quantity]:
    yield Quantity("restored", outcome, form, stall, restored)
    if lost is None:
        return
    gap = restored - lost
    yield Quantity("gap", outcome, form, stall, gap)
    reached = np.where(np.isfinite(gap), (gap >= 0) & (lost > 0), np.nan)
    yield Quantity("reached", outcome, form, stall, reached)
    ratio, beyond = bounded_ratio(restored, lost)
    yield Quantity("ratio", outcome, form, stall, ratio, beyond)


def bounded_ratio(restored: Floats, lost: Floats) -> tuple[Floats, float]:
    """C = restored / lost within ``LEAST_RATIO`` … ``MOST_RATIO``, and the share of values beyond them.

    Where stall costs nothing, the bound on the side of ``restored``: what C tends to as the cost falls to 0.
    """
    least = np.finfo(float).tiny
    with np.errstate(over="ignore"):
        ratio = restored / np.maximum(lost, least)
    known = np.isfinite(restored) & np.isfinite(lost)
    beyond = known & ((ratio < LEAST_RATIO) | (ratio > MOST_RATIO))
    share = float(beyond.sum() / known.sum()) if known.any() else np.nan
    return np.where(known, np.clip(ratio, LEAST_RATIO, MOST_RATIO), np.nan), share


def quantity_keys(quantity: Quantity) -> dict[str, Any]:
    """The columns that tell a quantity from the others of an experiment."""
    return {
        "quantity": quantity.name,
        "outcome": quantity.outcome,
        "arm": quantity.arm,
        "stall": quantity.stall,
    }


def noise_share(values: Floats) -> float:
    """Share of the variance over points of the mean over seeds that the random numbers alone make.

    ``values``: float (points, seeds). What a seed adds to all points alike is no noise here, as all points
    share their seeds: residual mean square of points × seeds, over seeds (two-way layout). NaN with one seed.
    """
    points, seeds = values.shape
    if seeds < 2 or points < 2:
        return np.nan
    means = values.mean(axis=1)
    residual = values - means[:, None] - values.mean(axis=0) + values.mean()
    error = float((residual**2).sum()) / ((points - 1) * (seeds - 1))
    total = float(means.var(ddof=1))
    return min(error / seeds / total, 1.0) if total > 0 else np.nan
