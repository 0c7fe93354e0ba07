"""Relief: own means, insurers, the state, donors, networks, twins; what is left becomes stress.

Amounts are shares of a year's product times people, so that what one gives another gets.
"""

import math
from typing import TYPE_CHECKING

from citysim.model.streams import Draws

from .agents import City, Network
from .arithmetic import DT, mean

if TYPE_CHECKING:
    from .model import ReferenceModel

type Amounts = dict[City, float]


def step(model: "ReferenceModel", draw: Draws) -> None:
    """In turn; each source faces what the ones before it left."""
    left = {city: city.need * city.population for city in model.cities}
    given = dict.fromkeys(model.cities, 0.0)
    for source, name in (
        (own_means, "relief_own"),
        (insurance, "relief_insurance"),
        (state_fund, "relief_state"),
        (donations, "relief_donations"),
        (network_pools, "relief_networks"),
        (twin_aid, "relief_twins"),
    ):
        received = source(model, left, given)
        for city in model.cities:
            setattr(city, name, received[city] / city.population)
            left[city] -= received[city]
    for city in model.cities:
        city.loss = max(left[city], 0.0) / city.population
        city.given = given[city] / city.population
        city.capacity = max(city.means_left - city.given, 0.0)
    add_stress(model)


def without(model: "ReferenceModel") -> None:
    """Every loss becomes stress."""
    add_stress(model)
    for city in model.cities:
        city.capacity = city.means_left


def add_stress(model: "ReferenceModel") -> None:
    """z' = −ρ (1 + ρ_S · mean service) z, and then the loss."""
    p = model.parameters
    for city in model.cities:
        recovery = p.stress_recovery * (1.0 + p.recovery_services * mean(city.services))
        alone = city.stress * math.exp(-p.stress_recovery * DT)
        served = city.stress * math.exp(-recovery * DT)
        if p.stress_from_loss > 0:
            city.recovered = (city.stress - alone) / p.stress_from_loss
            city.recovered_services = (alone - served) / p.stress_from_loss
        else:
            city.recovered, city.recovered_services = city.loss, 0.0
        city.stress = served + p.stress_from_loss * city.loss


def rationed(pool: float, asked: float) -> float:
    """Share of what is asked that a pool can give."""
    return min(1.0, pool / asked) if asked > 0 else 0.0


def own_means(model: "ReferenceModel", left: Amounts, given: Amounts) -> Amounts:
    """Up to ω_O times capacity."""
    limit = model.parameters.own_means
    return {city: min(left[city], limit * city.capacity * city.population) for city in model.cities}


def insurance(model: "ReferenceModel", left: Amounts, given: Amounts) -> Amounts:
    """The insured share of what an insurable crisis costs, by the income of the country."""
    p = model.parameters
    received: Amounts = {}
    for city in model.cities:
        share = p.insured_middle
        if city.rich:
            share = p.insured_rich
        elif city.poor:
            share = p.insured_poor
        received[city] = min(left[city], share * city.insurable * city.population)
    return received


def donations(model: "ReferenceModel", left: Amounts, given: Amounts) -> Amounts:
    """People give a share of what a crisis costs, where it is one that moves them."""
    share = model.parameters.donations
    return {city: min(left[city], share * city.moving * city.population) for city in model.cities}


def state_fund(model: "ReferenceModel", left: Amounts, given: Amounts) -> Amounts:
    """ω_S φ per head of the state's cities, rationed over those in need."""
    received: Amounts = {}
    for state in model.states:
        people = sum(city.population for city in state.cities)
        fund = model.parameters.state_fund * state.action_capacity * people
        share = rationed(fund, sum(left[city] for city in state.cities))
        received.update({city: left[city] * share for city in state.cities})
    return received


def network_pools(model: "ReferenceModel", left: Amounts, given: Amounts) -> Amounts:
    """Members not hit fill a pool; each city asks its networks for equal shares of what it needs."""
    p = model.parameters
    received = dict.fromkeys(model.cities, 0.0)
    unit = p.pool_scale * mean(city.population for city in model.cities)
    for network in model.networks:
        offer = {
            member: p.network_pool
            * DT
            * member.population
            * member.capacity
            * member.engagement
            * network.acting_quality
            for member in network.members
            if not member.hit
        }
        pool = sum(offer.values())
        usable = min(unit * (pool / unit) ** p.pool_curve, pool)
        asked = {member: asks(left[member], member, network) for member in network.members}
        share = rationed(usable, sum(asked.values()))
        used = 0.0
        for member in network.members:
            received[member] += asked[member] * share
            used += asked[member] * share
        for member, amount in offer.items():
            given[member] += amount * used / pool if pool > 0 else 0.0
    return received


def asks(need: float, city: City, network: Network) -> float:
    """Equal shares, of networks that have anything to give."""
    able = sum(other.acting_quality > 0 for other in city.networks)
    return need / able if network.acting_quality > 0 else 0.0


def twin_aid(model: "ReferenceModel", left: Amounts, given: Amounts) -> Amounts:
    """Twins not hit offer trust times capacity, within a limit each; nobody gets more than it needs."""
    p = model.parameters
    offers: dict[tuple[City, City], float] = {}
    for giver in model.cities:
        means = giver.population * giver.capacity
        wanted = {
            tie.other(giver): p.twin_aid * tie.trust * means
            for tie in giver.live_ties
            if not giver.hit and left[tie.other(giver)] > 0
        }
        share = rationed(p.twin_aid_limit * means, sum(wanted.values()))
        offers.update({(giver, taker): amount * share for taker, amount in wanted.items()})
    offered = dict.fromkeys(model.cities, 0.0)
    for (_, taker), amount in offers.items():
        offered[taker] += amount
    received = dict.fromkeys(model.cities, 0.0)
    for (giver, taker), amount in offers.items():
        taken = amount * rationed(left[taker], offered[taker])
        received[taker] += taken
        given[giver] += taken
    return received
