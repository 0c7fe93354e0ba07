"""Posterior predictive check: where the record lies among what the calibrated model would show."""

import numpy as np
import pandas as pd

from citysim.arrays import Floats
from citysim.calibration.data import Targets

#: An interval covers this share of draws.
LEVEL = 0.9


def predictive(targets: Targets, prior: Floats, posterior: Floats, used: tuple[str, ...]) -> pd.DataFrame:
    """A row per statistic, calibrating and validating ones alike.

    ``prior`` and ``posterior``: statistics of runs at prior and posterior draws with the errors of the
    record, (n, K) and (m, K). Columns: ``statistic, use, calibrated`` (whether it was used), ``record``; 90 %
    interval and median of both; ``quantile`` of the record among the posterior's, ``inside``: whether it lies
    within the 90 % interval, and ``standardised``: (record − mean) / sd of the posterior's.
    """
    tail = (1 - LEVEL) / 2
    rows = []
    for k, name in enumerate(targets.name):
        before = prior[:, k][np.isfinite(prior[:, k])]
        after = posterior[:, k][np.isfinite(posterior[:, k])]
        record = float(targets.value[k])
        row: dict[str, object] = {
            "statistic": name,
            "use": targets.use[k],
            "calibrated": name in used,
            "record": record,
            "bootstrap_sd": targets.bootstrap[k],
            "discrepancy_sd": targets.discrepancy[k],
        }
        for label, values in (("prior", before), ("posterior", after)):
            ends = np.quantile(values, (tail, 0.5, 1 - tail)) if len(values) else np.full(3, np.nan)
            row |= dict(zip((f"{label}_lower", f"{label}_median", f"{label}_upper"), ends, strict=True))
        if len(after):
            sd = float(after.std())
            row |= {
                "quantile": quantile_of(record, after),
                "inside": bool(row["posterior_lower"] <= record <= row["posterior_upper"]),  # type: ignore[operator]
                "standardised": (record - float(after.mean())) / sd if sd else np.nan,
            }
        else:
            row |= {"quantile": np.nan, "inside": False, "standardised": np.nan}
        rows.append(row)
    return pd.DataFrame(rows)


def quantile_of(record: float, draws: Floats) -> float:
    """Place of the record among draws (D,), 0 to 1; of draws that are equal to it, half lie below."""
    return float((draws < record).mean() + 0.5 * (draws == record).mean())


def coverage(table: pd.DataFrame, use: str) -> tuple[int, int]:
    """How many statistics of a use lie within their interval, and of how many."""
    rows = table[table["use"] == use]
    return int(rows["inside"].sum()), len(rows)
