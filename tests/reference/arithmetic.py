"""What several mechanisms need: the step, chances, and draws by name."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from citysim.model.streams import Draws

#: A quarter of a year.
DT = 0.25
NONE, PLEDGED, IMPLEMENTED = 0, 1, 2


def chance(rate: float) -> float:
    """Probability that an event of ``rate`` a year happens within a quarter: 1 − exp(−rate Δt)."""
    return -math.expm1(-rate * DT)


def logistic(x: float) -> float:
    """logit⁻¹, without overflow on either side."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


def clip(x: float, low: float = 0.0, high: float = 1.0) -> float:
    """``x`` kept within [low, high]."""
    return min(max(x, low), high)


def mean(values: Iterable[float]) -> float:
    """Arithmetic mean."""
    listed = list(values)
    return sum(listed) / len(listed)


def roulette(weights: Sequence[float], u: float) -> int:
    """The first place at which the running sum of ``weights`` exceeds the share ``u`` of their total."""
    aim, running = u * sum(weights), 0.0
    for place, weight in enumerate(weights):
        running += weight
        if running > aim:
            return place
    return len(weights) - 1


def uniforms(draw: Draws, purpose: str, number: int) -> list[float]:
    """One uniform number for each of ``number`` things that stay."""
    return [float(u) for u in draw.uniform(purpose, number)]


def keyed_uniforms(draw: Draws, purpose: str, keys: Iterable[int]) -> dict[int, float]:
    """One uniform number for each tie or membership, by its key."""
    listed = list(keys)
    drawn = draw.uniform_of(purpose, np.array(listed, dtype=np.int64))
    return {key: float(u) for key, u in zip(listed, drawn, strict=True)}


def kilometres(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle distance by the haversine formula; degrees in, Earth radius 6,371 km."""
    a, b = math.radians(latitude_a), math.radians(latitude_b)
    east = math.radians(longitude_b - longitude_a)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(east / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(min(h, 1.0)))
