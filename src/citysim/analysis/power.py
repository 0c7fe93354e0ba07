"""How many replications an effect of a given size needs."""

from math import ceil, inf, isnan, nan, sqrt

import scipy  # scipy.stats is imported when used, see intervals.py

from citysim.analysis.intervals import TAIL, Z

#: Chance of finding the effect that a number of replications is to give.
POWER = 0.90
#: From here on Student's t and the normal law ask for the same number, to a thousandth.
_MANY = 2000
#: Standardised effects beyond this need the fewest replications there are.
_LARGE = 10.0


def power_of_t_test(effect: float, replications: int) -> float:
    """Chance that a two-sided paired t test at the 10 % level finds an effect (in standard deviations).

    By the noncentral t distribution with n − 1 degrees of freedom and noncentrality effect · √n (Cohen 1988,
    *Statistical Power Analysis for the Behavioral Sciences*, chapter 2).
    """
    freedom, shift = replications - 1, abs(effect) * sqrt(replications)
    critical = scipy.stats.t.ppf(1 - TAIL, freedom)
    return float(
        scipy.stats.nct.sf(critical, freedom, shift) + scipy.stats.nct.cdf(-critical, freedom, shift)
    )


def replications_needed(effect: float, deviation: float) -> float:
    """Fewest replications with which a paired t test at the 10 % level finds ``effect`` 9 times in 10.

    ``deviation``: standard deviation of the paired difference over replications. ∞ for no effect, NaN where
    effect or deviation is not known. A sign test needs about π/2 times as many of normal differences
    (its asymptotic relative efficiency is 2/π), and one of many adjusted comparisons more.
    """
    if isnan(effect) or isnan(deviation):
        return nan
    if effect == 0:
        return inf
    size = min(abs(effect) / deviation, _LARGE) if deviation else _LARGE
    number = max(ceil(((Z + scipy.stats.norm.ppf(POWER)) / size) ** 2), 2)
    while number < _MANY and power_of_t_test(size, number) < POWER:
        number += 1
    return float(number)
