"""The plain model: agents, and the mechanisms in the order of a quarter."""

from collections.abc import Mapping
from typing import Any

import mesa

from citysim.model.parameters import Parameters
from citysim.model.streams import Streams
from citysim.world.world import World

from . import (
    attention,
    crises,
    development,
    diplomacy,
    networks,
    observation,
    practices,
    relief,
    scope,
    twinning,
    urbanisation,
)
from .agents import City, Dyad, NationState, Network, Twinning

#: Order of a quarter, docs/model.md section 3.
MECHANISMS = {
    "diplomacy": diplomacy,
    "urbanisation": urbanisation,
    "attention": attention,
    "networks": networks,
    "twinning": twinning,
    "practices": practices,
    "scope": scope,
    "crises": crises,
    "relief": relief,
    "development": development,
}


class ReferenceModel(mesa.Model):
    """The model of docs/model.md, one agent at a time; same arguments as ``CityModel``, same draws."""

    # what mechanisms work out once, in their ``begin``
    onset_unit: float  # diplomacy: onset hazard of a dyad without tension, border and past
    slots: int  # networks: how many can ever exist
    first_networks: int
    usual_networks: int  # K₀, against which reviews grow
    first_need: float
    threshold: dict[int, float]  # networks: how willing each city must be made to answer a campaign
    proposal_unit: float  # twinning
    mean_population: float
    twinning_propensity: dict[City, float]
    catalogue: list[practices.Practice]
    reached: dict[crises.Kind, dict[City, list[City]]]  # crises: cities within a footprint, by epicentre
    event_rate: dict[crises.Kind, float]
    first_violence: float
    rest_development: dict[City, float]  # development: baselines
    rest_marginalised: dict[City, float]
    outcomes: dict[str, dict[str, float]]  # observation: group → outcome → value in the last quarter

    def __init__(
        self, world: World, parameters: Mapping[str, Any] | None = None, *, rng: int, quarters: int = 112
    ) -> None:
        super().__init__(rng=rng)
        self.world = world
        self.parameters = Parameters(**(parameters or {}))
        self.streams = Streams(rng)
        self.quarters = quarters
        self.quarters_done = 0
        self._make_states()
        self._make_cities()
        self.networks: list[Network] = []
        self.ties: dict[int, Twinning] = {}
        self.called: list[tuple[City, Network]] | None = None  # whom campaigns wait for
        self.conflict_onsets = 0
        self.conflict_hazard = 0.0
        # services and ties come before what reads them
        urbanisation.begin(self)
        practices.begin(self)
        diplomacy.begin(self)
        practices.legislate_first(self)
        networks.begin(self)
        twinning.begin(self)
        for city in self.cities:
            city.capacity = city.means_left
        twinning.before(self)
        attention.begin(self)
        networks.found_first(self)
        crises.begin(self)
        development.begin(self)

    def _make_states(self) -> None:
        world = self.world
        self.states = [NationState(self, index) for index in range(world.n_states)]
        self.dyads: list[Dyad] = []
        for first in self.states:
            for second in self.states[first.index + 1 :]:
                pair = first.index, second.index
                dyad = Dyad(
                    len(self.dyads),
                    first,
                    second,
                    mean_tension=float(world.tension[pair]),
                    contiguous=bool(world.contiguous[pair]),
                    past_conflict=bool(world.past_conflict[pair]),
                )
                self.dyads.append(dyad)
                first.dyads.append(dyad)
                second.dyads.append(dyad)
        self._dyad_of = {frozenset((dyad.first, dyad.second)): dyad for dyad in self.dyads}

    def _make_cities(self) -> None:
        world = self.world
        self.cities = [City(self, i, self.states[int(world.state[i])]) for i in range(world.n_cities)]
        for city in self.cities:
            city.state.cities.append(city)
            city.neighbours = [self.cities[j] for j in world.neighbours[city.index] if j >= 0]

    def dyad(self, a: NationState, b: NationState) -> Dyad | None:
        """The pair of two states, None where they are one."""
        return self._dyad_of.get(frozenset((a, b)))

    def tie_up(self, one: City, other: City, trust: float) -> None:
        """Make a twinning of the two, unless they have one."""
        a, b = sorted((one, other), key=lambda city: city.index)
        key = a.index * len(self.cities) + b.index
        if key not in self.ties:
            tie = Twinning(key, a, b, self.dyad(a.state, b.state), trust, self.quarters_done)
            self.ties[key] = tie
            a.ties.append(tie)
            b.ties.append(tie)

    def end_tie(self, tie: Twinning) -> None:
        """Both cities forget it."""
        del self.ties[tie.key]
        tie.a.ties.remove(tie)
        tie.b.ties.remove(tie)

    def step(self) -> None:
        """One quarter."""
        for name, mechanism in MECHANISMS.items():
            draw = self.streams.at(name, self.quarters_done + 1)
            if getattr(self.parameters, name):
                mechanism.step(self, draw)
            elif mechanism is relief:
                relief.without(self)
        self.quarters_done += 1
        self.outcomes = observation.outcomes(self)
        if self.quarters_done >= self.quarters:
            self.running = False
