"""What a world holds: cities, states, networks and ties as read-only arrays."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.world.imputation import Imputation

#: Order of the exogenous crisis types in ``exposure``.
EXOGENOUS_CRISES = ("climate", "displacement", "downturn", "cyber")
#: Who may join a network, in ``network_scope``.
SCOPES = ("global", "regional", "national")


@dataclass(frozen=True, eq=False)
class WorldFields:
    """N cities, S states, K networks, E twinnings. All arrays are read-only and shared between runs.

    What builders give; ``World`` adds what follows from it. The digest is over names and order of the fields.
    """

    kind: str  # "real" or "synthetic"
    title: str  # one line for people: what it holds

    # cities, (N,) unless said otherwise
    city_id: Ints  # geonameid; 1 … N in a synthetic world
    city_name: tuple[str, ...]
    latitude: Floats  # degrees
    longitude: Floats  # degrees
    population: Floats  # people, > 0
    state: Ints  # index of the sovereign state
    region: Ints  # index into REGIONS
    north: Bools  # Global North (the UN's developed regions)
    rich: Bools  # income above the threshold of the measured gravity
    poor: Bools  # income of a low-income country
    income: Floats  # log GDP per head of the country, standardised over cities
    context: Floats  # (N, 2): income and climate, standardised
    capacity: Floats  # a ∈ [0, 1]
    autonomy: Floats  # ℓ⁰ ∈ [0, 1]
    reach: Floats  # w⁰ ∈ [0, 1]
    development: Floats  # y at the start ∈ [0, 1]
    marginalised: Floats  # m at the start ∈ [0, 1]
    propensity: Floats  # standard-normal score of the lasting propensity for outside ties
    exposure: Floats  # (N, crisis types) relative exposure, mean 1 over cities
    neighbours: Ints  # (N, 5) nearest cities, itself excluded; −1 where none

    # states, (S,) unless said otherwise
    state_iso3: tuple[str, ...]
    state_name: tuple[str, ...]
    state_capacity: Floats  # κ ∈ [0, 1]
    state_grants: Floats  # grants in the revenue of its cities, relative to the mean over the cities' people
    state_power: Floats  # share of world product, sums to 1
    state_is_power: Bools  # permanent five (real) or the five largest (synthetic)
    state_is_polluter: Bools  # of the five that emit most CO₂
    urban_growth: Floats  # (S, years) growth of urban population per year, from start_year on
    urban_population: Floats  # (S, years + 1) people, UN path
    total_population: Floats  # (S, years + 1) people, UN path
    start_year: int

    # dyads of states: (S, S), symmetric, zero diagonal
    tension: Floats  # τ̄ baseline
    contiguous: Bools
    past_conflict: Bools
    conflict: Bools  # in conflict at the start
    aligned: Floats  # ∈ [0, 1]: 1 with a defence pact, else by nearness of votes at the UN

    # networks, (K,) unless said otherwise
    network_name: tuple[str, ...]
    network_focus: Floats  # (K, domains), rows sum to 1
    network_scope: Ints  # index into SCOPES
    network_region: Ints  # index into REGIONS for a regional network, else −1
    network_state: Ints  # state of a national network, else −1
    network_by_invitation: Bools
    network_min_population: Floats  # size class that may join, people
    network_reported_size: Floats  # members the network itself reports, NaN where unknown
    network_known_members: Ints  # members the data pack names anywhere (also outside this world)
    membership_city: Ints  # (M,) city of each membership
    membership_network: Ints  # (M,) network of each membership

    # twinnings, (E,): city_a < city_b, no pair twice
    twin_a: Ints
    twin_b: Ints

    imputations: tuple[Imputation, ...] = field(default=())  # what was filled in, and how often

    # states whose cities each network takes, (K, S): of a sea, a language or a group of countries; else all
    network_states: Bools | None = None

    # of a hindcast alone, which is told what the record dates; a run reads of it what lies before its quarter
    network_founded: Floats | None = None  # (K,) year; NaN: not founded by date in this world
    joined_city: Ints | None = None  # (J,) dated memberships: their city,
    joined_network: Ints | None = None  # network
    joined_year: Ints | None = None  # and calendar year

    def __post_init__(self) -> None:
        for _, array in self._arrays():
            array.setflags(write=False)

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle or a copy holds: the fields, without what has been worked out from them."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Arrays come out of a pickle writable, which would be other types for compiled loops."""
        self.__dict__.update(state)
        self.__post_init__()

    def _arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                yield item.name, value

    @property
    def n_cities(self) -> int:
        """N."""
        return len(self.city_id)

    @property
    def n_states(self) -> int:
        """S."""
        return len(self.state_iso3)

    @property
    def n_networks(self) -> int:
        """K."""
        return len(self.network_name)
