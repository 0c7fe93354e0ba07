"""Networks: resources, joining and leaving, founding and closing (docs/model.md, 7.3)."""

import math
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import joining, memberships
from citysim.model.mechanisms import campaigns, recorded
from citysim.model.mechanisms.admission import rules_of
from citysim.model.mechanisms.attention import review_factor
from citysim.model.mechanisms.dependence import grants_paid, means_left
from citysim.model.mechanisms.founding import (
    NOBODY,
    Founders,
    establish,
    founders,
    initial_need,
    mean_need,
    slots_of,
)
from citysim.model.mechanisms.recruiting import effort
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws, uniform_at

#: Networks of the data per city of the real world, 54 among 2,105: of a world that knows none, K₀ is as many.
NETWORKS_PER_CITY = 54 / 2105


@dataclass(frozen=True)
class Constants:
    """What is the same in all quarters of a run."""

    commitment: Floats  # m^−χ_L, factor of leaving for m = 1, 2, … memberships
    leaving: memberships.LeaveRates
    joining: joining.JoinUtility


def constants(setting: Setting) -> Constants:
    """Take the kernels' parameters from those of the run."""
    p = setting.parameters
    return Constants(
        commitment=np.arange(1.0, slots_of(setting) + 1.0) ** -p.leave_commitment,
        leaving=memberships.LeaveRates(
            leaving=p.leave_rate,
            overload=p.leave_overload,
            benefit=p.leave_benefit,
            threshold=p.benefit_threshold,
            campaigns=p.campaign_strength,
            closing=p.closing_rate,
            poor=p.closing_threshold,
            dt=DT,
        ),
        joining=joining.JoinUtility(
            p.join_intercept,
            p.join_focus,
            p.join_peers,
            p.join_country if p.joining_form == "country" else 0.0,
            p.join_cost,
        ),
    )


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Leave, close, join and found; all read the state of the quarter's beginning."""
    networks, n = state.networks, setting.world.n_cities
    networks.quality = quality(state, networks.size, setting)
    ends, closing = _departures(state, setting, draw)
    new = _joining(state, setting, draw)
    late = campaigns.later(state, setting, draw)
    if len(late):
        new = np.union1d(new, late)
    founded = _founding(state, setting, draw)
    places = networks.slots - networks.count - len(founded.topic)
    called = campaigns.called(state, setting, draw, places)
    opened = recorded.opened(state, setting)

    if closing.any() or founded is not NOBODY or called is not NOBODY or opened is not None:
        networks.alive = networks.alive & ~closing
        networks.closed[closing] = state.step
        found_keys = [establish(networks, some, state.step) for some in (founded, called)]
        if opened is not None:
            found_keys.append(recorded.open_(networks, opened, state.step))
        new = np.sort(np.concatenate((new, *found_keys)))
    city, network = networks.member_city, networks.member_network
    networks.renew(
        *memberships.renewed(
            key=networks.key,
            city=city,
            network=network,
            size=networks.size,
            ends=ends,
            new=new,
            alive=networks.alive,
            cities=n,
        )
    )


def quality(state: RunState, size: Ints, setting: Setting) -> Floats:
    """Secretariat quality q = R / (R + fixed + running · members), (K,).

    R is fees plus a share of the grants of each topic, split among all live networks on that topic, as far
    as the states of its members still pay.
    ``size`` counts the members in this world, (K,).
    """
    p, networks, n = setting.parameters, state.networks, setting.world.n_cities
    return memberships.qualities(
        size=size,
        outside=networks.outside_members,
        focus=networks.focus,
        alive=networks.alive,
        total=_crowding(memberships.live_focus(networks.focus, networks.alive), setting),
        paid=grants_paid(state, setting),
        fee=p.network_fee,
        grants=p.grant_pool * n,
        fixed=p.network_fixed_cost * n,
        running=p.network_running_cost,
    )


def _crowding(total: Floats, setting: Setting) -> Floats:
    """Focus among which a topic's grants are split: of all live networks, or of the data's, (domains,)."""
    shared = setting.parameters.grant_crowding
    if shared == 1.0:
        return total
    weighted: Floats = total**shared * setting.world.network_focus.sum(axis=0) ** (1.0 - shared)
    return weighted


def voice(state: RunState, setting: Setting) -> Floats:
    """Voice e · log(1 + Σ q over a city's networks), (N,); of a campaign's q only its strength."""
    networks, share = state.networks, setting.parameters.campaign_strength
    if not len(networks.key):
        return np.zeros(len(state.engagement))
    strength = memberships.strengths(
        networks.member_city,
        networks.member_network,
        networks.quality,
        networks.campaign,
        share,
        len(state.engagement),
    )
    return np.multiply(state.engagement, np.log1p(strength, out=strength), out=strength)


