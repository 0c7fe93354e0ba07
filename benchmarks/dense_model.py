"""The model as one writes it first in numpy, scipy and pandas; for ``benchmarks/straightforward.py``.

Attention, networks, twinning, practices and recording are dense: a probability and a uniform number for
every city × network and every city × practice, matrix products, sparse matrices of the ties rebuilt every
quarter, gravity over all pairs of cities, data frames. What is small array code in citysim anyway
is used as it is: world, parameters, start, diplomacy, urbanisation, scope, crises, relief, development. The
draws of the dense phases are others than citysim's, so results agree in distribution.

Between phases memberships and ties are kept as citysim keeps them, since the shared phases read them there.
"""

from dataclasses import fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
from dense_recording import PandasRecorder, in_war, matrix_of, members_of
from scipy.sparse import csr_array
from scipy.special import expit

from citysim.arrays import Bools, Floats, Ints
from citysim.model.gravity import CONTINENT, EUROPE, NEAREST_KM, law, own_weight
from citysim.model.mechanisms import campaigns
from citysim.model.mechanisms import founding as founding_rules
from citysim.model.mechanisms import networks as citysim_networks
from citysim.model.mechanisms import practices as citysim_practices
from citysim.model.mechanisms.attention import overload, propensity_factor, review_factor
from citysim.model.mechanisms.diplomacy import in_conflict, retreat
from citysim.model.model import CityModel
from citysim.model.parameters import Parameters
from citysim.model.schedule import SCHEDULE
from citysim.model.setting import Setting
from citysim.model.state import (
    BANNED,
    DT,
    IMPLEMENTED,
    MANDATED,
    N_DOMAINS,
    NONE,
    PLEDGED,
    Networks,
    RunState,
    Twinnings,
)
from citysim.model.streams import Draws, stable_hash
from citysim.world.geography import EARTH_RADIUS_KM
from citysim.world.world import World


def numbers(draw: Draws) -> np.random.Generator:
    """numpy's default generator, seeded by run, mechanism and quarter."""
    return np.random.default_rng([draw.seed, stable_hash(draw.mechanism), draw.step])


def chance(rate: Any) -> Any:
    """Probability that an event of ``rate`` a year happens within a quarter."""
    return 1.0 - np.exp(-rate * DT)


# --- matrices


def neighbour_matrix(setting: Setting) -> csr_array:
    """Mean over the nearest cities as a matrix, (N, N)."""
    near = setting.world.neighbours
    known = near >= 0
    weight = known / np.maximum(known.sum(axis=1), 1)[:, None]
    rows = np.repeat(np.arange(len(near)), near.shape[1]).reshape(near.shape)
    return csr_array((weight[known], (rows[known], near[known])), shape=(len(near), len(near)))


def tension_matrix(state: RunState, setting: Setting) -> Floats:
    """Tension of all pairs of states, (S, S), zero on the diagonal."""
    return np.append(state.tension, 0.0)[setting.dyads.index]


# --- attention


def attention(state: RunState, setting: Setting, draw: Draws) -> None:
    """Row sums of memberships and ties against the budget."""
    p, ties, n = setting.parameters, state.twinnings, setting.world.n_cities
    one = np.ones(len(ties.a))
    degree = matrix_of(n, ties.a, ties.b, one, one).sum(axis=1)
    factor = propensity_factor(setting, p.attention_spread)
    state.attention = p.attention_budget * (0.5 + 2.0 * state.capacity) * factor
    state.used = p.membership_cost * members_of(state).sum(axis=1) + p.twinning_cost * degree
    state.engagement = np.minimum(1.0, state.attention / np.maximum(state.used, 1e-300))


# --- networks


def networks(state: RunState, setting: Setting, draw: Draws) -> None:
    """Leave, close, join and found, over all pairs of city and network."""
    rng, k = numbers(draw), state.networks
    members = members_of(state)
    size = members.sum(axis=0)
    k.quality = citysim_networks.quality(state, size, setting)
    unmet = 1.0 - state.services
    match = unmet @ k.focus.T
    leaves = members & (rng.random(members.shape) < leaving(state, setting, match))
    closes = closing(k, size, setting, rng)
    joins = rng.random(members.shape) < joining(state, setting, members, match)
    topics, regions, founders = founding(state, setting, unmet, rng)
    called = campaigns.called(state, setting, draw, k.slots - k.count - len(topics))

    k.alive = k.alive & ~closes
    k.closed[closes] = state.step
    after = ((members & ~leaves) | joins) & k.alive
    for topic, region, cities in zip(topics, regions, founders, strict=True):
        slot = k.count
        k.focus[slot] = (1.0 - founding_rules.TOPIC_FOCUS) / (N_DOMAINS - 1)
        k.focus[slot, topic] = founding_rules.TOPIC_FOCUS
        k.region[slot], k.alive[slot], k.founded[slot] = region, True, state.step
        k.count += 1
        after[cities, slot] = True
    k.key = np.sort(np.concatenate((np.flatnonzero(after), founding_rules.establish(k, called, state.step))))


