"""A course in two halves, to the end of 2010 and from then on: what foretells, and what is foretold.

The earlier half knows nothing that came later but who among the members of dated networks stayed until their
lists were made, in a record and in a run alike. Ties and undated memberships are of no half.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from citysim.arrays import Floats
from citysim.patterns.adopting import around
from citysim.patterns.course import Course, Spells
from citysim.patterns.history import History, history
from citysim.patterns.joins import NEVER, TERMS, Joins, event_history, joins_of
from citysim.patterns.networks import growth
from citysim.patterns.shape import unequal
from citysim.patterns.spread import Counts, counts_of, summary
from citysim.patterns.statistic import Statistic, slug

#: Last year of the earlier half.
SPLIT = 2010
_EDGE = SPLIT + 1.0

_DATED = "networks whose lists date nearly all members"
_OFF = f"of practices that had taken off by the end of {SPLIT}, median"
_TERMS = (
    Statistic("joins_population", "elasticity", "of the hazard to join in these years with population"),
    Statistic(
        "joins_own_country", "log hazard ratio", "all other cities of its state are members, against none"
    ),
    Statistic(
        "joins_neighbours", "log hazard ratio", "its five nearest cities are all members, against none"
    ),
)
_AROUND = (
    Statistic(
        "adoption_country", "elasticity", "log-odds to adopt in a year of these with the own state's share"
    ),
    Statistic("adoption_neighbours", "log-odds", "the same: all nearest cities have it, against none"),
    Statistic("adoption_population", "elasticity", "odds to adopt in a year of these with population"),
    Statistic("adoption_capacity", "log-odds", "to adopt in a year of these, capacity 1 against 0"),
)


def _memberships(until: str) -> tuple[Statistic, ...]:
    where = f"in {_DATED}, joined by {until}"
    return (
        Statistic("memberships_mean", "memberships", f"of a city, mean, {where}"),
        Statistic("memberships_without", "share", f"cities without any {where}"),
        Statistic("memberships_most", "memberships", f"of the city that has most, {where}"),
        Statistic("memberships_gini", "index 0–1", f"Gini of the cities' numbers of memberships {where}"),
    )


EARLIER = (
    Statistic("networks_growth", "per year", f"of their number, to the end of {SPLIT}", "N1", "networks"),
    *_memberships(f"the end of {SPLIT}"),
    Statistic("joins", "cities", f"joins of all dated networks to the end of {SPLIT}"),
    *_TERMS,
    Statistic("adopters_early", "per year", f"as curves.early, {_OFF}"),
    Statistic("adopters_late", "per year", f"as curves.late, {_OFF}"),
    Statistic("adopters_peak", "share", f"as curves.peak, {_OFF}"),
    *_AROUND,
)
LATER = (
    Statistic(
        "networks_growth", "per year", f"of their number, from the end of {SPLIT} on", "N1", "networks"
    ),
    *_memberships("the last year of each list"),
    Statistic("joins", "cities", f"joins of all dated networks after {SPLIT}, to the last year of each list"),
    Statistic("{network}_joins", "cities", f"joins after {SPLIT}, to the last year of the network's list"),
    *_TERMS,
    Statistic("adopters_growth", "per year", f"of log adopters from the end of {SPLIT} on, {_OFF}"),
    *_AROUND,
)


def earlier(course: Course) -> dict[str, float]:
    """What happened up to the end of ``SPLIT``; see ``EARLIER``. Nothing of a course of one half alone."""
    if not _whole(course):
        return {}
    each = _until(joins_of(course), SPLIT)
    found = _growth(course, int(course.years[0]), SPLIT) | _joined(course, each, since=0)
    return found | adopters_earlier(counts_of(course)) | adoption_between(course, course.first, _EDGE)


def later(course: Course) -> dict[str, float]:
    """What happened after ``SPLIT``; see ``LATER``. Nothing of a course of one half alone."""
    if not _whole(course):
        return {}
    each = joins_of(course)
    found = _growth(course, SPLIT, int(course.years[-1])) | _joined(course, each, since=SPLIT + 1)
    for one in each:
        found[f"{slug(one.name)}_joins"] = _count([one], SPLIT + 1)
    return found | adopters_later(counts_of(course)) | adoption_between(course, _EDGE, course.last)


def adopters_earlier(series: Iterable[Counts]) -> dict[str, float]:
    """Curves to the end of ``SPLIT``, medians over the practices that had taken off by then."""
    found = summary(counts.until(_EDGE) for counts in series)
    return {f"adopters_{name}": found[name] for name in ("early", "late", "peak") if name in found}


def adopters_later(series: Iterable[Counts]) -> dict[str, float]:
    """Growth of log adopters after ``SPLIT``, median of the practices that had taken off by then."""
    found = []
    for counts in series:
        before = counts.until(_EDGE)
        if before.took_off and counts.edge[-1] > before.edge[-1]:
            then, now = (one.before + one.new.sum() for one in (before, counts))
            found.append(np.log(now / then) / (counts.edge[-1] - before.edge[-1]))
    return {"adopters_growth": float(np.median(found))} if found else {}


def _whole(course: Course) -> bool:
    return course.first + 1 < _EDGE < course.last


def _growth(course: Course, first: int, last: int) -> dict[str, float]:
    return {f"networks_{name}": value for name, value in growth(course, first, last).items()}


def _until(each: Iterable[Joins], last: int) -> list[Joins]:
    """Joins as they were known at the end of a year."""
    return [replace(one, year=np.where(one.year > last, NEVER, one.year)) for one in each]


def _count(each: Iterable[Joins], since: int) -> float:
    return float(sum(((one.year >= max(since, 0)) & (one.year != NEVER)).sum() for one in each))


def _joined(course: Course, each: Sequence[Joins], since: int) -> dict[str, float]:
    """Memberships by the end of these joins, number of joins and their event history from ``since`` on."""
    if not each:
        return {}
    whole = [one for one in each if one.list.whole]
    held = np.zeros(course.world.n_cities, dtype=np.int64)
    for one in whole:
        held += one.year != NEVER
    found = {f"memberships_{name}": value for name, value in unequal(held).items()}
    found["joins"] = _count(each, since)
    hazards = event_history(course, whole, since)
    return found | {f"joins_{name}": hazards[name] for name in TERMS if name in hazards}


def adoption_between(
    course: Course, first: float, last: float, weight: Floats | None = None
) -> dict[str, float]:
    """Coefficients of the event history of adoption between two times, without ties: few have a date.

    ``weight``: of each city, (N,), for resamples.
    """
    if course.pledged is None:
        return {}
    rows = _history(course, first, last)
    if rows is None:
        return {}
    found = around(rows, None if weight is None else weight[rows.city])
    names = ("country", "neighbours", "population", "capacity")
    return {f"adoption_{name}": found[name] for name in names if name in found}


@lru_cache(maxsize=2)  # resamples ask for it again and again
def _history(course: Course, first: float, last: float) -> History | None:
    none = Spells.none()
    return history(replace(course, first=first, last=last, twins=none, memberships=none))
