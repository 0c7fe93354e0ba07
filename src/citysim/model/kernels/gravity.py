"""Proposals of twinnings by the law of the pair, without looking at every pair."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.events import MOST_TRIES, kept
from citysim.model.state import ROUNDING
from citysim.model.streams import uniform_at
from citysim.world.geography import EARTH_RADIUS_KM


@compiled
def masses(weight: Floats, start: Ints, order: Ints) -> tuple[Floats, Floats]:
    """Running sum of ``weight`` over the cities patch by patch, (N,), and its sum of each patch, (C,)."""
    running = np.cumsum(weight[order])
    mass = np.empty(len(start) - 1)
    for c in range(len(mass)):
        before = running[start[c] - 1] if start[c] > 0 else 0.0
        mass[c] = running[start[c + 1] - 1] - before
    return running, mass


@compiled
def reachable(mass: Floats, most: Floats) -> Floats:
    """Σ_c mass_c most_cd, (C,), in the order of patches."""
    total = np.zeros(len(mass))
    for c in range(len(mass)):
        for d in range(len(mass)):
            total[d] += mass[c] * most[c, d]
    return total


@compiled
def sum_up(mass: Floats, most: Floats, running: Floats) -> None:
    """Write the running sum of ``mass`` × ``most``, (C,)."""
    total = 0.0
    for c in range(len(mass)):
        total += mass[c] * most[c]
        running[c] = total


@compiled
def proposals(
    propose: np.uint64,
    choose: np.uint64,
    unit: float,  # proposals in a step to a partner where all weights are 1
    own: Floats,  # (N,) weight of a city as proposer
    wanted: Floats,  # (N,) its weight as partner
    start: Ints,  # (C + 1,)
    order: Ints,  # (N,)
    near: Floats,  # (C, C) largest distance factor between cities of two patches
    most: Floats,  # (C, C) that times all other factors between them
    xyz: Floats,  # (N, 3)
    exponent: float,
    nearest: float,  # km
    home: Ints,
    divide: float,  # log weight at tension 1
    tension: Floats,  # (D,)
    pair: Ints,  # (S, S)
) -> tuple[Ints, Ints, Ints]:
    """Proposals of a step: key, proposer and partner of each, by patches of proposers.

    i proposes to j at unit · own_i · wanted_j · factors · distance^exponent, exactly, by thinning (Lewis &
    Shedler 1979): as a Poisson process at the largest rate that its partners can give, partners drawn by
    their largest weights, and kept with the ratio of the true weight to that.
    """
    patches = len(start) - 1
    running, mass = masses(wanted, start, order)
    attraction = np.exp(max(divide, 0.0))  # tension may raise a weight
    total = reachable(mass, most)
    rows, count = np.empty((3, 64), dtype=np.int64), 0
    weight = np.empty(patches)  # running sum over the patches of partners
    for here in range(patches):
        known = False  # whether ``weight`` holds the partners' of this patch
        for place in range(start[here], start[here + 1]):
            i = order[place]
            expected, passed = unit * own[i] * total[here] * attraction, 0.0
            # 1 − e^−x ≤ x, and few numbers lie below x
            if not uniform_at(propose, i * MOST_TRIES) < expected * ROUNDING:
                continue
            if not known:
                sum_up(mass, most[here], weight)
                known = True
            for attempt in range(i * MOST_TRIES, (i + 1) * MOST_TRIES):
                passed -= np.log1p(-uniform_at(propose, attempt))
                if passed >= expected:
                    break
                aim = uniform_at(choose, 3 * attempt) * weight[-1]
                c = min(int(np.searchsorted(weight, aim, side="right")), patches - 1)
                before = running[start[c] - 1] if start[c] > 0 else 0.0
                aim = before + uniform_at(choose, 3 * attempt + 1) * mass[c]
                inside = int(np.searchsorted(running[start[c] : start[c + 1]], aim, side="right"))
                j = order[min(start[c] + inside, start[c + 1] - 1)]
                if j == i:
                    continue
                cosine = xyz[i, 0] * xyz[j, 0] + xyz[i, 1] * xyz[j, 1] + xyz[i, 2] * xyz[j, 2]
                distance = max(EARTH_RADIUS_KM * np.arccos(min(max(cosine, -1.0), 1.0)), nearest)
                share = distance**exponent / near[here, c] / attraction
                if pair[home[i], home[j]] >= 0:
                    share *= np.exp(divide * tension[pair[home[i], home[j]]])
                if uniform_at(choose, 3 * attempt + 2) < share:
                    rows = kept(rows, count, attempt, i, j)
                    count += 1
    return rows[0, :count].copy(), rows[1, :count].copy(), rows[2, :count].copy()
