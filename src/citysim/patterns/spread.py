"""How practices spread and are dropped: curves of adoption, and hazards of dropping.

Known series are successes: who counts adopters counts those of practices that took off. So the curves of a
run are those of its practices that did, by a rule that the recorded ones meet; how many did is told beside.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats
from citysim.patterns.course import Course, Spells
from citysim.patterns.statistic import Statistic

_OF = "median of the practices that took off"
CURVES = (
    Statistic("early", "per year", f"growth of log adopters from a tenth of the last count to half, {_OF}"),
    Statistic("late", "per year", f"growth of log adopters from half of the last count to all, {_OF}"),
    Statistic("peak", "share", f"of the last count, adopters when adoptions were most frequent, {_OF}"),
    Statistic("early_upper", "per year", "as early, upper quartile"),
    Statistic("took_off", "share", "of all practices, those that took off"),
)
DROPPING = (
    Statistic("log_rate", "ln per year", "hazard of dropping a practice, mean over practices"),
    Statistic("again", "per year", "hazard of taking a practice up again after dropping it"),
)
#: A practice took off if it won at least so many adopters, and grew at least so many times (assumed).
ADOPTERS, TIMES = 20, 5.0
#: A practice tells of dropping if it was held for so many years in all.
HOLDER_YEARS = 20.0


@dataclass(frozen=True, eq=False)
class Counts:
    """New adopters of a practice, ``new`` (Y,), between ``edge`` (Y + 1,), in years; ``before`` had it."""

    edge: Floats
    new: Floats
    before: float

    @classmethod
    def of_dates(cls, when: Floats, first: float, last: float) -> "Counts":
        """Counts by year from the times of first adoptions, (adopters,); −∞ is before any record."""
        edge = np.append(np.arange(first, last), last)
        inside = when[(when > first) & (when <= last)]
        # A quarter's adoptions are noted at its end: what falls on an edge is of the year before.
        year = np.ceil(inside - first).astype(np.int64) - 1
        new = np.bincount(year, minlength=len(edge) - 1).astype(np.float64)
        return cls(edge, new, float((when <= first).sum()))

    @property
    def took_off(self) -> bool:
        """Whether it won enough adopters, and grew enough, to be known as a practice that spread."""
        won = self.new.sum()
        return bool(won >= ADOPTERS and self.before + won >= TIMES * self.before)

    def until(self, time: float) -> "Counts":
        """The same as it was known at a time: the years, or terms, that were over."""
        over = max(int(np.searchsorted(self.edge, time, side="right")) - 1, 0)
        return Counts(self.edge[: over + 1], self.new[:over], self.before)

    def reached(self, share: float) -> float:
        """Decimal year in which so much of the new adopters had come, linear between the edges."""
        total = np.concatenate(([0.0], np.cumsum(self.new)))
        level = share * total[-1]
        place = int(np.searchsorted(total, level, side="left")) if level > 0 else 1
        within = (level - total[place - 1]) / (total[place] - total[place - 1])
        return float(self.edge[place - 1] + within * (self.edge[place] - self.edge[place - 1]))


def curve(counts: Counts) -> dict[str, float]:
    """Growth early and late, and where a practice's adoptions were most frequent.

    ``early``: growth of the log of all new adopters per year from a tenth of them to half, ``late`` from half
    to all; r in both of an exponential of rate r, ln 5 / ln 9 · r ≈ .73 r early in a logistic that has run
    its course. ``peak``: share of the new adopters that had come by the middle of the three years (terms)
    with the most, .5 in a logistic. All are free of the size of a list.
    """
    tenth, half = counts.reached(0.1), counts.reached(0.5)
    recent = np.convolve(counts.new, np.ones(3), mode="valid") if len(counts.new) >= 3 else counts.new
    most, width = int(np.argmax(recent)), min(3, len(counts.new))
    by_then = counts.new[:most].sum() + recent[most] / 2 if width == 3 else counts.new[:most].sum()
    return {
        "early": float(np.log(5.0) / max(half - tenth, 1e-3)),
        "late": float(np.log(2.0) / max(counts.edge[-1] - half, 1e-3)),
        "peak": float(by_then / counts.new.sum()),
    }


def summary(series: Iterable[Counts]) -> dict[str, float]:
    """Medians over the practices that took off, and the upper quartile of their early growth."""
    found = [curve(counts) for counts in series if counts.took_off]
    if not found:
        return {}
    told = {name: float(np.median([one[name] for one in found])) for name in found[0]}
    return told | {"early_upper": float(np.quantile([one["early"] for one in found], 0.75))}


def curves(course: Course) -> dict[str, float]:
    """Curves of the practices that took off, and their share of all."""
    series = counts_of(course)
    if not series:
        return {}
    share = sum(counts.took_off for counts in series) / len(series)
    # Of a record, only practices that took off are known.
    return summary(series) | ({"took_off": float(share)} if course.simulated else {})


def counts_of(course: Course) -> list[Counts]:
    """New adopters of each practice by year, each city counted at its first adoption in the course."""
    if course.pledged is None:
        return []
    firsts = [_first_adoptions(course.pledged, practice) for practice in range(len(course.practice_name))]
    return [Counts.of_dates(when, course.first, course.last) for when in firsts]


def _first_adoptions(spells: Spells, practice: int) -> Floats:
    """Time of each adopter's first adoption, −∞ of those that had it before."""
    own = spells.take(spells.second == practice)
    begin = np.where(own.dated, own.begin, -np.inf)
    order = np.lexsort((begin, own.first))
    _, first = np.unique(own.first[order], return_index=True)
    return np.asarray(begin[order][first])


def log_rate(drops: Iterable[tuple[float, float]]) -> dict[str, float]:
    """Mean over practices of ln (drops per holder and year), from drops and holder-years of each.

    Half a drop is added, so that none is a number.
    """
    told = [np.log((dropped + 0.5) / held) for dropped, held in drops if held >= HOLDER_YEARS]
    return {"log_rate": float(np.mean(told))} if told else {}


def dropping(course: Course) -> dict[str, float]:
    """Mean log hazard of dropping a practice, and hazard per year of taking it up again."""
    spells = course.pledged
    if spells is None:
        return {}
    held = np.minimum(spells.end, course.last) - np.maximum(spells.since, course.first)
    ended = (spells.end <= course.last) & (spells.end > course.first)
    count = len(course.practice_name)
    years = np.bincount(spells.second, np.maximum(held, 0.0), count)
    gone = np.bincount(spells.second, ended, count)
    found = log_rate(zip(gone, years, strict=True))
    return found | (_again(spells, ended, course) if course.simulated else {})


def _again(spells: Spells, ended: np.ndarray, course: Course) -> dict[str, float]:
    """Later adoptions by former holders, per year since they dropped the practice."""
    order = np.lexsort((spells.since, spells.second, spells.first))
    same = (np.diff(spells.first[order]) == 0) & (np.diff(spells.second[order]) == 0)
    until = np.full(len(order), course.last)
    until[:-1][same] = spells.since[order][1:][same]
    waited = (until - spells.end[order])[ended[order]].sum()
    return {"again": float(same.sum() / waited)} if waited > 0 else {}
