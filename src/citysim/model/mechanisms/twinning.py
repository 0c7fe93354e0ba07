"""Twinning: trust, suspension, ending, and new ties by gravity (docs/model.md, 7.4)."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import ties as kernel
from citysim.model.kernels.events import events
from citysim.model.kernels.gravity import partners
from citysim.model.mechanisms.attention import overload, propensity_factor
from citysim.model.mechanisms.diplomacy import in_conflict, sides
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState, Twinnings
from citysim.model.streams import Draws
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.regions import REGIONS
from citysim.world.world import World

EUROPE = REGIONS.index("Europe")
#: Continents of the measured gravity; its "same continent" does not split the Americas.
CONTINENT = np.array([0, 1, 2, 3, 3, 4])
#: Nearer than this, distance no longer matters (places of one agglomeration), km.
NEAREST_KM = 10.0


@dataclass(frozen=True)
class Constants:
    """Fixed by world and parameters."""

    proposal_unit: float  # so that the mean city of the start proposes at r_T
    propensity: Floats  # (N,) log-normal, mean 1


def constants(setting: Setting) -> Constants:
    """Normalise proposals on the world of the start."""
    world, p = setting.world, setting.parameters
    propensity = propensity_factor(setting, p.propensity_spread)
    mean = float((world.reach * np.sqrt(world.population) * propensity).mean())
    return Constants(p.proposal_rate / mean if mean > 0 else 0.0, propensity)


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Old ties live, are suspended, resume or end; new ones form. Keys hold the draws of a tie."""
    ties, world = state.twinnings, setting.world
    trust, suspended, lasts = _tie_dynamics(state, setting, draw)
    new = np.sort(_new_ties(state, setting, draw))
    state.twinnings = Twinnings(
        *kernel.renewed(
            key=ties.key,
            a=ties.a,
            b=ties.b,
            pair=ties.pair,
            trust=trust,
            suspended=suspended,
            start=ties.start,
            lasts=lasts,
            new=new,
            home=world.state,
            dyad=setting.dyads.index,
            trust_start=setting.parameters.trust_start,
            step=state.step,
        )
    )


def live_rows(ties: Twinnings, cities: int) -> tuple[Ints, Ints, Ints]:
    """Row pointers (N + 1,), partners and ties (2 · live ties,) of the cities' live ties."""
    return ties.rows(lambda of: kernel.live_rows(cities, of.a, of.b, of.suspended))


def conflict_of_ties(ties: Twinnings, state: RunState) -> Bools:
    """Whether the two states of each tie are in conflict, (E,)."""
    return kernel.in_conflict(ties.pair, state.conflict_left)


def _tie_dynamics(state: RunState, setting: Setting, draw: Draws) -> tuple[Floats, Bools, Bools]:
    """Trust, suspension, and whether it lasts, of every tie, (E,) each.

    Suspended with p_S (1 − ζ v) per quarter of conflict, with p_R p_S (1 − ζ v) between a side of it and the
    cities of a third state that stands with the other; resumed after it at rate r_R v. Trust follows
    dv = g (1 − v) dt, or dv = −d_v v dt while suspended; both exact. Suspended ties end below the trust
    floor; live ones at r_E, faster where a city is overloaded.
    """
    p, ties = setting.parameters, state.twinnings
    rates = kernel.TieRates(
        suspension=p.suspension,
        suspension_trust=p.suspension_trust,
        resumption=p.resumption_rate,
        distrust_kept=math.exp(-p.trust_growth * DT),
        trust_kept=math.exp(-p.trust_decay * DT),
        floor=p.trust_floor,
        ending=p.ending_rate,
        overload=p.leave_overload,
        dt=DT,
    )
    return kernel.tie_dynamics(
        key=ties.key,
        a=ties.a,
        b=ties.b,
        pair=ties.pair,
        trust=ties.trust,
        suspended=ties.suspended,
        conflict_left=state.conflict_left,
        divided=p.rupture * sides(state, setting) if p.rupture > 0.0 else np.zeros(len(state.tension)),
        overload=overload(state),
        suspend_word=draw.word("suspend"),
        end_word=draw.word("end"),
        rates=rates,
    )


