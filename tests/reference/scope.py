"""Autonomy at home and reach abroad."""

import math
from typing import TYPE_CHECKING

from citysim.model.streams import Draws

from .agents import City
from .arithmetic import DT

if TYPE_CHECKING:
    from .model import ReferenceModel


def step(model: "ReferenceModel", draw: Draws) -> None:
    """Both grow with voice, return to their baselines, and suffer while the state is at war."""
    p = model.parameters
    for city in model.cities:
        loss = p.scope_conflict if city.state.at_war else 0.0
        heard = voice(city)
        gain = p.scope_gain_national * heard
        city.autonomy = relaxed(city.autonomy, city.own_autonomy, gain, p.scope_return_national, loss)
        gain = p.scope_gain_reach * heard
        city.reach = relaxed(city.reach, city.own_reach, gain, p.scope_return_reach, loss)


def voice(city: City) -> float:
    """e log(1 + Σ q over its networks)."""
    return city.engagement * math.log(1.0 + sum(network.acting_quality for network in city.networks))


def relaxed(x: float, baseline: float, gain: float, back: float, loss: float) -> float:
    """Solution after a quarter of x' = gain (1 − x) − back (x − baseline) − loss x."""
    rate = gain + back + loss
    if rate == 0.0:
        return x
    rest = (gain + back * baseline) / rate
    return rest + (x - rest) * math.exp(-rate * DT)
