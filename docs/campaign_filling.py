"""How Climate Mayors filled after 1 June 2017: share of those it called who joined at once, and rate of the others.

    uv run python docs/campaign_filling.py

Members: 83 before, 350 after 39 days, 405 a year later, 427 to 435 in 2019 (docs/priors.md, PATTERNS S1). Joins after the first
wave are a Poisson process whose rate falls by r a year as those called come in. Prints the posterior of r and of the
share, with flat priors of log r and of the log of those left, as many as there were cities.
"""

import numpy as np
from scipy.stats import poisson

BEFORE, FIRST, YEAR_LATER, IN_2019 = 83, 350, 405, range(427, 436)
CITIES = 1407
#: Years from the first wave to a day of 2019.
SINCE = np.linspace(1.5, 2.5, 11)
QUANTILES = (0.05, 0.5, 0.95)


def likelihood(rate: np.ndarray, left: np.ndarray, since: np.ndarray) -> np.ndarray:
    """Of the counts given r (R, 1) and those left after the first wave (1, L), the mean over times, (R, L)."""
    total = np.zeros((len(rate), left.shape[1]))
    for years in since:
        first, more = left * -np.expm1(-rate), left * (np.exp(-rate) - np.exp(-rate * years))
        second = sum(poisson.pmf(count - YEAR_LATER, more) for count in IN_2019)
        total += poisson.pmf(YEAR_LATER - FIRST, first) * second
    return total


def quantiles(values: np.ndarray, weight: np.ndarray) -> str:
    """Median and 90 % interval of weighted values."""
    flat = np.broadcast_to(values, weight.shape).ravel()
    order = np.argsort(flat)
    upto = np.cumsum(weight.ravel()[order]) / weight.sum()
    low, middle, high = (flat[order][np.searchsorted(upto, share)] for share in QUANTILES)
    return f"{middle:.2g} (90 % interval {low:.2g} … {high:.2g})"


if __name__ == "__main__":
    rate = np.geomspace(0.02, 5.0, 200)[:, None]
    left = np.geomspace(YEAR_LATER - FIRST, CITIES - FIRST, 200)[None, :]
    for name, since in (("any day of 2019", SINCE), ("the middle of 2019", np.array([SINCE.mean()]))):
        weight = likelihood(rate, left, since)
        print(f"counted on {name}:")
        print(f"  rate of the others, 1/year: {quantiles(rate, weight)}")
        print(f"  share at once, of all members: {quantiles(FIRST / (FIRST + left), weight)}")
        came = FIRST - BEFORE
        print(f"  share at once, of those who came in answer: {quantiles(came / (came + left), weight)}")
