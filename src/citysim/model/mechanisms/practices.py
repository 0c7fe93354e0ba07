"""Practices: invented, pledged by learning, implemented, dropped; services follow (MODEL.md, phase 4)."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit

from citysim.model.mechanisms.diplomacy import retreat
from citysim.model.setting import Setting
from citysim.model.state import DT, IMPLEMENTED, N_DOMAINS, NONE, PLEDGED, Practices, State
from citysim.model.streams import Draws
from citysim.world.world import Floats, Ints

#: Quality of the known practices is uniform over this range (assumed).
QUALITY = (0.3, 0.95)


@dataclass(frozen=True)
class Constants:
    """The catalogue of practices, the same in every arm of a replication."""

    domain: Ints  # (P,)
    benefit: Floats  # B (N, P): quality · exp(−‖c_i − c_p‖² / 2σ²)
    log_miss: Floats  # log(1 − B), (N, P)
    willing: Floats  # logit⁻¹((B − b₀) / s_b), (N, P)
    near: csr_array  # (N, N) mean over the nearest cities


def constants(setting: Setting) -> Constants:
    """Draw qualities and contexts of the practices, and what each is worth to each city."""
    p, world = setting.parameters, setting.world
    count = p.practices_per_domain * N_DOMAINS
    draw = setting.streams.at("practices", 0)
    quality = QUALITY[0] + (QUALITY[1] - QUALITY[0]) * draw.uniform("quality", count)
    context = draw.normal("context", count, 2)
    distance = ((world.context[:, None, :] - context[None, :, :]) ** 2).sum(axis=2)
    benefit = quality * np.exp(-distance / (2 * p.context_width**2))
    rows = np.repeat(np.arange(world.n_cities), (world.neighbours >= 0).sum(axis=1))
    columns = world.neighbours[world.neighbours >= 0]
    weight = 1.0 / np.bincount(rows, minlength=world.n_cities)[rows] if len(rows) else np.empty(0)
    return Constants(
        domain=np.repeat(np.arange(N_DOMAINS), p.practices_per_domain),
        benefit=benefit,
        log_miss=np.log1p(-benefit),
        willing=expit((benefit - p.benefit_midpoint) / p.benefit_slope),
        near=csr_array((weight, (rows, columns)), shape=(world.n_cities, world.n_cities)),
    )


def step(state: State, setting: Setting, draw: Draws) -> None:
    """None → pledged at the learning hazard, pledged → implemented at μ a e, either → none at δ."""
    p = setting.parameters
    x = state.practices
    u = draw.uniform("transition", *x.shape)
    pledge = -np.expm1(-learning_hazard(state, setting) * DT)
    implement = p.implementation_rate * state.capacity * state.engagement
    leave = implement + p.drop_rate
    moves = -np.expm1(-leave * DT)
    implemented = moves * implement / np.maximum(leave, 1e-300)
    drop = -np.expm1(-p.drop_rate * DT)
    from_pledge = np.where(u < implemented[:, None], IMPLEMENTED, np.where(u < moves[:, None], NONE, PLEDGED))
    state.practices = np.select(
        [x == NONE, x == PLEDGED],
        [np.where(u < pledge, PLEDGED, NONE), from_pledge],
        np.where(u < drop, NONE, IMPLEMENTED),
    ).astype(np.int8)
    state.services = services(state.practices, setting)


def services(practices: Practices, setting: Setting) -> Floats:
    """S = 1 − Π over implemented practices of a domain of (1 − B), (N, domains)."""
    c = setting.derive(constants)
    missed = c.log_miss * (practices == IMPLEMENTED)
    by_domain = missed.reshape(len(missed), N_DOMAINS, -1).sum(axis=2)
    result: Floats = -np.expm1(by_domain)
    return result


def initial_practices(setting: Setting) -> Practices:
    """Implemented with probability X₀ · capacity · willingness, (N, P); the same in every arm."""
    willing = setting.derive(constants).willing
    chance = setting.parameters.initial_coverage * setting.world.capacity[:, None] * willing
    u = setting.streams.at("practices", 0).uniform("initial", *willing.shape)
    return np.where(u < chance, IMPLEMENTED, NONE).astype(np.int8)


def initial_services(setting: Setting) -> Floats:
    """Service levels at the start, (N, domains)."""
    return services(setting.derive(initial_practices), setting)


def learning_hazard(state: State, setting: Setting) -> Floats:
    """H per year of every city and practice, (N, P); MODEL.md section 5, with invention added.

    Retreat of the own state raises what cities lead themselves by exp(β_pledge · retreat).
    """
    p, world = setting.parameters, setting.world
    c = setting.derive(constants)
    known = (state.practices == IMPLEMENTED) + p.learning_pledged * (state.practices == PLEDGED)
    led = p.learning_neighbours * (c.near @ known)
    if len(state.twinnings.key):
        led += p.learning_twins * state.engagement[:, None] * from_twins(state, setting, known)
    if len(state.networks.key):
        led += (
            p.learning_networks * state.engagement[:, None] * from_networks(state, setting, known, c.domain)
        )
    response = np.exp(p.retreat_pledging * retreat(state, setting))[world.state][:, None]
    sources = led * response + p.learning_state * from_state(state, setting, known)
    size = state.population / state.population.mean()
    invention = p.invention_rate * size ** (p.urban_scaling - 1.0) * (0.5 + world.capacity)
    hazard: Floats = (state.capacity * state.autonomy)[:, None] * c.willing * sources + invention[
        :, None
    ] * response
    return hazard


def from_twins(state: State, setting: Setting, known: Floats) -> Floats:
    """Σ over live ties of trust × the twin's practice, foreign ties weighted by own reach, (N, P)."""
    ties, home = state.twinnings, setting.world.state
    live = ~ties.suspended
    a, b, trust = ties.a[live], ties.b[live], ties.trust[live]
    foreign = home[a] != home[b]
    weight = np.concatenate(
        (trust * np.where(foreign, state.reach[a], 1.0), trust * np.where(foreign, state.reach[b], 1.0))
    )
    graph = csr_array(
        (weight, (np.concatenate((a, b)), np.concatenate((b, a)))), shape=(len(home), len(home))
    )
    learned: Floats = graph @ known
    return learned


