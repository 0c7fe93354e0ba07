"""Small worlds in which everything the model knows occurs."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.world.regions import REGIONS
from citysim.world.world import World

NETWORKS = 9
YEARS = 28


def docking_world(cities: int = 45, states: int = 7, seed: int = 0) -> World:
    """Cities in few states that fight over many ties, with networks of every kind; all else at random.

    Networks 0-2 are global and open, 3 and 4 by invitation, 5 and 6 regional, 7 national, and 8 has one
    member and nobody outside.
    """
    rng = np.random.default_rng(seed)
    state = rng.integers(0, states, cities)
    state[:states] = np.arange(states)
    latitude, longitude = _positions(state, states, rng)
    twin_a, twin_b = _pairs(cities, 2 * cities, rng)
    member_city, member_network = _memberships(cities, rng)
    known = np.bincount(member_network, minlength=NETWORKS)
    conflict = np.zeros((states, states), dtype=bool)
    conflict[0, 1:3] = conflict[1:3, 0] = True
    tension = rng.uniform(0.05, 0.6, (states, states))
    exposure = rng.gamma(2.0, size=(cities, 4))
    urban = rng.uniform(1e6, 1e8, states)[:, None] * np.exp(0.02 * np.arange(YEARS + 1))
    focus = rng.dirichlet(np.full(7, 0.5), NETWORKS)
    region_of_state = rng.integers(0, len(REGIONS), states)
    return World(
        kind="synthetic",
        title="a small world for docking",
        city_id=np.arange(1, cities + 1),
        city_name=tuple(f"City {i}" for i in range(1, cities + 1)),
        latitude=latitude,
        longitude=longitude,
        population=np.exp(rng.normal(13.0, 1.0, cities)),
        state=state,
        region=region_of_state[state],
        north=region_of_state[state] > 2,
        rich=rng.random(cities) < 0.5,
        poor=np.arange(cities) % 2 == 0,
        income=rng.standard_normal(cities),
        context=rng.standard_normal((cities, 2)),
        capacity=rng.uniform(0.1, 0.95, cities),
        autonomy=rng.uniform(0.1, 0.9, cities),
        reach=rng.uniform(0.1, 0.9, cities),
        development=rng.uniform(0.3, 0.9, cities),
        marginalised=rng.uniform(0.02, 0.6, cities),
        propensity=rng.standard_normal(cities),
        exposure=exposure / exposure.mean(axis=0),
        neighbours=_neighbours(latitude, longitude, rng),
        state_iso3=tuple(f"S{s:02d}" for s in range(states)),
        state_name=tuple(f"State {s}" for s in range(states)),
        state_capacity=rng.uniform(0.2, 0.95, states),
        state_grants=np.linspace(0.4, 2.0, states),
        state_power=np.full(states, 1 / states),
        state_is_power=np.arange(states) < 4,
        state_is_polluter=np.arange(states) % 3 == 0,
        urban_growth=rng.uniform(-0.005, 0.05, (states, YEARS)),
        urban_population=urban,
        total_population=urban[:, -1:] * rng.uniform(0.95, 1.6, (states, 1)) * np.ones(YEARS + 1),
        start_year=2023,
        tension=np.triu(tension, 1) + np.triu(tension, 1).T,
        contiguous=_symmetric(0.3, states, rng),
        past_conflict=_symmetric(0.2, states, rng),
        conflict=conflict,
        aligned=_alignment(states, seed),
        network_name=tuple(f"Network {k}" for k in range(NETWORKS)),
        network_focus=focus,
        network_scope=np.array([0, 0, 0, 0, 0, 1, 1, 2, 0]),
        network_region=np.where(np.isin(np.arange(NETWORKS), (5, 6)), region_of_state[0], -1),
        network_state=np.where(np.arange(NETWORKS) == 7, 0, -1),
        network_states=np.random.default_rng((seed, 7)).random((NETWORKS, states)) < 0.6,
        network_by_invitation=np.isin(np.arange(NETWORKS), (3, 4)),
        network_min_population=np.array([0, 0, 3e5, 0, 5e5, 0, 0, 0, 0], dtype=float),
        network_reported_size=np.full(NETWORKS, np.nan),
        network_known_members=known + np.array([0, 6, 0, 0, 3, 0, 1, 0, 0]),
        membership_city=member_city,
        membership_network=member_network,
        twin_a=twin_a,
        twin_b=twin_b,
    )


def _positions(state: Ints, states: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Cities scatter some hundred kilometres around the middle of their state."""
    middle = rng.uniform((-40.0, -180.0), (60.0, 180.0), (states, 2))
    place = middle[state] + rng.normal(0.0, 3.0, (len(state), 2))
    return place[:, 0], place[:, 1]


def _pairs(cities: int, number: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Distinct pairs in an order of no meaning."""
    drawn = {(int(min(a, b)), int(max(a, b))) for a, b in rng.integers(0, cities, (number, 2)) if a != b}
    pairs = rng.permutation(np.array(sorted(drawn)))
    return pairs[:, 0], pairs[:, 1]


def _memberships(cities: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    city, network = rng.integers(0, cities, cities), rng.integers(0, NETWORKS - 1, cities)
    drawn = set(zip(city.tolist(), network.tolist(), strict=True))
    rows = np.array([*sorted(drawn), (int(rng.integers(cities)), NETWORKS - 1)])
    return rows[:, 0], rows[:, 1]


def _neighbours(latitude: Floats, longitude: Floats, rng: np.random.Generator) -> Ints:
    """The five nearest in degrees; some cities have fewer, the first none."""
    gap = (latitude[:, None] - latitude) ** 2 + (longitude[:, None] - longitude) ** 2
    nearest = np.argsort(gap, axis=1, kind="stable")[:, 1:6]
    nearest[rng.random(len(nearest)) < 0.2, 3:] = -1
    nearest[0] = -1
    return nearest


def _alignment(states: int, seed: int) -> Floats:
    """Pacts, shades of nearness, and pairs without either; of a generator of its own."""
    rng = np.random.default_rng((seed, 1))
    aligned = rng.choice([0.0, 1.0, 0.3, 0.6], (states, states)) * rng.choice([1.0, 0.8], (states, states))
    return np.triu(aligned, 1) + np.triu(aligned, 1).T


def _symmetric(share: float, states: int, rng: np.random.Generator) -> np.ndarray:
    upper = np.triu(rng.random((states, states)) < share, 1)
    return upper | upper.T
