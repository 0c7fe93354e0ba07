"""The targets of a file as numbers: value, bootstrap and discrepancy of each."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from citysim.calibration.data import Targets
from citysim.errors import ConfigError
from citysim.plan.faults import suggestion
from citysim.plan.targets import TargetRow


def targets_of(rows: Sequence[TargetRow], record: pd.DataFrame | None, file: str) -> Targets:
    """Targets of the rows of ``file``; what they leave open is taken from ``record``.

    ``record`` has a row per statistic: ``statistic, value, sd``. Raises ``ConfigError`` where a row has no
    value and the record has none either.
    """
    known = {} if record is None else record.set_index("statistic")[["value", "sd"]].to_dict("index")
    faults, value, bootstrap = [], [], []
    for row in rows:
        found = known.get(row.statistic, {})
        of_record, sd = found.get("value", np.nan), found.get("sd", np.nan)
        value.append(of_record if row.value is None else row.value)
        bootstrap.append(row.bootstrap if row.bootstrap is not None else sd if row.value is None else 0.0)
        if not np.isfinite(value[-1]):
            faults.append(f"{file}: {row.name}: no value, and the record has none")
    if faults:
        raise ConfigError.from_messages(faults)
    values = np.array(value, dtype=float)
    share = np.array([np.abs(v) if row.relative else 1.0 for v, row in zip(values, rows, strict=True)])
    return Targets(
        name=tuple(row.name for row in rows),
        value=values,
        bootstrap=np.nan_to_num(np.array(bootstrap, dtype=float)),
        discrepancy=share * np.array([row.discrepancy for row in rows]),
        use=tuple(row.use for row in rows),
    )


def check_statistics(targets: Targets, found: Collection[str], file: str) -> None:
    """Raise ``ConfigError`` for every target that no run has; ``found``: ``ARM/STATISTIC`` of the runs."""
    faults = [
        f"{file}: {name}: no run has this statistic, {suggestion(name, found)}"
        for name in targets.name
        if name not in found
    ]
    if faults:
        raise ConfigError.from_messages(faults)
