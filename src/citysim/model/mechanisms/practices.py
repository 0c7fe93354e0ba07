"""Practices: invented, pledged by learning, implemented, dropped; services follow (MODEL.md, phase 4)."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit

from citysim.model.mechanisms.diplomacy import retreat
from citysim.model.setting import Setting
from citysim.model.state import DT, IMPLEMENTED, N_DOMAINS, NONE, PLEDGED, Practices, State, crossed
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
    x = state.practices
    u = draw.uniform("transition", *x.shape)
    city, practice = _pledging(state, setting, u)
    held_city, held_practice, became = _held(state, setting, u)
    after = x.copy()
    after[city, practice] = PLEDGED
    after[held_city, held_practice] = became
    changed = np.unique(np.concatenate((city, held_city)))
    state.practices = after
    state.services = state.services.copy()
    state.services[changed] = services(after[changed], setting, changed)


def _pledging(state: State, setting: Setting, u: Floats) -> tuple[Ints, Ints]:
    """Cities and practices newly pledged.

    The hazard is worked out only where ``u`` lies under a bound of it (thinning), which draws the same
    as working it out everywhere.
    """
    s = sources(state, setting)
    possible = (u < hazard_bound(state, setting, s) * DT) & (state.practices == NONE)
    city, practice = np.divmod(np.flatnonzero(possible), possible.shape[1])
    hazard = learning_hazard(state, setting, s, city, practice)
    pledged = crossed(hazard, u[city, practice])
    return city[pledged], practice[pledged]


def _held(state: State, setting: Setting, u: Floats) -> tuple[Ints, Ints, Practices]:
    """Cities and practices that leave pledged or implemented, and what each becomes."""
    p = setting.parameters
    city, practice = np.divmod(np.flatnonzero(state.practices), state.practices.shape[1])
    pledged = state.practices[city, practice] == PLEDGED
    implement = np.where(pledged, p.implementation_rate * (state.capacity * state.engagement)[city], 0.0)
    leave = implement + p.drop_rate
    moves = -np.expm1(-leave * DT)
    v = u[city, practice]
    moved = v < moves
    advanced = v * leave < moves * implement
    became = np.where(advanced, IMPLEMENTED, NONE).astype(np.int8)
    return city[moved], practice[moved], became[moved]


def services(practices: Practices, setting: Setting, cities: Ints | slice = slice(None)) -> Floats:
    """S = 1 − Π over implemented practices of a domain of (1 − B), for ``cities``, (cities, domains)."""
    missed = setting.derive(constants).log_miss[cities] * (practices == IMPLEMENTED)
    by_domain = missed.reshape(len(missed), N_DOMAINS, setting.parameters.practices_per_domain)
    result: Floats = -np.expm1(by_domain.sum(axis=2))
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


@dataclass(frozen=True)
class Sources:
    """From whom cities can learn in this quarter."""

    known: Floats  # (N, P) what others can learn
    near: csr_array  # (N, N) mean over neighbours
    twins: csr_array  # (N, N) trust, by own reach where foreign
    networks: csr_array  # (N, K) secretariat quality, by own reach where it crosses borders
    taught: Floats  # (K, P) engagement-weighted share of members, times focus
    states: Floats  # (S, P) φ × what the state knows


def sources(state: State, setting: Setting) -> Sources:
    """Gather all channels of learning."""
    p, c = setting.parameters, setting.derive(constants)
    known = np.where(state.practices == IMPLEMENTED, 1.0, 0.0)
    if p.learning_pledged > 0.0:
        known[state.practices == PLEDGED] = p.learning_pledged
    networks, taught = network_channel(state, setting, known)
    return Sources(
        known, c.near, twin_channel(state, setting), networks, taught, state_channel(state, setting, known)
    )


def hazard_bound(state: State, setting: Setting, s: Sources) -> Floats:
    """A bound of the learning hazard, per year, (N, P): as if all that others can have, they had."""
    p, world, c = setting.parameters, setting.world, setting.derive(constants)
    n, e, home = world.n_cities, state.engagement[:, None], world.state
    twins = s.twins.sum(axis=1)[:, None]
    networks = s.networks @ state.networks.focus
    led = p.learning_neighbours + e * (p.learning_twins * twins + p.learning_networks * networks)
    response = _response(state, setting)
    led = led * response[:, None] + p.learning_state * state.action_capacity[home][:, None]
    gate = (state.capacity * state.autonomy)[:, None] * led
    bound: Floats = gate[:, :, None] * c.willing.reshape(n, N_DOMAINS, -1)
    bound += (invention(state, setting) * response)[:, None, None]
    return bound.reshape(n, -1)


def learning_hazard(state: State, setting: Setting, s: Sources, city: Ints, practice: Ints) -> Floats:
    """H per year of each pair of ``city`` and ``practice``, (pairs,); MODEL.md section 5.

    Invention is added. Retreat of the own state raises what cities lead themselves by
    exp(β_pledge · retreat).
    """
    p, world, c = setting.parameters, setting.world, setting.derive(constants)
    response = _response(state, setting)[city]
    ties = p.learning_twins * product_at(s.twins, s.known, city, practice)
    ties += p.learning_networks * product_at(s.networks, s.taught, city, practice)
    led = p.learning_neighbours * product_at(s.near, s.known, city, practice) + state.engagement[city] * ties
    learned = led * response + p.learning_state * s.states[world.state[city], practice]
    gate = (state.capacity * state.autonomy)[city] * c.willing[city, practice]
    hazard: Floats = gate * learned + invention(state, setting)[city] * response
    return hazard


def invention(state: State, setting: Setting) -> Floats:
    """ι (n / n̄)^(β−1) (½ + a), per year, (N,): urban scaling of innovation (Bettencourt et al. 2007)."""
    p = setting.parameters
    size = state.population / state.population.mean()
    return p.invention_rate * size ** (p.urban_scaling - 1.0) * (0.5 + state.capacity)


def _response(state: State, setting: Setting) -> Floats:
    away = retreat(state, setting)[setting.world.state]
    return np.exp(setting.parameters.retreat_pledging * away)


def product_at(matrix: csr_array, values: Floats, row: Ints, column: Ints) -> Floats:
    """Entries (``row``, ``column``) of ``matrix @ values``, (pairs,)."""
    start, count = matrix.indptr[row], np.diff(matrix.indptr)[row]
    pair = np.repeat(np.arange(len(row)), count)
    first = np.cumsum(count) - count
    place = np.arange(len(pair)) + (start - first)[pair]
    terms = matrix.data[place] * values[matrix.indices[place], column[pair]]
    return np.bincount(pair, terms, len(row))


def twin_channel(state: State, setting: Setting) -> csr_array:
    """Trust of live ties, foreign ones weighted by own reach, (N, N)."""
    ties, home = state.twinnings, setting.world.state
    live = ~ties.suspended
    a, b, trust = ties.a[live], ties.b[live], ties.trust[live]
    foreign = home[a] != home[b]
    weight = np.concatenate(
        (trust * np.where(foreign, state.reach[a], 1.0), trust * np.where(foreign, state.reach[b], 1.0))
    )
    ends = np.concatenate((a, b)), np.concatenate((b, a))
    return csr_array((weight, ends), shape=(len(home), len(home)))


def network_weights(state: State, setting: Setting) -> csr_array:
    """Quality of each city's networks, those that cross borders weighted by its reach, (N, K)."""
    networks = state.networks
    city, network = networks.member_city, networks.member_network
    crosses = networks.state[network] < 0
    weight = networks.quality[network] * np.where(crosses, state.reach[city], 1.0)
    return csr_array((weight, (city, network)), shape=(setting.world.n_cities, networks.slots))


def network_channel(state: State, setting: Setting, known: Floats) -> tuple[csr_array, Floats]:
    """Weights of a city's networks, (N, K), and what each teaches: f_k × share of members, (K, P)."""
    networks = state.networks
    city, network = networks.member_city, networks.member_network
    engaged = csr_array(
        (state.engagement[city], (network, city)), shape=(networks.slots, setting.world.n_cities)
    )
    total = np.bincount(network, state.engagement[city], networks.slots)
    share = (engaged @ known) / np.maximum(total, 1e-12)[:, None]
    domain = setting.derive(constants).domain
    return network_weights(state, setting), share * networks.focus[:, domain]


def state_channel(state: State, setting: Setting, known: Floats) -> Floats:
    """φ_s × what the state knows: of its own cities, and of other states that act, (S, P).

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
    abroad = np.einsum("rs,sp->rp", weight, national) / np.where(total > 0, total, 1.0)
    mixed = (1 - p.intergovernmental) * national + p.intergovernmental * abroad
    channel: Floats = state.action_capacity[:, None] * mixed
    return channel
