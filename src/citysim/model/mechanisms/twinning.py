"""Twinning: trust, suspension, ending, and new ties by gravity (docs/model.md, 7.4)."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from citysim.model.kernels import gravity as kernel
from citysim.model.kernels.ties import adjacency
from citysim.model.mechanisms.attention import overload, propensity_factor
from citysim.model.mechanisms.diplomacy import in_conflict
from citysim.model.setting import Setting
from citysim.model.state import DT, State, Twinnings, contains, crossed
from citysim.model.streams import Draws
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.world import REGIONS, Bools, Floats, Ints, World

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


def step(state: State, setting: Setting, draw: Draws) -> None:
    """Old ties live, are suspended, resume or end; new ones form. Keys hold the draws of a tie."""
    ties, conflict = state.twinnings, conflict_of_ties(state.twinnings, state)
    suspended, trust = _suspend_and_trust(ties, conflict, setting, draw)
    ended = _ending(ties, suspended, trust, state, setting, draw)
    new = _new_ties(state, setting, draw)
    old = replace(ties, trust=trust, suspended=suspended).take(~ended)
    state.twinnings = _merge(old, new[~contains(ties.key, new)], state.step, setting)


def conflict_of_ties(ties: Twinnings, state: State) -> Bools:
    """Whether the two states of each tie are in conflict, (E,)."""
    at_war: Bools = np.append(state.conflict, [False])[ties.pair]  # a pair within one state is −1, the last
    return at_war


def _suspend_and_trust(
    ties: Twinnings, conflict: Bools, setting: Setting, draw: Draws
) -> tuple[Bools, Floats]:
    """Suspended with p_S (1 − ζ v) per quarter of conflict; resumed after it at rate r_R v.

    Trust follows dv = g (1 − v) dt, or dv = −d_v v dt while suspended; both exact.
    """
    p = setting.parameters
    u = draw.uniform_of("suspend", ties.key)
    suspends = ~ties.suspended & conflict & (u < p.suspension * (1.0 - p.suspension_trust * ties.trust))
    resumes = ties.suspended & ~conflict & crossed(p.resumption_rate * ties.trust, u)
    suspended = (ties.suspended | suspends) & ~resumes
    grown = 1.0 - (1.0 - ties.trust) * math.exp(-p.trust_growth * DT)
    decayed = ties.trust * math.exp(-p.trust_decay * DT)
    return suspended, np.where(suspended, decayed, grown)


def _ending(
    ties: Twinnings, suspended: Bools, trust: Floats, state: State, setting: Setting, draw: Draws
) -> Bools:
    """Suspended ties end below the trust floor; live ones at r_E, faster where a city is overloaded."""
    p = setting.parameters
    load = overload(state)
    hazard = p.ending_rate * (1.0 + p.leave_overload * (load[ties.a] + load[ties.b]) / 2)
    lapses = crossed(hazard, draw.uniform_of("end", ties.key))
    return np.where(suspended, trust < p.trust_floor, lapses)


def _new_ties(state: State, setting: Setting, draw: Draws) -> Ints:
    """Keys of the ties proposed and accepted in this quarter; some may exist already."""
    p, world = setting.parameters, setting.world
    n = world.n_cities
    c = setting.derive(constants)
    rate = c.proposal_unit * state.reach * np.sqrt(state.population) * c.propensity
    proposer = np.flatnonzero(crossed(rate, draw.uniform("propose", n)))
    closes = draw.uniform_of("closure", proposer) < p.closure
    closing = proposer[closes]
    choice = draw.uniform_of("closure partner", np.concatenate((2 * closing, 2 * closing + 1)))
    partner = np.empty_like(proposer)
    partner[closes] = _partner_of_partner(state.twinnings, n, closing, choice.reshape(2, -1))
    partner[~closes] = _by_gravity(state, setting, proposer[~closes], draw)
    willing = state.engagement[proposer] * state.engagement[partner]
    made = (partner != proposer) & (partner >= 0) & (draw.uniform_of("accept", proposer) < willing)
    a, b = np.minimum(proposer, partner)[made], np.maximum(proposer, partner)[made]
    return np.unique(a * n + b)


@dataclass(frozen=True)
class Gravity:
    """What two patches of cities mean to each other, (C, C)."""

    near: Floats  # largest distance^γ_d of two of their cities
    factor: Floats  # e^(country, continent, income terms), the same for all their cities


def gravity(setting: Setting) -> Gravity:
    """Coefficients of PATTERNS T2-T5 between patches."""
    p = setting.parameters
    return _gravity(
        setting.world,
        p.gravity_distance,
        p.gravity_same_country,
        p.gravity_both_european,
        p.gravity_same_continent,
        p.gravity_both_rich,
        p.gravity_one_rich,
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


def _by_gravity(state: State, setting: Setting, city: Ints, draw: Draws) -> Ints:
    """A partner for each ``city``, drawn over all others by the gravity utility; −1 where there is none.

    A partner's own terms are population, lasting propensity, and whether crisis or war has just hit it.
    """
    p, world = setting.parameters, setting.world
    g, patches = setting.derive(gravity), world.patches
    struck = in_conflict(state, setting)[world.state] | state.flows.hit
    own = p.gravity_population * np.log(state.population) + p.propensity_spread * world.propensity
    own = own + p.solidarity * struck
    return kernel.partners(
        draw.word("gravity"),
        city,
        np.exp(own - own.max()),
        patches.of,
        patches.start,
        patches.order,
        g.near,
        g.factor,
        world.xyz,
        p.gravity_distance,
        NEAREST_KM,
        world.state,
        p.gravity_tension,
        state.tension,
        setting.dyads.index,
    )


def _partner_of_partner(ties: Twinnings, n: int, city: Ints, u: Floats) -> Ints:
    """A random partner of a random partner over live ties, −1 where there is none; ``u`` (2, cities)."""
    if len(city) == 0:
        return city
    start, partner, _ = adjacency(n, ties.a, ties.b, ~ties.suspended, ties.trust, ties.trust)
    partner = np.append(partner, -1)
    found = city
    for chance in u:
        first, count = start[found], start[found + 1] - start[found]
        place = first + (chance * count).astype(np.int64)
        found = np.where((count > 0) & (found >= 0), partner[np.minimum(place, len(partner) - 1)], -1)
    return found


def _merge(old: Twinnings, keys: Ints, step: int, setting: Setting) -> Twinnings:
    new = len(keys)
    if new == 0:
        return old
    a, b = np.divmod(keys, setting.world.n_cities)
    home = setting.world.state
    both = Twinnings(
        key=np.concatenate((old.key, keys)),
        a=np.concatenate((old.a, a)),
        b=np.concatenate((old.b, b)),
        pair=np.concatenate((old.pair, setting.dyads.index[home[a], home[b]])),
        trust=np.concatenate((old.trust, np.full(new, setting.parameters.trust_start))),
        suspended=np.concatenate((old.suspended, np.zeros(new, dtype=bool))),
        start=np.concatenate((old.start, np.full(new, step, dtype=np.int64))),
    )
    return both.take(np.argsort(both.key, kind="stable"))
