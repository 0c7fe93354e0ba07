"""Development and marginalisation; unrest follows."""

import math
from typing import TYPE_CHECKING

from citysim.model.streams import Draws
from citysim.world.domains import DOMAIN_INDEX

from .agents import City
from .arithmetic import DT, clip, mean
from .crises import set_unrest

if TYPE_CHECKING:
    from .model import ReferenceModel

INCLUDING = ("employment", "migration", "participation", "civic")


def begin(model: "ReferenceModel") -> None:
    """Baselines at which the first day is at rest."""
    model.rest_development = {
        c: c.development - development_drive(model, c, c.own_capacity) for c in model.cities
    }
    model.rest_marginalised = {c: c.marginalised - marginal_drive(model, c) for c in model.cities}


def step(model: "ReferenceModel", draw: Draws) -> None:
    """Both move towards baseline and drive; development reads the marginalised share as it was."""
    p = model.parameters
    for city in model.cities:
        development = clip(model.rest_development[city] + development_drive(model, city, city.capacity))
        marginalised = clip(model.rest_marginalised[city] + marginal_drive(model, city))
        city.development += (development - city.development) * (1 - math.exp(-p.development_speed * DT))
        city.marginalised += (marginalised - city.marginalised) * (1 - math.exp(-p.marginal_speed * DT))
    set_unrest(model)


def development_drive(model: "ReferenceModel", city: City, capacity: float) -> float:
    """Services and capacity, less stress and marginalisation."""
    p = model.parameters
    gain = p.development_services * mean(city.services) + p.development_capacity * capacity
    return gain - p.development_stress * city.stress - p.development_marginal * city.marginalised


def marginal_drive(model: "ReferenceModel", city: City) -> float:
    """Growth and stress, less the services that include."""
    p = model.parameters
    included = mean(city.services[DOMAIN_INDEX[name]] for name in INCLUDING)
    return p.marginal_growth * city.growth + p.marginal_stress * city.stress - p.marginal_services * included
