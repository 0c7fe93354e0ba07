"""Loops over memberships."""

import numpy as np

from citysim.model.compiled import compiled
from citysim.world.world import Floats, Ints


@compiled
def shortfalls(
    city: Ints, network: Ints, quality: Floats, focus: Floats, services: Floats, threshold: float
) -> Floats:
    """How far each membership's benefit q⟨u, f⟩ stays below ``threshold``, (M,); u is what services leave."""
    short = np.zeros(len(city))
    for m in range(len(city)):
        match = 0.0
        for d in range(services.shape[1]):
            match += (1.0 - services[city[m], d]) * focus[network[m], d]
        short[m] = max(threshold - quality[network[m]] * match, 0.0)
    return short
