"""Twinnings: suspended, resumed, trusted, ended, made."""

import math
from typing import TYPE_CHECKING

from citysim.model.streams import Draws
from citysim.world.world import REGIONS

from .agents import City, Twinning
from .arithmetic import DT, chance, keyed_uniforms, roulette, uniforms
from .attention import lasting

if TYPE_CHECKING:
    from .model import ReferenceModel

AMERICAS = ("Latin America", "Northern America")


def begin(model: "ReferenceModel") -> None:
    """Ties of the data; proposals are scaled so that the mean city of the start makes r_T a year."""
    p, world = model.parameters, model.world
    if p.twinning:
        for a, b in zip(world.twin_a, world.twin_b, strict=True):
            model.tie_up(model.cities[a], model.cities[b], p.trust_real)
    model.proposal_unit = p.proposal_rate * len(model.cities) / sum(outgoing(model, c) for c in model.cities)


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
    conflict = tie.dyad is not None and tie.dyad.in_conflict
    if tie.suspended:
        if not conflict and u < chance(p.resumption_rate * tie.trust):
            tie.suspended = False
    elif conflict and u < p.suspension * (1.0 - p.suspension_trust * tie.trust):
        tie.suspended = True
    if tie.suspended:
        tie.trust *= math.exp(-p.trust_decay * DT)
    else:
        tie.trust += (1.0 - tie.trust) * chance(p.trust_growth)


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
    propose, partner, closure, accept = (
        uniforms(draw, purpose, n) for purpose in ("propose", "partner", "closure", "accept")
    )
    friends = draw.uniform("closure partner", n, 2).tolist()
    agreed = []
    for city in model.cities:
        if propose[city.index] >= chance(model.proposal_unit * outgoing(model, city)):
            continue
        if closure[city.index] < p.closure:
            other = friend_of_friend(city, friends[city.index])
        else:
            other = by_gravity(model, city, partner[city.index])
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


def by_gravity(model: "ReferenceModel", city: City, u: float) -> City | None:
    """Another city, drawn in proportion to exp(utility)."""
    if len(model.cities) < 2:
        return None
    utilities = [-math.inf if c is city else gravity(model, city, c) for c in model.cities]
    top = max(utilities)
    return model.cities[roulette([math.exp(value - top) for value in utilities], u)]


def gravity(model: "ReferenceModel", city: City, other: City) -> float:
    """Utility of ``other`` as a partner: the measured gravity, propensity, solidarity."""
    p = model.parameters
    value = p.gravity_distance * math.log(max(city.distance(other), 10.0))
    value += p.gravity_population * math.log(other.population) + p.propensity_spread * other.propensity
    if other.hit or other.state.at_war:
        value += p.solidarity
    if city.state is other.state:
        value += p.gravity_same_country
    here, there = continent(city), continent(other)
    if here == there:
        value += p.gravity_both_european if here == "Europe" else p.gravity_same_continent
    if city.rich and other.rich:
        value += p.gravity_both_rich
    elif city.rich or other.rich:
        value += p.gravity_one_rich
    dyad = model.dyad(city.state, other.state)
    if dyad is not None:
        value += p.gravity_tension * dyad.tension
    return value


def continent(city: City) -> str:
    """Continent of the measured gravity, which does not split the Americas."""
    region = REGIONS[city.region]
    return "Americas" if region in AMERICAS else region
