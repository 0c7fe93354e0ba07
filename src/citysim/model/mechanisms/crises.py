"""Crises: onset, prevention by services, impact (docs/model.md, 7.7)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import crises as kernel
from citysim.model.kernels.cities import held_back, unrest_pressure
from citysim.model.kernels.events import events, events_among
from citysim.model.kernels.footprints import cities_within
from citysim.model.mechanisms.diplomacy import in_conflict
from citysim.model.mechanisms.practices import initial_services
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import DT, Flows, RunState
from citysim.model.streams import Draws
from citysim.world.domains import DOMAIN_INDEX
from citysim.world.fields import EXOGENOUS_CRISES
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.world import World

#: Type, service that prevents it, share of the exogenous rate, radius of the footprint in km (assumed).
EXOGENOUS = {
    "climate": ("climate", 0.4, 150.0),
    "displacement": ("migration", 0.2, 300.0),
    "downturn": ("employment", 0.2, 500.0),
    "cyber": ("digital", 0.2, None),
}
ENDOGENOUS = {"violence": "peace", "war": "peace"}
#: A cyber outage strikes this share of all cities (a common supplier) instead of a neighbourhood.
CYBER_SHARE = 0.005
#: A marginalised city suffers more: impact ∝ this + m (docs/model.md, 7.7).
IMPACT_FLOOR = 0.7

PREVENTED_BY = np.array(
    [DOMAIN_INDEX[EXOGENOUS[name][0]] for name in EXOGENOUS_CRISES]
    + [DOMAIN_INDEX[domain] for domain in ENDOGENOUS.values()]
)

_TYPES = (*EXOGENOUS_CRISES, *ENDOGENOUS)
#: Types that insurers cover. Shares insured are known of natural disasters alone; property policies exclude
#: war (paragonbrokers.com), and downturns and flight damage no property. Assumed of outages and violence.
INSURABLE = np.isin(_TYPES, ("climate",))
#: Types after which people give: assumed of all but downturns and outages, of which no collections are known.
MOVING = ~np.isin(_TYPES, ("downturn", "cyber"))


@dataclass(frozen=True)
class Constants:
    """Event rates that give the mean city ``crisis_rate`` hits a year, whatever the footprints."""

    rate: Floats  # (exogenous types,) events per world and year
    radius: tuple[float | None, ...]  # of each type's footprint, as chord on the unit sphere
    epicentre: Floats  # (exogenous types, N) cumulative probability


def constants(setting: Setting) -> Constants:
    """Divide hits per city by cities per footprint, epicentres falling by exposure."""
    p, world = setting.parameters, setting.world
    n = world.n_cities
    rate, radii, cumulative = [], [], []
    for place, name in enumerate(EXOGENOUS_CRISES):
        _, share, km = EXOGENOUS[name]
        exposed = world.exposure[:, place].sum()
        chance = world.exposure[:, place] / (exposed if exposed > 0 else 1.0)
        if km is None:
            radius, footprint = None, 1.0 + (n - 1) * min(CYBER_SHARE * p.crisis_correlation, 1.0)
        else:
            angle = min(km * p.crisis_correlation / EARTH_RADIUS_KM, np.pi)
            radius = 2 * float(np.sin(angle / 2))
            footprint = _footprint(world, place, radius) if exposed > 0 else 1.0
        rate.append(p.crisis_rate * share * n / footprint if exposed > 0 else 0.0)
        radii.append(radius)
        cumulative.append(np.cumsum(chance))
    return Constants(np.array(rate), tuple(radii), np.array(cumulative))


@lru_cache(maxsize=64)  # seconds for 100,000 cities: shared by the runs of a process
def _footprint(world: World, place: int, radius: float) -> float:
    """Mean number of cities within ``radius`` of an epicentre of one type."""
    chance = world.exposure[:, place] / world.exposure[:, place].sum()
    return float((chance * _struck(world, radius)).sum())


@lru_cache(maxsize=8)
def _from_south(world: World) -> tuple[Ints, Floats]:
    """Cities from south to north, (N,), and their unit vectors, (N, 3)."""
    order = np.argsort(world.xyz[:, 2], kind="stable")
    return order, world.xyz[order]


def _struck(world: World, radius: float) -> Ints:
    """Cities within ``radius`` of each city, itself included, (N,)."""
    order, xyz = _from_south(world)
    struck = np.empty(len(order), dtype=np.int64)
    struck[order] = cities_within(xyz, radius)
    return struck


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Severity of every city and type, less what services prevent, gives the impact relief faces."""
    p = setting.parameters
    severity = np.zeros((setting.world.n_cities, len(PREVENTED_BY)))
    for place in range(len(EXOGENOUS_CRISES)):
        _exogenous(place, severity, setting, draw)
    outbreak = _violence(severity, state, setting, draw)
    _war(severity, state, setting, draw)
    expected, impact, insurable, moving = impacts(severity, state, p)
    flows = Flows.none(setting.world.n_cities)
    flows.conflict_onsets, flows.conflict_hazard = state.flows.conflict_onsets, state.flows.conflict_hazard
    flows.pledges = state.flows.pledges
    flows.loss_expected, flows.loss_prevented, flows.need = expected, expected - impact, impact
    flows.insurable, flows.moving = insurable, moving
    flows.loss = impact.copy()
    flows.violence, flows.hit = outbreak, expected > 0
    state.flows = flows


