"""Comparisons with a stated false-alarm rate.

Every comparison alarms with a probability of at most ``ALARM`` where the model is right, so that the
couple of hundred of the whole suite together do so with less than 10⁻³. Seeds are fixed: a comparison
that has passed passes always.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom, norm, poisson

#: False-alarm rate of one comparison.
ALARM = 1e-6
#: Standard errors that a normal estimate may be off, two-sided: about 4.9.
LIMIT = float(norm.isf(ALARM / 2))


def assert_within(observed: float, expected: float, error: float, slack: float = 0.0) -> None:
    """``observed`` lies within ``LIMIT`` standard errors of ``expected``, plus a stated ``slack``."""
    allowed = LIMIT * error + slack
    assert abs(observed - expected) <= allowed, f"{observed:.6g} is not {expected:.6g} ± {allowed:.3g}"


def assert_share(hits: int, trials: int, probability: float) -> None:
    """``hits`` of ``trials`` is what a binomial law of ``probability`` gives (exact tails)."""
    assert 0.0 <= probability <= 1.0
    low, high = binom.ppf([ALARM / 2, 1 - ALARM / 2], trials, probability)
    assert low <= hits <= high, f"{hits} of {trials} is not in [{low:.0f}, {high:.0f}] ({probability:.4g})"


def assert_count(count: int, mean: float) -> None:
    """``count`` is what a Poisson law of ``mean`` gives (exact tails)."""
    low, high = poisson.ppf([ALARM / 2, 1 - ALARM / 2], mean)
    assert low <= count <= high, f"{count} is not in [{low:.0f}, {high:.0f}] (mean {mean:.4g})"


def assert_exact(observed: ArrayLike, expected: ArrayLike) -> None:
    """Equal up to rounding: no false alarm."""
    np.testing.assert_allclose(observed, expected, rtol=1e-10, atol=1e-12)