def leaving(state: RunState, setting: Setting, match: Floats) -> Floats:
    """Probability of leaving, (N, K)."""
    p = setting.parameters
    shortfall = np.maximum(
        p.benefit_threshold - state.networks.acting_quality(p.campaign_strength) * match, 0.0
    )
    burden = p.leave_overload * overload(state)[:, None] + p.leave_benefit * shortfall
    held = np.bincount(state.networks.member_city, minlength=len(state.used))
    committed = np.maximum(held, 1.0)[:, None] ** -p.leave_commitment
    return chance(p.leave_rate * committed * (1.0 + burden))


def closing(k: Networks, size: Ints, setting: Setting, rng: np.random.Generator) -> Bools:
    """Networks that close, (K,)."""
    p = setting.parameters
    poor = (k.quality < p.closing_threshold) & (rng.random(k.slots) < chance(p.closing_rate))
    return k.alive & (poor | (size + k.outside_members < 2))


def joining(state: RunState, setting: Setting, members: Bools, match: Floats) -> Floats:
    """Probability of joining, (N, K): of reviewing in this quarter, meeting network k, and accepting it."""
    p, world, k = setting.parameters, setting.world, state.networks
    size = members.sum(axis=0)
    weight = (1.0 + size + k.outside_members) ** p.join_size * k.alive
    if weight.sum() == 0:
        return np.zeros(members.shape)
    growth = (k.alive.sum() / max(k.initial_count, 1)) ** p.solicitation
    reviews = chance(p.review_rate * growth * setting.derive(review_factor))
    peers = setting.derive(neighbour_matrix) @ members.astype(float)
    load = (state.used / state.attention)[:, None]
    accepts = expit(p.join_intercept + p.join_focus * match + p.join_peers * peers - p.join_cost * load)
    mean = np.where(size > 0, members.T.astype(float) @ world.capacity / np.maximum(size, 1), 0.5)
    vote = expit(p.invitation_openness + p.invitation_capacity * (world.capacity[:, None] - mean))
    accepts = accepts * np.where(k.by_invitation, vote, 1.0)
    fits = (
        k.alive
        & (state.population[:, None] >= k.min_population)
        & ((k.region < 0) | (k.region == world.region[:, None]))
        & ((k.state < 0) | (k.state == world.state[:, None]))
    )
    return reviews[:, None] * (weight / weight.sum()) * accepts * fits * ~members


def founding(
    state: RunState, setting: Setting, unmet: Floats, rng: np.random.Generator
) -> tuple[Ints, list[int], list[Ints]]:
    """Topic, region (−1 for none) and first members of every network founded."""
    p, world, k = setting.parameters, setting.world, state.networks
    need = np.average(unmet, axis=0, weights=state.population)
    start = setting.derive(founding_rules.initial_need)
    count = min(
        rng.poisson(p.founding_rate * (k.alive & ~k.campaign).sum() * need.mean() / start * DT),
        k.slots - k.count,
    )
    topics = rng.choice(N_DOMAINS, size=count, p=need / need.sum())
    openness = setting.derive(review_factor)
    together = max(2, round(p.founding_share * world.n_cities))
    regions, founders = [], []
    for topic in topics:
        drive = np.log(np.maximum(openness * (unmet[:, topic] + 1e-9), 1e-300))
        weight = drive - p.join_cost * overload(state) + rng.gumbel(size=world.n_cities)
        regional = rng.random() < founding_rules.REGIONAL_SHARE
        region = int(world.region[np.argmax(weight)]) if regional else -1
        if regional:
            weight[world.region != region] = -np.inf
        first = np.argsort(-weight)[:together]
        regions.append(region)
        founders.append(first[np.isfinite(weight[first])])
    return topics, regions, founders


# --- twinning


