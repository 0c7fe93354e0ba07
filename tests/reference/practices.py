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
    drop: float
    onset: int  # quarter in which it becomes known, −1 before the run


def begin(model: "ReferenceModel") -> None:
    """The catalogue, and what cities have implemented in 2023."""
    p, draw = model.parameters, model.streams.at("practices", 0)
    number = p.practices_per_domain * len(DOMAINS)
    quality = uniforms(draw, "quality", number)
    context = draw.normal("context", number, 2).tolist()
    ready = draw.normal("readiness", number).tolist()
    kept = draw.normal("dropping", number).tolist()
    begins = uniforms(draw, "onset", number)
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
        dropped = p.drop_rate
        if p.dropping_form == "unequal":
            dropped *= math.exp(p.drop_spread * kept[index] - p.drop_spread**2 / 2)
        domain = index // p.practices_per_domain
        onset = onset_of(p, begins[index])
        model.catalogue.append(Practice(index, domain, benefit, willing, readiness, dropped, onset))
    u = draw.uniform("initial", len(model.cities), number).tolist()
    for city in model.cities:
        for practice in model.catalogue:
            likely = p.initial_coverage * city.own_capacity * practice.willing[city]
            held = practice.onset < 0 and u[city.index][practice.index] < likely
            city.practices.append(IMPLEMENTED if held else NONE)
        city.services = services(model, city)


def onset_of(p: Parameters, u: float) -> int:
    """A share is known before the run, the others become known evenly over some years."""
    if p.practice_onset == "before" or p.practices_known == 1.0 or u < p.practices_known:
        return -1
    return math.floor(p.onset_years * (u - p.practices_known) / (1.0 - p.practices_known) / DT)


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
    for practice in model.catalogue:
        if practice.onset == model.quarters_done:
            pioneer(model, teaching, practice, draw, after)
    chance_of_law = draw.uniform("law", len(model.states), len(model.catalogue)).tolist()
    for state in model.states:
        state.law = [
            enact(model.parameters, law, teaching.by_state(state, x), DT, chance_of_law[state.index][x])
            for x, law in enumerate(state.law)
        ]
    for city in model.cities:
        city.practices = after[city]
        city.services = services(model, city)


def pioneer(
    model: "ReferenceModel",
    teaching: "Teaching",
    practice: Practice,
    draw: Draws,
    after: dict[City, list[int]],
) -> None:
    """One city, drawn by what each invents, is the first to pledge a practice."""
    invents = [alone(model.parameters, city) * teaching.invention[city] for city in model.cities]
    if sum(invents) <= 0.0:
        invents = [1.0 for _ in model.cities]
    left = uniforms(draw, "pioneer", len(model.catalogue))[practice.index] * sum(invents)
    first = 0
    while left >= invents[first]:
        left -= invents[first]
        first += 1
    city = model.cities[first]
    after[city][practice.index] = PLEDGED
    city.pledges[0] += 1.0


def alone(p: Parameters, city: City) -> float:
    """Factor of what a city does alone by the retreat of its state."""
    return math.exp(p.retreat_alone * city.state.retreat)


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
    away = implement + practice.drop
    if u >= chance(away):
        return now
    # of all that happens within the quarter, the first share is implementation
    return IMPLEMENTED if u < chance(away) * implement / away else NONE


def hazard(model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice) -> float:
    """All channels together under the state's law, per year; none of what nobody has had yet."""
    if practice.onset >= model.quarters_done:
        return 0.0
    return sum(channels(model, teaching, city, practice)) * legal_factor(model.parameters, city, practice)


def legal_factor(p: Parameters, city: City, practice: Practice) -> float:
    """What the law of the own state does to pledging."""
    law = city.state.law[practice.index]
    return p.mandate_effect if law == 1 else 0.0 if law == -1 else 1.0


def channels(model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice) -> list[float]:
    """Invention, learning from twins, in networks, through the state and from neighbours, per year."""
    p = model.parameters
    twins, networks, state, near = FORMS[p.learning_form](model, teaching, city, practice)
    learns = city.capacity * city.autonomy * practice.willing[city] * practice.readiness
    together = math.exp(p.retreat_pledging * city.state.retreat)
    return [
        teaching.invention[city] * alone(p, city),
        learns * together * city.engagement * p.learning_twins * twins,
        learns * together * city.engagement * p.learning_networks * networks,
        learns * p.learning_state * state,
        learns * alone(p, city) * p.learning_neighbours * near,
    ]


def reached(city: City, network: Network, practice: Practice) -> float:
    """How strongly a member listens to a network on a practice."""
    reach = city.reach if network.state < 0 else 1.0
    return network.acting_quality * reach * network.focus[practice.domain]


def by_share(model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice) -> list[float]:
    """What twins, networks, state and neighbours teach, in proportion to the share that has the practice."""
    x = practice.index
    return [
        sum(weight * teaching.known(twin, x) for twin, weight in teaching.twins[city]),
        sum(reached(city, k, practice) * teaching.in_network(k, x) for k in city.networks),
        teaching.by_state(city.state, x),
        mean(teaching.known(other, x) for other in city.neighbours) if city.neighbours else 0.0,
    ]


