"""Loops over memberships."""

import numpy as np

from citysim.model.compiled import compiled
from citysim.world.world import Floats, Ints


@compiled
def rows(city: Ints, cities: int) -> Ints:
    """Where each city's memberships begin among all in order of cities, (N + 1,)."""
    start = np.zeros(cities + 1, dtype=np.int64)
    for m in range(len(city)):
        start[city[m] + 1] += 1
    for i in range(cities):
        start[i + 1] += start[i]
    return start


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


@compiled
def duplication(city: Ints, network: Ints, focus: Floats, cities: int) -> Floats:
    """Share of the focus of a city's networks that another of them covers too, 1 − Σ max f / Σ f, (N,).

    ``city``, ``network``: memberships (M,) in order of cities; 0 for a city with fewer than two.
    """
    shared = np.zeros(cities)
    widest = np.zeros(focus.shape[1])
    first = 0
    while first < len(city):
        widest[:] = 0.0
        total = 0.0
        m = first
        while m < len(city) and city[m] == city[first]:
            for d in range(len(widest)):
                covered = focus[network[m], d]
                widest[d] = max(widest[d], covered)
                total += covered
            m += 1
        if m - first > 1 and total > 0.0:
            shared[city[first]] = 1.0 - widest.sum() / total
        first = m
    return shared
