"""The patterns of the real world, each with the statistics that it is tested by and the range it accepts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from citysim.errors import DataError

FILE = Path(__file__).with_name("patterns.toml")
#: C: calibration may use it; V: for validation alone; check: of a test itself, judged and not counted; the
#: others are listed with the reason and not judged.
USES = ("C", "V", "check", "input", "not applicable")
#: Grown from no ties since 1985; held from 2023 on; perturbed by dated events.
TESTS = ("grown", "held", "perturbed")


@dataclass(frozen=True)
class Part:
    """One statistic of a pattern in one test, and what it may be.

    The accepted range is ``low`` to ``high`` as published, an end that is not given being open; or, where
    ``factor`` or ``shift`` is given, that of the record of the very cities that are simulated, by the same
    estimator: its interval, widened to the value times the two factors or plus the two shifts. ``why`` says
    where the range, or its widening, comes from; ``record``: which source of the record, where there are
    several; ``known``: why the range is missed, where that is known.
    """

    test: str
    experiment: str
    arm: str
    statistic: str
    why: str
    low: float | None = None
    high: float | None = None
    factor: tuple[float, float] | None = None
    shift: tuple[float, float] | None = None
    record: str = ""
    known: str = ""

    @property
    def computed(self) -> bool:
        """Whether the range is computed from the record."""
        return self.factor is not None or self.shift is not None


@dataclass(frozen=True)
class Pattern:
    """A pattern of docs/patterns.md, or of dated adoption; ``reason``: why it is not judged, if it is not."""

    id: str
    use: str
    what: str
    source: str
    reason: str
    parts: tuple[Part, ...]

    @property
    def judged(self) -> bool:
        """Whether it is held against runs."""
        return self.use in ("C", "V", "check")


@cache
def patterns(file: Path = FILE) -> tuple[Pattern, ...]:
    """All patterns in the order of the file. Raises ``DataError`` with the first fault."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))["pattern"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{file}: cannot be read as a list of patterns: {error}") from error
    found = tuple(_pattern(table, f"{file}: {table.get('id', 'a pattern without id')}") for table in tables)
    ids = [pattern.id for pattern in found]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise DataError(f"{file}: {', '.join(twice)}: there twice, allowed: once")
    return found


def _pattern(table: Mapping[str, Any], where: str) -> Pattern:
    _check(table, where, {"id", "use", "what", "source"}, {"reason", "part"})
    if table["use"] not in USES:
        raise DataError(f"{where}: use: found '{table['use']}', allowed: {', '.join(USES)}")
    parts = tuple(_part(part, f"{where}: part {i + 1}") for i, part in enumerate(table.get("part", [])))
    pattern = Pattern(
        id=table["id"],
        use=table["use"],
        what=table["what"],
        source=table["source"],
        reason=table.get("reason", ""),
        parts=parts,
    )
    if pattern.judged != bool(parts) or pattern.judged == bool(pattern.reason):
        raise DataError(
            f"{where}: found neither parts nor a reason, or both; allowed: parts of a C or V, else a reason"
        )
    return pattern


def _part(table: Mapping[str, Any], where: str) -> Part:
    needed = {"test", "experiment", "arm", "statistic", "why"}
    _check(table, where, needed, {field.name for field in fields(Part)} - needed)
    if table["test"] not in TESTS:
        raise DataError(f"{where}: test: found '{table['test']}', allowed: {', '.join(TESTS)}")
    ends = {name: tuple(table[name]) for name in ("factor", "shift") if name in table}
    published = "low" in table or "high" in table
    if len(ends) + published != 1 or any(len(pair) != 2 or pair[0] > pair[1] for pair in ends.values()):
        raise DataError(
            f"{where}: range: found none or several, allowed: low, high; or factor; or shift = [least, most]"
        )
    return Part(**{**table, **ends})


def _check(table: Mapping[str, Any], where: str, needed: set[str], others: set[str]) -> None:
    for name in sorted(needed - set(table)):
        raise DataError(f"{where}: {name}: missing")
    for name in sorted(set(table) - needed - others):
        raise DataError(f"{where}: {name}: unknown key, allowed: {', '.join(sorted(needed | others))}")
