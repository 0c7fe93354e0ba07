"""What the record says of adoption and onsets, and how sure it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from citysim.patterns.adopting import around, by_membership, with_size
from citysim.patterns.adoption_record import (
    PRACTICES,
    recorded_backing,
    recorded_counts,
    recorded_drops,
    with_adoption,
)
from citysim.patterns.course import Course
from citysim.patterns.history import history
from citysim.patterns.spread import Counts, log_rate, summary
from citysim.patterns.targets import LEVEL, RESAMPLES, SEED
from citysim.patterns.vertical import by_size

#: Which series calibrate (C), and which validate alone (V), half each: a practice whose adopters are known
#: one by one and one that is often dropped calibrate; joining a network, which is no practice, does not.
USES: Mapping[str, tuple[str, ...]] = {
    "C": ("parking reform", "participatory budgeting"),
    "V": ("plastic bags", "Covenant of Mayors"),
}
#: The practice whose adopters are known one by one, by use.
LISTED = dict(zip(USES, PRACTICES, strict=True))
#: Onsets of interstate wars a year, with their interval of 95 %, and variance over mean, in 1823–2003
#: (Correlates of War; PATTERNS S3, Clauset 2018); the wars themselves are not shipped.
ONSETS, ONSETS_RANGE, DISPERSION, ONSET_YEARS = 0.525, (0.42, 0.66), 0.92, 181
COLUMNS = ("statistic", "value", "lower", "upper", "sd", "n", "source", "use")

#: Families that PATTERNS keeps for validation (N5, N7).
_VALIDATE = ("adoption_by_size", "pledging")

type Found = Mapping[str, float]
type Row = tuple[str, float, float, float, float, int, str, str]


def adoption_targets(course: Course, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Targets of the families of adoption for the recorded ``course`` of a real world, a row each.

    Columns ``statistic``, ``value``, ``lower`` and ``upper`` (5 and 95 % of resamples), ``sd``, ``n``
    (resamples that have it), ``source``, ``use``; a statistic has a row for each source. Drawn again with
    replacement are series and within each its adopters (curves, dropping), or cities (coefficients and
    shares). ``course`` brings ties and memberships; practices are added to it.
    """
    rng = np.random.default_rng(SEED)
    course = with_adoption(course)
    found = [*_spread(course, rng, resamples), *_vertical(course, rng, resamples), *_published()]
    for use, practice in LISTED.items():
        found += _coefficients(course, practice, use, rng, resamples)
    return pd.DataFrame(found, columns=list(COLUMNS))


def target_rows(family: str, value: Found, drawn: Sequence[Found], source: str, use: str) -> list[Row]:
    """A row for each statistic of a family, given its value in each resample that has it."""
    rows = []
    for name, own in value.items():
        values = np.array([one[name] for one in drawn if name in one])
        low, high = np.quantile(values, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)) if len(values) else (np.nan,) * 2
        sd = float(values.std(ddof=1)) if len(values) > 1 else np.nan
        rows.append((f"{family}.{name}", own, float(low), float(high), sd, len(values), source, use))
    return rows


def _spread(course: Course, rng: np.random.Generator, resamples: int) -> list[Row]:
    """Curves and dropping, of each use's series."""
    counts, drops, rows = recorded_counts(course.first, course.last), recorded_drops(), []
    for use, names in USES.items():
        source = ", ".join(names)
        again = [
            [counts[names[k]] for k in rng.integers(0, len(names), len(names))] for _ in range(resamples)
        ]
        drawn = [summary(counts_again(one, rng) for one in series) for series in again]
        rows += target_rows("curves", summary(counts[name] for name in names), drawn, source, use)
        gone = [drops_again([drops[name] for name in names], rng) for _ in range(resamples)]
        rows += target_rows("dropping", log_rate([drops[name] for name in names]), gone, source, use)
    return rows


def counts_again(counts: Counts, rng: np.random.Generator) -> Counts:
    """The same adopters, each at a time drawn from all of theirs."""
    total = counts.new.sum()
    return replace(counts, new=rng.multinomial(int(total), counts.new / total).astype(np.float64))


def drops_again(drops: Sequence[tuple[float, float]], rng: np.random.Generator) -> Found:
    """Hazard of dropping in series drawn again, each with Poisson numbers."""
    taken = [drops[k] for k in rng.integers(0, len(drops), len(drops))]
    return log_rate([(float(rng.poisson(dropped)), held) for dropped, held in taken])


def _coefficients(
    course: Course, practice: str, use: str, rng: np.random.Generator, resamples: int
) -> list[Row]:
    """Coefficients of the event history of one listed practice."""
    risk = history(only(course, practice))
    if risk is None:
        return []
    n = course.world.n_cities
    weights = [np.bincount(rng.integers(0, n, n), minlength=n)[risk.city] for _ in range(resamples)]
    found = []
    for family, fitted in (
        ("adoption", around),
        ("adoption_by_size", with_size),
        ("pledging", by_membership),
    ):
        drawn = [fitted(risk, weight.astype(np.float64)) for weight in weights]
        found += target_rows(family, fitted(risk), drawn, practice, "V" if family in _VALIDATE else use)
    return found


def only(course: Course, practice: str) -> Course:
    """The course with one of its practices alone."""
    place = course.practice_name.index(practice)
    assert course.pledged is not None  # noqa: S101  it has practices
    assert course.suited is not None  # noqa: S101
    own = course.pledged.take(course.pledged.second == place)
    return replace(
        course,
        pledged=replace(own, second=np.zeros_like(own.second)),
        practice_name=(practice,),
        suited=course.suited[:, [place]],
    )


def _vertical(course: Course, rng: np.random.Generator, resamples: int) -> list[Row]:
    """Shares of the Covenant's signatories with a coordinator, all on its list, by their people as listed."""
    people, backed = recorded_backing(course.last)
    joined, n = np.ones(len(people)), len(people)
    taken = [rng.integers(0, n, n) for _ in range(resamples)]
    drawn = [by_size(people[one], joined[one], backed[one]) for one in taken]
    return target_rows("vertical", by_size(people, joined, backed), drawn, PRACTICES[1], "V")


def _published() -> list[Row]:
    """Onsets: interval of 95 % as read; variance over mean of Poisson numbers: sd √(2 / (years − 1))."""
    low, high = ONSETS_RANGE
    sd, spread = (high - low) / (2 * norm.ppf(0.975)), np.sqrt(2 / (ONSET_YEARS - 1))
    source, reach = "Correlates of War 1823–2003", norm.ppf((1 + LEVEL) / 2)
    return [
        (f"onsets.{name}", value, value - reach * one, value + reach * one, one, ONSET_YEARS, source, "C")
        for name, value, one in (("per_year", ONSETS, sd), ("dispersion", DISPERSION, spread))
    ]