def _new_ties(state: RunState, setting: Setting, draw: Draws) -> Ints:
    """Keys of the ties proposed and accepted in this quarter; one may come twice, or exist already."""
    p, ties = setting.parameters, state.twinnings
    c = setting.derive(constants)
    rate = c.proposal_unit * state.reach * np.sqrt(state.population) * c.propensity
    proposer = events(rate, DT, draw.word("propose"))
    closes = draw.uniform_of("closure", proposer) < p.closure
    partner = np.empty_like(proposer)
    if closes.any():
        start, twin, _ = live_rows(ties, setting.world.n_cities)
        word = draw.word("closure partner")
        partner[closes] = kernel.partners_of_partners(start, twin, proposer[closes], word)
    partner[~closes] = _by_gravity(state, setting, proposer[~closes], draw)
    return kernel.accepted(proposer, partner, state.engagement, draw.word("accept"))


@dataclass(frozen=True)
class Gravity:
    """What two patches of cities mean to each other, (C, C)."""

    near: Floats  # largest distance^γ_d of two of their cities
    factor: Floats  # e^(country, continent, income terms), the same for all their cities


def gravity(setting: Setting) -> Gravity:
    """Coefficients of PATTERNS T2-T5 between patches."""
    p = setting.parameters
    return _gravity(
        world=setting.world,
        distance=p.gravity_distance,
        same_country=p.gravity_same_country,
        both_european=p.gravity_both_european,
        same_continent=p.gravity_same_continent,
        both_rich=p.gravity_both_rich,
        one_rich=p.gravity_one_rich,
    )


@lru_cache(maxsize=8)  # fixed by world and coefficients: shared by the runs of a process
def _gravity(
    world: World,
    distance: float,
    same_country: float,
    both_european: float,
    same_continent: float,
    both_rich: float,
    one_rich: float,
) -> Gravity:
    patches = world.patches
    spread = patches.reach[:, None] + patches.reach[None, :]
    # a thousandth more than the patches reach, so that rounding cannot put a city outside
    closest = np.maximum((patches.distance - 1.001 * spread) * EARTH_RADIUS_KM, NEAREST_KM)
    farthest = np.maximum((patches.distance + 1.001 * spread) * EARTH_RADIUS_KM, NEAREST_KM)
    near = np.maximum(closest**distance, farthest**distance) * (1.0 + 1e-9)
    region, home = world.region[patches.one], world.state[patches.one]
    continent, rich = CONTINENT[region], world.rich[patches.one].astype(int)
    europe = (region[:, None] == EUROPE) & (region[None, :] == EUROPE)
    same = (continent[:, None] == continent[None, :]) & ~europe
    riches = rich[:, None] + rich[None, :]
    utility = (
        same_country * (home[:, None] == home[None, :])
        + both_european * europe
        + same_continent * same
        + both_rich * (riches == 2)
        + one_rich * (riches == 1)
    )
    return Gravity(near, np.exp(utility))


def _by_gravity(state: RunState, setting: Setting, city: Ints, draw: Draws) -> Ints:
    """A partner for each ``city``, drawn over all others by the gravity utility; −1 where there is none.

    A partner's own terms are population, lasting propensity, and whether crisis or war has just hit it.
    """
    p, world = setting.parameters, setting.world
    g, patches = setting.derive(gravity), world.patches
    struck = in_conflict(state, setting)[world.state] | state.flows.hit
    own = p.gravity_population * np.log(state.population) + p.propensity_spread * world.propensity
    own = own + p.solidarity * struck
    return partners(
        word=draw.word("gravity"),
        city=city,
        own=np.exp(own - own.max()),
        of=patches.of,
        start=patches.start,
        order=patches.order,
        near=g.near,
        factor=g.factor,
        xyz=world.xyz,
        exponent=p.gravity_distance,
        nearest=NEAREST_KM,
        home=world.state,
        divide=p.gravity_tension,
        tension=state.tension,
        pair=setting.dyads.index,
    )
