"""Rates over time: a path of levels by year, linear between them and held outside.

``{2023 = 0.1, 2030 = 0.2}`` is the text ``2023:0.1 + 2030:0.2`` among the parameters of a run, each year
standing for its first quarter. Inside ``Parameters`` all paths are one text, ``paths``, and the rate itself
has the value that it starts with.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeGuard

import numpy as np

from citysim.model.levels import JOIN, entries
from citysim.world.sizes import START_YEAR

EXAMPLE = "{2023 = 0.1, 2030 = 0.2}"
_YEAR = re.compile(r"(19|20|21)\d\d")


def is_path(given: object) -> TypeGuard[Mapping[object, object] | str]:
    """Whether the value of a rate is meant as a path: a table, or its text."""
    return isinstance(given, Mapping) or (isinstance(given, str) and ":" in given)


def faults(given: Mapping[object, object] | str, low: float, high: float) -> list[tuple[str, str]]:
    """Key and fault of every wrong entry of a path of levels from ``low`` to ``high``; "" is the whole."""
    found, wrong = entries(given), []
    if not found or any(level is None for _, level in found):
        return [("", f"expected a number, or levels by year such as {EXAMPLE}")]
    seen: set[str] = set()
    for key, level in found:
        number = isinstance(level, int | float) and not isinstance(level, bool)
        if not _YEAR.fullmatch(key):
            wrong.append((key, f"found '{key}', expected a year such as 2028"))
        elif key in seen:
            wrong.append((key, "named twice"))
        elif not number or not math.isfinite(float(str(level))) or not low <= float(str(level)) <= high:
            wrong.append((key, f"found {level!r}, must be a number from {low:g} to {high:g}"))
        seen.add(key)
    return wrong


def text(given: Mapping[object, object] | str, low: float = -math.inf, high: float = math.inf) -> str:
    """The one text of a path. Raises ``ValueError`` with its first fault."""
    for key, fault in faults(given, low, high):
        raise ValueError(f"{key}: {fault}" if key else fault)
    return JOIN.join(f"{year}:{float(str(level)) + 0.0!r}" for year, level in sorted(entries(given)))


@lru_cache(maxsize=1024)
def value_in(path: str, quarter: int, start: int = START_YEAR) -> float:
    """Level of a path in a quarter, 0 the first of a run, which is that of the year ``start``."""
    years, levels = zip(*((float(year), float(str(level))) for year, level in entries(path)), strict=True)
    return float(np.interp(start + quarter / 4, years, levels))


def packed(paths: Mapping[str, str]) -> str:
    """All paths of a run as one text, empty where there are none."""
    return json.dumps(dict(paths), sort_keys=True, separators=(",", ":")) if paths else ""


def unpacked(given: str) -> dict[str, str]:
    """Paths by rate."""
    return dict(json.loads(given)) if given else {}


def moved(
    given: Mapping[str, object], bounds: Callable[[str], tuple[float, float] | None]
) -> dict[str, object]:
    """Parameters with the paths of rates in ``paths``, and each such rate at what it starts with.

    ``bounds``: of a rate that may have a path; None of what may not. Raises ``ValueError`` on a wrong path.
    """
    found = dict(given)
    paths = unpacked(str(found.get("paths") or ""))
    for name, value in given.items():
        if is_path(value) and (limits := bounds(name)) is not None:
            try:
                paths[name] = text(value, *limits)
            except ValueError as fault:
                raise ValueError(f"{name}: {fault}") from None
            found[name] = value_in(paths[name], 0)
    if paths:
        found["paths"] = packed(paths)
    return found
