"""Practices: invented, learned, implemented, dropped; services follow."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysim.model.parameters import Parameters
from citysim.model.streams import Draws

from .agents import City, NationState, Network
from .arithmetic import DT, IMPLEMENTED, NONE, PLEDGED, chance, logistic, mean, uniforms

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
    readiness: float


def begin(model: "ReferenceModel") -> None:
    """The catalogue, and what cities have implemented in 2023."""
    p, draw = model.parameters, model.streams.at("practices", 0)
    number = p.practices_per_domain * len(DOMAINS)
    quality = uniforms(draw, "quality", number)
    context = draw.normal("context", number, 2).tolist()
    ready = draw.normal("readiness", number).tolist()
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
        spread = p.readiness_spread
        readiness = math.exp(spread * ready[index] - spread * spread / 2)
        domain = index // p.practices_per_domain
        model.catalogue.append(Practice(index, domain, benefit, willing, readiness))
    u = draw.uniform("initial", len(model.cities), number).tolist()
    for city in model.cities:
        for practice in model.catalogue:
            likely = p.initial_coverage * city.own_capacity * practice.willing[city]
            city.practices.append(IMPLEMENTED if u[city.index][practice.index] < likely else NONE)
        city.services = services(model, city)


def legislate_first(model: "ReferenceModel") -> None:
    """Laws of the years before the start, by states that act as without stall."""
    p, number = model.parameters, len(model.catalogue)
    u = model.streams.at("practices", 0).uniform("law", len(model.states), number).tolist()
    teaching = Teaching(model, {state: state.reference_capacity for state in model.states})
    for state in model.states:
        state.law = [
            enact(p, 0, teaching.by_state(state, x), p.law_years, u[state.index][x]) for x in range(number)
        ]


def enact(p: Parameters, law: int, known: float, years: float, u: float) -> int:
    """Law on a practice after some years; of all laws made, the first share are mandates."""
    if law != 0:
        return law
    both = p.mandate_rate + p.ban_rate
    likely = 1.0 - math.exp(-both * known * years)
    if u >= likely:
        return 0
    return 1 if u < likely * p.mandate_rate / both else -1


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
        taken_up = [x for x in model.catalogue if city.practices[x.index] == NONE != after[city][x.index]]
        city.pledges = credit(model, teaching, city, taken_up)
    for city in model.cities:
        city.practices = after[city]
        city.services = services(model, city)
    chance_of_law = draw.uniform("law", len(model.states), len(model.catalogue)).tolist()
    for state in model.states:
        state.law = [
            enact(model.parameters, law, teaching.by_state(state, x), DT, chance_of_law[state.index][x])
            for x, law in enumerate(state.law)
        ]


def credit(model: "ReferenceModel", teaching: "Teaching", city: City, new: list[Practice]) -> list[float]:
    """Pledges by what made their hazard; a mandate's are those it adds."""
    pledges = [0.0] * 6
    for practice in new:
        parts = channels(model, teaching, city, practice)
        factor = legal_factor(model.parameters, city, practice)
        for place, part in enumerate(parts):
            pledges[place] += part / sum(parts) / factor
        pledges[5] += (factor - 1.0) / factor
    return pledges


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
    if city.state.law[practice.index] == -1:
        implement = 0.0
    away = implement + p.drop_rate
    if u >= chance(away):
        return now
    # of all that happens within the quarter, the first share is implementation
    return IMPLEMENTED if u < chance(away) * implement / away else NONE


def hazard(model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice) -> float:
    """All channels together under the state's law, per year."""
    return sum(channels(model, teaching, city, practice)) * legal_factor(model.parameters, city, practice)


def legal_factor(p: Parameters, city: City, practice: Practice) -> float:
    """What the law of the own state does to pledging."""
    law = city.state.law[practice.index]
    return p.mandate_effect if law == 1 else 0.0 if law == -1 else 1.0


def channels(model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice) -> list[float]:
    """Invention, learning from twins, in networks, through the state and from neighbours, per year."""
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
    learns = city.capacity * city.autonomy * practice.willing[city] * practice.readiness
    alone = math.exp(p.retreat_alone * city.state.retreat)
    together = math.exp(p.retreat_pledging * city.state.retreat)
    return [
        teaching.invention[city] * alone,
        learns * together * city.engagement * p.learning_twins * twins,
        learns * together * city.engagement * p.learning_networks * networks,
        learns * p.learning_state * teaching.by_state(city.state, x),
        learns * alone * p.learning_neighbours * near,
    ]


def invention(p: Parameters, city: City, mean_population: float) -> float:
    """ι (n / n̄)^(β − 1) (½ + a)."""
    size = city.population / mean_population
    return p.invention_rate * size ** (p.urban_scaling - 1.0) * (0.5 + city.capacity)


def twins_of(city: City) -> list[tuple[City, float]]:
    """Partners over live ties, with trust, which counts by own reach where foreign."""
    return [(tie.other(city), tie.trust * (city.reach if tie.foreign else 1.0)) for tie in city.live_ties]


class Teaching:
    """What can be learned from whom in this quarter; asked often, so remembered."""

    def __init__(self, model: "ReferenceModel", acting: dict[NationState, float] | None = None) -> None:
        p = model.parameters
        self.acting = acting or {state: state.action_capacity for state in model.states}
        self.effort = p.secretariat_effort
        mean_population = mean(city.population for city in model.cities)
        self.share_abroad = p.intergovernmental
        self.worth = {NONE: 0.0, PLEDGED: p.learning_pledged, IMPLEMENTED: 1.0}
        self.twins = {city: twins_of(city) for city in model.cities}
        self.invention = {city: invention(p, city, mean_population) for city in model.cities}
        self._network: dict[tuple[Network, int], float] = {}
        self._national: dict[tuple[NationState, int], float] = {}
        self._state: dict[tuple[NationState, int], float] = {}

    def known(self, city: City, x: int) -> float:
        """What others can learn of practice ``x`` in a city."""
        return self.worth[city.practices[x]]

    def in_network(self, network: Network, x: int) -> float:
        """Share of members that have it, by engagement, and what the secretariat makes of that."""
        if (network, x) not in self._network:
            engaged = sum(member.engagement for member in network.members)
            having = sum(member.engagement * self.known(member, x) for member in network.members)
            share = having / engaged
            self._network[network, x] = share + (self.effort * (1.0 - share) if share > 0 else 0.0)
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
                weight = (1.0 - dyad.tension) * self.acting[other]
                weights += weight
                heard += weight * self.national(other, x)
            abroad = heard / weights if weights > 0 else 0.0
            mixed = (1.0 - share) * self.national(state, x) + share * abroad
            self._state[state, x] = self.acting[state] * mixed
        return self._state[state, x]
