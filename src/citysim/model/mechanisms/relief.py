"""Relief: own means, insurers, state, donors, networks, twins; the rest is stress (docs/model.md, 7.8).

Amounts are people-equivalents (share of a year's product × population), so that what is given equals
what is received. A pool that does not reach is rationed in proportion to need.
"""

import math
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels import relief as kernel
from citysim.model.mechanisms.dependence import means_left
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws


@dataclass(frozen=True)
class Constants:
    """Fixed by world and parameters."""

    insured: Floats  # (N,) share of the loss from an insurable crisis that is insured
    kept_alone: float  # share of stress that is left after a quarter without services


def constants(setting: Setting) -> Constants:
    """Insured by the income of the country; stress falls at ρ_z."""
    p, world = setting.parameters, setting.world
    return Constants(
        np.where(world.rich, p.insured_rich, np.where(world.poor, p.insured_poor, p.insured_middle)),
        math.exp(-p.stress_recovery * DT),
    )


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Relieve in turn, charge the givers, and turn what is left into stress."""
    p, flows, people = setting.parameters, state.flows, state.population
    left, total = kernel.met_at_home(
        need=flows.need,
        insurable=flows.insurable,
        moving=flows.moving,
        people=people,
        capacity=state.capacity,
        insured=setting.derive(constants).insured,
        home=setting.world.state,
        action_capacity=state.action_capacity,
        own_means=p.own_means,
        state_fund=p.state_fund,
        donations=p.donations,
        own=flows.relief_own,
        insurance=flows.relief_insurance,
        of_state=flows.relief_state,
        of_donors=flows.relief_donations,
    )
    means = means_left(state, setting)
    if total > 0.0:
        flows.relief_networks, given = from_networks(state, p, left)
        flows.relief_twins, given_to_twins = from_twins(state, p, left)
        kernel.charge(
            left=left,
            people=people,
            given=given,
            more=given_to_twins,
            means=means,
            loss=flows.loss,
            gave=flows.given,
        )
    else:
        for nothing in (flows.relief_networks, flows.relief_twins, flows.given, flows.loss):
            nothing.fill(0.0)
    _settle(state, setting)
    state.capacity = means


def without_relief(state: RunState, setting: Setting, draw: Draws) -> None:
    """With relief switched off, every loss becomes stress and nobody gives."""
    _settle(state, setting)
    state.capacity = means_left(state, setting)


def from_networks(state: RunState, p: Parameters, left: Floats) -> tuple[Floats, Floats]:
    """Mutual aid received, as share of a product, and given, people-equivalents, (N,) each; lowers ``left``.

    Members not hit fill a pool by capacity and engagement, of which pool^γ is usable; members hit ask
    each of their networks for an equal share of their need.
    """
    networks, people = state.networks, state.population
    city, network = networks.member_city, networks.member_network
    asking, each, asked, pool, offer = kernel.asked_of_networks(
        left=left,
        hit=state.flows.hit,
        people=people,
        capacity=state.capacity,
        engagement=state.engagement,
        city=city,
        network=network,
        quality=networks.acting_quality(p.campaign_strength),
        share=p.network_pool * DT,
    )
    unit = p.pool_scale * (np.add.reduce(people) / len(people))  # of a mean city
    usable = np.minimum(unit * (pool / unit) ** p.pool_curve, pool)
    return kernel.drawn_from_networks(
        left=left,
        people=people,
        city=city,
        network=network,
        asking=asking,
        each=each,
        asked=asked,
        pool=pool,
        offer=offer,
        usable=usable,
    )


def from_twins(state: RunState, p: Parameters, left: Floats) -> tuple[Floats, Floats]:
    """Aid of twins received, as share of a product, and given, people-equivalents, (N,) each.

    A twin offers trust × capacity to each that was hit, at most ``twin_aid_limit`` in all; lowers ``left``.
    """
    ties = state.twinnings
    return kernel.drawn_from_twins(
        left=left,
        hit=state.flows.hit,
        people=state.population,
        capacity=state.capacity,
        a=ties.a,
        b=ties.b,
        trust=ties.trust,
        suspended=ties.suspended,
        aid=p.twin_aid,
        limit=p.twin_aid_limit,
    )


def _settle(state: RunState, setting: Setting) -> None:
    """Recover from earlier losses at ρ_z (1 + ρ_S · mean service) and add this quarter's, in stress.

    Keeps how much cities recover alone, at ρ_z, and by services, in losses.
    """
    p, flows = setting.parameters, state.flows
    exponent = kernel.recovery(state.services, p.stress_recovery, p.recovery_services, DT)
    kernel.settle(
        stress=state.stress,
        kept_alone=setting.derive(constants).kept_alone,
        kept=np.exp(exponent, out=exponent),
        loss=flows.loss,
        stress_from_loss=p.stress_from_loss,
        alone=flows.recovered,
        by_services=flows.recovered_services,
    )