def by_threshold(
    model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice
) -> list[float]:
    """The same where only thresholds that are passed count: logistic in log-odds about the midpoint."""
    p, x = model.parameters, practice.index

    def passed(share: float) -> float:
        if share <= 0.0 or share >= 1.0:
            return float(share >= 1.0)
        middle = p.threshold_midpoint
        apart = math.log(share / (1.0 - share)) - math.log(middle / (1.0 - middle))
        return logistic(apart / p.threshold_softness)

    def network(k: Network) -> float:
        share = teaching.of_members(k, x)
        return passed(share) + p.secretariat_effort * (1.0 - passed(share)) if share > 0.0 else 0.0

    listens = sum(weight for _, weight in teaching.twins[city])
    seen = sum(weight * teaching.known(twin, x) for twin, weight in teaching.twins[city])
    acting = teaching.acting[city.state]
    near = [teaching.known(other, x) for other in city.neighbours]
    return [
        listens * passed(seen / listens) if listens > 0.0 else 0.0,
        sum(reached(city, k, practice) * network(k) for k in city.networks),
        acting * passed(teaching.by_state(city.state, x) / acting) if acting > 0.0 else 0.0,
        passed(mean(near)) if near else 0.0,
    ]


def by_lead(model: "ReferenceModel", teaching: "Teaching", city: City, practice: Practice) -> list[float]:
    """The same where a teacher weighs by how much better its services are in the practice's domain."""
    p, x, domain = model.parameters, practice.index, practice.domain

    def lead(level: float) -> float:
        return max(level - city.services[domain], 0.0) / p.imitation_gap

    def shown(other: City) -> float:
        return teaching.known(other, x) * lead(other.services[domain])

    def of_holders(group: list[City], weights: list[float]) -> float:
        having = sum(weight * teaching.known(other, x) for other, weight in zip(group, weights, strict=True))
        leads = sum(weight * shown(other) for other, weight in zip(group, weights, strict=True))
        return leads / having if having > 0.0 else 0.0

    def network(k: Network) -> float:
        return teaching.in_network(k, x) * of_holders(k.members, [each.engagement for each in k.members])

    own = city.state.cities
    at_home = teaching.national(city.state, x) * of_holders(own, [each.population for each in own])
    weights, abroad = 0.0, 0.0
    for other, weight in teaching.others(city.state):
        weights += weight
        abroad += weight * teaching.national(other, x) * lead(teaching.mean_service(other, domain))
    share = p.intergovernmental
    mixed = (1.0 - share) * at_home + (share * abroad / weights if weights > 0.0 else 0.0)
    return [
        sum(weight * shown(twin) for twin, weight in teaching.twins[city]),
        sum(reached(city, k, practice) * network(k) for k in city.networks),
        teaching.acting[city.state] * mixed,
        mean(shown(other) for other in city.neighbours) if city.neighbours else 0.0,
    ]


FORMS = {"hazard": by_share, "threshold": by_threshold, "best": by_lead}


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
        self._services: dict[tuple[NationState, int], float] = {}
        self._members: dict[tuple[Network, int], float] = {}
        self._national: dict[tuple[NationState, int], float] = {}
        self._state: dict[tuple[NationState, int], float] = {}

    def known(self, city: City, x: int) -> float:
        """What others can learn of practice ``x`` in a city."""
        return self.worth[city.practices[x]]

    def of_members(self, network: Network, x: int) -> float:
        """Share of members that have it, by engagement."""
        if (network, x) not in self._members:
            engaged = sum(member.engagement for member in network.members)
            having = sum(member.engagement * self.known(member, x) for member in network.members)
            self._members[network, x] = having / engaged
        return self._members[network, x]

    def in_network(self, network: Network, x: int) -> float:
        """What the secretariat makes of the share of members that have it."""
        share = self.of_members(network, x)
        return share + (self.effort * (1.0 - share) if share > 0 else 0.0)

    def mean_service(self, state: NationState, domain: int) -> float:
        """Service of the mean citizen of a state's cities at the quarter's beginning."""
        if (state, domain) not in self._services:
            people = sum(city.population for city in state.cities)
            served = sum(city.population * city.services[domain] for city in state.cities)
            self._services[state, domain] = served / people
        return self._services[state, domain]

    def others(self, state: NationState) -> list[tuple[NationState, float]]:
        """Other states, by how much a state listens to them."""
        pairs = [(d, d.second if d.first is state else d.first) for d in state.dyads]
        return [(other, (1.0 - dyad.tension) * self.acting[other]) for dyad, other in pairs]

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
            for other, weight in self.others(state):
                weights += weight
                heard += weight * self.national(other, x)
            abroad = heard / weights if weights > 0 else 0.0
            mixed = (1.0 - share) * self.national(state, x) + share * abroad
            self._state[state, x] = self.acting[state] * mixed
        return self._state[state, x]
