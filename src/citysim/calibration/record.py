"""The targets of a file as numbers: value, bootstrap and discrepancy of each."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from citysim.calibration.data import Targets
from citysim.errors import ConfigError
from citysim.plan.faults import shown, suggestion
from citysim.plan.targets import TargetRow


def targets_of(rows: Sequence[TargetRow], record: pd.DataFrame | None, file: str) -> Targets:
    """Targets of the rows of ``file``; what they leave open is taken from ``record``.

    ``record`` has a row per statistic and source: ``statistic, source, value, sd``. Raises ``ConfigError``
    where a row has no value and the record has none either, or several.
    """
    known: dict[str, list[dict[str, Any]]] = {}
    for entry in [] if record is None else record.to_dict("records"):
        known.setdefault(str(entry["statistic"]), []).append({str(k): v for k, v in entry.items()})
    faults, value, bootstrap = [], [], []
    for row in rows:
        there = known.get(row.statistic, [])
        fitting = [entry for entry in there if row.source in ("", entry["source"])]
        of_record, sd = (fitting[0][key] if fitting else np.nan for key in ("value", "sd"))
        value.append(of_record if row.value is None else row.value)
        bootstrap.append(row.bootstrap if row.bootstrap is not None else sd if row.value is None else 0.0)
        if row.value is None and there and len(fitting) != 1:
            sources = "; ".join(str(entry["source"]) for entry in there)
            text = f"found {shown(row.source)}, the record has it from: {sources}"
            faults.append(f"{file}: {row.name}: source: {text}")
        elif not np.isfinite(value[-1]):
            near = f", {suggestion(row.statistic, known)}" if known and row.statistic not in known else ""
            faults.append(f"{file}: {row.name}: no value, and the record has none{near}")
    if faults:
        raise ConfigError.from_messages(faults)
    values = np.array(value, dtype=float)
    share = np.array([np.abs(v) if row.relative else 1.0 for v, row in zip(values, rows, strict=True)])
    return Targets(
        name=tuple(row.name for row in rows),
        of_runs=tuple(row.of_runs for row in rows),
        value=values,
        bootstrap=np.nan_to_num(np.array(bootstrap, dtype=float)),
        discrepancy=share * np.array([row.discrepancy for row in rows]),
        use=tuple(row.use for row in rows),
    )


def check_statistics(targets: Targets, found: Collection[str], file: str) -> None:
    """Raise ``ConfigError`` for every target that no run has; ``found``: ``ARM/STATISTIC`` of the runs."""
    faults = [
        f"{file}: {name}: no run has this statistic, {suggestion(name, found)}"
        for name in dict.fromkeys(targets.of_runs)
        if name not in found
    ]
    if faults:
        raise ConfigError.from_messages(faults)
