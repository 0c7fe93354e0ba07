"""Twinnings: suspended, resumed, trusted, ended, made."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from citysim.model.streams import Draws
from citysim.world.regions import REGIONS

from . import attention
from .agents import City, Twinning
from .arithmetic import DT, chance, keyed_uniforms, mean, roulette
from .attention import lasting
from .diplomacy import standing_with_the_other

if TYPE_CHECKING:
    from .model import ReferenceModel

AMERICAS = ("Latin America", "Northern America")


def begin(model: "ReferenceModel") -> None:
    """Ties of the data, and what the law of the pair is scaled by."""
    p, world = model.parameters, model.world
    if p.twinning:
        for a, b in zip(world.twin_a, world.twin_b, strict=True):
            model.tie_up(model.cities[a], model.cities[b], p.trust_real)
    model.mean_population = mean(city.population for city in model.cities)
    model.twinning_propensity = propensities(model)
    model.proposal_unit = proposal_unit(model)


def before(model: "ReferenceModel") -> None:
    """The years before a hindcast, in which no state is at war."""
    p = model.parameters
    if not p.twinning or model.world.network_founded is None:
        return
    wars = [(dyad, dyad.conflict_left) for dyad in model.dyads]
    for dyad, _ in wars:
        dyad.conflict_left = 0
    for quarter in range(round(p.twinning_years / DT)):
        if p.attention:
            attention.step(model, model.streams.at("attention", 0))
        step(model, model.streams.at("twinning before", quarter))
    for dyad, left in wars:
        dyad.conflict_left = left


def step(model: "ReferenceModel", draw: Draws) -> None:
    """Proposals are settled before any tie changes; a pair that has a tie makes no second one."""
    p = model.parameters
    old = list(model.ties.values())
    suspend = keyed_uniforms(draw, "suspend", (tie.key for tie in old))
    end = keyed_uniforms(draw, "end", (tie.key for tie in old))
    new = new_ties(model, draw)
    common = {tie.key: len(partners(model, tie.a) & partners(model, tie.b)) for tie in old}

    for a, b in new:
        model.tie_up(a, b, p.trust_start)
    for tie in old:
        live_one_quarter(model, tie, suspend[tie.key])
        if ends(model, tie, end[tie.key], common[tie.key]):
            model.end_tie(tie)


def live_one_quarter(model: "ReferenceModel", tie: Twinning, u: float) -> None:
    """Conflict suspends, the less the older the trust; peace resumes; trust grows live, decays suspended."""
    p = model.parameters
    strain, front = strain_on(model, tie)
    if tie.suspended:
        if not front and u < chance(p.resumption_rate * tie.trust):
            tie.suspended = False
    elif u < strain * p.suspension * (1.0 - p.suspension_trust * tie.trust):
        tie.suspended = True
    if tie.suspended:
        tie.trust *= math.exp(-p.trust_decay * DT)
    else:
        tie.trust += (1.0 - tie.trust) * chance(p.trust_growth)


def strain_on(model: "ReferenceModel", tie: Twinning) -> tuple[float, bool]:
    """1 between two states in conflict; less where one stands with the enemy of the other; 0 in peace.

    And whether there is a front between them, across which nothing resumes: that does not fade.
    """
    if tie.dyad is None:
        return 0.0, False
    if tie.dyad.in_conflict:
        return 1.0, True
    p = model.parameters
    worst = p.rupture_onset if p.rupture_form == "burst" else p.rupture
    lean, faded = standing_with_the_other(model, tie.dyad)
    return worst * faded, worst * lean > 0.0


def partners(model: "ReferenceModel", city: City) -> set[City]:
    """Cities with a live tie to a city."""
    live = [tie for tie in model.ties.values() if not tie.suspended]
    return {tie.b if tie.a is city else tie.a for tie in live if city in (tie.a, tie.b)}


def ends(model: "ReferenceModel", tie: Twinning, u: float, common: int) -> bool:
    """A suspended tie ends with its trust, a live one at a rate that overload raises, partners lower."""
    p = model.parameters
    if tie.suspended:
        return tie.trust < p.trust_floor
    overload = (tie.a.overload + tie.b.overload) / 2
    slowed = (1 + common) ** -p.ending_embedding if p.ending_form == "embedded" else 1.0
    return u < chance(p.ending_rate * (1.0 + p.leave_overload * overload) * slowed)


def own_weight(model: "ReferenceModel", city: City) -> float:
    """What a city brings to each of its pairs: size, and a lasting propensity."""
    p = model.parameters
    size = math.exp(p.gravity_population * math.log(city.population / mean_size(model)))
    return size * model.twinning_propensity[city]


def mean_size(model: "ReferenceModel") -> float:
    """Of the start, or of the day."""
    if model.parameters.gravity_form == "relative":
        return mean(city.population for city in model.cities)
    return model.mean_population


def propensities(model: "ReferenceModel") -> dict[City, float]:
    """Of mean 1 by people in each region, among rich cities and others."""
    p, spread = model.parameters, model.parameters.propensity_spread
    found = {}
    for city in model.cities:
        alike = [other for other in model.cities if (other.region, other.rich) == (city.region, city.rich)]
        size = [other.first_population**p.gravity_population for other in alike]
        total = sum(n * lasting(other, spread) for n, other in zip(size, alike, strict=True))
        found[city] = lasting(city, spread) * sum(size) / total
    return found


def proposal_unit(model: "ReferenceModel") -> float:
    """So that the mean city makes r_T proposals a year, with pairs at the usual distance of their patches."""
    p, patches = model.parameters, model.world.patches
    own = [own_weight(model, city) for city in model.cities]
    total = 0.0
    for a in model.cities:
        for b in model.cities:
            if a is not b:
                usual = usual_distance(model, patches.of[a.index], patches.of[b.index])
                total += (
                    own[a.index] * own[b.index] * usual**p.gravity_distance * math.exp(by_kind(model, a, b))
                )
    return p.proposal_rate * len(model.cities) / total if total > 0.0 else 0.0


def usual_distance(model: "ReferenceModel", here: int, there: int) -> float:
    """Root mean square distance of cities of two patches, km, each about its patch's centre."""
    patches = model.world.patches
    squared = patches.distance[here, there] ** 2 + patches.spread[here] ** 2 + patches.spread[there] ** 2
    if here == there:
        count = patches.start[here + 1] - patches.start[here]
        squared *= count / (count - 1)
    return float(max(math.sqrt(squared) * 6371.0, 10.0))


