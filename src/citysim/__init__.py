"""citysim: agent-based simulation of city cooperation while states stall.

The names below are imported when they are first used, so that ``import citysim`` is quick.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

#: The oldest Python that will do, as in pyproject.toml. Older ones read this file too: no new syntax.
_PYTHON = (3, 12)


def _check_machine() -> None:
    """Raise ``ImportError`` where citysim cannot run; a program that it ends shows that line alone."""
    if sys.platform == "win32":
        text = "citysim needs Linux or macOS; on Windows, install and run it in WSL (wsl --install)"
    elif sys.version_info < _PYTHON:
        needed, found = (".".join(map(str, version)) for version in (_PYTHON, sys.version_info[:3]))
        text = f"citysim needs Python {needed} or later, this is Python {found}"
    else:
        return
    error, usual = ImportError(text), sys.excepthook

    def one_line(kind: Any, value: Any, trace: Any) -> None:
        if value is error:
            sys.stderr.write(text + "\n")
        else:
            usual(kind, value, trace)

    sys.excepthook = one_line
    raise error


_check_machine()

if TYPE_CHECKING:
    from citysim.api import Results, load_results, run_experiment
    from citysim.errors import CitysimError, ConfigError, DataError, MachineError, ResultError
    from citysim.model.extension import Extension
    from citysim.model.model import CityModel
    from citysim.model.outcomes import OUTCOMES, Outcome
    from citysim.model.parameters import Parameters
    from citysim.model.schedule import SCHEDULE, Phase
    from citysim.plan.config import ExperimentConfig, load_config
    from citysim.world.world import World

__version__ = "0.1.0"

__all__ = [
    "OUTCOMES",
    "SCHEDULE",
    "CityModel",
    "CitysimError",
    "ConfigError",
    "DataError",
    "ExperimentConfig",
    "Extension",
    "MachineError",
    "Outcome",
    "Parameters",
    "Phase",
    "ResultError",
    "Results",
    "World",
    "__version__",
    "load_config",
    "load_results",
    "run_experiment",
]

_HOMES = {
    "OUTCOMES": "citysim.model.outcomes",
    "SCHEDULE": "citysim.model.schedule",
    "CityModel": "citysim.model.model",
    "CitysimError": "citysim.errors",
    "ConfigError": "citysim.errors",
    "DataError": "citysim.errors",
    "ExperimentConfig": "citysim.plan.config",
    "Extension": "citysim.model.extension",
    "MachineError": "citysim.errors",
    "Outcome": "citysim.model.outcomes",
    "Parameters": "citysim.model.parameters",
    "Phase": "citysim.model.schedule",
    "ResultError": "citysim.errors",
    "Results": "citysim.api",
    "World": "citysim.world.world",
    "load_config": "citysim.plan.config",
    "load_results": "citysim.api",
    "run_experiment": "citysim.api",
}


if not TYPE_CHECKING:  # else every name that is misspelled would have the type Any

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'citysim' has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
