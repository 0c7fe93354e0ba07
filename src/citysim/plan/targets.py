"""The file of targets: which statistic of which arm is held against the record, and how closely."""

import csv
import math
from collections.abc import Collection
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from citysim.errors import ConfigError
from citysim.plan.faults import shown, suggestion

#: Columns that every file of targets has, and those that it may have.
NEEDED = ("arm", "statistic", "use", "discrepancy_sd", "reason")
OPTIONAL = ("source", "value", "bootstrap_sd")
USES = ("C", "V")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A statistic that is held against the record.

    ``use``: C calibrates, V validates alone. ``discrepancy``: sd of what the model leaves out, in the
    statistic's unit, or as share of the record's value where ``relative``; ``reason`` says why so much.
    ``value`` and ``bootstrap``: the record's, and the sd of that estimate; None where they are to be computed
    from the record; ``source``: which of its sources, "" where it has one.
    """

    arm: str
    statistic: str
    use: str
    discrepancy: float
    relative: bool
    reason: str
    source: str
    value: float | None
    bootstrap: float | None

    @property
    def name(self) -> str:
        """``ARM/STATISTIC``, with the source after ``@`` where one is named."""
        return f"{self.of_runs}@{self.source}" if self.source else self.of_runs

    @property
    def of_runs(self) -> str:
        """``ARM/STATISTIC``, as runs have it."""
        return f"{self.arm}/{self.statistic}"


def read_targets(path: Path, arms: Collection[str]) -> list[TargetRow]:
    """The rows of a file of targets. Raises ``ConfigError`` with all its faults."""
    rows, faults = _read(path, str(path), arms)
    if faults:
        raise ConfigError.from_messages(faults)
    return rows


def target_faults(path: Path, name: str, arms: Collection[str], *, foretells: bool = False) -> list[str]:
    """What is wrong with a file of targets, a line each; ``name``: as the config has it.

    ``foretells``: it must have statistics of use V.
    """
    rows, faults = _read(path, name, arms)
    if foretells and not faults and not any(row.use == "V" for row in rows):
        return [f"{name}: no statistic has use V, so nothing would be foretold"]
    return faults


def _read(path: Path, name: str, arms: Collection[str]) -> tuple[list[TargetRow], list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return [], [f"{name} cannot be read: {error.strerror or error}"]
    except UnicodeDecodeError:
        return [], [f"{name} cannot be read: not UTF-8"]
    table = csv.DictReader(StringIO(text))
    columns = list(table.fieldnames or ())
    faults = [f"{name}: lacks column '{column}'" for column in NEEDED if column not in columns]
    allowed = (*NEEDED, *OPTIONAL)
    faults += [
        f"{name}: column {shown(column)}: unknown, {suggestion(column, allowed)}"
        for column in columns
        if column not in allowed
    ]
    if faults:
        return [], faults
    rows: list[TargetRow] = []
    for number, entry in enumerate(table, start=2):
        row, wrong = _row({key: (value or "").strip() for key, value in entry.items() if key}, arms)
        faults += [f"{name}: row {number}: {text}" for text in wrong]
        if row is not None:
            if row.name in {other.name for other in rows}:
                faults.append(f"{name}: row {number}: {row.name} is there twice")
            rows.append(row)
    if not faults and not any(row.use == "C" for row in rows):
        faults.append(f"{name}: no statistic has use C, so nothing would calibrate")
    more = len(faults) - _SHOWN
    return rows, faults[:_SHOWN] + ([f"{name}: and {more} more faults"] if more > 0 else [])


def _row(entry: dict[str, str], arms: Collection[str]) -> tuple[TargetRow | None, list[str]]:
    faults = []
    if entry["arm"] not in arms:
        faults.append(f"arm: found {shown(entry['arm'])}, {suggestion(entry['arm'], arms)}")
    if not entry["statistic"]:
        faults.append("statistic: empty, expected a name such as ties.gini")
    if entry["use"] not in USES:
        faults.append(f"use: found {shown(entry['use'])}, allowed: C (calibrates), V (validates alone)")
    if not entry["reason"]:
        faults.append("reason: empty; say why the discrepancy is what it is, or 'assumed'")
    relative = entry["discrepancy_sd"].endswith("%")
    discrepancy = _number(entry["discrepancy_sd"].removesuffix("%"), least=0.0)
    if discrepancy is None:
        text = "allowed: 0 or more, in the statistic's unit, or as 10%"
        faults.append(f"discrepancy_sd: found {shown(entry['discrepancy_sd'])}, {text}")
    value = _number(entry.get("value", "")) if entry.get("value") else None
    bootstrap = _number(entry.get("bootstrap_sd", ""), least=0.0) if entry.get("bootstrap_sd") else None
    if entry.get("value") and value is None:
        faults.append(f"value: found {shown(entry['value'])}, expected a number")
    if entry.get("bootstrap_sd") and bootstrap is None:
        faults.append(f"bootstrap_sd: found {shown(entry['bootstrap_sd'])}, allowed: 0 or more")
    if faults or discrepancy is None:
        return None, faults
    return TargetRow(
        arm=entry["arm"],
        statistic=entry["statistic"],
        use=entry["use"],
        discrepancy=discrepancy / 100 if relative else discrepancy,
        relative=relative,
        reason=entry["reason"],
        source=entry.get("source", ""),
        value=value,
        bootstrap=bootstrap,
    ), []


def _number(text: str, least: float = -math.inf) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= least else None
