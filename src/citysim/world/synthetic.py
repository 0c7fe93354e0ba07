"""Worlds of any size with the statistics of the real one.

A stratified, smoothed bootstrap (Efron & Tibshirani 1993): states are drawn from the real states, cities from
the real cities of their state, with noise on what is continuous; memberships come along with the city, and
twinnings are matched afresh with each city's own number of ties and the real pattern of pairs of states.
So means per city, distributions and correlations are those of the real world at any number of cities.
"""

from functools import cache
from typing import cast

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.errors import ConfigError
from citysim.world.cities import standardised
from citysim.world.fields import WorldFields
from citysim.world.geography import nearest
from citysim.world.matching import match_ties
from citysim.world.plain import whole
from citysim.world.propensity import normal_scores
from citysim.world.real import real_fields
from citysim.world.sizes import MAX_CITIES, MAX_SEED, MAX_STATES, REAL_CITIES
from citysim.world.states import relative_to_people
from citysim.world.synthetic_states import SyntheticStates, draw_states

#: Log standard deviation of populations around those of the real cities.
POPULATION_NOISE = 0.1
#: Standard deviation of positions around those of the real cities, degrees.
POSITION_NOISE = 0.5
#: Standard deviation of attributes between 0 and 1 around those of the real cities.
ATTRIBUTE_NOISE = 0.02
#: Standard deviation of the propensity, itself standard normal, around that of the real cities.
PROPENSITY_NOISE = 0.1


def synthetic_fields(cities: int, states: int, seed: int) -> WorldFields:
    """World of ``cities`` cities in ``states`` states; equal arguments give equal worlds.

    Raises ``ConfigError`` on sizes that no world has, all faults at once.
    """
    cities, states, seed = (cast("int", whole(size)) for size in (cities, states, seed))
    _check_sizes(cities, states, seed)
    real = _template()
    rng = np.random.Generator(np.random.Philox(key=seed))
    drawn = draw_states(real, cities, states, rng)
    template, state = _draw_cities(real, drawn, rng)
    population = real.population[template] * np.exp(POPULATION_NOISE * rng.standard_normal(cities))
    order = np.argsort(-population, kind="stable")
    return _assemble(real, drawn, template[order], state[order], population[order], rng)


@cache
def _template() -> WorldFields:
    """The real world that is drawn from; its arrays are read-only."""
    return real_fields(REAL_CITIES)


def _check_sizes(cities: int, states: int, seed: int) -> None:
    faults = []
    bounds = (
        ("cities", cities, 1, MAX_CITIES),
        ("states", states, 1, MAX_STATES),
        ("seed", seed, 0, MAX_SEED),
    )
    for name, value, low, high in bounds:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            faults.append(f"world.{name}: found {value!r}, must be a whole number between {low} and {high}")
    if not faults and states > cities:
        faults.append(f"world.states: found {states}, must be at most the number of cities, {cities}")
    if faults:
        raise ConfigError(*faults)


