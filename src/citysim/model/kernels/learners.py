"""Who learns from whom, and how strongly: all that a quarter's changes of practices hang on."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.laws import law_factors
from citysim.model.kernels.memberships import rows
from citysim.model.kernels.teaching import States, as_states, national_shares, through_networks
from citysim.model.state import Laws, Practices


class Rules(NamedTuple):
    """Parameters of a run; rates are per year."""

    twins: float  # rates of learning by source
    networks: float
    state: float
    neighbours: float
    pledged: float  # what a pledge teaches, an implemented practice teaching 1
    effort: float  # of secretariats
    abroad: float  # share of what states learn that is from other states
    implementation: float
    mandate: float  # factor of pledging
    mandate_rate: float
    ban_rate: float
    midpoint: float  # of the thresholds of complex contagion, share of teachers
    softness: float
    gap: float  # by which a better city does better that teaches at the full rate
    dt: float  # length of a step, years


class Fixed(NamedTuple):
    """What a city, or a practice, has for good."""

    willing: Floats  # times the practice's readiness to spread, (N, P)
    miss: Floats  # 1 − B, (N, P)
    home: Ints
    near: Ints  # (N, neighbours), −1 for none
    drop: Floats  # rate of dropping each practice, (P,)


class Cities(NamedTuple):
    """What a city brings to learning in this quarter, (N,)."""

    population: Floats
    capacity: Floats
    autonomy: Floats
    engagement: Floats
    reach: Floats
    invention: Floats  # per year, at no retreat


class Ties(NamedTuple):
    """Live ties in rows of cities."""

    start: Ints  # (N + 1,)
    twin: Ints
    tie: Ints  # which of the ties each row's entry is
    trust: Floats  # (E,)
    pair: Ints  # (E,) dyad of the two states, −1 within one; across a border, trust counts by own reach


class Members(NamedTuple):
    """Memberships in the order of cities, and networks."""

    city: Ints  # (M,)
    network: Ints
    focus: Floats  # (K, domains)
    quality: Floats  # (K,)
    state: Ints  # (K,) −1 crosses borders; what such a network teaches counts by own reach


class Sources(NamedTuple):
    """From whom each city learns beside its state, and how strongly it listens."""

    near: Ints  # (N, neighbours), −1 for none
    twin_start: Ints  # (N + 1,)
    twin: Ints
    weight: Floats  # of the twin at that place
    member_start: Ints  # (N + 1,)
    network: Ints
    strength: Floats  # of the membership at that place
    most: Floats  # what the city would learn from all of them if they knew all, at least, (N,)


class Quarter(NamedTuple):
    """All that a quarter's changes hang on, as it is at its beginning."""

    x: Practices
    law: Floats  # factor of pledging under the state's law: 1 none, 0 forbidden, (S, P)
    alone: Floats  # factor of invention and learning from neighbours by the own state's retreat, (S,)
    together: Floats  # factor of learning from twins and networks, (S,)
    fixed: Fixed
    cities: Cities
    sources: Sources
    taught: Floats  # what each network teaches, times its focus, (K, P)
    states: States
    rules: Rules
    word: np.uint64


@compiled
def quarter_of(
    x: Practices,
    law: Laws,
    known: Bools,
    acting: Floats,
    tension: Floats,
    response: Floats,
    fixed: Fixed,
    cities: Cities,
    ties: Ties,
    members: Members,
    rules: Rules,
    word: np.uint64,
) -> Quarter:
    """What a quarter's changes hang on, whatever the form of learning.

    ``known``: practices that somebody has had, (P,); ``acting``: φ, (S,); ``response``: factors of what
    cities do alone and together, (2, S).
    """
    national = national_shares(x, rules.pledged, cities.population, fixed.home, len(acting))
    return Quarter(
        x=x,
        law=law_factors(law, rules.mandate, known),
        alone=response[0],
        together=response[1],
        fixed=fixed,
        cities=cities,
        sources=sources_of(fixed, cities, ties, members, response, rules),
        taught=through_networks(
            x=x,
            pledged=rules.pledged,
            engagement=cities.engagement,
            city=members.city,
            network=members.network,
            focus=members.focus,
            effort=rules.effort,
        ),
        states=as_states(national, acting, tension, rules.abroad),
        rules=rules,
        word=word,
    )


@compiled
def sources_of(
    fixed: Fixed, cities: Cities, ties: Ties, members: Members, response: Floats, rules: Rules
) -> Sources:
    """Twins by trust, networks by quality; across a border either counts by the city's own reach."""
    start, twin, tie, trust, pair = ties
    city, network, focus, quality, state = members
    home, engagement, reach = fixed.home, cities.engagement, cities.reach
    member_start, widest = rows(city, len(home)), np.zeros(len(quality))
    for k in range(focus.shape[0]):
        for d in range(focus.shape[1]):
            widest[k] = max(widest[k], focus[k, d])
    weight, strength, most = np.empty(len(twin)), np.empty(len(city)), np.empty(len(home))
    for i in range(len(home)):
        far = reach[i]
        twins = networks = 0.0
        for t in range(start[i], start[i + 1]):
            weight[t] = trust[tie[t]] * (far if pair[tie[t]] >= 0 else 1.0)
            twins += weight[t]
        for m in range(member_start[i], member_start[i + 1]):
            strength[m] = quality[network[m]] * (far if state[network[m]] < 0 else 1.0)
            networks += strength[m] * widest[network[m]]
        together = engagement[i] * response[1, home[i]] * (rules.twins * twins + rules.networks * networks)
        most[i] = together + rules.neighbours * response[0, home[i]]
    return Sources(
        near=fixed.near,
        twin_start=start,
        twin=twin,
        weight=weight,
        member_start=member_start,
        network=network,
        strength=strength,
        most=most,
    )
