"""An outcome of every city in the last quarter, or its change against another arm."""

from dataclasses import dataclass

import numpy as np

from citysim.analysis.answers.pairing import FULL_ARM
from citysim.analysis.cities import card_outcomes, card_services, city_values, runs_at, world_of_runs
from citysim.analysis.intervals import median_interval, spread
from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall
from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.plan.faults import check_named
from citysim.plan.report import Stall


@dataclass(frozen=True, eq=False)
class ByCity:
    """An outcome of all cities of the results' world, in its order, median over replications, (N,) each.

    ``versus``: the arm that is taken off within each replication, or empty; ``lower`` and ``upper``: the 90 %
    confidence interval of the median; ``count``: replications.
    """

    outcome: str
    arm: str
    versus: str
    stall: Stall
    year: int
    count: int
    estimate: Floats
    lower: Floats
    upper: Floats


def by_city(
    results: RunSet, outcome: str, arm: str | None = None, versus: str = "", stall: float | None = None
) -> ByCity:
    """The outcome in ``arm``, by default in that of all cooperation, or its paired difference to ``versus``.

    ``stall``: level, by default that of all figures; of other swept values the first is taken. Raises
    ``ResultError`` where no cities or no such runs were recorded, ``ConfigError`` where a name is none.
    """
    if not results.config.record.cities:
        raise ResultError(
            f"{results.path}: holds no cities; set [record] cities = true and run it into another folder, or "
            "with --fresh"
        )
    arms = list(results.config.arms)
    arm = arm or (FULL_ARM if FULL_ARM in arms else arms[-1])
    check_named("--outcome", [*card_outcomes(results), *card_services(results)], [outcome], "found")
    check_named("--arm", arms, [arm], "found")
    if versus:
        check_named("--less", [name for name in arms if name != arm], [versus], "found")
    level = shown_stall(results, stall)
    world = world_of_runs(results)
    order = np.argsort(world.city_id, kind="stable")
    asked = (versus, arm) if versus else (arm,)
    values = city_values(results, runs_at(results, level), [outcome], world.city_id[order], asked)
    found = np.full((len(values[arm]), world.n_cities), np.nan)
    found[:, order] = values[arm][:, :, 0] - (values[versus][:, :, 0] if versus else 0.0)
    low, high = median_interval(found)
    over = spread(found)
    return ByCity(
        outcome=outcome,
        arm=arm,
        versus=versus,
        stall=level,
        year=world.start_year + (results.config.quarters - 1) // 4,
        count=int(np.max(over.count)),
        estimate=np.asarray(over.median, dtype=np.float64),
        lower=np.asarray(low, dtype=np.float64),
        upper=np.asarray(high, dtype=np.float64),
    )
