"""Gravity of twinnings: the hazard of a pair of cities (docs/model.md, 7.4), tabulated between patches."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from citysim.arrays import Floats
from citysim.model.mechanisms.attention import propensity_factor
from citysim.model.setting import Setting
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.regions import REGIONS
from citysim.world.world import World

EUROPE = REGIONS.index("Europe")
#: Continents of the measured gravity; its "same continent" does not split the Americas.
CONTINENT = np.array([0, 1, 2, 3, 3, 4])
#: Nearer than this, distance no longer matters (places of one agglomeration), km.
NEAREST_KM = 10.0


@dataclass(frozen=True)
class Between:
    """What the world says of two patches, (C, C), symmetric."""

    closest: Floats  # ln km, of their two nearest cities at least
    usual: Floats  # ln km, root of the mean squared distance of their cities
    kind: NDArray[np.int8]  # country, continent and income: place among the 18 of ``_utilities``


@dataclass(frozen=True)
class Gravity:
    """What a pair of cities has beyond what each brings, by their patches, (C, C), symmetric."""

    near: Floats  # the largest distance^γ_d that two of their cities can have
    most: Floats  # that times e^(country, continent and income)
    usual: Floats  # the same at their usual distance


@dataclass(frozen=True)
class Law:
    """The pair law of a run: hazards are unit · own_i · own_j · e^U_ij, once for each proposer."""

    lasting: Floats  # (N,) own without population: e^(σ_p x)
    usual_population: float  # people, mean of the start
    unit: float  # per year


@lru_cache(maxsize=4)
def _between(world: World) -> Between:
    """Distances and kinds of pairs of patches; a thousandth off, so that rounding puts no city outside."""
    patches = world.patches
    closest = patches.distance - 1.001 * (patches.reach[:, None] + patches.reach[None, :])
    squared = patches.distance**2 + patches.spread[:, None] ** 2 + patches.spread[None, :] ** 2
    count = np.diff(patches.start)
    # two different cities of one patch are farther apart than two drawn alike, which may be the same
    squared[np.diag_indices(len(count))] *= count / np.maximum(count - 1, 1)
    region, home = world.region[patches.one], world.state[patches.one]
    continent, rich = CONTINENT[region], world.rich[patches.one].astype(np.int8)
    place = np.where(continent[:, None] == continent[None, :], 2, 0)
    place[(region[:, None] == EUROPE) & (region[None, :] == EUROPE)] = 1
    alike = (home[:, None] == home[None, :]).astype(np.int8)
    return Between(
        closest=np.log(np.maximum(closest * EARTH_RADIUS_KM, NEAREST_KM)),
        usual=np.log(np.maximum(np.sqrt(squared) * EARTH_RADIUS_KM, NEAREST_KM)),
        kind=(9 * alike + 3 * place + rich[:, None] + rich[None, :]).astype(np.int8),
    )


@lru_cache(maxsize=8)  # fixed by world and coefficients: shared by the runs of a process
def _gravity(world: World, distance: float, utilities: tuple[float, ...]) -> Gravity:
    between = _between(world)
    near = distance * between.closest
    np.exp(near, near)
    near *= 1.0 + 1e-9
    factor = np.exp(np.array(utilities)).take(between.kind)
    usual = distance * between.usual
    np.exp(usual, usual)
    usual *= factor
    factor *= near
    return Gravity(near, factor, usual)


def gravity(setting: Setting) -> Gravity:
    """Coefficients of PATTERNS T2-T5 between patches."""
    p = setting.parameters
    utilities = tuple(
        country + continent + income
        for country in (0.0, p.gravity_same_country)
        for continent in (0.0, p.gravity_both_european, p.gravity_same_continent)
        for income in (0.0, p.gravity_one_rich, p.gravity_both_rich)
    )
    return _gravity(setting.world, p.gravity_distance, utilities)


def law(setting: Setting) -> Law:
    """Scaled on the world of the start, so that its mean city makes r_T proposals a year.

    The sum over pairs is taken patch by patch at usual distances; tension is left out of it.
    """
    world, p = setting.world, setting.parameters
    patches, usual = world.patches, setting.derive(gravity).usual
    lasting = _lasting(setting)
    mean = float(world.population.mean())
    own = own_weight(world.population, mean, lasting, p.gravity_population)
    mass = np.bincount(patches.of, own, minlength=len(patches.one))
    alone = np.bincount(patches.of, own**2, minlength=len(patches.one))
    pairs = mass[:, None] * usual
    pairs *= mass
    weight = pairs.sum() - (alone * np.diag(usual)).sum()
    some = weight > 1e-9 * (mass.sum() ** 2 * usual.min())  # more than rounding of a lone city
    return Law(lasting, mean, p.proposal_rate * world.n_cities / float(weight) if some else 0.0)


def _lasting(setting: Setting) -> Floats:
    """Propensity to twin, (N,), mean 1 by people among cities of one region that are rich, or are not.

    The coefficients are measured without propensity, so their classes of cities keep what gravity gives them.
    """
    world, p = setting.world, setting.parameters
    factor = propensity_factor(setting, p.propensity_spread)
    size = world.population**p.gravity_population
    kind = 2 * world.region + world.rich
    mean = np.bincount(kind, size * factor) / np.maximum(np.bincount(kind, size), 1e-300)
    return factor / mean[kind]


def own_weight(population: Floats, usual: float, lasting: Floats, exponent: float) -> Floats:
    """What a city brings to each of its pairs: (n / n̄)^γ_n e^(σ_p x), (N,)."""
    weight = population / usual
    np.log(weight, weight)
    weight *= exponent
    np.exp(weight, weight)
    weight *= lasting
    return weight
