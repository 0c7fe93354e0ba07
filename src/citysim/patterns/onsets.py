"""Conflicts between states that a course expects."""

from citysim.patterns.course import Course
from citysim.patterns.statistic import Statistic

STATISTICS = (
    Statistic("per_year", "conflicts", "expected onsets of interstate conflict a year", "S3"),
    Statistic("dispersion", "ratio", "variance over mean of yearly onsets", "S3"),
)


def onsets(course: Course) -> dict[str, float]:
    """Expected onsets a year, and variance over mean of the numbers that would be seen.

    Onsets that are Poisson at the expected rate of each year have variance over mean of 1 + var(rate) /
    mean(rate) (law of total variance): what is seen of a single run is too noisy to tell.
    """
    rate = course.onsets
    if rate is None or len(rate) < 2 or rate.mean() <= 0:
        return {}
    return {"per_year": float(rate.mean()), "dispersion": float(1.0 + rate.var(ddof=1) / rate.mean())}
