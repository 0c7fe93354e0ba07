"""When cities joined the networks whose lists say so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.patterns.course import Course
from citysim.patterns.record import Dated, dated_networks
from citysim.patterns.regression import proportional_hazards
from citysim.patterns.statistic import Statistic, slug

#: Years after the founding within which joins are early.
EARLY = (3, 5)

_OF = "joins up to the last year of the network's list by those who were members then"
_EACH = "over the dated networks, whichever is which:"
STATISTICS = (
    Statistic("{network}_members", "cities", "members at the end, with or without a date"),
    Statistic("{network}_first_3", "share", f"{_OF}, of which in the first 3 calendar years"),
    Statistic("{network}_first_5", "share", f"{_OF}, of which in the first 5 calendar years"),
    Statistic(
        "{network}_half", "years after founding", f"{_OF}: time until half had joined, evenly over a year"
    ),
    Statistic("{network}_growth", "per year", f"{_OF}: growth of their number after the first 5 years"),
    Statistic("members_median", "cities", f"{_EACH} members at the end, median", "N3", "networks"),
    Statistic("members_upper", "cities", f"{_EACH} members at the end, upper quartile", "N3", "networks"),
    Statistic("members_variation", "ratio", f"{_EACH} members at the end, sd over mean", "N3", "networks"),
    Statistic(
        "first_5_median", "share", f"{_EACH} share in the first 5 years as above, median", "", "networks"
    ),
    Statistic(
        "half_median", "years after founding", f"{_EACH} time to half as above, median", "", "networks"
    ),
    Statistic("in_{year}", "cities", "joins of a year, all dated networks, counted as above"),
    Statistic("population", "elasticity", "of the hazard to join with a city's population"),
    Statistic("own_country", "log hazard ratio", "all other cities of its state are members, against none"),
    Statistic("neighbours", "log hazard ratio", "its five nearest cities are all members, against none"),
)
#: Of the event history.
TERMS = ("population", "own_country", "neighbours")


@dataclass(frozen=True, eq=False)
class Joins:
    """Joins of one network by the cities, (N,)."""

    name: str
    place: int  # among the course's networks
    list: Dated
    year: Ints  # calendar year; −1 of members from before the course, NEVER of those who did not join to stay
    unknown: Bools  # members, nobody knows since when


NEVER = np.iinfo(np.int64).max


@lru_cache(maxsize=1)  # read by several families, one after another
def joins_of(course: Course) -> tuple[Joins, ...]:
    """Joins of each dated network that was founded within the course, over the years of its list."""
    return tuple(_joins_of(course))


def _joins_of(course: Course) -> Iterator[Joins]:
    n = course.world.n_cities
    for name, listed in dated_networks().items() if course.world.kind == "real" else ():
        if not course.first <= listed.founded + 1 or listed.last >= course.last:
            continue
        # a resample may have several of a name
        for place in (k for k, other in enumerate(course.networks.name) if other == name):
            if course.networks.closed[place] <= course.networks.founded[place]:
                continue  # not in this course
            own = course.memberships.take(course.memberships.second == place)
            stayed = own.take((own.end > listed.last + 1) & (own.since < np.inf))
            year, unknown = np.full(n, NEVER), np.zeros(n, dtype=bool)
            dated = stayed.take(stayed.dated)
            # A join is noted at the end of a quarter: 2009.0 is of 2008.
            year[dated.first] = np.ceil(dated.begin).astype(np.int64) - 1
            rest = stayed.first[~stayed.dated]
            year[rest] = -1 if course.simulated else NEVER
            unknown[rest] = not course.simulated
            year[(year > listed.last) & (year != NEVER)] = NEVER
            yield Joins(name, place, listed, year, unknown)


def joins(course: Course) -> dict[str, float]:
    """Of networks with recorded years of joining; see ``STATISTICS``."""
    found: dict[str, float] = {}
    each, own = joins_of(course), []
    for one in each:
        held = course.memberships.at(course.last) & (course.memberships.second == one.place)
        own.append({"members": float(held.sum())} | _course_of(one))
        found |= {f"{slug(one.name)}_{name}": value for name, value in own[-1].items()}
    found |= _exchangeable(own)
    if each:
        first, last = min(one.list.founded for one in each), max(one.list.last for one in each)
        for year in range(max(first, int(np.ceil(course.first))), last + 1):
            found[f"in_{year}"] = float(sum((one.year == year).sum() for one in each))
    return found | event_history(course, [one for one in each if one.list.whole])


def _course_of(one: Joins) -> dict[str, float]:
    """How the members of one network came."""
    joined = np.sort(one.year[one.year != NEVER])
    founded, last = one.list.founded, one.list.last
    if not len(joined):
        return {}
    found = {f"first_{years}": float((joined < founded + years).mean()) for years in EARLY}
    middle = joined[(len(joined) - 1) // 2]
    before, then = (joined < middle).sum(), (joined == middle).sum()
    found["half"] = float(max(middle - founded, 0) + (len(joined) / 2 - before) / then)
    early = (joined < founded + EARLY[-1]).sum()
    if early and last >= founded + EARLY[-1]:
        found["growth"] = float(np.log(len(joined) / early) / (last - founded - EARLY[-1] + 1))
    return found


def _exchangeable(own: list[dict[str, float]]) -> dict[str, float]:
    """What the dated networks are like together, from what each is ``own``."""
    members = np.array([each["members"] for each in own])
    found: dict[str, float] = {}
    if len(members):
        found = {
            "members_median": float(np.median(members)),
            "members_upper": float(np.quantile(members, 0.75)),
        }
    if len(members) > 1 and members.any():
        found["members_variation"] = float(members.std(ddof=1) / members.mean())
    for name in ("first_5", "half"):
        values = [each[name] for each in own if name in each]
        if values:
            found[f"{name}_median"] = float(np.median(values))
    return found


def event_history(course: Course, networks: Iterable[Joins], since: int = 0) -> dict[str, float]:
    """Hazard of joining by population and by who has joined before, a Cox regression by network and year.

    At risk in a year is a city of the network's region that was no member when it began; shares of members
    are those of then. Cities that joined nobody knows when are left out, in risk and in shares. Joins before
    ``since``, a calendar year, are none. No values where nobody joined or the likelihood has no maximum.
    """
    rows: list[Floats] = []
    begin: list[int] = []
    events: list[int] = []
    count = 0
    for one in networks:
        for happened, terms in _strata(course, one, since):
            rows.append(terms)
            begin.append(count)
            events.append(happened)
            count += len(terms)
    if not rows:
        return {}
    fit = proportional_hazards(np.concatenate(rows), np.array(begin), np.array(events))
    return dict(zip(TERMS, fit[0].tolist(), strict=True)) if fit else {}


def _strata(course: Course, one: Joins, since: int) -> Iterator[tuple[int, Floats]]:
    """Joins of a year, and ``TERMS`` of all at risk in it, those who joined first."""
    world, region = course.world, course.networks.region[one.place]
    size = np.log(course.population)
    others = np.maximum(np.bincount(world.state, minlength=world.n_states) - 1, 1)[world.state]
    near, known = world.neighbours, (world.neighbours >= 0)
    number_near = np.maximum(known.sum(axis=1), 1)
    may = ~one.unknown if region < 0 else ~one.unknown & (world.region == region)
    first = max(one.list.founded, since)
    for year in np.unique(one.year[may & (one.year >= first) & (one.year != NEVER)]).tolist():
        member = one.year < year
        now = np.flatnonzero(may & (one.year == year))
        later = np.flatnonzero(may & (one.year > year))
        risk = np.concatenate((now, later))
        in_state = np.bincount(world.state[member], minlength=world.n_states)[world.state[risk]]
        close = (member[near[risk]] & known[risk]).sum(axis=1)
        yield (
            len(now),
            np.column_stack((size[risk], in_state / others[risk], close / number_near[risk])),
        )
