"""Proposals of twinnings by the law of the pair, without looking at every pair."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.dyads import states_at_war
from citysim.model.kernels.events import MOST_TRIES, first_above, first_tries, kept
from citysim.model.kernels.ties import agreed
from citysim.model.state import ROUNDING
from citysim.model.streams import Words, uniform_at
from citysim.world.geography import EARTH_RADIUS_KM

#: Patches between two of the running sums that are kept: few are added up again to find one among them.
BLOCK = 16


class Proposing(NamedTuple):
    """The law of proposals, but for what two patches have in common."""

    unit: float  # proposals in a step to a partner where all weights are 1
    solidarity: float  # factor of a partner hit by crisis or war
    exponent: float  # of distance
    nearest: float  # km
    divide: float  # log weight at tension 1


@compiled
def masses(
    own: Floats, war: Bools, hit: Bools, solidarity: float, home: Ints, start: Ints, order: Ints
) -> tuple[Floats, Floats]:
    """Running sum of the cities' weights as partners, patch by patch, (N,), and each patch's sum, (C,)."""
    running, total = np.empty(len(order)), 0.0
    for place in range(len(order)):
        i = order[place]
        total += own[i] * (solidarity if war[home[i]] or hit[i] else 1.0)
        running[place] = total
    mass = np.empty(len(start) - 1)
    for c in range(len(mass)):
        before = running[start[c] - 1] if start[c] > 0 else 0.0
        mass[c] = running[start[c + 1] - 1] - before
    return running, mass


@compiled
def reachable(mass: Floats, most: Floats) -> Floats:
    """Running sums of mass_c most_cd over c, after every ``BLOCK`` patches and the last, (blocks, C)."""
    patches = len(mass)
    sums, total = np.empty(((patches + BLOCK - 1) // BLOCK, patches)), np.zeros(patches)
    for block in range(len(sums)):
        c, end = block * BLOCK, min((block + 1) * BLOCK, patches)
        while c + 4 <= end:  # four at a time, in their order, so that the totals are read less often
            u, v, w, x = mass[c], mass[c + 1], mass[c + 2], mass[c + 3]
            p, q, r, s = most[c], most[c + 1], most[c + 2], most[c + 3]
            for d in range(patches):
                total[d] = total[d] + u * p[d] + v * q[d] + w * r[d] + x * s[d]
            c += 4
        for rest in range(c, end):
            for d in range(patches):
                total[d] += mass[rest] * most[rest, d]
        for d in range(patches):  # one by one: numba takes seconds to compile how shapes that differ are told
            sums[block, d] = total[d]
    return sums


@compiled
def patch_at(aim: float, here: int, mass: Floats, most: Floats, sums: Floats) -> int:
    """The first patch at which the running sum of mass × ``most[here]`` exceeds ``aim``, or the last."""
    block = 0
    while block < len(sums) - 1 and not sums[block, here] > aim:
        block += 1
    running = sums[block - 1, here] if block > 0 else 0.0
    last = min((block + 1) * BLOCK, len(mass)) - 1
    for c in range(block * BLOCK, last):
        running += mass[c] * most[here, c]  # symmetric: in the order and with the terms of ``sums``
        if running > aim:
            return c
    return last


@compiled
def proposals(
    law: Proposing,
    words: Words,  # of proposing, of choosing a partner, of accepting
    own: Floats,  # (N,) weight of a city as proposer; as partner too, unless it is hit
    engagement: Floats,  # (N,)
    hit: Bools,  # (N,) by a crisis
    conflict_left: Ints,  # (D,)
    tension: Floats,  # (D,)
    first: Ints,  # (D,)
    second: Ints,  # (D,)
    pair: Ints,  # (S, S)
    home: Ints,  # (N,)
    xyz: Floats,  # (N, 3)
    start: Ints,  # (C + 1,)
    order: Ints,  # (N,)
    near: Floats,  # (C, C) largest distance factor between cities of two patches
    most: Floats,  # (C, C) that times all other factors between them, symmetric
) -> Ints:
    """Keys of the ties proposed and accepted in a step; one may come twice.

    i proposes to j at unit · own_i · wanted_j · factors · distance^exponent, exactly, by thinning (Lewis &
    Shedler 1979): as a Poisson process at the largest rate that its partners can give, partners drawn by
    their largest weights, and kept with the ratio of the true weight to that.
    """
    propose, choose, accept = words
    unit, divide = law.unit, law.divide
    war = states_at_war(conflict_left, first, second, len(pair))
    running, mass = masses(
        own=own, war=war, hit=hit, solidarity=law.solidarity, home=home, start=start, order=order
    )
    attraction = np.exp(max(divide, 0.0))  # tension may raise a weight
    sums = reachable(mass, most)
    luck = first_tries(propose, len(own))
    ties, count = np.empty(64, dtype=np.int64), 0
    for here in range(len(mass)):
        total = sums[-1, here]
        for place in range(start[here], start[here + 1]):
            i = order[place]
            expected, passed = unit * own[i] * total * attraction, 0.0
            # 1 − e^−x ≤ x, and few numbers lie below x
            if not luck[i] < expected * ROUNDING:
                continue
            for attempt in range(i * MOST_TRIES, (i + 1) * MOST_TRIES):
                passed -= np.log1p(-uniform_at(propose, attempt))
                if passed >= expected:
                    break
                c = patch_at(uniform_at(choose, 3 * attempt) * total, here, mass, most, sums)
                before = running[start[c] - 1] if start[c] > 0 else 0.0
                aim = before + uniform_at(choose, 3 * attempt + 1) * mass[c]
                inside = first_above(running[start[c] : start[c + 1]], aim)
                j = order[min(start[c] + inside, start[c + 1] - 1)]
                if j == i:
                    continue
                cosine = xyz[i, 0] * xyz[j, 0] + xyz[i, 1] * xyz[j, 1] + xyz[i, 2] * xyz[j, 2]
                distance = max(EARTH_RADIUS_KM * np.arccos(min(max(cosine, -1.0), 1.0)), law.nearest)
                share = distance**law.exponent / near[here, c] / attraction
                if pair[home[i], home[j]] >= 0:
                    share *= np.exp(divide * tension[pair[home[i], home[j]]])
                if uniform_at(choose, 3 * attempt + 2) < share and agreed(i, j, engagement, accept, attempt):
                    ties = kept(ties, count, min(i, j) * len(own) + max(i, j))
                    count += 1
    return ties[:count].copy()
