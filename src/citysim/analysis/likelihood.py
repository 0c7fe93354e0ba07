"""Words for probabilities, after the scale of the IPCC (Mastrandrea et al. 2010).

Mastrandrea, M. D. et al. (2010): Guidance note for lead authors of the IPCC Fifth Assessment Report on
consistent treatment of uncertainties. IPCC.
"""

import numpy as np

from citysim.analysis.intervals import sign_test_of
from citysim.language import N_, gettext

#: Term → the probabilities that it covers. The terms overlap; the first that covers a probability is said, so
#: the narrower one, and where two meet the one further from half.
SCALE = {
    N_("virtually certain"): (0.99, 1.0),
    N_("exceptionally unlikely"): (0.0, 0.01),
    N_("very likely"): (0.90, 1.0),
    N_("very unlikely"): (0.0, 0.10),
    N_("likely"): (0.66, 1.0),
    N_("unlikely"): (0.0, 0.33),
    N_("about as likely as not"): (0.33, 0.66),
}
#: An effect of such a probability is told by its size, any other by its bound.
SURE_ENOUGH = 0.9


def likelihood(probability: float) -> str:
    """The term of the scale for a probability. Raises ``ValueError`` where it is none."""
    for term, (lower, upper) in SCALE.items():
        if lower <= probability <= upper:
            return gettext(term)
    raise ValueError(f"a probability lies between 0 and 1, found {probability}")


def chance_of(true: int, count: int) -> float:
    """Probability that something is so in a further case, where it was so in ``true`` of ``count``.

    Laplace's rule of succession: five of five are no certainty.
    """
    return (true + 1) / (count + 2)


def agreeing(p_value: float, count: int) -> int:
    """How many of ``count`` replications lie on the median's side of 0, from the p of the sign test.

    Half of them where the test says nothing (p = 1).
    """
    numbers = np.arange(-(-count // 2), count + 1)
    return int(numbers[np.argmin(np.abs(sign_test_of(numbers, count) - p_value))])