def _departures(state: RunState, setting: Setting, draw: Draws) -> tuple[Bools, Bools]:
    """Which memberships end (M,), left or with their network, and which networks close (K,).

    The hazard of leaving is r_L m^−χ_L (1 + β_o overload + β_b (b_N − q⟨u, f⟩)₊) for a city of m memberships,
    as drop-out of the record is. A poor network closes at a rate, one of fewer than two members at once.
    """
    networks, c = state.networks, setting.derive(constants)
    return memberships.departures(
        key=networks.key,
        start=networks.rows(len(state.used)),
        network=networks.member_network,
        size=networks.size,
        outside=networks.outside_members,
        alive=networks.alive,
        quality=networks.quality,
        campaign=networks.campaign,
        focus=networks.focus,
        services=state.services,
        used=state.used,
        attention=state.attention,
        commitment=c.commitment,
        words=draw.words("leave", "close"),
        rates=c.leaving,
    )


def _joining(state: RunState, setting: Setting, draw: Draws) -> Ints:
    """Keys of new memberships, in their order.

    A city reviews one network at a time at rate r_J (K/K₀)^χ times a lasting factor of its own, of mean 1,
    and meets network k with weight (1 + members)^β_s times its recruiting effort; it joins with probability
    logit⁻¹(U), U = β₀ + β_f ⟨u, f⟩ + β_p peers + β_n country − β_c load. So the hazard of a pair is
    r_J ω_k logit⁻¹(U_ik) with Σ ω = 1: a rate per city, whatever the number of networks. Where members are
    invited, they vote.
    """
    p, world, networks = setting.parameters, setting.world, state.networks
    growth = (np.count_nonzero(networks.alive) / max(networks.initial_count, 1)) ** p.solicitation
    founded = slice(networks.count)
    seen = (1.0 + networks.size[founded] + networks.outside_members[founded]) ** p.join_size
    seen = seen * effort(networks, state.step, setting)[founded]
    keys, chance, drawn, voted = joining.applicants(
        rate=p.review_rate * growth,
        factor=setting.derive(review_factor),
        seen=seen,
        rules=rules_of(networks, setting),
        population=state.population,
        region=world.region,
        state=world.state,
        near=world.neighbours,
        start=networks.rows(world.n_cities),
        network=networks.member_network,
        services=state.services,
        focus=networks.focus,
        used=state.used,
        attention=state.attention,
        words=draw.words("review", "network", "join"),
        utility=setting.derive(constants).joining,
        by_invitation=networks.by_invitation,
        dt=DT,
    )
    if voted:
        city, network = np.divmod(keys, networks.slots)
        vote = _vote(state, setting, networks.size, city, network)
        keys = keys[~networks.by_invitation[network] | (drawn < chance * vote)]
    return keys


def reference_count(setting: Setting) -> int:
    """K₀, against which reviews grow with live networks: how many the data knows, whenever they begin."""
    if not setting.parameters.networks:
        return 0
    world = setting.world
    return world.n_networks or max(round(NETWORKS_PER_CITY * world.n_cities), 1)


def _vote(state: RunState, setting: Setting, size: Ints, city: Ints, network: Ints) -> Floats:
    """Chance that the members admit a candidate: by its capacity against theirs, before aid given."""
    p, networks = setting.parameters, state.networks
    return joining.votes(
        who=city,
        what=network,
        city=networks.member_city,
        network=networks.member_network,
        size=size,
        capacity=means_left(state, setting),
        openness=p.invitation_openness,
        weight=p.invitation_capacity,
    )


def _founding(state: RunState, setting: Setting, draw: Draws) -> Founders:
    """Founded at r_F per live network, campaigns apart, times the unmet need against that of the start."""
    p, networks = setting.parameters, state.networks
    parents = np.count_nonzero(networks.alive & ~networks.campaign)
    # the count grows with the need, which is at most 1
    most = p.founding_rate * parents / setting.at_start(initial_need) * DT
    if uniform_at(draw.word("founded"), 0) <= math.exp(-most):
        return NOBODY
    need = mean_need(state.services, state.population)
    rate = p.founding_rate * parents * need.mean() / setting.at_start(initial_need)
    count = min(draw.poisson("founded", rate * DT), networks.slots - networks.count)
    if count == 0:
        return NOBODY
    return founders(state, setting, draw, count)
