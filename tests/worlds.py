"""Small worlds, and Hypothesis strategies for worlds and parameters."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from citysim.model.parameters import parameter_specs, switches
from citysim.world.domains import DOMAINS
from citysim.world.fields import EXOGENOUS_CRISES
from citysim.world.geography import nearest
from citysim.world.regions import REGIONS
from citysim.world.world import World

YEARS = 28


@dataclass(frozen=True)
class Size:
    """How large a small world is, and how busy."""

    cities: int = 24
    states: int = 4
    networks: int = 5
    memberships: float = 1.0  # asked for per city; doubles fall together
    ties: float = 1.5  # asked for per city
    conflicts: float = 0.1  # share of dyads at war at the start
    extreme: float = 0.0  # share of attributes at exactly 0 or 1


def small_world(size: Size = Size(), seed: int = 0, **changes: object) -> World:
    """A world built directly, every corner of the data model in use; ``changes`` replace fields."""
    g = np.random.default_rng(seed)
    n, s = size.cities, size.states
    state = np.concatenate((np.arange(s), g.integers(0, s, n - s)))
    latitude, longitude = g.uniform(-60, 70, n), g.uniform(-180, 180, n)
    exposure = g.uniform(0.2, 2, (n, len(EXOGENOUS_CRISES)))
    at_war = _symmetric(g, s, size.conflicts)
    fields = {
        "kind": "synthetic",
        "title": "small",
        "city_id": np.arange(1, n + 1),
        "city_name": tuple(f"city {i}" for i in range(n)),
        "latitude": latitude,
        "longitude": longitude,
        "population": np.exp(13 + 1.2 * g.standard_normal(n)),
        "state": state,
        "region": g.integers(0, len(REGIONS), n),
        "north": g.random(n) < 0.4,
        "rich": g.random(n) < 0.4,
        "poor": np.arange(n) % 2 == 1,
        "income": g.standard_normal(n),
        "context": g.standard_normal((n, 2)),
        **{name: _share(g, n, size.extreme) for name in ("capacity", "autonomy", "reach")},
        **{name: _share(g, n, size.extreme) for name in ("development", "marginalised")},
        "propensity": g.standard_normal(n),
        "exposure": exposure / exposure.mean(axis=0),
        "neighbours": nearest(latitude, longitude),
        "state_iso3": tuple(f"S{i}" for i in range(s)),
        "state_name": tuple(f"state {i}" for i in range(s)),
        "state_capacity": _share(g, s, size.extreme),
        "state_grants": np.linspace(0.5, 1.5, s),
        "state_power": np.full(s, 1 / s),
        "state_is_power": np.arange(s) < 5,
        "state_is_polluter": np.arange(s) % 2 == 0,
        "urban_growth": g.normal(0.015, 0.01, (s, YEARS)),
        "urban_population": np.full((s, YEARS + 1), 1e7),
        "total_population": np.full((s, YEARS + 1), 2e7),
        "start_year": 2023,
        "tension": _tension(g, s),
        "contiguous": _symmetric(g, s, 0.3),
        "past_conflict": _symmetric(g, s, 0.2) | at_war,
        "conflict": at_war,
        "aligned": _aligned(s, seed),
        **_networks(g, size),
        **_memberships(g, size),
        **_ties(g, size),
    }
    return World(**{**fields, **changes})


def _share(g: np.random.Generator, n: int, extreme: float) -> np.ndarray:
    values = g.uniform(0.05, 0.95, n)
    return np.where(g.random(n) < extreme, np.round(values), values)


def _symmetric(g: np.random.Generator, states: int, share: float) -> np.ndarray:
    upper = np.triu(g.random((states, states)) < share, 1)
    return upper | upper.T


def _aligned(states: int, seed: int) -> np.ndarray:
    upper = np.triu(np.random.default_rng((seed, 1)).choice([0.0, 0.4, 1.0], (states, states)), 1)
    return upper + upper.T


def _tension(g: np.random.Generator, states: int) -> np.ndarray:
    upper = np.triu(g.uniform(0, 0.6, (states, states)), 1)
    return upper + upper.T


def _networks(g: np.random.Generator, size: Size) -> dict[str, object]:
    """Every third network global, regional, national; every other by invitation; one for large cities."""
    k = size.networks
    scope = np.arange(k) % 3
    focus = g.random((k, len(DOMAINS))) + 1e-3
    return {
        "network_name": tuple(f"network {i}" for i in range(k)),
        "network_focus": focus / focus.sum(axis=1, keepdims=True),
        "network_scope": scope,
        "network_region": np.where(scope == 1, g.integers(0, len(REGIONS), k), -1),
        "network_state": np.where(scope == 2, g.integers(0, size.states, k), -1),
        "network_states": np.random.default_rng((k, size.states)).random((k, size.states)) < 0.7,
        "network_by_invitation": np.arange(k) % 2 == 1,
        "network_min_population": np.where(np.arange(k) == 0, 500_000.0, 0.0),
        "network_reported_size": np.full(k, np.nan),
        "network_known_members": g.integers(0, 40, k),
    }


def _memberships(g: np.random.Generator, size: Size) -> dict[str, object]:
    asked = round(size.memberships * size.cities) if size.networks else 0
    city, network = g.integers(0, size.cities, asked), g.integers(0, max(size.networks, 1), asked)
    key = np.unique(network * size.cities + city)
    return {"membership_city": key % size.cities, "membership_network": key // size.cities}


def _ties(g: np.random.Generator, size: Size) -> dict[str, object]:
    ends = g.integers(0, size.cities, (round(size.ties * size.cities), 2))
    ends = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    key = np.unique(ends[:, 0] * size.cities + ends[:, 1])
    return {"twin_a": key // size.cities, "twin_b": key % size.cities}


#: Parameters under which a few quarters see a bit of everything.
BUSY = {
    "conflict_rate": 4.0,
    "review_rate": 2.0,
    "leave_rate": 0.2,
    "founding_rate": 0.5,
    "closing_threshold": 0.75,
    "proposal_rate": 1.0,
    "ending_rate": 0.1,
    "trust_decay": 3.0,
    "invention_rate": 0.2,
    "drop_rate": 0.3,
    "mandate_rate": 2.0,
    "ban_rate": 1.0,
    "crisis_rate": 0.6,
    "violence_rate": 0.2,
    "practices_per_domain": 3,
}


@st.composite
def worlds(draw: st.DrawFn, min_cities: int = 1, max_cities: int = 24) -> World:
    """Worlds of any shape: down to one city, one state, no network and no tie."""
    cities = draw(st.integers(min_cities, max_cities))
    size = Size(
        cities=cities,
        states=draw(st.integers(1, min(cities, 6))),
        networks=draw(st.integers(0, 6)),
        memberships=draw(st.sampled_from([0.0, 0.5, 2.0])),
        ties=draw(st.sampled_from([0.0, 1.0, 3.0])),
        conflicts=draw(st.sampled_from([0.0, 0.2, 1.0])),
        extreme=draw(st.sampled_from([0.0, 0.3])),
    )
    return small_world(size, seed=draw(st.integers(0, 2**16)))


#: Kept small for speed: their allowed ranges go to hundreds.
_COUNTS = {"practices_per_domain": st.integers(1, 4), "max_networks": st.integers(1, 30)}
_CHOICES = {
    "stall": st.one_of(
        st.just("endogenous"),
        st.floats(0.0, 1.0),
        st.dictionaries(st.integers(2020, 2050), st.floats(0.0, 1.0), min_size=1, max_size=4),
    ),
    # a drawn world may lack all but its first state
    "stalled_states": st.sampled_from(["all", "powers", "largest polluters", "S0"]),
    "stall_of": st.dictionaries(st.just("S0"), st.floats(0.0, 1.0)),
    "decision_rule": st.sampled_from(["unanimity", "majority"]),
    "rupture_form": st.sampled_from(["steady", "burst"]),
    "campaign_form": st.sampled_from(["sudden", "gradual"]),
    "learning_form": st.sampled_from(["hazard", "threshold", "best"]),
    "practice_onset": st.sampled_from(["before", "staggered"]),
    "recruiting_form": st.sampled_from(["alike", "unequal"]),
    "joining_form": st.sampled_from(["near", "country"]),
    "dropping_form": st.sampled_from(["alike", "unequal"]),
    "twinning_form": st.sampled_from(["open", "limited"]),
    "ending_form": st.sampled_from(["alike", "embedded"]),
    "catchment_form": st.sampled_from(["open", "listed"]),
    "closure_form": st.sampled_from(["alike", "seeking"]),
    "gravity_form": st.sampled_from(["absolute", "relative"]),
    "initial_networks": st.one_of(st.just("data"), st.integers(0, 30)),
    # a drawn world may have no network to name
    "absent_networks": st.just(""),
    "placebo_networks": st.just(""),
}


def _drawn(*, anywhere: bool) -> st.SearchStrategy[dict[str, object]]:
    """Any part of the parameters within their priors, or ``anywhere`` in what is allowed; any arm."""
    ranges = {}
    for name, spec in parameter_specs().items():
        if name in _COUNTS or name in _CHOICES:
            continue
        if anywhere:
            ranges[name] = st.floats(spec.low, spec.high)
        elif spec.prior is not None:
            ranges[name] = st.floats(*spec.prior)
    arms = {name: st.booleans() for name in switches()}
    return st.fixed_dictionaries(_COUNTS, optional={**ranges, **_CHOICES, **arms})


#: From the prior, over the busy defaults: what replications draw.
plausible = _drawn(anywhere=False).map(lambda drawn: {**BUSY, **drawn})
#: Anywhere a config may go.
allowed = _drawn(anywhere=True)
#: Both.
parameters = st.one_of(plausible, allowed)
seeds = st.integers(0, 2**63 - 1)


def without_ties(world: World) -> World:
    """The same world without any twinning or membership."""
    none = np.empty(0, np.int64)
    return replace(world, twin_a=none, twin_b=none, membership_city=none, membership_network=none)
