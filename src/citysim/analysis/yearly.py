"""Outcomes that add up, as they are over a year."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from citysim.arrays import Floats

#: Quarters of a year.
YEAR = 4


def over_a_year(values: Floats, axis: int) -> Floats:
    """Sums of the last four quarters along ``axis``, from the fourth quarter on."""
    return np.asarray(sliding_window_view(values, YEAR, axis=axis).sum(axis=-1))
