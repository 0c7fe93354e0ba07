"""Practices: invented, learned, implemented, dropped; services follow."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysim.model.parameters import Parameters
from citysim.model.streams import Draws

from .agents import City, NationState, Network
from .arithmetic import IMPLEMENTED, NONE, PLEDGED, chance, logistic, mean, uniforms

if TYPE_CHECKING:
    from .model import ReferenceModel

DOMAINS = range(7)


@dataclass(eq=False)
class Practice:
    """One practice, and what it is worth to each city."""

    index: int
    domain: int
    benefit: dict[City, float]
    willing: dict[City, float]


def begin(model: "ReferenceModel") -> None:
    """The catalogue, and what cities have implemented in 2023."""
    p, draw = model.parameters, model.streams.at("practices", 0)
    number = p.practices_per_domain * len(DOMAINS)
    quality = uniforms(draw, "quality", number)
    context = draw.normal("context", number, 2).tolist()
    model.catalogue = []
    for index in range(number):
        best = 0.3 + 0.65 * quality[index]
        benefit = {
            city: best * math.exp(-(math.dist(city.context, context[index]) ** 2) / (2 * p.context_width**2))
            for city in model.cities
        }
        willing = {
            city: logistic((worth - p.benefit_midpoint) / p.benefit_slope) for city, worth in benefit.items()
        }
        model.catalogue.append(Practice(index, index // p.practices_per_domain, benefit, willing))
    u = draw.uniform("initial", len(model.cities), number).tolist()
    for city in model.cities:
        for practice in model.catalogue:
            likely = p.initial_coverage * city.own_capacity * practice.willing[city]
            city.practices.append(IMPLEMENTED if u[city.index][practice.index] < likely else NONE)
        city.services = services(model, city)


def step(model: "ReferenceModel", draw: Draws) -> None:
    """All learn from what the others had at the quarter's beginning."""
    cells = np.arange(len(model.cities) * len(model.catalogue))
    u = draw.uniform_of("transition", cells).reshape(len(model.cities), -1).tolist()
    teaching = Teaching(model)
    after: dict[City, list[int]] = {}
    for city in model.cities:
        luck = u[city.index]
        after[city] = [fate(model, teaching, city, x, luck[x.index]) for x in model.catalogue]
    for city in model.cities:
        city.practices = after[city]
        city.services = services(model, city)


def services(model: "ReferenceModel", city: City) -> list[float]:
    """S = 1 − Π (1 − B) over the implemented practices of each domain."""
    missed = [1.0 for _ in DOMAINS]
    for practice in model.catalogue:
        if city.practices[practice.index] == IMPLEMENTED:
            missed[practice.domain] *= 1.0 - practice.benefit[city]
    return [1.0 - left for left in missed]


def fate(model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice, u: float) -> int:
    """What becomes of one practice in one city within the quarter."""
    p, now = model.parameters, city.practices[practice.index]
    if now == NONE:
        return PLEDGED if u < chance(hazard(model, teaching, city, practice)) else NONE
    implement = p.implementation_rate * city.capacity * city.engagement if now == PLEDGED else 0.0
    away = implement + p.drop_rate
    if u >= chance(away):
        return now
    # of all that happens within the quarter, the first share is implementation
    return IMPLEMENTED if u < chance(away) * implement / away else NONE


def hazard(model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice) -> float:
    """Learning from twins, networks, neighbours and the state, and invention, per year."""
    p, x = model.parameters, practice.index
    twins = sum(weight * teaching.known(twin, x) for twin, weight in teaching.twins[city])
    networks = sum(
        network.acting_quality
        * (city.reach if network.state < 0 else 1.0)
        * network.focus[practice.domain]
        * teaching.in_network(network, x)
        for network in city.networks
    )
    near = mean(teaching.known(other, x) for other in city.neighbours) if city.neighbours else 0.0
    led = p.learning_neighbours * near
    led += city.engagement * (p.learning_twins * twins + p.learning_networks * networks)
    response = teaching.response[city]
    learned = led * response + p.learning_state * teaching.by_state(city.state, x)
    able = city.capacity * city.autonomy * practice.willing[city]
    return able * learned + teaching.invention[city] * response


def invention(p: Parameters, city: City, mean_population: float) -> float:
    """ι (n / n̄)^(β − 1) (½ + a)."""
    size = city.population / mean_population
    return p.invention_rate * size ** (p.urban_scaling - 1.0) * (0.5 + city.capacity)


def twins_of(city: City) -> list[tuple[City, float]]:
    """Partners over live ties, with trust, which counts by own reach where foreign."""
    return [(tie.other(city), tie.trust * (city.reach if tie.foreign else 1.0)) for tie in city.live_ties]


class Teaching:
    """What can be learned from whom in this quarter; asked often, so remembered."""

    def __init__(self, model: "ReferenceModel") -> None:
        p = model.parameters
        mean_population = mean(city.population for city in model.cities)
        self.share_abroad = p.intergovernmental
        self.worth = {NONE: 0.0, PLEDGED: p.learning_pledged, IMPLEMENTED: 1.0}
        self.twins = {city: twins_of(city) for city in model.cities}
        self.invention = {city: invention(p, city, mean_population) for city in model.cities}
        self.response = {c: math.exp(p.retreat_pledging * c.state.retreat) for c in model.cities}
        self._network: dict[tuple[Network, int], float] = {}
        self._national: dict[tuple[NationState, int], float] = {}
        self._state: dict[tuple[NationState, int], float] = {}

    def known(self, city: City, x: int) -> float:
        """What others can learn of practice ``x`` in a city."""
        return self.worth[city.practices[x]]

    def in_network(self, network: Network, x: int) -> float:
        """Share of a network's members that have it, weighted by engagement."""
        if (network, x) not in self._network:
            engaged = sum(member.engagement for member in network.members)
            having = sum(member.engagement * self.known(member, x) for member in network.members)
            self._network[network, x] = having / engaged
        return self._network[network, x]

    def national(self, state: NationState, x: int) -> float:
        """Share of the people of a state's cities whose city has it."""
        if (state, x) not in self._national:
            people = sum(city.population for city in state.cities)
            having = sum(city.population * self.known(city, x) for city in state.cities)
            self._national[state, x] = having / people
        return self._national[state, x]

    def by_state(self, state: NationState, x: int) -> float:
        """φ times what a state knows: at home, and from others by their capacity and lack of tension."""
        if (state, x) not in self._state:
            share = self.share_abroad
            weights, heard = 0.0, 0.0
            for dyad in state.dyads:
                other = dyad.second if dyad.first is state else dyad.first
                weight = (1.0 - dyad.tension) * other.action_capacity
                weights += weight
                heard += weight * self.national(other, x)
            abroad = heard / weights if weights > 0 else 0.0
            mixed = (1.0 - share) * self.national(state, x) + share * abroad
            self._state[state, x] = state.action_capacity * mixed
        return self._state[state, x]
