"""Networks: resources, joining and leaving, founding and closing (docs/model.md, 7.3)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import memberships as kernel
from citysim.model.kernels.cities import weighted_services
from citysim.model.kernels.events import events, events_among, happening
from citysim.model.mechanisms.attention import attention_factor, overload
from citysim.model.mechanisms.dependence import grants_paid, means_left
from citysim.model.mechanisms.diplomacy import retreat
from citysim.model.mechanisms.practices import initial_services
from citysim.model.setting import Setting
from citysim.model.state import DT, N_DOMAINS, Networks, RunState
from citysim.model.streams import Draws

#: Weight of a founded network's own topic; the other domains share the rest.
TOPIC_FOCUS = 0.7
#: Share of founded networks that are confined to the founder's region.
REGIONAL_SHARE = 0.5


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Leave, close, join and found; all read the state of the quarter's beginning."""
    networks = state.networks
    size = np.bincount(networks.member_network, minlength=networks.slots)
    networks.quality = quality(state, size, setting)
    leaving = _leaving(state, setting, draw)
    closing = _closing(networks, size, setting, draw)
    joined = _joining(state, setting, size, draw)
    founded = _founding(state, setting, draw)

    networks.alive = networks.alive & ~closing
    networks.closed[closing] = state.step
    joined = joined[networks.alive[joined % networks.slots]]
    kept = networks.key[~leaving & networks.alive[networks.member_network]]
    found_keys = establish(networks, founded, state.step)
    networks.key = np.sort(np.concatenate((kept, joined, found_keys)), kind="stable")


def quality(state: RunState, size: Ints, setting: Setting) -> Floats:
    """Secretariat quality q = R / (R + fixed + running · members), (K,).

    R is fees plus a share of the grants of each topic, split among all live networks on that topic, as far
    as the states of its members still pay.
    ``size`` counts the members in this world, (K,).
    """
    p, networks, n = setting.parameters, state.networks, setting.world.n_cities
    members = size + networks.outside_members
    total = _crowding(kernel.live_focus(networks.focus, networks.alive), setting)
    share = kernel.grant_shares(networks.focus, networks.alive, total)
    resources = p.network_fee * members + p.grant_pool * n * share * grants_paid(state, setting)
    cost = p.network_fixed_cost * n + p.network_running_cost * members
    return kernel.divided(resources, resources + cost) * networks.alive


def _crowding(total: Floats, setting: Setting) -> Floats:
    """Focus among which a topic's grants are split: of all live networks, or of the data's, (domains,)."""
    shared = setting.parameters.grant_crowding
    if shared == 1.0:
        return total
    weighted: Floats = total**shared * setting.world.network_focus.sum(axis=0) ** (1.0 - shared)
    return weighted


def voice(state: RunState) -> Floats:
    """Voice e · log(1 + Σ q over a city's networks), (N,)."""
    networks = state.networks
    strength = np.bincount(
        networks.member_city, networks.quality[networks.member_network], len(state.engagement)
    )
    return state.engagement * np.log1p(strength)


def _leaving(state: RunState, setting: Setting, draw: Draws) -> Bools:
    """Hazard grows with overload and where the experienced benefit q⟨u, f⟩ is below its cost, (M,)."""
    p, networks = setting.parameters, state.networks
    shortfall = kernel.shortfalls(
        networks.member_city,
        networks.member_network,
        networks.quality,
        networks.focus,
        state.services,
        p.benefit_threshold,
    )
    load = overload(state)[networks.member_city]
    hazard = p.leave_rate * (1.0 + p.leave_overload * load + p.leave_benefit * shortfall)
    return happening(networks.key, hazard, DT, draw.word("leave"))


def _closing(networks: Networks, size: Ints, setting: Setting, draw: Draws) -> Bools:
    p = setting.parameters
    poor = np.flatnonzero(networks.alive & (networks.quality < p.closing_threshold))
    closing = networks.alive & (size + networks.outside_members < 2)
    closing[events_among(poor, p.closing_rate, DT, draw.word("close"))] = True
    return closing


def _joining(state: RunState, setting: Setting, size: Ints, draw: Draws) -> Ints:
    """Keys of new memberships.

    A city reviews one network at a time at rate r_J (K/K₀)^χ exp(β_stall · retreat) and meets network k
    with weight (1 + members)^β_s; it joins with probability logit⁻¹(U). So the hazard of a pair is
    r_J ω_k logit⁻¹(U_ik) with Σ ω = 1: a rate per city, whatever the number of networks.
    """
    p, world, networks = setting.parameters, setting.world, state.networks
    weight = np.cumsum((1.0 + size + networks.outside_members) ** p.join_size * networks.alive)
    if weight[-1] <= 0:
        return np.empty(0, dtype=np.int64)
    growth = (networks.alive.sum() / max(networks.initial_count, 1)) ** p.solicitation
    response = np.exp(p.retreat_response * retreat(state, setting))[world.state]
    city = events(p.review_rate * growth * response, DT, draw.word("review"))
    network = np.searchsorted(weight, draw.uniform_of("network", city) * weight[-1], side="right")
    open_to = eligible(networks, state.population, setting, city, network)
    candidate = open_to & ~kernel.are_members(networks.key, networks.slots, city, network)
    city, network = city[candidate], network[candidate]
    chance = expit(_join_utility(state, setting, city, network))
    vote = _vote(state, setting, size, city, network)
    chance = chance * np.where(networks.by_invitation[network], vote, 1.0)
    accepted = draw.uniform_of("join", city) < chance
    keys: Ints = city[accepted] * networks.slots + network[accepted]
    return keys


