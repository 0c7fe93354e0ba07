"""One wave of history matching: emulators of all statistics, and what they leave of the prior."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from citysim.arrays import Bools, Floats
from citysim.calibration.data import Sample, Targets
from citysim.calibration.emulate import Emulator, emulator
from citysim.calibration.implausibility import Region

#: A statistic that more runs than this lack is not used.
LACKED = 0.1
#: ``map``, or what does the same in processes.
type Each = Callable[[Callable[[Floats], Emulator], Iterable[Floats]], Iterable[Emulator]]


@dataclass(frozen=True, eq=False)
class Study:
    """Which of K statistics are used, and what their emulators do not rule out."""

    used: Bools
    region: Region
    table: pd.DataFrame


def study(
    sample: Sample,
    targets: Targets,
    names: Sequence[str],
    *,
    least_r2: float,
    cut: float,
    rank: int,
    each: Each = map,
) -> Study:
    """Fit emulators of what may calibrate to all runs so far; ``names``: of the columns of the cube.

    The table has a row per statistic: ``statistic, use, emulator, r2, noise_sd, spread`` (sd over the runs),
    ``inputs`` (the parameters that move it, first ones first), ``used`` and, where it is not, ``reason``.
    """
    may = np.flatnonzero(targets.calibrating)
    fitted = iter(each(partial(emulator, sample.cube), list(sample.statistics[:, may].T)))
    emulators = [next(fitted) if use == "C" else None for use in targets.use]
    lacking = ~np.isfinite(sample.statistics)
    rows, used = [], np.zeros(len(targets.name), dtype=bool)
    for k, law in enumerate(emulators):
        reason = _why_not(law, float(lacking[:, k].mean()), least_r2)
        used[k] = not reason
        rows.append(
            {
                "statistic": targets.name[k],
                "use": targets.use[k],
                "emulator": law.kind if law else "",
                "r2": law.r2 if law else np.nan,
                "noise_sd": np.sqrt(law.noise) if law else np.nan,
                "spread": law.spread if law else np.nan,
                "inputs": " ".join(names[i] for i in law.active) if law else "",
                "used": bool(used[k]),
                "reason": reason,
            }
        )
    kept = [law for law, use in zip(emulators, used, strict=True) if law is not None and use]
    return Study(used, Region(kept, targets.take(used), cut, rank), pd.DataFrame(rows))


def _why_not(law: Emulator | None, lacking: float, least_r2: float) -> str:
    if law is None:
        return "validates alone"
    if lacking > LACKED:
        return f"{lacking:.0%} of the runs have no value"
    if law.r2 < least_r2:
        return f"parameters do not move it: R² below {least_r2:g}"
    return ""
