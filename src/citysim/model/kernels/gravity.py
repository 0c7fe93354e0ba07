"""Drawing partners by gravity without looking at every city."""

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.streams import uniform_at
from citysim.world.geography import EARTH_RADIUS_KM

#: Tries after which a proposer finds nobody; of thousands of proposals none has needed a hundredth.
MOST_TRIES = 1_000_000


@compiled
def partners(
    word: np.uint64,
    city: Ints,  # (proposers,)
    own: Floats,  # (N,) weight of a city as partner, whoever asks
    of: Ints,  # (N,)
    start: Ints,  # (C + 1,)
    order: Ints,  # (N,)
    near: Floats,  # (C, C) largest distance factor between cities of two patches
    factor: Floats,  # (C, C) other factors between them
    xyz: Floats,  # (N, 3)
    exponent: float,
    nearest: float,  # km
    home: Ints,
    divide: float,  # log weight at tension 1
    tension: Floats,  # (D,)
    pair: Ints,  # (S, S)
) -> Ints:
    """A partner j ≠ i for each proposer i, (proposers,), with weight own_j · factor · distance^exponent.

    By rejection (von Neumann 1951): a patch by the largest weight its cities can have, a city within it by
    its own weight, kept with the ratio of its true weight to that largest. −1 where no city has weight.
    """
    patches = len(start) - 1
    running = np.cumsum(own[order])
    mass = np.empty(patches)
    for c in range(patches):
        before = running[start[c] - 1] if start[c] > 0 else 0.0
        mass[c] = running[start[c + 1] - 1] - before
    found = np.full(len(city), -1, dtype=np.int64)
    weight = np.empty(patches)
    for place in range(len(city)):
        i = city[place]
        total = 0.0
        for c in range(patches):
            total += mass[c] * near[of[i], c] * factor[of[i], c]
            weight[c] = total
        if not total > 0.0:
            continue
        for attempt in range(MOST_TRIES):
            key = 3 * (i * MOST_TRIES + attempt)
            c = min(int(np.searchsorted(weight, uniform_at(word, key) * total, side="right")), patches - 1)
            before = running[start[c] - 1] if start[c] > 0 else 0.0
            aim = before + uniform_at(word, key + 1) * mass[c]
            inside = int(np.searchsorted(running[start[c] : start[c + 1]], aim, side="right"))
            j = order[min(start[c] + inside, start[c + 1] - 1)]
            if j == i:
                continue
            cosine = xyz[i, 0] * xyz[j, 0] + xyz[i, 1] * xyz[j, 1] + xyz[i, 2] * xyz[j, 2]
            distance = max(EARTH_RADIUS_KM * np.arccos(min(max(cosine, -1.0), 1.0)), nearest)
            kept = distance**exponent / near[of[i], c]
            if pair[home[i], home[j]] >= 0:
                # at most 1, also where tension attracts
                kept *= np.exp(divide * tension[pair[home[i], home[j]]] - max(divide, 0.0))
            if uniform_at(word, key + 2) < kept:
                found[place] = j
                break
    return found