def eligible(networks: Networks, population: Floats, setting: Setting, city: Ints, network: Ints) -> Bools:
    """Whether each city may join the paired network: live, size class, region, country."""
    world = setting.world
    rules = kernel.Rules(networks.alive, networks.min_population, networks.region, networks.state)
    return kernel.eligible(rules, population, world.region, world.state, city, network)


def _join_utility(state: RunState, setting: Setting, city: Ints, network: Ints) -> Floats:
    p, networks = setting.parameters, state.networks
    match = kernel.matches(city, network, state.services, networks.focus)
    peers = kernel.shares_of_neighbours(city, network, setting.world.neighbours, networks.key, networks.slots)
    load = state.used[city] / state.attention[city]
    utility: Floats = p.join_intercept + p.join_focus * match + p.join_peers * peers - p.join_cost * load
    return utility


def _vote(state: RunState, setting: Setting, size: Ints, city: Ints, network: Ints) -> Floats:
    """Chance that the members admit a candidate: by its capacity against theirs, before aid given."""
    p, networks = setting.parameters, state.networks
    capacity = means_left(state, setting)
    total = np.bincount(networks.member_network, capacity[networks.member_city], networks.slots)
    mean = np.where(size > 0, total / np.maximum(size, 1), 0.5)
    chance: Floats = expit(p.invitation_openness + p.invitation_capacity * (capacity[city] - mean[network]))
    return chance


@dataclass(frozen=True)
class Founders:
    """Networks founded in a quarter, (F,)."""

    topic: Ints
    region: Ints
    members: tuple[Ints, ...]


def _founding(state: RunState, setting: Setting, draw: Draws) -> Founders:
    """Founded at r_F per live network, times the unmet need against that of the start."""
    p, networks = setting.parameters, state.networks
    need = mean_need(state.services, state.population)
    rate = p.founding_rate * networks.alive.sum() * need.mean() / setting.derive(initial_need)
    count = min(draw.poisson("founded", rate * DT), networks.slots - networks.count)
    if count == 0:
        nothing = np.empty(0, dtype=np.int64)
        return Founders(nothing, nothing, ())
    return founders(state, setting, draw, count)


def founders(state: RunState, setting: Setting, draw: Draws, count: int, first: int = 0) -> Founders:
    """Topic, region and first members of ``count`` networks, the draws keyed from ``first`` on.

    The topic is drawn by unmet need; the founder and its first partners by need, reach, size,
    lasting propensity and spare attention.
    """
    p, world = setting.parameters, setting.world
    need = mean_need(state.services, state.population)
    shape = draw.uniform_of("shape", _places(first, count, 2)).reshape(count, 2)
    topic = np.searchsorted(np.cumsum(need), shape[:, 0] * need.sum(), side="right").clip(max=N_DOMAINS - 1)
    openness = setting.derive(attention_factor) * state.reach * np.sqrt(state.population)
    openness *= np.exp(-p.join_cost * overload(state))
    # the race of exponential clocks: the k fastest are k draws without replacement by weight
    chance = draw.uniform_of("members", _places(first, count, world.n_cities))
    clock = -np.log(chance.clip(1e-300)).reshape(count, world.n_cities)
    together = max(2, round(p.founding_share * world.n_cities))
    regions, members = [], []
    for topic_k, scope, time in zip(topic, shape[:, 1], clock, strict=True):
        speed = openness * (1.0 - state.services[:, topic_k] + 1e-9) / time
        regional = scope < REGIONAL_SHARE
        region = int(world.region[np.argmax(speed)]) if regional else -1
        if regional:
            speed *= world.region == region
        chosen = _largest(speed, together)
        members.append(chosen[speed[chosen] > 0])
        regions.append(region)
    return Founders(topic.astype(np.int64), np.array(regions, dtype=np.int64), tuple(members))


def _places(first: int, count: int, width: int) -> Ints:
    """Keys of rows ``first`` … ``first + count`` of a table of draws, flat."""
    return np.arange(first * width, (first + count) * width)


def _largest(weight: Floats, count: int) -> Ints:
    """Places of the ``count`` largest weights, the largest first; of equal ones the first places."""
    if count < len(weight):
        least = -np.partition(-weight, count - 1)[count - 1]
        places = np.flatnonzero(weight >= least)
    else:
        places = np.arange(len(weight))
    return places[np.argsort(-weight[places], kind="stable")][:count]


def mean_need(services: Floats, population: Floats) -> Floats:
    """What services leave unmet in each domain, the mean over people, (domains,)."""
    return 1.0 - weighted_services(services, population) / population.sum()


def initial_need(setting: Setting) -> float:
    """Mean unmet need in the world of the start."""
    return float(mean_need(setting.derive(initial_services), setting.world.population).mean())


def establish(networks: Networks, founded: Founders, step: int) -> Ints:
    """Give each founded network the next slot; keys of its first memberships."""
    keys = [np.empty(0, dtype=np.int64)]
    for topic, region, members in zip(founded.topic, founded.region, founded.members, strict=True):
        slot = networks.count
        networks.focus[slot] = (1.0 - TOPIC_FOCUS) / (N_DOMAINS - 1)
        networks.focus[slot, topic] = TOPIC_FOCUS
        networks.region[slot] = region
        networks.alive[slot] = True
        networks.founded[slot] = step
        networks.count += 1
        keys.append(members * networks.slots + slot)
    return np.concatenate(keys)