def impacts(severity: Floats, state: RunState, p: Parameters) -> tuple[Floats, Floats, Floats, Floats]:
    """Loss without services, L = severity (1 − π S)(0.7 + m), and its insurable and moving part, (N,)."""
    return kernel.impacts(
        severity=severity,
        marginalised=state.marginalised,
        services=state.services,
        prevented_by=PREVENTED_BY,
        prevention=p.prevention,
        floor=IMPACT_FLOOR,
        insurable=INSURABLE,
        moving=MOVING,
    )


def severities(p: Parameters, uniform: Floats) -> Floats:
    """Pareto severity with tail exponent α on [s_min, 1], truncated at 1."""
    low, tail = p.severity_min, p.severity_tail
    drawn: Floats = low * (1 - uniform * (1 - low**tail)) ** (-1 / tail)
    return np.minimum(drawn, 1.0)


def unrest(state: RunState, setting: Setting) -> Floats:
    """Hazard of violence relative to the mean city of the start, (N,)."""
    return raw_unrest(state.marginalised, state.stress, state.services, setting.parameters) / setting.derive(
        mean_unrest
    )


def mean_unrest(setting: Setting) -> float:
    """Mean of the violence hazard's factor over the cities of the start."""
    world = setting.world
    calm = np.zeros(world.n_cities)
    services = setting.derive(initial_services)
    return float(raw_unrest(world.marginalised, calm, services, setting.parameters).mean())


def raw_unrest(marginalised: Floats, stress: Floats, services: Floats, p: Parameters) -> Floats:
    """exp(β_m m + β_z z / (1 + z))(1 − S_peace), (N,).

    The pressure of stress saturates, since violence adds to stress: a hazard exponential in z would
    have no resting point over much of the prior.
    """
    pressure = unrest_pressure(marginalised, stress, p.violence_marginal, p.violence_stress)
    return held_back(np.exp(pressure, out=pressure), services, DOMAIN_INDEX["peace"])


def _exogenous(place: int, severity: Floats, setting: Setting, draw: Draws) -> None:
    """Write the severity of one exogenous type: in every city the worst of the events that reach it."""
    world, p, name = setting.world, setting.parameters, EXOGENOUS_CRISES[place]
    c = setting.derive(constants)
    count = draw.poisson(f"{name} events", c.rate[place] * DT)
    if count == 0:
        return
    u = draw.uniform(f"{name} event", count, 2)
    centre = np.minimum(np.searchsorted(c.epicentre[place], u[:, 0], side="right"), world.n_cities - 1)
    strength = severities(p, u[:, 1])
    radius = c.radius[place]
    if radius is not None:
        kernel.strike_near(severity[:, place], world.xyz, centre, radius, strength)
        return
    share = min(CYBER_SHARE * p.crisis_correlation, 1.0)
    for row in range(count):
        word = draw.word(f"{name} reach {row}")
        kernel.strike_anywhere(severity[:, place], word, share, centre[row], strength[row])


def _violence(severity: Floats, state: RunState, setting: Setting, draw: Draws) -> Bools:
    """Write the severity of violence, and give where it has broken out, (N,)."""
    p, n = setting.parameters, setting.world.n_cities
    city = events(p.violence_rate * state.unrest, DT, draw.word("violence"))
    outbreak = np.zeros(n, dtype=bool)
    outbreak[city] = True
    u = draw.uniform_of("violence severity", city)
    severity[city, len(EXOGENOUS_CRISES)] = p.violence_severity * severities(p, u)
    return outbreak


def _war(severity: Floats, state: RunState, setting: Setting, draw: Draws) -> None:
    """Write the severity of war in the cities of states in conflict."""
    p = setting.parameters
    city = np.flatnonzero(in_conflict(state, setting)[setting.world.state])
    struck = events_among(city, p.war_rate, DT, draw.word("war"))
    severity[struck, -1] = severities(p, draw.uniform_of("war severity", struck))
