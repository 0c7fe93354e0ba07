"""Levels of stall by year or by state: a table in a config, one line of text among the parameters of a run.

``{2023 = 0.0, 2028 = 0.75}`` is the text ``2023:0 + 2028:0.75``, and ``{USA = 0.9}`` is ``USA:0.9``: in order
of their keys, so that equal tables are one text, one run and one value of a design.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from citysim.world.plain import plain, whole

#: What joins the entries of a text.
JOIN = " + "
_YEAR = re.compile(r"(19|20|21)\d\d")
_STATE = re.compile(r"[A-Z][A-Z0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Form:
    """A parameter that may be a table of levels."""

    key: re.Pattern[str]
    keys: str  # what its keys are, in words
    example: str
    may_be_empty: bool


FORMS = {
    "stall": Form(_YEAR, "a year such as 2028", "{2023 = 0.0, 2028 = 0.75}", may_be_empty=False),
    "stall_of": Form(_STATE, "the code of a state such as USA", "{USA = 0.9, CHN = 0.5}", may_be_empty=True),
}


def is_table(name: str, given: object) -> bool:
    """Whether a value is meant as levels of the parameter ``name``: a table, or its text."""
    if name not in FORMS or isinstance(given, Mapping):
        return name in FORMS
    return isinstance(given, str) and (":" in given or FORMS[name].may_be_empty)


def faults(name: str, given: Mapping[object, object] | str) -> list[tuple[str, str]]:
    """Key and fault of every wrong entry; a key of "" is the whole."""
    form, found, wrong = FORMS[name], entries(given), []
    if not found and not form.may_be_empty:
        return [("", f"names no level, expected levels such as {form.example}")]
    seen: set[str] = set()
    for key, level in found:
        if level is None:
            wrong.append(("", f"found '{key}', expected levels such as {form.example}"))
        elif not form.key.fullmatch(key):
            wrong.append((key, f"found '{key}', expected {form.keys}"))
        elif key in seen:
            wrong.append((key, "named twice"))
        elif not _is_share(level):
            wrong.append((key, f"found {level!r}, must be a number between 0 and 1"))
        seen.add(key)
    return wrong


def text(name: str, given: Any) -> str:
    """The one text of a table or text of levels. Raises ``ValueError`` with its first fault."""
    for key, fault in faults(name, given):
        raise ValueError(f"{key}: {fault}" if key else fault)
    return JOIN.join(f"{key}:{_short(level)}" for key, level in sorted(entries(given)))


def parsed[K](given: str, key: Callable[[str], K]) -> dict[K, float]:
    """Levels by key, of a checked text."""
    return {key(name): float(str(level)) for name, level in entries(given)}


def entries(given: Mapping[object, object] | str) -> list[tuple[str, object]]:
    """Keys and levels of a table or of its text; a level is None where the text gives none."""
    if isinstance(given, Mapping):
        return [(str(whole(key)), plain(level)) for key, level in given.items()]
    pairs = [part.partition(":") for part in given.split(JOIN)] if given else []
    return [(key, _number(level) if colon else None) for key, colon, level in pairs]


def _number(level: str) -> object:
    try:
        return float(level)
    except ValueError:
        return level


def _is_share(level: object) -> bool:
    number = isinstance(level, int | float) and not isinstance(level, bool)
    return number and math.isfinite(float(str(level))) and 0.0 <= float(str(level)) <= 1.0


def _short(level: object) -> str:
    """A share as it is read back, without a fraction of nothing."""
    return repr(float(str(level)) + 0.0).removesuffix(".0")
