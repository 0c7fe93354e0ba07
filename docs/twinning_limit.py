"""Whether the number of twinnings that a city keeps has a limit, in the record.

    uv run python docs/twinning_limit.py    # half a minute

The number of twinnings of a city is Poisson with mean L, or κ L / (κ + L), where ln L is linear in ln population
and ln place, plus a normal difference of its own. A city keeps the latter if it takes new twinnings at a rate that
falls to nothing as their number comes to κ (docs/model.md, 7.4). Place is what the pair law of the record gives
it by where all others are (calibration.toml). Prints both fits, for all cities and for those of half a million, κ with its 90 %
interval by profile likelihood, and what each fit expects of the city that has most. Then whether a share of cities
that twin with nobody fits better still.
"""

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, gammaln
from scipy.stats import chi2

from citysim import World
from citysim.arrays import Bools, Floats
from citysim.model.gravity import CONTINENT, EUROPE, NEAREST_KM
from citysim.patterns.people import people_at
from citysim.patterns.record import KNOWN, record_course
from citysim.world.geography import EARTH_RADIUS_KM

#: Middles of the ranges of experiments/calibration.toml.
DISTANCE, POPULATION, COUNTRY, EUROPEAN, CONTINENTAL, ONE_RICH, BOTH_RICH = (
    -0.975,
    0.905,
    -3.3,
    0.875,
    -0.925,
    0.8,
    1.55,
)
SHARE = 0.9
SIMULATED = 2000
#: Nodes and weights of a normal difference.
NODE, WEIGHT = np.polynomial.hermite_e.hermegauss(60)
SEARCH = {"maxiter": 8000, "xatol": 1e-4, "fatol": 1e-3}


def place(world: World, people: Floats, kept: Bools) -> Floats:
    """Ln of what pairs with all others weigh by the law, population of the city itself left out, (kept,)."""
    xyz, state, rich = world.xyz[kept], world.state[kept], world.rich[kept].astype(int)
    continent, european = CONTINENT[world.region[kept]], world.region[kept] == EUROPE
    far = np.maximum(np.arccos(np.clip(xyz @ xyz.T, -1.0, 1.0)) * EARTH_RADIUS_KM, NEAREST_KM)
    both, alike = european[:, None] & european, continent[:, None] == continent
    weight = DISTANCE * np.log(far) + COUNTRY * (state[:, None] == state)
    weight += np.where(both, EUROPEAN, np.where(alike, CONTINENTAL, 0.0))
    weight += np.array([0.0, ONE_RICH, BOTH_RICH])[rich[:, None] + rich]
    weight = np.exp(weight) * people[kept] ** POPULATION
    np.fill_diagonal(weight, 0.0)
    return np.log(weight.sum(axis=1))


def middle(fitted: Floats, terms: Floats, limit: float) -> tuple[Floats, Floats]:
    """Means at the nodes of the difference, (cities, nodes), and their weights; ``fitted``: ln sd, then slopes."""
    wanted = np.exp(np.clip((terms @ fitted[1:])[:, None] + np.exp(fitted[0]) * NODE, -30.0, 12.0))
    return wanted * limit / (limit + wanted) if np.isfinite(limit) else wanted, WEIGHT / WEIGHT.sum()


def log_chance(fitted: Floats, counts: Floats, terms: Floats, limit: float) -> Floats:
    """Log likelihood of each city's number, (cities,)."""
    mean, weight = middle(fitted, terms, limit)
    each = counts[:, None] * np.log(mean) - mean - gammaln(counts + 1.0)[:, None]
    top = each.max(axis=1)
    return np.asarray(top + np.log(np.exp(each - top[:, None]) @ weight))


def loss(fitted: Floats, counts: Floats, terms: Floats, limit: float) -> float:
    """Negative log likelihood."""
    return -float(log_chance(fitted, counts, terms, limit).sum())


