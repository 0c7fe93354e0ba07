"""Mesa as a run needs it: models, agents and data collectors, imported without what else it brings.

``import mesa`` imports its spaces too, and with them pandas, networkx and scipy.spatial, two thirds of a
second of which a run uses nothing. Where Mesa is first imported from here, each of these is stood in for by
an object that imports it when something in it is first asked for; ``mesa.discrete_space`` and the others work
as ever, and ``import mesa.discrete_space`` and ``import pandas`` elsewhere are not touched.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["mesa"]

#: What Mesa imports with itself, and neither its models nor its agents use before they are asked for tables.
_LATER = (
    "pandas",
    "tqdm.auto",
    "mesa.discrete_space",
    "mesa.space",
    "mesa.experimental.continuous_space",
    "mesa.experimental.devs",
    "mesa.experimental.meta_agents",
)


class _StandIn(ModuleType):
    """A module that is imported when one of its names is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of every module by tools that go through all of them
            raise AttributeError(f"module {self.__name__!r} is not imported yet, and has no {name!r}")
        _take_out(self)
        return getattr(import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        _take_out(self)
        return dir(import_module(self.__name__))


class _Progress(_StandIn):
    """Of ``tqdm.auto``: Mesa takes its one name at once, and calls it in ``batch_run``."""

    @staticmethod
    def tqdm(*given: Any, **named: Any) -> Any:
        """A progress bar."""
        return import_module("tqdm.auto").tqdm(*given, **named)


def _take_out(module: ModuleType) -> None:
    """Let the import system forget a module that stands in, so that it finds the real one."""
    if sys.modules.get(module.__name__) is module:
        del sys.modules[module.__name__]


def _import_mesa() -> ModuleType:
    if "mesa" in sys.modules:
        return import_module("mesa")
    kinds = {"tqdm.auto": _Progress}
    standing = [kinds.get(name, _StandIn)(name) for name in _LATER if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in standing})
    try:
        return import_module("mesa")
    finally:
        for module in standing:
            _take_out(module)


_import_mesa()
import mesa  # noqa: E402  what is imported by now
