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
    growth: Floats,
    year: int,
    home: Ints,
    correction: float,
    noise: float,
    xi: Floats,
    dt: float,
    trend: Floats,
) -> None:
    """Write the ``trend`` of each city's country in a ``year`` of its path (S, years), per year, (N,).

    And ln of a step's growth in place of ``xi`` (N,), standard normal numbers; ``correction`` is Itô's,
    ``noise`` the standard deviation in a step.
    """
    for i in range(len(home)):
        trend[i] = growth[home[i], year]
        xi[i] = (trend[i] - correction) * dt + noise * xi[i]


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
) -> None:
    """Take ``development`` and the ``marginal`` share a step towards baseline plus drive, (N,) each."""
    developing, excluding = drives(services, including, capacity, stress, marginal, growth, weights=weights)
    for i in range(len(services)):
        development[i] = towards(development[i], baseline[i] + developing[i], weights.development_kept)
        marginal[i] = towards(marginal[i], marginal_baseline[i] + excluding[i], weights.marginal_kept)


@compiled
def towards(value: float, target: float, kept: float) -> float:
    """Value after a step towards a target cut to [0, 1], ``kept`` of the distance being left."""
    aim = min(max(target, 0.0), 1.0)
    return aim + (value - aim) * kept


@compiled
def scope_rates(
    voice: Floats, war: Bools, home: Ints, gain: Pair, back: Pair, loss: float, dt: float
) -> tuple[Floats, Floats]:
    """Rate of each kind of scope, gain · voice + return + loss at war, and −rate Δt, (2, N) each."""
    rate, exponent = np.empty((len(gain), len(voice))), np.empty((len(gain), len(voice)))
    for kind in range(len(gain)):
        for i in range(len(voice)):
            rate[kind, i] = gain[kind] * voice[i] + back[kind] + (loss if war[home[i]] else 0.0)
            exponent[kind, i] = -rate[kind, i] * dt
    return rate, exponent


@compiled
def move_scope(
    values: tuple[Floats, Floats],
    baselines: tuple[Floats, Floats],
    voice: Floats,
    gain: Pair,
    back: Pair,
    rate: Floats,
    kept: Floats,
) -> None:
    """Take each kind of scope (N,) a step towards (gain · voice + back · baseline) / rate.

    ``kept`` (2, N) of the way are left.
    """
    for kind in range(len(gain)):
        value, baseline = values[kind], baselines[kind]
        for i in range(len(value)):
            pull = gain[kind] * voice[i] + back[kind] * baseline[i]
            aim = pull / rate[kind, i] if rate[kind, i] > 0.0 else value[i]
            value[i] = aim + (value[i] - aim) * kept[kind, i]


@compiled
def unrest_pressure(marginal: Floats, stress: Floats, by_margin: float, by_stress: float) -> Floats:
    """β_m m + β_z z / (1 + z), (N,)."""
    pressure = np.empty(len(marginal))
    for i in range(len(marginal)):
        pressure[i] = by_margin * marginal[i] + by_stress * stress[i] / (1.0 + stress[i])
    return pressure


@compiled
def held_back(hazard: Floats, services: Floats, domain: int, unit: float) -> None:
    """Leave of a ``hazard`` what a service does not prevent, h (1 − S), in a ``unit``, (N,)."""
    for i in range(len(hazard)):
        hazard[i] = hazard[i] * (1.0 - services[i, domain]) / unit
