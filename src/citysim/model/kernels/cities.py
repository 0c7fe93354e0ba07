"""Loops over cities: means of their services, and how values move in a step."""

from typing import NamedTuple

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled

type Pair = tuple[float, float]  # of autonomy and of reach


@compiled
def mean_service(services: Floats) -> Floats:
    """Mean over the domains of each city's service levels (N, domains), (N,)."""
    mean = np.empty(len(services))
    for i in range(len(services)):
        mean[i] = mean_of_row(services[i])
    return mean


@compiled
def mean_of_row(levels: Floats) -> float:
    """Mean of a city's service levels, (domains,)."""
    even = odd = 0.0  # two sums that do not wait for each other
    for pair in range(len(levels) // 2):
        even += levels[2 * pair]
        odd += levels[2 * pair + 1]
    if len(levels) % 2 == 1:
        even += levels[-1]
    return (even + odd) / len(levels)


@compiled
def mean_of_services(services: Floats, domains: tuple[int, ...]) -> Floats:
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
def log_growth(
    growth: Floats, year: int, home: Ints, correction: float, noise: float, xi: Floats, dt: float
) -> tuple[Floats, Floats]:
    """Trend of each city's country in a ``year`` of its path (S, years), per year, and ln of a step's growth.

    (N,) each; ``correction`` is Itô's, ``noise`` the standard deviation in a step, ``xi`` standard normal.
    """
    rates, log = np.empty(len(home)), np.empty(len(home))
    for i in range(len(home)):
        rates[i] = growth[home[i], year]
        log[i] = (rates[i] - correction) * dt + noise * xi[i]
    return rates, log


class Weights(NamedTuple):
    """What drives development and the marginalised share, and how much of each's way is left by a step."""

    development_services: float
    development_capacity: float
    development_stress: float
    development_marginal: float
    marginal_growth: float
    marginal_stress: float
    marginal_services: float
    development_kept: float
    marginal_kept: float


@compiled
def drives(
    services: Floats,
    including: tuple[int, ...],
    capacity: Floats,
    stress: Floats,
    marginal: Floats,
    growth: Floats,
    weights: Weights,
) -> tuple[Floats, Floats]:
    """What drives each city's development and marginalised share from their baselines, (N,) each.

    Development: capacity, services, stress and marginalisation; the share: growth, stress and the
    ``including`` services.
    """
    w = weights
    developing, excluding = mean_service(services), mean_of_services(services, including)
    for i in range(len(services)):
        gain = w.development_services * developing[i] + w.development_capacity * capacity[i]
        developing[i] = gain - w.development_stress * stress[i] - w.development_marginal * marginal[i]
        pressure = w.marginal_growth * growth[i] + w.marginal_stress * stress[i]
        excluding[i] = pressure - w.marginal_services * excluding[i]
    return developing, excluding


@compiled
def developed(
    development: Floats,
    marginal: Floats,
    baseline: Floats,
    marginal_baseline: Floats,
    services: Floats,
    including: tuple[int, ...],
    capacity: Floats,
    stress: Floats,
    growth: Floats,
    weights: Weights,
) -> tuple[Floats, Floats]:
    """Development and marginalised share after a step towards baseline plus drive, (N,) each."""
    developing, excluding = drives(services, including, capacity, stress, marginal, growth, weights=weights)
    for i in range(len(services)):
        developing[i] = towards(development[i], baseline[i] + developing[i], weights.development_kept)
        excluding[i] = towards(marginal[i], marginal_baseline[i] + excluding[i], weights.marginal_kept)
    return developing, excluding


@compiled
def towards(value: float, target: float, kept: float) -> float:
    """Value after a step towards a target cut to [0, 1], ``kept`` of the distance being left."""
    aim = min(max(target, 0.0), 1.0)
    return aim + (value - aim) * kept


@compiled
def scope_rates(voice: Floats, war: Bools, home: Ints, gain: Pair, back: Pair, loss: float) -> Floats:
    """Rate of each kind of scope, gain · voice + return + loss where the state is at war, (2, N)."""
    rate = np.empty((len(gain), len(voice)))
    for kind in range(len(gain)):
        for i in range(len(voice)):
            rate[kind, i] = gain[kind] * voice[i] + back[kind] + (loss if war[home[i]] else 0.0)
    return rate


@compiled
def scope_after(
    voice: Floats, gain: float, back: float, rate: Floats, kept: Floats, value: Floats, baseline: Floats
) -> Floats:
    """Scope after a step towards (gain · voice + back · baseline) / rate, ``kept`` of the way left, (N,)."""
    moved = np.empty(len(value))
    for i in range(len(value)):
        aim = (gain * voice[i] + back * baseline[i]) / rate[i] if rate[i] > 0.0 else value[i]
        moved[i] = aim + (value[i] - aim) * kept[i]
    return moved


@compiled
def unrest_pressure(marginal: Floats, stress: Floats, by_margin: float, by_stress: float) -> Floats:
    """β_m m + β_z z / (1 + z), (N,)."""
    pressure = np.empty(len(marginal))
    for i in range(len(marginal)):
        pressure[i] = by_margin * marginal[i] + by_stress * stress[i] / (1.0 + stress[i])
    return pressure


@compiled
def held_back(hazard: Floats, services: Floats, domain: int) -> Floats:
    """What a service leaves of a hazard, h (1 − S), (N,)."""
    left = np.empty(len(hazard))
    for i in range(len(hazard)):
        left[i] = hazard[i] * (1.0 - services[i, domain])
    return left