def from_networks(state: State, setting: Setting, known: Floats, domain: Ints) -> Floats:
    """Σ over networks of q f_k × engagement-weighted share of members, (N, P).

    Networks that cross borders are weighted by the city's reach.
    """
    networks = state.networks
    shape = (setting.world.n_cities, networks.slots)
    where = (networks.member_city, networks.member_network)
    engaged = csr_array((state.engagement[where[0]], where), shape=shape)
    total = np.bincount(where[1], state.engagement[where[0]], networks.slots)
    share = (engaged.T @ known) / np.maximum(total, 1e-12)[:, None]
    crosses = networks.state[where[1]] < 0
    weight = networks.quality[where[1]] * np.where(crosses, state.reach[where[0]], 1.0)
    learned: Floats = csr_array((weight, where), shape=shape) @ (share * networks.focus[:, domain])
    return learned


def from_state(state: State, setting: Setting, known: Floats) -> Floats:
    """φ_s × what the state knows: of its own cities, and of other states that act, (N, P).

    The intergovernmental part weights another state by its action capacity and by 1 − tension.
    """
    p, world, dyads = setting.parameters, setting.world, setting.dyads
    s = world.n_states
    people = csr_array(
        (state.population, (world.state, np.arange(world.n_cities))), shape=(s, world.n_cities)
    )
    national = (people @ known) / np.bincount(world.state, state.population, s)[:, None]
    weight = np.zeros((s, s))
    weight[dyads.first, dyads.second] = weight[dyads.second, dyads.first] = 1.0 - state.tension
    weight *= state.action_capacity[None, :]
    total = weight.sum(axis=1, keepdims=True)
    abroad = np.divide(weight @ national, total, out=np.zeros_like(national), where=total > 0)
    mixed = (1 - p.intergovernmental) * national + p.intergovernmental * abroad
    result: Floats = (state.action_capacity[:, None] * mixed)[world.state]
    return result
