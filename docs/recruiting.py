"""How networks differ in members, and when they recruit, in the record and in runs of a hindcast.

    uv run python docs/recruiting.py 16     # replications of the shipped posterior; some minutes

Prints, for the record and for runs under several settings of recruiting, by the same functions: the regression
of ln members on ln eligible cities and ln age (elasticities, and the unexplained spread less that of Poisson counts);
and the log ratio of joins in the first ten years after the founding to later ones, per √(1 + members), the mean
over dated networks. Then the spread of effort that the law of joining needs for the record's members.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from citysim import CityModel, World
from citysim.arrays import Bools, Floats
from citysim.model.mechanisms.admission import eligible
from citysim.model.mechanisms.attention import review_factor
from citysim.model.mechanisms.recruiting import YOUTH
from citysim.patterns.chronicle import Chronicle
from citysim.patterns.course import Course
from citysim.patterns.joins import joins_of
from citysim.patterns.record import record_course
from citysim.plan.config import load_config
from citysim.plan.posterior import posterior_settings
from citysim.plan.runs import run_specs
from citysim.world.networks import MIN_MEMBERS

ROOT = Path(__file__).parents[1]
POSTERIOR = ROOT / "results" / "reference" / "calibration" / "posterior.parquet"
ALIKE = {"recruiting_spread": 0.0, "recruiting_youth": 0.0, "recruiting_division": 0.0}
SETTINGS: Mapping[str, dict[str, float]] = {
    "all alike": ALIKE,
    "σ_K 1": ALIKE | {"recruiting_spread": 1.0},
    "υ 1": ALIKE | {"recruiting_youth": 1.0},
    "σ_K 1, υ 1": ALIKE | {"recruiting_spread": 1.0, "recruiting_youth": 1.0},
    "σ_K 1.5, υ 1": ALIKE | {"recruiting_spread": 1.5, "recruiting_youth": 1.0},
    "σ_K 1, υ 1, ζ_K ½": {"recruiting_spread": 1.0, "recruiting_youth": 1.0, "recruiting_division": 0.5},
    "σ_K 1, υ 1, ζ_K 1": {"recruiting_spread": 1.0, "recruiting_youth": 1.0, "recruiting_division": 1.0},
}
#: Exponent of visibility: the default of ``join_size``.
BETA = 0.5
RESAMPLES = 500


def members_of(course: Course, count: int) -> Floats:
    """Members at the end of each of the networks of the data, (K,)."""
    held = course.memberships.at(course.last)
    return np.bincount(course.memberships.second[held], minlength=count)[:count].astype(np.float64)


def reach_of(world: World) -> tuple[Floats, Floats]:
    """Openness of the cities that each network admits, summed, and its age in 2023, (K,) each."""
    setting, city = CityModel(world, rng=1).setting, np.arange(world.n_cities)
    networks = CityModel(world, rng=1).state.networks
    networks.alive[:] = True
    open_ = setting.derive(review_factor)
    admitted = [
        open_[eligible(networks, world.population, setting, city, np.full(len(city), k))].sum()
        for k in range(world.n_networks)
    ]
    return np.array(admitted), 2023.0 - world.network_founded


def explained(members: Floats, admitted: Floats, age: Floats) -> Floats:
    """Elasticities with eligible cities and with age, and the log sd that these and chance leave."""
    kept = members >= MIN_MEMBERS
    y, count = np.log(members[kept]), int(kept.sum())
    x = np.column_stack((np.ones(count), np.log(admitted[kept]), np.log(age[kept])))
    slope, *_ = np.linalg.lstsq(x, y)
    left = ((y - x @ slope) ** 2).sum() / (count - 3) - (1.0 / members[kept]).mean()
    return np.array([slope[1], slope[2], np.sqrt(max(left, 0.0))])


def youth(course: Course) -> Floats:
    """Log ratio of joins in the first ten years to later, the founding year apart, of each dated network."""
    found = []
    for one in joins_of(course):
        if not one.list.whole:
            continue
        years = np.arange(one.list.founded + 1, one.list.last + 1)
        joins = np.array([(one.year == year).sum() for year in years])
        seen = np.array([(1.0 + (one.year < year).sum()) ** BETA for year in years])
        young: Bools = years <= one.list.founded + YOUTH
        found.append(np.log(np.divide(*((joins[w].sum() + 0.5) / seen[w].sum() for w in (young, ~young)))))
    return np.array(found)


def courses(world: World, given: dict[str, Any], replications: int) -> Iterator[Course]:
    """Courses of the hindcast at draws of the shipped posterior."""
    file = ROOT / "src" / "citysim" / "experiments" / "calibration.toml"
    config = load_config(file, [f"seeds={replications}", *posterior_settings(POSTERIOR)])
    for spec in run_specs(config, world.digest):
        if spec.arm != "dated":
            continue
        model = CityModel(world, dict(spec.parameters) | given, rng=spec.seed, quarters=config.quarters)
        chronicle = Chronicle(model)
        for _ in range(config.quarters):
            model.step()
            chronicle.note()
        yield chronicle.course()


if __name__ == "__main__":
    real = World.real(cities=2000, start=1985, propensity="covariates")
    admitted, age = reach_of(real)
    record, chance = record_course(real), np.random.default_rng(1)
    members, ratio = members_of(record, real.n_networks), youth(record)
    again = [chance.integers(0, len(members), len(members)) for _ in range(RESAMPLES)]
    own = np.append(explained(members, admitted, age), ratio.mean())
    error = np.std([explained(members[i], admitted[i], age[i]) for i in again], axis=0, ddof=1)
    error = np.append(error, ratio.std(ddof=1) / np.sqrt(len(ratio)))
    print("elasticity with eligible cities, with age, log sd left, log ratio of joins while young")
    print(f"record: {own.round(2)}, standard errors {error.round(2)}, ratios {ratio.round(1)}")
    for name, given in SETTINGS.items():
        rows = np.array(
            [
                np.append(explained(members_of(c, real.n_networks), admitted, age), youth(c).mean())
                for c in courses(real, given, int(sys.argv[1]) if len(sys.argv) > 1 else 16)
            ]
        )
        low, high = np.quantile(rows, (0.05, 0.95), axis=0)
        print(f"{name}: {rows.mean(axis=0).round(2)}, 90 % of runs {low.round(2)} … {high.round(2)}")
    for beta in (0.0, 0.5, 1.0):
        # members^(1−β) grows by effort, eligible cities and age
        effort = np.log((1.0 + members) ** (1.0 - beta) - 1.0) if beta < 1.0 else np.log(np.log1p(members))
        effort -= np.log(admitted) + np.log(age)
        spread = np.std([effort[i].std(ddof=1) for i in again], ddof=1)
        print(f"log sd of effort at β_s = {beta}: {effort.std(ddof=1):.2f} (s.e. {spread:.2f})")
