"""Outcomes of a quarter, for the world and for every group of cities."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from citysim.world.domains import DOMAIN_INDEX
from citysim.world.regions import REGIONS

from .agents import City, NationState
from .arithmetic import IMPLEMENTED, NONE, mean

if TYPE_CHECKING:
    from .model import ReferenceModel

CHANNELS = ("invention", "twins", "networks", "state", "neighbours", "mandate")


def duplication(city: City) -> float:
    """Share of the focus of its networks that another of them covers."""
    if len(city.networks) < 2:
        return 0.0
    by_topic = list(zip(*(network.focus for network in city.networks), strict=True))
    covered = sum(map(sum, by_topic))
    return 1.0 - sum(map(max, by_topic)) / covered if covered > 0 else 0.0


#: Outcomes that are means over people.
PEOPLE: dict[str, Callable[[City], float]] = {
    "development": lambda c: c.development,
    "service": lambda c: mean(c.services),
    **{f"service_{name}": lambda c, d=place: c.services[d] for name, place in DOMAIN_INDEX.items()},
    "coverage": lambda c: mean(x == IMPLEMENTED for x in c.practices),
    "coverage_pledged": lambda c: mean(x != NONE for x in c.practices),
    "marginalisation": lambda c: c.marginalised,
    "stress": lambda c: c.stress,
    "loss_expected": lambda c: c.loss_expected,
    "loss_prevented": lambda c: c.loss_prevented,
    "relief_own": lambda c: c.relief_own,
    "relief_insurance": lambda c: c.relief_insurance,
    "relief_state": lambda c: c.relief_state,
    "relief_donations": lambda c: c.relief_donations,
    "relief_networks": lambda c: c.relief_networks,
    "relief_twins": lambda c: c.relief_twins,
    "loss": lambda c: c.loss,
    "recovered": lambda c: c.recovered,
    "recovered_services": lambda c: c.recovered_services,
    "unrecovered": lambda c: c.loss - c.recovered - c.recovered_services,
    "action_capacity": lambda c: c.state.action_capacity,
    "autonomy": lambda c: c.autonomy,
    "reach": lambda c: c.reach,
}
#: Outcomes that are means over cities.
CITIES: dict[str, Callable[[City], float]] = {
    **{f"pledges_{name}": lambda c, place=place: c.pledges[place] for place, name in enumerate(CHANNELS)},
    "violence": lambda c: float(c.violence),
    "ties_crossborder": lambda c: sum(tie.foreign for tie in c.live_ties),
    "ties_suspended": lambda c: sum(tie.suspended for tie in c.ties),
    "twinnings": lambda c: len(c.ties),
    "memberships": lambda c: len(c.networks),
    "duplication": duplication,
    "engagement": lambda c: c.engagement,
    "attention": lambda c: min(c.used, c.attention),
}


def groups(model: "ReferenceModel") -> dict[str, list[City]]:
    """Groups of cities by what they are on the first day, whatever the arm."""
    world = model.world
    members = set(world.membership_city.tolist())
    tests: dict[str, Callable[[City], bool]] = {
        "world": lambda c: True,
        "member": lambda c: c.index in members,
        "non_member": lambda c: c.index not in members,
        "north": lambda c: bool(world.north[c.index]),
        "south": lambda c: not world.north[c.index],
        "small": lambda c: c.first_population < 300_000,
        "medium": lambda c: 300_000 <= c.first_population < 1_000_000,
        "large": lambda c: 1_000_000 <= c.first_population < 5_000_000,
        "mega": lambda c: c.first_population >= 5_000_000,
    }
    found = {name: [city for city in model.cities if test(city)] for name, test in tests.items()}
    found |= income_classes(model)
    for region, name in enumerate(REGIONS):
        cities = [city for city in model.cities if city.region == region]
        found[name.lower().replace(" ", "_")] = cities
    return found


def income_classes(model: "ReferenceModel") -> dict[str, list[City]]:
    """Thirds of the people by income; cities of equal income are in the class of their first."""
    found: dict[str, list[City]] = {"low_income": [], "middle_income": [], "high_income": []}
    everybody = sum(city.first_population for city in model.cities)
    for city in model.cities:
        income = model.world.income[city.index]
        poorer = sum(c.first_population for c in model.cities if model.world.income[c.index] < income)
        found[list(found)[min(int(3 * poorer / everybody), 2)]].append(city)
    return found


def outcomes(model: "ReferenceModel") -> dict[str, dict[str, float]]:
    """Group → outcome → value; NaN where a group has no value."""
    found = {name: group_outcomes(cities) for name, cities in groups(model).items()}
    found["world"].update(world_outcomes(model))
    return found


def group_outcomes(cities: list[City]) -> dict[str, float]:
    """Outcomes of a group of cities."""
    people = sum(city.population for city in cities)
    found = {"population": people / 1e6}
    for name, of in PEOPLE.items():
        found[name] = sum(c.population * of(c) for c in cities) / people if cities else math.nan
    for name, of in CITIES.items():
        found[name] = mean(of(c) for c in cities) if cities else math.nan
    return found


def world_outcomes(model: "ReferenceModel") -> dict[str, float]:
    """What exists only for the world as a whole."""
    fought = [tie for tie in model.ties.values() if tie.dyad is not None and tie.dyad.in_conflict]
    return {
        "conflict": sum(dyad.in_conflict for dyad in model.dyads),
        "conflict_onsets": model.conflict_onsets,
        "conflict_hazard": model.conflict_hazard,
        "tension": mean(dyad.tension for dyad in model.dyads) if model.dyads else 0.0,
        "ties_in_conflict": mean(not tie.suspended for tie in fought) if fought else math.nan,
        "networks": sum(network.alive for network in model.networks),
        "service_gini": gini(model.cities),
        "urban_share": urban_share(model),
    }


def gini(cities: list[City]) -> float:
    """Gini coefficient of services among people: twice their mean rank by service, less one."""
    people = sum(city.population for city in cities)
    below = served = ranked = 0.0
    for service, number in sorted((mean(city.services), city.population) for city in cities):
        rank = (below + number / 2) / people
        ranked += number * service * rank
        served += number * service
        below += number
    return 2 * ranked / served - 1 if served > 0 else 0.0


def urban_share(model: "ReferenceModel") -> float:
    """States' urban people, growing as their cities do, over all their people on the UN path."""
    time = model.quarters_done / 4
    urban = everybody = 0.0
    for state in model.states:
        total = people_at(model, state, time)
        grown = sum(c.population for c in state.cities) / sum(c.first_population for c in state.cities)
        urban += min(float(model.world.urban_population[state.index, 0]) * grown, total)
        everybody += total
    return urban / everybody


def people_at(model: "ReferenceModel", state: NationState, time: float) -> float:
    """All people of a state ``time`` years after the start, between the years of the path."""
    path = model.world.total_population[state.index].tolist()
    before, after = (path[min(year, len(path) - 1)] for year in (int(time), int(time) + 1))
    return float(before + (after - before) * (time - int(time)))
