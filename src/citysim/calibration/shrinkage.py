"""Prior against posterior, by parameter: which parameters data have moved."""

import numpy as np
import pandas as pd

from citysim.analysis.moved import MOVED, PRIOR_VARIANCE
from citysim.arrays import Floats
from citysim.calibration.space import Space

_INTERVAL = (0.05, 0.5, 0.95)


def marginals(space: Space, cube: Floats, effective: float) -> pd.DataFrame:
    """A row per calibrated parameter, those that moved most first.

    ``cube``: posterior draws on the unit scale, (D, Q), worth ``effective`` independent ones. Columns:
    ``parameter, unit, scale``, prior and posterior 90 % intervals and medians in the parameter's unit;
    ``shrinkage`` = 1 − var(posterior) / var(prior) on the unit scale; ``chance`` = 2 sqrt(0.8 / effective),
    two standard errors of the shrinkage of draws from the prior (a uniform law has kurtosis 1.8);
    ``moved``: whether the shrinkage is above both ``MOVED`` and that.
    """
    ends = space.values(np.repeat(np.array(_INTERVAL)[:, None], len(space.names), axis=1))
    full = np.full((len(cube), len(space.names)), 0.5)
    full[:, space.columns] = cube
    values = space.values(full)
    chance = 2.0 * float(np.sqrt(0.8 / effective))
    rows = []
    for i, name in enumerate(space.calibrated):
        spec = space.specs[space.columns[i]]
        low, middle, high = np.quantile(values[name], _INTERVAL)
        shrinkage = 1.0 - float(cube[:, i].var(ddof=1)) / PRIOR_VARIANCE
        rows.append(
            {
                "parameter": name,
                "unit": spec.unit,
                "scale": spec.scale,
                "prior_lower": ends[name].iloc[0],
                "prior_median": ends[name].iloc[1],
                "prior_upper": ends[name].iloc[2],
                "posterior_lower": low,
                "posterior_median": middle,
                "posterior_upper": high,
                "shrinkage": shrinkage,
                "chance": chance,
                "moved": shrinkage >= max(MOVED, chance),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("shrinkage", ascending=False, kind="stable", ignore_index=True)
