"""Twinning: trust, suspension, ending, and new ties by gravity (MODEL.md, phase 3)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from citysim.model.mechanisms.attention import overload, propensity_factor
from citysim.model.mechanisms.diplomacy import in_conflict
from citysim.model.setting import Setting
from citysim.model.state import DT, State, Twinnings, contains, crossed
from citysim.model.streams import Draws
from citysim.world.world import EARTH_RADIUS_KM, REGIONS, Bools, Floats, Ints

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
    ties, conflict = state.twinnings, conflict_of_ties(state.twinnings, state, setting)
    suspended, trust = _suspend_and_trust(ties, conflict, setting, draw)
    ended = _ending(ties, suspended, trust, state, setting, draw)
    new = _new_ties(state, setting, draw)
    old = Twinnings(ties.key, ties.a, ties.b, trust, suspended, ties.start).take(~ended)
    state.twinnings = _merge(old, new[~contains(ties.key, new)], state.step, setting)


def conflict_of_ties(ties: Twinnings, state: State, setting: Setting) -> Bools:
    """Whether the two states of each tie are in conflict, (E,)."""
    home = setting.world.state
    pair = setting.dyads.index[home[ties.a], home[ties.b]]
    at_war: Bools = np.append(state.conflict, [False])[pair]  # a pair within one state is −1, the last
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
    u = draw.uniform("partner", n)[proposer]
    closes = draw.uniform("closure", n)[proposer] < p.closure
    friend = _partner_of_partner(state.twinnings, proposer, draw.uniform("closure partner", n, 2)[proposer])
    gravity = _by_gravity(state, setting, proposer, u)
    partner = np.where(closes, friend, gravity)
    willing = state.engagement[proposer] * state.engagement[partner]
    made = (partner != proposer) & (partner >= 0) & (draw.uniform("accept", n)[proposer] < willing)
    a, b = np.minimum(proposer, partner)[made], np.maximum(proposer, partner)[made]
    return np.unique(a * n + b)


def _by_gravity(state: State, setting: Setting, city: Ints, u: Floats) -> Ints:
    """A partner for each ``city``, drawn with weight exp(gravity utility) over all cities."""
    if len(city) == 0 or setting.world.n_cities < 2:
        return np.full(len(city), -1, dtype=np.int64)
    utility = gravity_utility(state, setting, city)
    utility[np.arange(len(city)), city] = -np.inf
    weight = np.cumsum(np.exp(utility - utility.max(axis=1, keepdims=True)), axis=1)
    drawn = (weight <= (u * weight[:, -1])[:, None]).sum(axis=1)
    return drawn.clip(max=setting.world.n_cities - 1).astype(np.int64)


def gravity_utility(state: State, setting: Setting, city: Ints) -> Floats:
    """Utility of every city as a partner of each ``city``, (cities, N); coefficients of PATTERNS T2-T5."""
    p, world = setting.parameters, setting.world
    cosine = np.clip(np.einsum("cd,nd->cn", world.xyz[city], world.xyz), -1.0, 1.0)
    distance = EARTH_RADIUS_KM * np.arccos(cosine)
    continent = CONTINENT[world.region]
    europe = world.region == EUROPE
    both_europe = europe[city, None] & europe[None, :]
    same = (continent[city, None] == continent[None, :]) & ~both_europe
    rich = world.rich[city, None].astype(int) + world.rich[None, :]
    home = world.state
    own = p.gravity_population * np.log(state.population) + p.propensity_spread * world.propensity
    struck = in_conflict(state, setting)[home] | state.flows.hit
    utility: Floats = (
        p.gravity_distance * np.log(np.maximum(distance, NEAREST_KM))
        + (own + p.solidarity * struck)[None, :]
        + p.gravity_same_country * (home[city, None] == home[None, :])
        + p.gravity_both_european * both_europe
        + p.gravity_same_continent * same
        + p.gravity_both_rich * (rich == 2)
        + p.gravity_one_rich * (rich == 1)
    )
    if p.gravity_tension != 0.0:
        pair = setting.dyads.index[home[city, None], home[None, :]]
        utility = utility + p.gravity_tension * np.append(state.tension, 0.0)[pair]
    return utility


def _partner_of_partner(ties: Twinnings, city: Ints, u: Floats) -> Ints:
    """A random partner of a random partner over live ties, −1 where there is none."""
    live = ~ties.suspended
    n = int(max(ties.b.max(initial=0), city.max(initial=0))) + 1
    ends = np.concatenate((ties.a[live], ties.b[live])), np.concatenate((ties.b[live], ties.a[live]))
    graph = csr_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(n, n))
    graph.sort_indices()
    found = city
    for column in range(2):
        start, end = graph.indptr[found], graph.indptr[found + 1]
        place = start + (u[:, column] * (end - start)).astype(np.int64)
        has = (end > start) & (found >= 0)
        found = np.where(has, np.append(graph.indices, 0)[np.minimum(place, len(graph.indices))], -1)
        found = found.astype(np.int64)
    return found


def _merge(old: Twinnings, keys: Ints, step: int, setting: Setting) -> Twinnings:
    n, new = setting.world.n_cities, len(keys)
    both = Twinnings(
        key=np.concatenate((old.key, keys)),
        a=np.concatenate((old.a, keys // n)),
        b=np.concatenate((old.b, keys % n)),
        trust=np.concatenate((old.trust, np.full(new, setting.parameters.trust_start))),
        suspended=np.concatenate((old.suspended, np.zeros(new, dtype=bool))),
        start=np.concatenate((old.start, np.full(new, step, dtype=np.int64))),
    )
    return both.take(np.argsort(both.key, kind="stable"))
