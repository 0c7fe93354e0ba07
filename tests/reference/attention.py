"""Attention: what ties ask for, and how engaged they leave a city."""

import math
from typing import TYPE_CHECKING

from citysim.model.streams import Draws

from .agents import City

if TYPE_CHECKING:
    from .model import ReferenceModel


def begin(model: "ReferenceModel") -> None:
    """Attention already counts on the first day; without the mechanism it is boundless."""
    if model.parameters.attention:
        step(model, model.streams.at("attention", 0))


def step(model: "ReferenceModel", draw: Draws) -> None:
    """Budget A₀ (½ + 2a) times propensity; engagement min(1, A / used)."""
    p = model.parameters
    for city in model.cities:
        city.attention = p.attention_budget * (0.5 + 2 * city.capacity) * lasting(city, p.attention_spread)
        city.used = p.membership_cost * len(city.networks) + p.twinning_cost * len(city.ties)
        city.engagement = min(1.0, city.attention / city.used) if city.used > 0 else 1.0


def lasting(city: City, spread: float) -> float:
    """Log-normal factor of mean 1 from the city's lasting propensity for outside ties."""
    return math.exp(spread * city.propensity - spread**2 / 2)
