"""Event history of adoption: city-years at risk, what each city had around it, and logistic hazards.

Cases and controls are drawn apart; that moves the intercept of a logistic model and none of its coefficients
(Prentice & Pyke 1979).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import coo_array, csr_array
from scipy.special import expit

from citysim.arrays import Bools, Floats, Ints
from citysim.patterns.course import Course, Spells
from citysim.patterns.shape import graph
from citysim.world.world import World

#: Practices, adoptions and city-years without one that are looked at at most, drawn from a fixed seed.
PRACTICES, CASES, CONTROLS = 20, 1500, 3000
_SEED = 20
#: Coefficients have a normal prior of mean 0 and this deviation: finite where all cases are alike.
PRIOR = 10.0
#: A coefficient is told if what it is of is there in so many cases and controls.
SEEN = 5


@dataclass(frozen=True, eq=False)
class History:
    """R city-years at risk of a practice; covariates as at the beginning of the year, (R,) each."""

    city: Ints
    practice: Ints
    adopted: Bools
    country: Floats  # ln(1 % + share that have it of the other cities of the own state that could)
    twins: Floats  # ln(1 + twins that have it)
    neighbours: Floats  # share of the nearest cities that have it
    networks: Floats  # ln(1 + sum over own networks of the share of members that have it)
    larger: Floats  # whether the nearest larger city of the state has it
    memberships: Ints
    population: Floats  # ln people, less the mean over cities
    capacity: Floats


@lru_cache(maxsize=1)  # read by several families, one after another
def history(course: Course) -> History | None:
    """City-years at risk of adopting, drawn from a course; None without dated adoptions.

    A year is at risk from that of the practice's first adoption on, for a city that could have the practice
    and does not. Ties and memberships are those that stand at the end, in a run as in a record, where few
    have a date. A network that is itself the practice does not count.
    """
    if course.pledged is None or course.suited is None or not len(course.years):
        return None
    chosen = _chosen(course)
    spells = course.pledged.take(np.isin(course.pledged.second, chosen))
    place = np.searchsorted(chosen, spells.second)
    suited, years = course.suited[:, chosen], course.years
    shape = (len(years), *suited.shape)
    held = _held(spells, place, years, shape)
    event = _events(spells, place, years, shape) & ~held & suited
    if not event.any():
        return None
    first = np.where(event.any(axis=(0, 1)), np.argmax(event.any(axis=1), axis=0), len(years))
    first = np.where(held[0].any(axis=0), 0, first)
    risk = suited & ~held & ~event & (np.arange(len(years))[:, None, None] >= first)
    rng = np.random.default_rng(_SEED)
    cells = np.concatenate((_some(event, CASES, rng), _some(risk, CONTROLS, rng)))
    year, city, practice = np.unravel_index(cells, shape)
    return _around(course, held, chosen, (year, city, practice), event.ravel()[cells])


def _chosen(course: Course) -> Ints:
    """Practices that are looked at."""
    count = len(course.practice_name)
    if count <= PRACTICES:
        return np.arange(count)
    return np.sort(np.random.default_rng(_SEED).choice(count, PRACTICES, replace=False))


def _held(spells: Spells, place: Ints, years: Ints, shape: tuple[int, int, int]) -> Bools:
    """Who has what at the beginning of each year, (T, N, P)."""
    change = np.zeros((shape[0] + 1, *shape[1:]), dtype=np.int8)
    for time, step in ((spells.since, 1), (spells.end, -1)):
        np.add.at(change, (np.searchsorted(years, time), spells.first, place), step)
    return np.cumsum(change[:-1], axis=0, dtype=np.int8) > 0


def _events(spells: Spells, place: Ints, years: Ints, shape: tuple[int, int, int]) -> Bools:
    """Adoptions within each year, after its beginning and up to its end, (T, N, P)."""
    year = np.searchsorted(years, np.where(spells.dated, spells.begin, -np.inf)) - 1
    inside = spells.dated & (year >= 0) & (spells.begin <= years[-1] + 1)
    event = np.zeros(shape, dtype=bool)
    event[year[inside], spells.first[inside], place[inside]] = True
    return event


def _some(mask: np.ndarray, most: int, rng: np.random.Generator) -> Ints:
    """Places of at most so many of what is marked."""
    cells = np.flatnonzero(mask)
    return np.sort(rng.choice(cells, most, replace=False)) if len(cells) > most else cells


def _around(
    course: Course, held: Bools, chosen: Ints, at: tuple[Ints, Ints, Ints], adopted: Bools
) -> History:
    """What each city-year had around it."""
    world, (year, city, practice) = course.world, at
    assert course.suited is not None  # noqa: S101  history() has asked
    could = held & course.suited[:, chosen]
    order = np.argsort(world.state, kind="stable")
    _, start = np.unique(world.state[order], return_index=True)
    states = np.unique(world.state)
    have = np.add.reduceat(could[:, order].astype(np.int16), start, axis=1)
    able = np.add.reduceat(course.suited[:, chosen][order].astype(np.int16), start, axis=0)
    state = np.searchsorted(states, world.state[city])
    near = world.neighbours[city]
    beside = held[year[:, None], near, practice[:, None]] & (near >= 0)
    larger = _larger(world)[city]
    twins = course.twins.take(course.twins.at(course.last))
    log_people = np.log(world.population)
    return History(
        city=city,
        practice=practice,
        adopted=adopted,
        country=np.log(0.01 + have[year, state, practice] / np.maximum(able[state, practice] - 1, 1)),
        twins=np.log1p(_over(graph(twins.first, twins.second, world.n_cities), held, at)),
        neighbours=beside.sum(axis=1) / np.maximum((near >= 0).sum(axis=1), 1),
        networks=np.log1p(_from_networks(course, held, chosen, at)),
        larger=(held[year, larger, practice] & (larger >= 0)).astype(np.float64),
        memberships=_counted(course, chosen, city, practice),
        population=(log_people - log_people.mean())[city],
        capacity=world.capacity[city],
    )


def _over(tied: csr_array, values: np.ndarray, at: tuple[Ints, Ints, Ints]) -> Floats:
    """Sum of values (T, cells, P) over the cells that each city is tied to, by row."""
    year, city, practice = at
    count = np.diff(tied.indptr)[city]
    row = np.repeat(np.arange(len(city)), count)
    ahead = np.cumsum(count) - count
    cell = tied.indices[
        np.arange(count.sum()) - np.repeat(ahead, count) + np.repeat(tied.indptr[city], count)
    ]
    return np.bincount(row, values[year[row], cell, practice[row]], len(city))


def _from_networks(course: Course, held: Bools, chosen: Ints, at: tuple[Ints, Ints, Ints]) -> Floats:
    """Share of members that have it, summed over each city's networks, by row."""
    member = _members(course)
    years, cities, practices = held.shape
    wide = held.transpose(1, 0, 2).reshape(cities, years * practices).astype(np.float32)
    size = np.maximum(np.asarray(member.sum(axis=0)).ravel(), 1.0)
    share = (member.T.tocsr() @ wide / size[:, None]).reshape(-1, years, practices).transpose(1, 0, 2)
    for network, practice in _itself(course, chosen):
        share[:, network, practice] = 0.0
    return _over(member, share, at)


