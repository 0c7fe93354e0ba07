"""Mesa as a run needs it: models, agents and data collectors, imported without what else it brings.

``import mesa`` imports its spaces too, and with them pandas, networkx and scipy.spatial, two thirds of a
second of which a run uses nothing. Where Mesa is first imported from here, each of these is stood in for by
an object that imports it when something in it is first asked for; ``mesa.discrete_space`` and the others work
as ever, and ``import mesa.discrete_space`` and ``import pandas`` elsewhere are not touched.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType, ModuleType
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


@contextmanager
def _standing_in() -> Iterator[None]:
    """Stand in for what is not imported yet."""
    kinds = {"tqdm.auto": _Progress}
    standing = [kinds.get(name, _StandIn)(name) for name in _LATER if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in standing})
    try:
        yield
    finally:
        for module in standing:
            _take_out(module)


@contextmanager
def _callers_by_name() -> Iterator[None]:
    """Mesa names its loggers by who calls; ``inspect`` would look for the source of every caller for it."""

    def module(frame: FrameType) -> ModuleType | None:
        return sys.modules.get(frame.f_globals["__name__"])

    def callers(frame: FrameType | None, _context: int = 1) -> list[inspect.FrameInfo]:
        found = []
        while frame is not None:
            code = frame.f_code
            one = inspect.FrameInfo(frame, code.co_filename, frame.f_lineno, code.co_name, None, None)
            found.append(one)
            frame = frame.f_back
        return found

    originals = inspect.getmodule, inspect.getouterframes
    inspect.getmodule, inspect.getouterframes = module, callers  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getmodule, inspect.getouterframes = originals


if "mesa" not in sys.modules:
    with _standing_in(), _callers_by_name():
        import_module("mesa")
import mesa  # noqa: E402  what is imported by now
