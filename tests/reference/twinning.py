"""Twinnings: suspended, resumed, trusted, ended, made."""

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from citysim.model.streams import Draws
from citysim.world.regions import REGIONS

from .agents import City, Twinning
from .arithmetic import DT, chance, keyed_uniforms, mean, roulette, uniforms
from .attention import lasting
from .diplomacy import standing_with_the_other

if TYPE_CHECKING:
    from .model import ReferenceModel

AMERICAS = ("Latin America", "Northern America")


def begin(model: "ReferenceModel") -> None:
    """Ties of the data; proposals are scaled so that the mean city of the start makes r_T a year."""
    p, world = model.parameters, model.world
    if p.twinning:
        for a, b in zip(world.twin_a, world.twin_b, strict=True):
            model.tie_up(model.cities[a], model.cities[b], p.trust_real)
    usual = mean(outgoing(model, city) for city in model.cities)
    model.proposal_unit = p.proposal_rate / usual if usual > 0 else 0.0


def step(model: "ReferenceModel", draw: Draws) -> None:
    """Proposals are settled before any tie changes; a pair that has a tie makes no second one."""
    p = model.parameters
    old = list(model.ties.values())
    suspend = keyed_uniforms(draw, "suspend", (tie.key for tie in old))
    end = keyed_uniforms(draw, "end", (tie.key for tie in old))
    new = proposals(model, draw)

    for a, b in new:
        model.tie_up(a, b, p.trust_start)
    for tie in old:
        live_one_quarter(model, tie, suspend[tie.key])
        if ends(model, tie, end[tie.key]):
            model.end_tie(tie)


def live_one_quarter(model: "ReferenceModel", tie: Twinning, u: float) -> None:
    """Conflict suspends, the less the older the trust; peace resumes; trust grows live, decays suspended."""
    p = model.parameters
    strain = strain_on(model, tie)
    if tie.suspended:
        if strain == 0.0 and u < chance(p.resumption_rate * tie.trust):
            tie.suspended = False
    elif u < strain * p.suspension * (1.0 - p.suspension_trust * tie.trust):
        tie.suspended = True
    if tie.suspended:
        tie.trust *= math.exp(-p.trust_decay * DT)
    else:
        tie.trust += (1.0 - tie.trust) * chance(p.trust_growth)


def strain_on(model: "ReferenceModel", tie: Twinning) -> float:
    """1 between two states in conflict; less where one stands with the enemy of the other; 0 in peace."""
    if tie.dyad is None:
        return 0.0
    if tie.dyad.in_conflict:
        return 1.0
    return model.parameters.rupture * standing_with_the_other(model, tie.dyad)


def ends(model: "ReferenceModel", tie: Twinning, u: float) -> bool:
    """A suspended tie ends with its trust, a live one at a rate that overload raises."""
    p = model.parameters
    if tie.suspended:
        return tie.trust < p.trust_floor
    overload = (tie.a.overload + tie.b.overload) / 2
    return u < chance(p.ending_rate * (1.0 + p.leave_overload * overload))


def outgoing(model: "ReferenceModel", city: City) -> float:
    """What drives proposals: reach, size and a lasting propensity."""
    return city.reach * math.sqrt(city.population) * lasting(city, model.parameters.propensity_spread)


def proposals(model: "ReferenceModel", draw: Draws) -> list[tuple[City, City]]:
    """Pairs of cities that agree on a tie."""
    p, n = model.parameters, len(model.cities)
    propose, closure, accept = (uniforms(draw, purpose, n) for purpose in ("propose", "closure", "accept"))
    friends = draw.uniform("closure partner", n, 2).tolist()
    agreed = []
    for city in model.cities:
        if propose[city.index] >= chance(model.proposal_unit * outgoing(model, city)):
            continue
        if closure[city.index] < p.closure:
            other = friend_of_friend(city, friends[city.index])
        else:
            other = by_gravity(model, city, draw)
        if other is None or other is city:
            continue
        if accept[city.index] < city.engagement * other.engagement:
            agreed.append((city, other))
    return agreed


def friend_of_friend(city: City, u: list[float]) -> City | None:
    """A random partner of a random partner, over live ties."""
    found = city
    for share in u:
        partners = sorted((tie.other(found) for tie in found.live_ties), key=lambda other: other.index)
        if not partners:
            return None
        found = partners[int(share * len(partners))]
    return found


def by_gravity(model: "ReferenceModel", city: City, draw: Draws) -> City | None:
    """Another city, drawn in proportion to exp(utility) by rejection.

    Three numbers a try: which patch, by the weight its cities could have at their nearest; which city of it,
    by its own weight; and whether it is kept, by its true weight against that.
    """
    p, patches = model.parameters, model.world.patches
    members = [[model.cities[i] for i in patches.order[a:b]] for a, b in pairwise(patches.start)]
    top = max(own_weight(model, other) for other in model.cities)
    weights = [[math.exp(own_weight(model, other) - top) for other in patch] for patch in members]
    here = patches.of[city.index]
    most = [most_by_distance(model, here, there) for there in range(len(members))]
    alike = [math.exp(by_kind(model, city, patch[0])) for patch in members]
    bounds = [sum(own) * most[c] * alike[c] for c, own in enumerate(weights)]
    if sum(bounds) <= 0.0:
        return None
    for attempt in range(1_000_000):
        key = 3 * (city.index * 1_000_000 + attempt)
        u = draw.uniform_of("gravity", np.arange(key, key + 3)).tolist()
        c = roulette(bounds, u[0])
        other = members[c][roulette(weights[c], u[1])]
        if other is city:
            continue
        true = max(city.distance(other), 10.0) ** p.gravity_distance
        dyad = model.dyad(city.state, other.state)
        if dyad is not None:
            true *= math.exp(p.gravity_tension * dyad.tension - max(p.gravity_tension, 0.0))
        if u[2] < true / most[c]:
            return other
    return None


def most_by_distance(model: "ReferenceModel", here: int, there: int) -> float:
    """The largest distance^γ_d between cities of two patches, with a little slack for rounding."""
    patches, exponent = model.world.patches, model.parameters.gravity_distance
    spread = 1.001 * (patches.reach[here] + patches.reach[there])
    ends = (patches.distance[here, there] - spread, patches.distance[here, there] + spread)
    return float(max(max(angle * 6371.0, 10.0) ** exponent for angle in ends) * (1.0 + 1e-9))


def own_weight(model: "ReferenceModel", other: City) -> float:
    """Utility of a partner whoever asks: size, propensity, solidarity with those hit."""
    p = model.parameters
    value = p.gravity_population * math.log(other.population) + p.propensity_spread * other.propensity
    return value + p.solidarity if other.hit or other.state.at_war else value


def by_kind(model: "ReferenceModel", city: City, other: City) -> float:
    """Utility of country, continent and income."""
    p = model.parameters
    value = p.gravity_same_country if city.state is other.state else 0.0
    here, there = continent(city), continent(other)
    if here == there:
        value += p.gravity_both_european if here == "Europe" else p.gravity_same_continent
    if city.rich and other.rich:
        value += p.gravity_both_rich
    elif city.rich or other.rich:
        value += p.gravity_one_rich
    return value


def continent(city: City) -> str:
    """Continent of the measured gravity, which does not split the Americas."""
    region = REGIONS[city.region]
    return "Americas" if region in AMERICAS else region
