"""Growth of cities."""

import math
from typing import TYPE_CHECKING

from citysim.model.streams import Draws

from .agents import NationState
from .arithmetic import DT

if TYPE_CHECKING:
    from .model import ReferenceModel


def begin(model: "ReferenceModel") -> None:
    """Growth of the first year."""
    for city in model.cities:
        city.growth = trend(city.state, 0)


def step(model: "ReferenceModel", draw: Draws) -> None:
    """Gibrat: the country's growth times a log-normal residual of mean 1."""
    sigma = model.parameters.urban_noise
    xi = draw.normal("residual", len(model.cities)).tolist()
    for city in model.cities:
        city.growth = trend(city.state, model.quarters_done)
        residual = sigma * math.sqrt(DT) * xi[city.index] - sigma**2 * DT / 2
        city.population *= math.exp(city.growth * DT + residual)


def trend(state: NationState, quarter: int) -> float:
    """Growth of the country's urban population in the year of ``quarter``; the last known one goes on."""
    return float(state.urban_growth[min(quarter // 4, len(state.urban_growth) - 1)])
