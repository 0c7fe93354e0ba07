"""Loops over cities: means of their services, and how values move in a step."""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled


@compiled
def mean_service(services: Floats) -> Floats:
    """Mean over the domains of each city's service levels (N, domains), (N,)."""
    count = services.shape[1]
    mean = np.empty(len(services))
    for i in range(len(services)):
        even = odd = 0.0  # two sums that do not wait for each other
        for d in range(0, count, 2):
            even += services[i, d]
        for d in range(1, count, 2):
            odd += services[i, d]
        mean[i] = (even + odd) / count
    return mean


@compiled
def mean_of_services(services: Floats, domains: Ints) -> Floats:
    """Mean over some ``domains`` of each city's service levels (N, domains), (N,)."""
    mean = np.empty(len(services))
    for i in range(len(services)):
        total = 0.0
        for d in domains:
            total += services[i, d]
        mean[i] = total / len(domains)
    return mean


@compiled
def weighted_services(services: Floats, people: Floats) -> Floats:
    """Sums over cities of service levels times ``people``, (domains,)."""
    total = np.zeros(services.shape[1])
    for i in range(len(services)):
        for d in range(len(total)):
            total[d] += services[i, d] * people[i]
    return total


@compiled
def towards(value: Floats, target: Floats, kept: float) -> Floats:
    """Value after a step towards a target cut to [0, 1], ``kept`` of the distance being left, (N,)."""
    moved = np.empty(len(value))
    for i in range(len(value)):
        aim = min(max(target[i], 0.0), 1.0)
        moved[i] = aim + (value[i] - aim) * kept
    return moved


@compiled
def scope_rates(gain: float, voice: Floats, back: float, loss: float, war: Bools, home: Ints) -> Floats:
    """Rate at which scope moves, gain with voice + return + loss where the state is at war, (N,)."""
    rate = np.empty(len(voice))
    for i in range(len(voice)):
        rate[i] = gain * voice[i] + back + (loss if war[home[i]] else 0.0)
    return rate


@compiled
def scope_after(
    value: Floats, baseline: Floats, gain: float, voice: Floats, back: float, rate: Floats, kept: Floats
) -> Floats:
    """Scope after a step towards (gain · voice + back · baseline) / rate, ``kept`` of the way left, (N,)."""
    moved = np.empty(len(value))
    for i in range(len(value)):
        aim = (gain * voice[i] + back * baseline[i]) / rate[i] if rate[i] > 0.0 else value[i]
        moved[i] = aim + (value[i] - aim) * kept[i]
    return moved