def _draw_cities(real: WorldFields, drawn: SyntheticStates, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Real city behind each synthetic one, and its state.

    Each state takes a systematic sample of the real cities of its template in order of population, so that
    any number of cities, more or fewer than the real ones, has their distribution.
    """
    by_state = np.argsort(real.state, kind="stable")  # cities are in order of population
    first = np.searchsorted(real.state[by_state], np.arange(real.n_states + 1))
    templates = []
    for source, count in zip(drawn.template, drawn.cities, strict=True):
        pool = by_state[first[source] : first[source + 1]]
        position = (np.arange(count) + rng.random()) * len(pool) / count
        templates.append(pool[position.astype(np.int64)])
    return np.concatenate(templates), np.repeat(np.arange(len(drawn.cities)), drawn.cities)


def _assemble(
    real: WorldFields,
    drawn: SyntheticStates,
    template: Ints,
    state: Ints,
    population: Floats,
    rng: np.random.Generator,
) -> WorldFields:
    n, n_states = len(template), len(drawn.cities)
    latitude, longitude = _positions(real, template, rng)

    def share(values: Floats) -> Floats:
        """Attribute of the real cities with noise, kept between 0 and 1."""
        return np.clip(values[template] + ATTRIBUTE_NOISE * rng.standard_normal(n), 0.0, 1.0)

    income = standardised(real.income[template])
    propensity = normal_scores(real.propensity[template] + PROPENSITY_NOISE * rng.standard_normal(n))
    exposure = real.exposure[template]
    city, network = _memberships(real, template)
    twin_a, twin_b = _twinnings(real, template, drawn.copy[state], rng)
    scale = _path_scale(real, drawn, state, population)
    return WorldFields(
        kind="synthetic",
        title=f"{n:,} cities in {n_states:,} states, drawn from the real world's",
        city_id=np.arange(1, n + 1),
        city_name=tuple(f"City {number}" for number in range(1, n + 1)),
        latitude=latitude,
        longitude=longitude,
        population=population,
        state=state,
        region=real.region[template],
        north=real.north[template],
        rich=real.rich[template],
        poor=real.poor[template],
        income=income,
        context=np.column_stack((income, standardised(np.abs(latitude)))),
        capacity=share(real.capacity),
        autonomy=share(real.autonomy),
        reach=share(real.reach),
        development=share(real.development),
        marginalised=share(real.marginalised),
        propensity=propensity,
        exposure=exposure / exposure.mean(axis=0),
        neighbours=nearest(latitude, longitude),
        state_iso3=tuple(f"S{number:04d}" for number in range(1, n_states + 1)),
        state_name=tuple(f"State {number}" for number in range(1, n_states + 1)),
        state_capacity=real.state_capacity[drawn.template],
        state_grants=relative_to_people(real.state_grants[drawn.template], state, population),
        state_power=drawn.power,
        state_is_power=drawn.is_power,
        state_is_polluter=real.state_is_polluter[drawn.template],
        urban_growth=real.urban_growth[drawn.template],
        urban_population=real.urban_population[drawn.template] * scale[:, None],
        total_population=real.total_population[drawn.template] * scale[:, None],
        start_year=real.start_year,
        tension=drawn.tension,
        contiguous=drawn.contiguous,
        past_conflict=drawn.past_conflict,
        conflict=drawn.conflict,
        aligned=drawn.aligned,
        network_name=tuple(f"Network {number}" for number in range(1, real.n_networks + 1)),
        network_focus=real.network_focus.copy(),
        network_scope=real.network_scope.copy(),
        network_region=real.network_region.copy(),
        network_state=real.network_state.copy(),
        network_states=None if real.network_states is None else real.network_states[:, drawn.template],
        network_by_invitation=real.network_by_invitation.copy(),
        network_min_population=real.network_min_population.copy(),
        network_reported_size=np.full(real.n_networks, np.nan),
        network_known_members=np.bincount(network, minlength=real.n_networks),
        membership_city=city,
        membership_network=network,
        twin_a=twin_a,
        twin_b=twin_b,
    )


def _positions(real: WorldFields, template: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Near the real cities; copies of a state lie over each other, which keeps the real distances."""
    noise = POSITION_NOISE * rng.standard_normal((2, len(template)))
    latitude = np.clip(real.latitude[template] + noise[0], -85.0, 85.0)
    east = noise[1] / np.cos(np.radians(latitude))
    longitude = (real.longitude[template] + east + 180.0) % 360.0 - 180.0
    return latitude, longitude


def _memberships(real: WorldFields, template: Ints) -> tuple[Ints, Ints]:
    """Every city is in the networks of the real city behind it."""
    city, row = _expand(real.membership_city, template, real.n_cities)
    network = real.membership_network[row]
    order = np.lexsort((city, network))
    return city[order], network[order]


def _twinnings(real: WorldFields, template: Ints, copy: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Ties matched between open ends: as many per city as the real city has, to the same pairs of states.

    Where states have copies, first within the same copy, so that pairs of states have as many as real ones.
    """
    near = np.concatenate((real.twin_a, real.twin_b))
    far = np.concatenate((real.twin_b, real.twin_a))
    city, row = _expand(near, template, real.n_cities)
    own, other = near[row], far[row]
    copies = int(copy.max()) + 1
    levels = (
        np.column_stack((real.state[own], real.state[other])) * copies + copy[city][:, None],
        np.column_stack((real.state[own], real.state[other])),
        np.column_stack((real.region[own], real.region[other])),
        np.zeros((len(city), 2), np.int64),
    )
    return match_ties(city, levels, len(template), rng)


def _expand(key: Ints, template: Ints, n: int) -> tuple[Ints, Ints]:
    """For each synthetic city all rows whose ``key`` is the real city behind it: (city, row) pairs."""
    order = np.argsort(key, kind="stable")
    count = np.bincount(key, minlength=n)
    first = np.concatenate(([0], np.cumsum(count)))[:-1]
    repeats = count[template]
    city = np.repeat(np.arange(len(template)), repeats)
    within = np.arange(len(city)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return city, order[np.repeat(first[template], repeats) + within]


def _path_scale(real: WorldFields, drawn: SyntheticStates, state: Ints, population: Floats) -> Floats:
    """People of a synthetic state per person of its template, by the people in its cities."""
    here = np.bincount(state, population, minlength=len(drawn.cities))
    there = np.bincount(real.state, real.population, minlength=real.n_states)
    return np.asarray(here / there[drawn.template])
