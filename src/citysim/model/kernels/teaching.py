"""What can be learned of a practice in a state and in a network, worked out where it is asked for."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.state import N_DOMAINS, NONE, PLEDGED, Practices

#: What has not been asked for yet; all that is learned is at least 0.
UNKNOWN = -1.0


@compiled
def worth(x: int, pledged: float) -> float:
    """What others can learn of a practice held as ``x``; without a table, so that it runs in vectors."""
    value: float = 0.0 if x == NONE else (pledged if x == PLEDGED else 1.0)
    return value


class States(NamedTuple):
    """States as teachers."""

    national: Floats  # what its own cities know, (S, P)
    own: Floats  # weight of that in what the state makes known, (S,)
    foreign: Floats  # weight of what others know, (S,)
    weight: Floats  # φ_r (1 − τ_rs), by which s, a row, learns from r; 0 from itself, (S, S)
    most: Floats  # φ_s × what the state knows, at least, (S, P)
    known: Floats  # the same exactly, filled in where asked for, (S, P)


@compiled
def as_states(national: Floats, acting: Floats, tension: Floats, abroad: float) -> States:
    """What states know, of which nothing has been asked yet.

    Others at peace with all, all of them together, would teach Σ φ_r X_r: no fewer than those of tension.
    """
    states, count = national.shape
    weight, known = np.zeros((states, states)), np.full((states, count), UNKNOWN)
    d = 0
    for r in range(states):
        for s in range(r + 1, states):
            calm = 1.0 - tension[d]
            weight[r, s], weight[s, r] = acting[s] * calm, acting[r] * calm
            d += 1
    at_peace = np.zeros(count)
    for r in range(states):
        for p in range(count):
            at_peace[p] += acting[r] * national[r, p]
    own, foreign, most = np.empty(states), np.empty(states), np.empty((states, count))
    for s in range(states):
        total = 0.0
        for r in range(states):
            total += weight[s, r]
        own[s] = acting[s] * (1.0 - abroad)
        foreign[s] = acting[s] * abroad / total if total > 0.0 else 0.0
        for p in range(count):
            most[s, p] = own[s] * national[s, p] + foreign[s] * min(at_peace[p], total)
    return States(national, own, foreign, weight, most, known)


@compiled
def national_shares(x: Practices, pledged: float, people: Floats, home: Ints, states: int) -> Floats:
    """What each state's own cities know, by people, (S, P)."""
    shares = np.zeros((states, x.shape[1]))
    total = np.zeros(states)
    for i in range(x.shape[0]):
        s, weight = home[i], people[i]
        total[s] += weight
        for p in range(x.shape[1]):
            shares[s, p] += weight * worth(x[i, p], pledged)
    for s in range(states):
        if total[s] > 0.0:
            for p in range(x.shape[1]):  # of a whole row, numba would compile the text of its errors too
                shares[s, p] /= total[s]
    return shares


@compiled
def through_state(
    national: Floats, own: Floats, foreign: Floats, weight: Floats, known: Floats, s: int, p: int
) -> float:
    """φ_s × what the state knows: a mixture of its own cities and of other states that act."""
    if known[s, p] == UNKNOWN:
        others = known_to_others(national, weight, s, p)
        known[s, p] = own[s] * national[s, p] + foreign[s] * others
    value: float = known[s, p]
    return value


@compiled
def known_to_others(national: Floats, weight: Floats, s: int, p: int) -> float:
    """What all states know of a practice by the weights of s, summed by fours."""
    states = len(national)
    known = 0.0
    for r in range(3, states, 4):
        two = weight[s, r - 3] * national[r - 3, p] + weight[s, r - 2] * national[r - 2, p]
        known += two + weight[s, r - 1] * national[r - 1, p] + weight[s, r] * national[r, p]
    rest = 0.0
    for r in range(states // 4 * 4, states):
        rest += weight[s, r] * national[r, p]
    return known + rest


@compiled
def through_states(national: Floats, acting: Floats, tension: Floats, abroad: float) -> Floats:
    """φ_s × what the state knows, (S, P)."""
    _, own, foreign, weight, _, known = as_states(national, acting, tension, abroad)
    for s in range(known.shape[0]):
        for p in range(known.shape[1]):
            through_state(national=national, own=own, foreign=foreign, weight=weight, known=known, s=s, p=p)
    return known


@compiled
def through_networks(
    x: Practices,
    pledged: float,
    engagement: Floats,
    city: Ints,
    network: Ints,
    focus: Floats,
    effort: float = 0.0,
) -> Floats:
    """What each network teaches, (K, P), times its focus on the practice's domain.

    X̄ + ε (1 − X̄) where any member knows the practice: X̄ is the engagement-weighted share of its members,
    ε the share of what is left that the secretariat teaches by itself.
    """
    count = x.shape[1]
    per_domain = count // N_DOMAINS
    shares = np.zeros((focus.shape[0], count))
    total = np.zeros(focus.shape[0])
    for m in range(len(city)):
        i, k = city[m], network[m]
        weight = engagement[i]
        total[k] += weight
        for p in range(count):
            shares[k, p] += weight * worth(x[i, p], pledged)
    for k in range(focus.shape[0]):
        if total[k] > 0.0:
            for p in range(count):
                f, known = focus[k, p // per_domain], shares[k, p]
                own = effort * (1.0 - min(known / total[k], 1.0)) if known > 0.0 else 0.0
                shares[k, p] = known * (f / total[k]) + own * f
    return shares
