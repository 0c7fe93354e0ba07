"""What the record says of single practices, and of each in either half of the course."""

import numpy as np
import pandas as pd

from citysim.patterns.adoption_record import PRACTICES, recorded_counts, recorded_drops, with_adoption
from citysim.patterns.adoption_targets import (
    COLUMNS,
    LISTED,
    USES,
    Row,
    counts_again,
    drops_again,
    only,
    target_rows,
)
from citysim.patterns.course import Course
from citysim.patterns.halves import SPLIT, adopters_earlier, adopters_later, adoption_between
from citysim.patterns.spread import log_rate, summary
from citysim.patterns.targets import RESAMPLES, SEED


def practice_targets(course: Course, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Targets of one practice each, for calibrating on one and foretelling another, a row each.

    Columns and ``course`` as of ``adoption_targets``; ``source`` is the practice. Drawn again are adopters
    (curves, dropping) or cities (coefficients), so an error holds nothing of how practices differ.
    """
    course = with_adoption(course)
    found = _series(course, resamples)
    for practice in PRACTICES:
        found += _coefficients(course, practice, resamples)
    return pd.DataFrame(found, columns=list(COLUMNS))


def _series(course: Course, resamples: int) -> list[Row]:
    """Curves, whole and by half, and dropping."""
    found: list[Row] = []
    drops = recorded_drops()
    for place, (name, own) in enumerate(recorded_counts(course.first, course.last).items()):
        rng = np.random.default_rng([SEED, place])
        again = [[counts_again(own, rng)] for _ in range(resamples)]
        use = next(use for use, names in USES.items() if name in names)
        for family, of in (("curves", summary), ("earlier", adopters_earlier), ("later", adopters_later)):
            told = of([own])
            told.pop("early_upper", None)  # a quartile of several
            found += target_rows(family, told, [of(one) for one in again], name, use)
        gone = [drops_again([drops[name]], rng) for _ in range(resamples)]
        found += target_rows("dropping", log_rate([drops[name]]), gone, name, use)
    return found


def _coefficients(course: Course, practice: str, resamples: int) -> list[Row]:
    """Coefficients of the event history of a practice whose adopters are known one by one, by half."""
    found: list[Row] = []
    own, n = only(course, practice), course.world.n_cities
    use = next(use for use, listed in LISTED.items() if listed == practice)
    halves = {"earlier": (course.first, SPLIT + 1.0), "later": (SPLIT + 1.0, course.last)}
    for place, (family, (first, last)) in enumerate(halves.items()):
        rng = np.random.default_rng([SEED, PRACTICES.index(practice), place])
        weights = [np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(resamples)]
        drawn = [adoption_between(own, first, last, weight.astype(np.float64)) for weight in weights]
        found += target_rows(family, adoption_between(own, first, last), drawn, practice, use)
    return found