def twinning(state: RunState, setting: Setting, draw: Draws) -> None:
    """Old ties live, are suspended, resume or end; new ones form."""
    p, rng, ties = setting.parameters, numbers(draw), state.twinnings
    conflict = in_war(state, setting)
    u = rng.random(len(ties.a))
    suspends = ~ties.suspended & conflict & (u < p.suspension * (1.0 - p.suspension_trust * ties.trust))
    resumes = ties.suspended & ~conflict & (u < chance(p.resumption_rate * ties.trust))
    suspended = (ties.suspended | suspends) & ~resumes
    grown = 1.0 - (1.0 - ties.trust) * np.exp(-p.trust_growth * DT)
    trust = np.where(suspended, ties.trust * np.exp(-p.trust_decay * DT), grown)
    load = overload(state)
    ends = chance(p.ending_rate * (1.0 + p.leave_overload * (load[ties.a] + load[ties.b]) / 2))
    ended = np.where(suspended, trust < p.trust_floor, rng.random(len(ties.a)) < ends)
    new = np.setdiff1d(proposals(state, setting, rng), ties.key)
    n, home, kept = setting.world.n_cities, setting.world.state, ~ended
    a, b = np.divmod(new, n)
    begun = {
        "key": new,
        "a": a,
        "b": b,
        "pair": setting.dyads.index[home[a], home[b]],
        "trust": np.full(len(new), p.trust_start),
        "suspended": np.zeros(len(new), dtype=bool),
        "start": np.full(len(new), state.step),
    }
    old = replace(ties, trust=trust, suspended=suspended)
    order = np.argsort(np.concatenate((ties.key[kept], new)))
    state.twinnings = Twinnings(
        **{
            column.name: np.concatenate((getattr(old, column.name)[kept], begun[column.name]))[order]
            for column in fields(Twinnings)
            if column.init
        }
    )


def proposals(state: RunState, setting: Setting, rng: np.random.Generator) -> Ints:
    """Keys a · N + b of the ties proposed and accepted: a chance for every pair."""
    p, world, ties = setting.parameters, setting.world, state.twinnings
    n, pairs = world.n_cities, setting.derive(law)
    struck = in_conflict(state, setting)[world.state] | state.flows.hit
    own = own_weight(state.population, pairs.usual_population, pairs.lasting, p.gravity_population)
    tension = tension_matrix(state, setting)[world.state][:, world.state]
    wanted = np.exp(p.solidarity * struck)
    rate = pairs.unit * np.outer(own, own) * np.exp(pair_utility(world, p) + p.gravity_tension * tension)
    rate *= wanted[:, None] + wanted[None, :]
    live = ~ties.suspended
    one = np.ones(live.sum())
    tied = matrix_of(n, ties.a[live], ties.b[live], one, one)
    size = np.sqrt(state.population / pairs.usual_population)
    at_home = np.where(world.state[:, None] == world.state, np.exp(p.gravity_same_country), 1.0)
    rate += p.closure * (tied @ tied).toarray() * np.outer(size, size) * at_home
    rate *= np.outer(state.engagement, state.engagement)
    a, b = np.nonzero(np.triu(rng.random((n, n)) < chance(rate), 1))
    return np.asarray(a * n + b)


@lru_cache(maxsize=2)
def pair_utility(world: World, p: Parameters) -> Floats:
    """What does not change of the gravity utility, (N, N)."""
    cosine = np.clip(world.xyz @ world.xyz.T, -1.0, 1.0)
    distance = np.maximum(EARTH_RADIUS_KM * np.arccos(cosine), NEAREST_KM)
    europe = world.region == EUROPE
    both = europe[:, None] & europe[None, :]
    continent = CONTINENT[world.region]
    riches = world.rich[:, None].astype(int) + world.rich[None, :]
    utility = (
        p.gravity_distance * np.log(distance)
        + p.gravity_same_country * (world.state[:, None] == world.state[None, :])
        + p.gravity_both_european * both
        + p.gravity_same_continent * ((continent[:, None] == continent[None, :]) & ~both)
        + p.gravity_both_rich * (riches == 2)
        + p.gravity_one_rich * (riches == 1)
    )
    np.fill_diagonal(utility, -np.inf)
    return utility


# --- practices


