"""Networks: resources, joining and leaving, founding and closing (docs/model.md, 7.3)."""

import numpy as np
from scipy.special import expit

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import memberships as kernel
from citysim.model.kernels.events import events, events_among, happening
from citysim.model.mechanisms import campaigns
from citysim.model.mechanisms.attention import overload, review_factor
from citysim.model.mechanisms.dependence import grants_paid, means_left
from citysim.model.mechanisms.founding import Founders, establish, founders, initial_need, mean_need
from citysim.model.setting import Setting
from citysim.model.state import DT, Networks, RunState
from citysim.model.streams import Draws


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Leave, close, join and found; all read the state of the quarter's beginning."""
    networks = state.networks
    size = np.bincount(networks.member_network, minlength=networks.slots)
    networks.quality = quality(state, size, setting)
    leaving = _leaving(state, setting, draw)
    closing = _closing(networks, size, setting, draw)
    joined = _joining(state, setting, size, draw)
    founded = _founding(state, setting, draw)
    places = networks.slots - networks.count - len(founded.topic)
    called = campaigns.called(state, setting, draw, places)

    networks.alive = networks.alive & ~closing
    networks.closed[closing] = state.step
    joined = joined[networks.alive[joined % networks.slots]]
    kept = networks.key[~leaving & networks.alive[networks.member_network]]
    found_keys = [establish(networks, new, state.step) for new in (founded, called)]
    networks.key = np.sort(np.concatenate((kept, joined, *found_keys)), kind="stable")


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


def voice(state: RunState, setting: Setting) -> Floats:
    """Voice e · log(1 + Σ q over a city's networks), (N,)."""
    networks = state.networks
    acting = networks.acting_quality(setting.parameters.campaign_strength)
    strength = np.bincount(networks.member_city, acting[networks.member_network], len(state.engagement))
    return state.engagement * np.log1p(strength)


def _leaving(state: RunState, setting: Setting, draw: Draws) -> Bools:
    """Who leaves, (M,).

    The hazard grows with overload and where the experienced benefit q⟨u, f⟩ is below its cost; it falls
    with the number of a city's memberships, as drop-out of the record does.
    """
    p, networks = setting.parameters, state.networks
    shortfall = kernel.shortfalls(
        networks.member_city,
        networks.member_network,
        networks.acting_quality(p.campaign_strength),
        networks.focus,
        state.services,
        p.benefit_threshold,
    )
    load = overload(state)[networks.member_city]
    held = np.bincount(networks.member_city, minlength=len(state.used))
    falls = np.arange(1.0, held.max() + 1.0) ** -p.leave_commitment  # few numbers, many memberships
    committed = falls[held[networks.member_city] - 1]
    hazard = p.leave_rate * committed * (1.0 + p.leave_overload * load + p.leave_benefit * shortfall)
    return happening(networks.key, hazard, DT, draw.word("leave"))


def _closing(networks: Networks, size: Ints, setting: Setting, draw: Draws) -> Bools:
    p = setting.parameters
    poor = np.flatnonzero(networks.alive & (networks.quality < p.closing_threshold))
    closing = networks.alive & (size + networks.outside_members < 2)
    closing[events_among(poor, p.closing_rate, DT, draw.word("close"))] = True
    return closing


def _joining(state: RunState, setting: Setting, size: Ints, draw: Draws) -> Ints:
    """Keys of new memberships.

    A city reviews one network at a time at rate r_J (K/K₀)^χ times a lasting factor of its own, of mean 1,
    and meets network k with weight (1 + members)^β_s; it joins with probability logit⁻¹(U). So the hazard
    of a pair is r_J ω_k logit⁻¹(U_ik) with Σ ω = 1: a rate per city, whatever the number of networks.
    """
    p, networks = setting.parameters, state.networks
    weight = np.cumsum((1.0 + size + networks.outside_members) ** p.join_size * networks.alive)
    if weight[-1] <= 0:
        return np.empty(0, dtype=np.int64)
    growth = (networks.alive.sum() / max(networks.initial_count, 1)) ** p.solicitation
    reviews = p.review_rate * growth * setting.derive(review_factor)
    city = events(reviews, DT, draw.word("review"))
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


def _founding(state: RunState, setting: Setting, draw: Draws) -> Founders:
    """Founded at r_F per live network, campaigns apart, times the unmet need against that of the start."""
    p, networks = setting.parameters, state.networks
    need = mean_need(state.services, state.population)
    parents = (networks.alive & ~networks.campaign).sum()
    rate = p.founding_rate * parents * need.mean() / setting.derive(initial_need)
    count = min(draw.poisson("founded", rate * DT), networks.slots - networks.count)
    if count == 0:
        return Founders.none()
    return founders(state, setting, draw, count)
