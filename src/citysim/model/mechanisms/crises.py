"""Crises: onset, prevention by services, impact (docs/model.md, 7.7)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import crises as kernel
from citysim.model.kernels.cities import held_back, unrest_pressure
from citysim.model.kernels.footprints import cities_within
from citysim.model.mechanisms.diplomacy import in_conflict
from citysim.model.mechanisms.practices import initial_services
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
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

_PEACE = DOMAIN_INDEX["peace"]
_TYPES = (*EXOGENOUS_CRISES, *ENDOGENOUS)
#: Types that insurers cover. Shares insured are known of natural disasters alone; property policies exclude
#: war (paragonbrokers.com), and downturns and flight damage no property. Assumed of outages and violence.
INSURABLE = np.isin(_TYPES, ("climate",))
#: Types after which people give: assumed of all but downturns and outages, of which no collections are known.
MOVING = ~np.isin(_TYPES, ("downturn", "cyber"))

#: Streams: how many events there are of each exogenous type, where and how hard they are; then of the others.
COUNTED = tuple(f"{name} events" for name in EXOGENOUS_CRISES)
EVENTS = tuple(f"{name} event" for name in EXOGENOUS_CRISES)
ANYWHERE = [(place, name) for place, name in enumerate(EXOGENOUS_CRISES) if EXOGENOUS[name][2] is None]
OUTBREAKS = ("violence", "violence severity", "war", "war severity")


@dataclass(frozen=True)
class Constants:
    """Event rates that give the mean city ``crisis_rate`` hits a year, whatever the footprints."""

    expected: Floats  # (exogenous types,) events per world and quarter
    radius: Floats  # (exogenous types,) of the footprint, as chord on the unit sphere; NaN strikes anywhere
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
            radius, footprint = np.nan, 1.0 + (n - 1) * min(CYBER_SHARE * p.crisis_correlation, 1.0)
        else:
            angle = min(km * p.crisis_correlation / EARTH_RADIUS_KM, np.pi)
            radius = 2 * float(np.sin(angle / 2))
            footprint = _footprint(world, place, radius) if exposed > 0 else 1.0
        rate.append(p.crisis_rate * share * n / footprint if exposed > 0 else 0.0)
        radii.append(radius)
        cumulative.append(np.cumsum(chance))
    return Constants(np.array(rate) * DT, np.array(radii), np.array(cumulative))


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
    flows = state.flows
    severity, flows.violence = _severity(state, setting, draw)
    if state.events is not None:
        severity, flows.violence = state.events.struck(severity, flows.violence, _TYPES.index("violence"))
    expected, impact, flows.insurable, flows.moving = impacts(severity, state, setting.parameters)
    flows.loss_expected, flows.need = expected, impact
    np.subtract(expected, impact, out=flows.loss_prevented)
    np.greater(expected, 0.0, out=flows.hit)
    flows.loss[:] = impact


def _severity(state: RunState, setting: Setting, draw: Draws) -> tuple[Floats, Bools]:
    """Severity of each type in each city, (N, types), and where violence has broken out, (N,)."""
    p, c, world = setting.parameters, setting.derive(constants), setting.world
    counts = draw.poissons(COUNTED, c.expected)
    city, kind, number = kernel.blows(
        counts=counts,
        epicentre=c.epicentre,
        event=draw.words(*EVENTS),
        unrest=state.unrest,
        violence_rate=p.violence_rate,
        at_war=in_conflict(state, setting),
        home=world.state,
        war_rate=p.war_rate,
        endogenous=draw.words(*OUTBREAKS),
        dt=DT,
    )
    reach = [draw.word(f"{name} reach {row}") for place, name in ANYWHERE for row in range(counts[place])]
    northward, height = world.northward
    return kernel.struck(
        city=city,
        kind=kind,
        strength=severities(p, number),
        xyz=world.xyz,
        northward=northward,
        height=height,
        radius=c.radius,
        share=min(CYBER_SHARE * p.crisis_correlation, 1.0),
        reach=np.array(reach, dtype=np.uint64),
        violence_severity=p.violence_severity,
    )


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
    mean = setting.at_start(mean_unrest)
    return raw_unrest(state.marginalised, state.stress, state.services, setting.parameters, mean)


def mean_unrest(setting: Setting) -> float:
    """Mean of the violence hazard's factor over the cities of the start."""
    world = setting.world
    calm = np.zeros(world.n_cities)
    services = setting.at_start(initial_services)
    return float(raw_unrest(world.marginalised, calm, services, setting.parameters).mean())


def raw_unrest(
    marginalised: Floats, stress: Floats, services: Floats, p: Parameters, unit: float = 1.0
) -> Floats:
    """exp(β_m m + β_z z / (1 + z))(1 − S_peace), (N,), in a ``unit``.

    The pressure of stress saturates, since violence adds to stress: a hazard exponential in z would
    have no resting point over much of the prior.
    """
    hazard = unrest_pressure(marginalised, stress, p.violence_marginal, p.violence_stress)
    held_back(np.exp(hazard, out=hazard), services, _PEACE, unit)
    return hazard
