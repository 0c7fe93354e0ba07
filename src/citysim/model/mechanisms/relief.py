"""Relief: own means, insurers, state, donors, networks, twins; the rest is stress (docs/model.md, 7.8).

Amounts are people-equivalents (share of a year's product × population), so that what is given equals
what is received. A pool that does not reach is rationed in proportion to need.
"""

import math

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import relief as kernel
from citysim.model.kernels.cities import mean_service
from citysim.model.mechanisms.dependence import means_left
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Relieve in turn, charge the givers, and turn what is left into stress."""
    p, flows = setting.parameters, state.flows
    people, hit = state.population, flows.hit
    need = flows.need * people
    own = np.minimum(need, p.own_means * state.capacity * people)
    left = need - own
    of_insurers = np.minimum(left, setting.derive(insured_share) * flows.insurable * people)
    left = left - of_insurers
    of_state = _from_state(state, setting, left)
    left = left - of_state
    of_donors = np.minimum(left, p.donations * flows.moving * people)
    left = left - of_donors
    of_networks, given_networks = from_networks(state, p, left, hit)
    left = left - of_networks
    of_twins, given_twins = from_twins(state, p, left, hit)
    left = np.maximum(left - of_twins, 0.0)

    flows.relief_own, flows.relief_insurance = own / people, of_insurers / people
    flows.relief_state, flows.relief_donations = of_state / people, of_donors / people
    flows.relief_networks, flows.relief_twins = of_networks / people, of_twins / people
    flows.given = (given_networks + given_twins) / people
    flows.loss = left / people
    _settle(state, p)
    state.capacity = np.maximum(means_left(state, setting) - flows.given, 0.0)


def without_relief(state: RunState, setting: Setting, draw: Draws) -> None:
    """With relief switched off, every loss becomes stress and nobody gives."""
    _settle(state, setting.parameters)
    state.capacity = means_left(state, setting)


def _settle(state: RunState, p: Parameters) -> None:
    """Recover from earlier losses and add this quarter's; keep how much of each, in losses.

    Where losses leave no stress (ψ_z = 0) there is nothing to recover from, and they count as recovered.
    """
    flows, before = state.flows, state.stress
    alone, after = recovered(state, p)
    state.stress = after + p.stress_from_loss * flows.loss
    if p.stress_from_loss > 0:
        flows.recovered = (before - alone) / p.stress_from_loss
        flows.recovered_services = (alone - after) / p.stress_from_loss
    else:
        flows.recovered = flows.loss.copy()


def recovered(state: RunState, p: Parameters) -> tuple[Floats, Floats]:
    """Stress after a quarter's recovery at ρ_z, and at ρ_z (1 + ρ_S · mean service), (N,) each."""
    rate = p.stress_recovery * (1.0 + p.recovery_services * mean_service(state.services))
    return state.stress * math.exp(-p.stress_recovery * DT), state.stress * np.exp(-rate * DT)


def ration(need: Floats, pool: Floats, member: Ints) -> Floats:
    """Share of its need that each gets from the pool ``member`` names: min(1, pool / all needs)."""
    return kernel.share_of_pools(need, pool, member)


def insured_share(setting: Setting) -> Floats:
    """Share of the loss from an insurable crisis that is insured, by the income of the country, (N,)."""
    p, world = setting.parameters, setting.world
    return np.where(world.rich, p.insured_rich, np.where(world.poor, p.insured_poor, p.insured_middle))


def _from_state(state: RunState, setting: Setting, need: Floats) -> Floats:
    """The state's fund, ω_S φ per head of its cities, rationed over its cities in need."""
    home = setting.world.state
    people = np.bincount(home, state.population, setting.world.n_states)
    fund = setting.parameters.state_fund * state.action_capacity * people
    received: Floats = need * ration(need, fund, home)
    return received


def from_networks(state: RunState, p: Parameters, need: Floats, hit: Bools) -> tuple[Floats, Floats]:
    """Mutual aid (received, given), people-equivalents, (N,) each; the two sums are equal.

    Members not hit fill a pool by capacity and engagement, of which pool^γ is usable; members hit ask
    each of their networks for an equal share of their need.
    """
    networks, n = state.networks, len(need)
    city, network = networks.member_city, networks.member_network
    if len(city) == 0:
        return np.zeros(n), np.zeros(n)
    people = state.population
    gives = p.network_pool * DT * people * state.capacity * state.engagement * ~hit
    quality = networks.acting_quality(p.campaign_strength)
    offer, pool, asked = kernel.offers_to_networks(city, network, gives, quality, need)
    unit = p.pool_scale * people.mean()
    usable = np.minimum(unit * (pool / unit) ** p.pool_curve, pool)
    received = asked * ration(asked, usable, network)
    return kernel.drawn_from_networks(city, network, offer, pool, received, n)


def from_twins(state: RunState, p: Parameters, need: Floats, hit: Bools) -> tuple[Floats, Floats]:
    """Aid of twins not hit (received, given), people-equivalents, (N,) each; the two sums are equal.

    A twin offers trust × capacity to each that was hit this quarter, at most ``twin_aid_limit`` in all.
    """
    ties, n = state.twinnings, len(need)
    means = state.population * state.capacity
    giver, taker, offer = kernel.offers_of_twins(
        a=ties.a,
        b=ties.b,
        trust=p.twin_aid * ties.trust,
        suspended=ties.suspended,
        hit=hit,
        need=need,
        means=means,
    )
    offer = offer * ration(offer, p.twin_aid_limit * means, giver)
    offer = offer * ration(offer, need, taker)
    return np.bincount(taker, offer, n), np.bincount(giver, offer, n)
