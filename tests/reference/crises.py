"""Crises: who is hit, how hard, and what services prevent."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysim.model.parameters import Parameters
from citysim.model.streams import Draws
from citysim.world.domains import DOMAIN_INDEX

from .agents import City
from .arithmetic import DT, chance, mean, roulette, uniforms

if TYPE_CHECKING:
    from .model import ReferenceModel


@dataclass(frozen=True)
class Kind:
    """An exogenous crisis: what prevents it, its share of all, its footprint's radius (None: anywhere)."""

    column: int  # in a city's exposure
    name: str
    service: str
    share: float
    kilometres: float | None


KINDS = (
    Kind(0, "climate", "climate", 0.4, 150.0),
    Kind(1, "displacement", "migration", 0.2, 300.0),
    Kind(2, "downturn", "employment", 0.2, 500.0),
    Kind(3, "cyber", "digital", 0.2, None),
)


#: Crises of each city: name, service that prevents it, severity.
type Blows = dict[City, list[tuple[str, str, float]]]


def begin(model: "ReferenceModel") -> None:
    """Footprints of every epicentre, event rates, and the start's mean pressure as unit of unrest."""
    p, n = model.parameters, len(model.cities)
    model.reached, model.event_rate = {}, {}
    for kind in KINDS:
        if kind.kilometres is None:
            footprint = 1.0 + (n - 1) * anywhere(p)
        else:
            radius = min(kind.kilometres * p.crisis_correlation, math.pi * 6371.0)
            model.reached[kind] = {
                city: [other for other in model.cities if city.distance(other) <= radius]
                for city in model.cities
            }
            total = sum(city.exposure[kind.column] for city in model.cities)
            footprint = sum(
                city.exposure[kind.column] / total * len(model.reached[kind][city]) for city in model.cities
            )
        model.event_rate[kind] = p.crisis_rate * kind.share * n / footprint
    model.first_violence = mean(pressure(model, city) for city in model.cities)
    set_unrest(model)


def step(model: "ReferenceModel", draw: Draws) -> None:
    """Blows of every kind on every city; losses before and after prevention."""
    blows: Blows = {city: [] for city in model.cities}
    for city in model.cities:
        city.begin_quarter()
    for kind in KINDS:
        for city, severity in exogenous(model, kind, draw).items():
            blows[city].append((kind.name, kind.service, severity))
    violence(model, draw, blows)
    war(model, draw, blows)
    for city in model.cities:
        for name, service, severity in blows[city]:
            loss = severity * (0.7 + city.marginalised)
            prevented = loss * model.parameters.prevention * city.services[DOMAIN_INDEX[service]]
            city.loss_expected += loss
            city.loss_prevented += prevented
            city.need += loss - prevented
            if name == "climate":
                city.insurable += loss - prevented
            if name not in ("downturn", "cyber"):
                city.moving += loss - prevented
        city.loss = city.need
        city.hit = city.loss_expected > 0


def exogenous(model: "ReferenceModel", kind: Kind, draw: Draws) -> dict[City, float]:
    """The worst blow of one kind on each city that is reached at all."""
    n = len(model.cities)
    events = draw.poisson(f"{kind.name} events", model.event_rate[kind] * DT)
    u = draw.uniform(f"{kind.name} event", events, 2).tolist()
    exposure = [city.exposure[kind.column] for city in model.cities]
    worst: dict[City, float] = {}
    for event in range(events):
        centre = model.cities[roulette(exposure, u[event][0])]
        if kind.kilometres is None:
            reach = uniforms(draw, f"{kind.name} reach {event}", n)
            share = anywhere(model.parameters)
            struck = [city for city in model.cities if city is centre or reach[city.index] < share]
        else:
            struck = model.reached[kind][centre]
        blow = severity(model.parameters, u[event][1])
        for city in struck:
            worst[city] = max(worst.get(city, 0.0), blow)
    return worst


def anywhere(p: Parameters) -> float:
    """Share of all cities that one cyber outage strikes."""
    return min(0.005 * p.crisis_correlation, 1.0)


def violence(model: "ReferenceModel", draw: Draws, blows: Blows) -> None:
    """Outbreaks by unrest."""
    p, n = model.parameters, len(model.cities)
    u, how = uniforms(draw, "violence", n), uniforms(draw, "violence severity", n)
    for city in model.cities:
        if u[city.index] < chance(p.violence_rate * city.unrest):
            city.violence = True
            blows[city].append(("violence", "peace", p.violence_severity * severity(p, how[city.index])))


def war(model: "ReferenceModel", draw: Draws, blows: Blows) -> None:
    """Spillover on cities of states at war."""
    p, n = model.parameters, len(model.cities)
    u, how = uniforms(draw, "war", n), uniforms(draw, "war severity", n)
    for city in model.cities:
        if city.state.at_war and u[city.index] < chance(p.war_rate):
            blows[city].append(("war", "peace", severity(p, how[city.index])))


def severity(p: Parameters, u: float) -> float:
    """Inverse of a Pareto law on [s_min, 1] with tail exponent α."""
    survival = 1.0 - u * (1.0 - p.severity_min**p.severity_tail)
    return min(p.severity_min * survival ** (-1.0 / p.severity_tail), 1.0)


def pressure(model: "ReferenceModel", city: City) -> float:
    """exp(β_m m + β_z z / (1 + z))(1 − S_peace)."""
    p = model.parameters
    strain = city.stress / (1.0 + city.stress)
    anger = math.exp(p.violence_marginal * city.marginalised + p.violence_stress * strain)
    return anger * city.unmet(DOMAIN_INDEX["peace"])


def set_unrest(model: "ReferenceModel") -> None:
    """Pressure relative to the mean city of the start."""
    for city in model.cities:
        city.unrest = pressure(model, city) / model.first_violence
