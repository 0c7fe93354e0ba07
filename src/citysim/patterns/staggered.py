"""Effect of one network on an outcome of its members, by staggered difference in differences.

The design of the published null (PATTERNS N6): cities that join a network in different years against cities
that have not joined it yet or never do, on a panel of yearly outcomes. Each network is tested by itself. The
published null is of cities in the OECD, so the cities here are those of rich countries, and they are compared
within countries, whose cities share what their state does and suffers (assumed).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from citysim.arrays import Bools, Floats, Ints
from citysim.patterns.course import Course
from citysim.patterns.statistic import Statistic

#: Outcomes that are tested.
OUTCOMES = ("development", "service")
#: Networks with fewer dated joins, or fewer cities that never join, are not tested (assumed).
LEAST_JOINED, LEAST_NEVER = 10, 30
#: Networks that are tested at most, those that most cities join; what the tests of a run take of its time.
MOST_TESTED = 20
#: Level of the tests, two-sided.
LEVEL = 0.05
#: Size of the effect that is planted to see whether the test finds it, share of the outcome's mean (assumed).
PLANTED = 0.1

_SHARE = "networks, each tested alone at 5 %, whose effect on their members' {} is found"
STATISTICS = (
    Statistic("networks", "networks", "tested for their effect", "N6", "networks"),
    *(
        Statistic(f"{outcome}.{name}", "share", f"{_SHARE.format(outcome)}{how}", "N6", "networks")
        for outcome in OUTCOMES
        for name, how in (
            ("rejects", ""),
            ("power", ", with an effect of a tenth of the outcome's mean put on top"),
            ("fixed_effects", ", by a regression with effects of city and year"),
        )
    ),
)


@dataclass(frozen=True)
class Effect:
    """An average effect of joining on those who joined, and its standard error, clustered by city."""

    estimate: float
    error: float

    @property
    def p(self) -> float:
        """Two-sided p-value of no effect, by the normal law; 1 where nothing varies."""
        return float(2.0 * norm.sf(abs(self.estimate) / self.error)) if self.error > 0.0 else 1.0


def staggered(course: Course) -> dict[str, float]:
    """Shares of networks, each tested alone at ``LEVEL``, in which joining shows an effect.

    See ``STATISTICS``. A city that leaves counts as one that has joined; those who were
    members before the panel begins are left out. Nothing without a panel or without a network to test.
    """
    rich = course.world.rich
    _, home = np.unique(course.world.state[rich], return_inverse=True)
    cohorts = [of[rich] for of in _joined(course)]
    cohorts = [joined for joined in cohorts if _testable(joined, home, len(course.years))]
    if not cohorts or not all(name in course.panel for name in OUTCOMES):
        return {}
    most = np.argsort([-_dated(joined, len(course.years)).sum() for joined in cohorts], kind="stable")
    cohorts = [cohorts[place] for place in most[:MOST_TESTED]]
    found = {"networks": float(len(cohorts))}
    for name in OUTCOMES:
        values = course.panel[name][:, rich]
        planted = PLANTED * float(values[0].mean())
        effects = [group_time_effect(values, joined, home) for joined in cohorts]
        regressed = [fixed_effects(values, joined) for joined in cohorts]
        more = [Effect(effect.estimate + planted, effect.error) for effect in effects]
        for what, tested in (("rejects", effects), ("power", more), ("fixed_effects", regressed)):
            found[f"{name}.{what}"] = float(np.mean([effect.p < LEVEL for effect in tested]))
    return found


def group_time_effect(values: Floats, joined: Ints, stratum: Ints) -> Effect:
    """Average over the post-joining cells of Callaway & Sant'Anna (2021), weighted by who joined.

    ``values`` (T, N): the outcome at the end of each year; ``joined`` (N,): year from which a city is a
    member, T where it never is, at most 0 where it has been from the start and is left out; ``stratum`` (N,):
    cities are compared within, 0 …. ATT(g, t) = mean of Y_t − Y_{g−1} over those who joined in g, less that
    over those not joined by t (their eq. 2.5 with strata as the covariate, averaged as "simple"). The error
    is that of the influence function, weights held fixed; since many cohorts are of one city, it takes the
    spread of members about the average of all and not of their cohort (Borusyak, Jaravel & Spiess 2024).
    Raises ``ValueError`` where no cell has both.
    """
    years = len(values)
    kept = joined > 0
    cohort, own, place = joined[kept], values[:, kept], stratum[kept]
    shape = (int(place.max(initial=0)) + 1, years + 1)
    size = np.zeros(shape)
    np.add.at(size, (place, cohort), 1.0)
    total = np.zeros((*shape, years))
    np.add.at(total, (place, cohort), own.T)
    left = size[:, ::-1].cumsum(axis=1)[:, ::-1]  # of cohort c or later
    left_total = total[:, ::-1].cumsum(axis=1)[:, ::-1]
    weight = np.zeros((*shape, years))  # of the value of each year of a city of a stratum and cohort
    mean, count = np.zeros(shape), np.zeros(shape)  # what such a city contributes without effect; its cells
    for s, before in np.argwhere(size[:, 1:years] > 0):
        g = before + 1
        t = np.arange(g, years)
        t, base = t[left[s, t + 1] > 0], g - 1
        others = size[s, g] / left[s, t + 1]
        count[s, g] = len(t)
        weight[s, g, t] += 1.0
        weight[s, g, base] -= len(t)
        later = (np.arange(years + 1)[:, None] > t) * others  # (cohorts, cells)
        weight[s][:, t] -= later
        weight[s, :, base] += later.sum(axis=1)
        change = (left_total[s, t + 1, t] - left_total[s, t + 1, base]) / left[s, t + 1]
        mean[s, g] += change.sum()
        mean[s] -= later @ change
    cells = float((size * count).sum())
    if not cells:
        raise ValueError("no cohort has both members and cities that have not joined yet")
    contribution = np.einsum("nt,tn->n", weight[place, cohort], own)
    estimate = float(contribution.sum() / cells)
    influence = (contribution - mean[place, cohort] - count[place, cohort] * estimate) / cells
    return Effect(estimate, float(np.sqrt((influence**2).sum())))


def fixed_effects(values: Floats, joined: Ints) -> Effect:
    """The same by a regression on membership with effects of city and year, clustered by city.

    Arguments as of ``group_time_effect``. With effects that differ between cohorts it may be any mixture of
    them, and even of the wrong sign (Goodman-Bacon 2021).
    """
    kept = joined > 0
    own = values[:, kept]
    member = (np.arange(len(values))[:, None] >= joined[kept]).astype(np.float64)
    member, own = (_within(array) for array in (member, own))
    spread = (member**2).sum()
    estimate = float((member * own).sum() / spread)
    scores = (member * (own - estimate * member)).sum(axis=0)
    return Effect(estimate, float(np.sqrt((scores**2).sum()) / spread))


def _within(array: Floats) -> Floats:
    """Less the means of city and year, (T, N)."""
    of_city, of_year = array.mean(axis=0), array.mean(axis=1, keepdims=True)
    return np.asarray(array - of_city - of_year + array.mean())


def _joined(course: Course) -> list[Ints]:
    """Year of the panel from which each city is a member, for every network: as ``group_time_effect``."""
    spells, years, cities = course.memberships, len(course.years), course.world.n_cities
    begin = np.where(spells.dated, spells.begin, course.first)
    year = np.ceil(begin - course.first).astype(np.int64) - 1
    found = []
    for network in np.unique(spells.second):
        of = spells.second == network
        joined = np.full(cities, years)
        np.minimum.at(joined, spells.first[of], np.minimum(year[of], years))
        found.append(joined)
    return found


def _testable(joined: Ints, stratum: Ints, years: int) -> bool:
    """Whether enough cities joined and enough did not, and some of both are in one stratum."""
    dated, never = int(_dated(joined, years).sum()), int((joined == years).sum())
    kept = joined > 0
    first, last = np.full(stratum.max(initial=0) + 1, years), np.zeros(stratum.max(initial=0) + 1, np.int64)
    np.minimum.at(first, stratum[kept], joined[kept])
    np.maximum.at(last, stratum[kept], joined[kept])
    return dated >= LEAST_JOINED and never >= LEAST_NEVER and bool((first < last).any())


def _dated(joined: Ints, years: int) -> Bools:
    """Who joined within the panel, after its first year, (N,)."""
    return (joined > 0) & (joined < years)
