"""citysim: agent-based simulation of city cooperation while states stall.

The names below are imported when they are first used, so that ``import citysim`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citysim.api import Results, load_results, run_experiment
    from citysim.model.model import CityModel
    from citysim.model.parameters import Parameters
    from citysim.world.world import World

__version__ = "0.1.0"

__all__ = [
    "CityModel",
    "Parameters",
    "Results",
    "World",
    "__version__",
    "load_results",
    "run_experiment",
]

_HOMES = {
    "CityModel": "citysim.model.model",
    "Parameters": "citysim.model.parameters",
    "Results": "citysim.api",
    "World": "citysim.world.world",
    "load_results": "citysim.api",
    "run_experiment": "citysim.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'citysim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