def practices(state: RunState, setting: Setting, draw: Draws) -> None:
    """Hazard of every city and practice from matrix products; one uniform number each."""
    p, c = setting.parameters, setting.derive(citysim_practices.constants)
    x, e = state.practices, state.engagement
    implemented, pledged = x == IMPLEMENTED, x == PLEDGED
    known = implemented + p.learning_pledged * pledged
    away, home = retreat(state, setting)[setting.world.state][:, None], setting.world.state
    alone, together = np.exp(p.retreat_alone * away), np.exp(p.retreat_pledging * away)
    national = from_states(state, setting, known)
    learns = (state.capacity * state.autonomy)[:, None] * c.fixed.willing
    parts = (
        citysim_practices.invention(state, setting)[:, None] * alone * np.ones(x.shape),
        learns * together * e[:, None] * p.learning_twins * (tie_weights(state, setting) @ known),
        learns * together * e[:, None] * p.learning_networks * from_networks(state, known, p),
        learns * p.learning_state * national[home],
        learns * alone * p.learning_neighbours * (setting.derive(neighbour_matrix) @ known),
    )
    law = state.law[home]
    factor = np.where(law == MANDATED, p.mandate_effect, np.where(law == BANNED, 0.0, 1.0))
    without_law = np.sum(parts, axis=0)
    hazard = without_law * factor

    u = numbers(draw).random(x.shape)
    implementing = np.where(law == BANNED, 0.0, (p.implementation_rate * state.capacity * e)[:, None])
    leave = implementing + p.drop_rate
    moves = pledged & (u < chance(leave))
    done = moves & (u * leave < chance(leave) * implementing)
    after = x.copy()
    new = (x == NONE) & (u < chance(hazard))
    after[new] = PLEDGED
    per_hazard = new / np.where(new, hazard, 1.0)
    shares = [(per_hazard * part).sum(axis=1) for part in parts]
    state.flows.pledges = np.stack([*shares, new.sum(axis=1) - np.sum(shares, axis=0)], axis=1)
    rate, drawn = p.mandate_rate + p.ban_rate, draw.uniform("law", *state.law.shape)
    made = (state.law == 0) & (drawn < chance(rate * national))
    mandates = drawn * rate < chance(rate * national) * p.mandate_rate
    state.law = np.where(made, np.where(mandates, MANDATED, BANNED), state.law).astype(state.law.dtype)
    after[moves] = NONE
    after[done] = IMPLEMENTED
    after[implemented & (u < chance(p.drop_rate))] = NONE
    state.practices = after
    missed = np.where(after == IMPLEMENTED, c.miss, 1.0)
    state.services = 1.0 - missed.reshape(len(x), N_DOMAINS, -1).prod(axis=2)


def tie_weights(state: RunState, setting: Setting) -> csr_array:
    """Trust of live ties, by own reach where foreign, (N, N)."""
    live, home = ~state.twinnings.suspended, setting.world.state
    a, b, trust = state.twinnings.a[live], state.twinnings.b[live], state.twinnings.trust[live]
    foreign = home[a] != home[b]
    to_a = trust * np.where(foreign, state.reach[a], 1.0)
    to_b = trust * np.where(foreign, state.reach[b], 1.0)
    return matrix_of(len(home), a, b, to_a, to_b)


def from_networks(state: RunState, known: Floats, p: Parameters) -> Floats:
    """What a city's networks teach, (N, P): N×K @ (K×N @ N×P)."""
    k, members = state.networks, members_of(state).astype(float)
    engaged = members * state.engagement[:, None]
    taught = engaged.T @ known / np.maximum(engaged.sum(axis=0), 1e-300)[:, None]
    taught += p.secretariat_effort * (1.0 - taught) * (taught > 0)
    taught *= np.repeat(k.focus, known.shape[1] // N_DOMAINS, axis=1)
    strength = (
        members * k.acting_quality(p.campaign_strength) * np.where(k.state < 0, state.reach[:, None], 1.0)
    )
    return strength @ taught


def from_states(state: RunState, setting: Setting, known: Floats) -> Floats:
    """What each state teaches: of its own cities and of other states that act, (S, P)."""
    world, phi = setting.world, state.action_capacity
    lies_in = csr_array(
        (state.population, (world.state, np.arange(world.n_cities))), shape=(world.n_states, world.n_cities)
    )
    national = lies_in @ known / np.maximum(lies_in.sum(axis=1), 1.0)[:, None]
    weight = phi * (1.0 - tension_matrix(state, setting))
    np.fill_diagonal(weight, 0.0)
    others = weight @ national / np.maximum(weight.sum(axis=1), 1e-300)[:, None]
    abroad = setting.parameters.intergovernmental
    taught: Floats = phi[:, None] * ((1.0 - abroad) * national + abroad * others)
    return taught


# --- the model

_DENSE = {"attention": attention, "networks": networks, "twinning": twinning, "practices": practices}
DENSE_SCHEDULE = tuple(replace(phase, step=_DENSE.get(phase.name, phase.step)) for phase in SCHEDULE)


class DenseModel(CityModel):
    """``CityModel`` with the dense phases and the recorder of data frames."""

    def __init__(self, world: World, **given: Any) -> None:
        super().__init__(world, schedule=DENSE_SCHEDULE, **given)
        self.recorder = PandasRecorder(self.setting)