def abstaining(counts: Floats, terms: Floats, limit: float, start: Floats) -> tuple[float, float]:
    """Likeliest share of cities that twin with nobody, whatever they are, and the log likelihood with it."""

    def both(fitted: Floats) -> float:
        share = expit(fitted[-1])
        chance = (1.0 - share) * np.exp(log_chance(fitted[:-1], counts, terms, limit))
        return -float(np.log(chance + share * (counts == 0)).sum())

    found = minimize(both, np.append(start, -2.0), method="Nelder-Mead", options=SEARCH)
    return float(expit(found.x[-1])), -float(found.fun)


def fit(counts: Floats, terms: Floats, limit: float, start: Floats) -> tuple[Floats, float]:
    """Ln sd and slopes, and the negative log likelihood, at a limit."""
    found = minimize(loss, start, args=(counts, terms, limit), method="Nelder-Mead", options=SEARCH)
    return found.x, float(found.fun)


def most(fitted: Floats, terms: Floats, limit: float, chance: np.random.Generator) -> Floats:
    """Of the city that has most: 5 %, median and 95 % of 400 worlds of the fit."""
    wanted = [
        np.exp(terms @ fitted[1:] + np.exp(fitted[0]) * chance.standard_normal(len(terms)))
        for _ in range(400)
    ]
    kept = [each * limit / (limit + each) if np.isfinite(limit) else each for each in wanted]
    return np.quantile([chance.poisson(each).max() for each in kept], (0.05, 0.5, 0.95))


def profiled(counts: Floats, terms: Floats, start: Floats) -> tuple[float, float, float, Floats, float]:
    """The likeliest limit, its interval, the fit there and its negative log likelihood."""

    def at(log: float) -> float:
        return fit(counts, terms, float(np.exp(log)), start)[1]

    best = minimize(
        lambda log: at(log[0]), [4.0], method="Nelder-Mead", options={"xatol": 0.01, "fatol": 0.01}
    )
    log, least = float(best.x[0]), float(best.fun)
    enough = least + chi2.ppf(SHARE, 1) / 2.0
    low, high = (
        brentq(lambda x: at(x) - enough, *ends, xtol=0.01) for ends in ((log - 0.5, log), (log, log + 0.6))
    )
    limit, low, high = np.exp([log, low, high]).tolist()
    return limit, low, high, *fit(counts, terms, limit, start)


def main() -> None:
    """Fit and print."""
    world, chance = World.real(cities=SIMULATED), np.random.default_rng(1)
    course, people = record_course(world), people_at(world, KNOWN)
    for name, kept in (("all cities", people > 0.0), ("of half a million", people >= 5e5)):
        both = kept[course.twins.first] & kept[course.twins.second]
        ends = np.concatenate((course.twins.first[both], course.twins.second[both]))
        counts = np.bincount(ends, minlength=world.n_cities)[kept].astype(np.float64)
        where, size = place(world, people, kept), np.log(people[kept] / people[kept].mean())
        terms = np.column_stack((np.ones(len(counts)), size, where - where.mean()))
        free, without = fit(counts, terms, np.inf, np.array([0.4, 0.6, 1.0, 1.5]))
        print(
            f"{name}: {len(counts)}, mean {counts.mean():.2f}, without {(counts == 0).mean():.2f}, most {counts.max():.0f}"
        )
        print(f"  no limit: ln sd, ln mean, slopes {free.round(2)}, log likelihood {-without:.1f}")
        print(f"    most expected {most(free, terms, np.inf, chance).round()}")
        limit, low, high, fitted, least = profiled(counts, terms, free)
        print(
            f"  limited: κ {limit:.0f} (90 % interval {low:.0f} … {high:.0f}), {fitted.round(2)}, {-least:.1f}"
        )
        print(f"    most expected {most(fitted, terms, limit, chance).round()}")
        share, likely = abstaining(counts, terms, limit, fitted)
        print(f"    with {share:.2f} of the cities that twin with nobody, {likely:.1f}")


if __name__ == "__main__":
    main()