def new_ties(model: "ReferenceModel", draw: Draws) -> list[tuple[City, City]]:
    """Pairs of cities that agree on a tie: met by gravity, or brought together."""
    by_chance = [(a, b, key, "accept") for a, b, key in proposals(model, draw)]
    by_friends = [(a, b, key, "accept introduction") for a, b, key in introductions(model, draw)]
    return [
        (a, b)
        for a, b, key, purpose in by_chance + by_friends
        if one(draw, purpose, key) < willing(model, a) * willing(model, b)
    ]


def arrivals(draw: Draws, purpose: str, thing: int, expected: float) -> Iterator[int]:
    """Keys of the events of a quarter in which so many are ``expected``: unit exponential waits."""
    key, waited = thing * 1_000_000, 0.0
    while True:
        waited -= math.log1p(-one(draw, purpose, key))
        if waited >= expected:
            return
        yield key
        key += 1


def one(draw: Draws, purpose: str, key: int) -> float:
    """The uniform number of one key."""
    return float(draw.uniform_of(purpose, np.array([key]))[0])


def proposals(model: "ReferenceModel", draw: Draws) -> list[tuple[City, City, int]]:
    """Proposer, partner and key of each proposal, each pair at its own hazard, by thinning.

    Three numbers a try: which patch, by the weight its cities could have at their nearest; which city of it,
    by its own weight; and whether it is kept, by its true weight against that.
    """
    p, patches = model.parameters, model.world.patches
    members = [[model.cities[i] for i in patches.order[a:b]] for a, b in pairwise(patches.start)]
    wanted = [
        [own_weight(model, city) * math.exp(p.solidarity if struck(city) else 0.0) for city in patch]
        for patch in members
    ]
    found = []
    for city in model.cities:
        most = [most_by_distance(model, patches.of[city.index], there) for there in range(len(members))]
        bounds = [
            sum(weights) * near * math.exp(by_kind(model, city, patch[0]))
            for weights, near, patch in zip(wanted, most, members, strict=True)
        ]
        attraction = math.exp(max(p.gravity_tension, 0.0))
        expected = model.proposal_unit * DT * own_weight(model, city) * sum(bounds) * attraction
        for key in arrivals(draw, "propose", city.index, expected):
            u = draw.uniform_of("gravity", np.arange(3 * key, 3 * key + 3)).tolist()
            c = roulette(bounds, u[0])
            other = members[c][roulette(wanted[c], u[1])]
            if other is city:
                continue
            true = max(city.distance(other), 10.0) ** p.gravity_distance
            dyad = model.dyad(city.state, other.state)
            if dyad is not None:
                true *= math.exp(p.gravity_tension * dyad.tension)
            if u[2] < true / most[c] / attraction:
                found.append((city, other, key))
    return found


def introductions(model: "ReferenceModel", draw: Draws) -> list[tuple[City, City, int]]:
    """Pairs of live partners of one city, and a key; seldom of one state."""
    p, found = model.parameters, []
    seeking = [math.sqrt(city.population / mean_size(model)) for city in model.cities]
    if p.closure_form == "seeking":
        own = [own_weight(model, city) for city in model.cities]
        seeking = [one / math.sqrt(mean(other**2 for other in own)) for one in own]
    for broker in model.cities:
        partners = sorted((tie.other(broker) for tie in broker.live_ties), key=lambda other: other.index)
        weights = [seeking[other.index] for other in partners]
        for key in arrivals(draw, "closure", broker.index, p.closure * DT * sum(weights) ** 2 / 2):
            u = draw.uniform_of("closure partners", np.arange(3 * key, 3 * key + 3)).tolist()
            a, b = partners[roulette(weights, u[0])], partners[roulette(weights, u[1])]
            if a is b or (a.state is b.state and u[2] >= math.exp(p.gravity_same_country)):
                continue
            found.append((a, b, key))
    return found


def willing(model: "ReferenceModel", city: City) -> float:
    """Engagement, times the share of a limit that the city's twinnings leave."""
    if model.parameters.twinning_form == "open":
        return city.engagement
    return city.engagement * max(1.0 - len(city.ties) / model.parameters.twinning_limit, 0.0)


def struck(city: City) -> bool:
    """Hit by a crisis in the last quarter, or of a state at war."""
    return city.hit or city.state.at_war


def most_by_distance(model: "ReferenceModel", here: int, there: int) -> float:
    """The largest distance^γ_d between cities of two patches, with a little slack for rounding."""
    patches, exponent = model.world.patches, model.parameters.gravity_distance
    spread = 1.001 * (patches.reach[here] + patches.reach[there])
    nearest = max((patches.distance[here, there] - spread) * 6371.0, 10.0)
    return float(nearest**exponent * (1.0 + 1e-9))


def by_kind(model: "ReferenceModel", city: City, other: City) -> float:
    """Log hazard of country, continent and income."""
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