def _members(course: Course) -> csr_array:
    """Whether cities are members at the end, (N, K)."""
    own = course.memberships.take(course.memberships.at(course.last))
    shape = (course.world.n_cities, max(len(course.networks.name), int(own.second.max(initial=0)) + 1))
    return coo_array((np.ones(len(own.first), np.float32), (own.first, own.second)), shape=shape).tocsr()


def _itself(course: Course, chosen: Ints) -> list[tuple[int, int]]:
    """Networks that are themselves a practice, with its place."""
    names = [course.practice_name[practice] for practice in chosen]
    return [(k, names.index(name)) for k, name in enumerate(course.networks.name) if name in names]


def _counted(course: Course, chosen: Ints, city: Ints, practice: Ints) -> Ints:
    """Memberships of each row's city at the end."""
    member = _members(course)
    count = np.asarray(member.sum(axis=1)).ravel()[city].astype(np.int64)
    for network, own in _itself(course, chosen):
        inside = np.asarray(member[:, [network]].toarray()).ravel()[city] > 0
        count -= (practice == own) & inside
    return count


@lru_cache(maxsize=1)
def _larger(world: World) -> Ints:
    """Nearest larger city of the own state, −1 where none is larger, (N,)."""
    found = np.full(world.n_cities, -1)
    for state in range(world.n_states):
        own = np.flatnonzero(world.state == state)
        alike = world.xyz[own] @ world.xyz[own].T
        alike[world.population[own][None, :] <= world.population[own][:, None]] = -np.inf
        best = np.argmax(alike, axis=1)
        some = np.isfinite(alike[np.arange(len(own)), best])
        found[own[some]] = own[best[some]]
    return found


def coefficients(rows: History, columns: dict[str, Floats], weight: Floats | None = None) -> dict[str, float]:
    """Log-odds of adopting in a year per unit of each column, with an intercept for each practice.

    A column that is not there in ``SEEN`` cases and controls is left out. ``weight``: of each row, (R,).
    """
    told = {name: value for name, value in columns.items() if _seen(value, rows.adopted)}
    if not told:
        return {}
    values = np.stack(list(told.values()), axis=1)
    _, place = np.unique(rows.practice, return_inverse=True)
    design = np.concatenate((values, np.eye(place.max() + 1)[place]), axis=1)
    share = np.ones(len(place)) if weight is None else weight
    sign = np.where(rows.adopted, 1.0, -1.0)

    def loss(b: Floats) -> float:
        return float(share @ np.logaddexp(0.0, -sign * (design @ b)) + b @ b / (2 * PRIOR**2))

    def slope(b: Floats) -> Floats:
        miss = share * sign * expit(-sign * (design @ b))
        return np.asarray(b / PRIOR**2 - miss @ design)

    def curvature(b: Floats) -> Floats:
        p = expit(design @ b)
        return np.asarray((design.T * (share * p * (1 - p))) @ design + np.eye(len(b)) / PRIOR**2)

    start = np.zeros(design.shape[1])
    found = minimize(loss, start, jac=slope, hess=curvature, method="trust-exact", options={"gtol": 1e-3})
    return dict(zip(told, map(float, found.x), strict=False))


def _seen(value: Floats, adopted: Bools) -> bool:
    there = value != np.median(value)
    return bool(min((there & adopted).sum(), (there & ~adopted).sum()) >= SEEN)
