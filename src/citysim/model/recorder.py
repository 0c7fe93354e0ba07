"""Observation: the outcomes of every quarter, for the world and for groups of cities."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import attrgetter

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.errors import ResultError
from citysim.model.events.exposure import exposure_groups
from citysim.model.groups import INCOME_CLASSES, REGION_GROUPS, SIZE_CLASSES
from citysim.model.kernels import observation as kernel
from citysim.model.mechanisms.urbanisation import urban_share
from citysim.model.outcomes import MODEL_OUTCOMES, OUTCOMES, Outcome
from citysim.model.setting import Setting
from citysim.model.state import RunState
from citysim.world.world import World


def groups_of(
    world: World, networks: Iterable[str] = (), exposed_to: tuple[str, ...] | None = None
) -> dict[str, Bools]:
    """Groups of cities as masks (N,), fixed at the start so that arms compare like with like.

    The world, members and non-members, north and south, size classes, thirds of the people by income of the
    country, regions: every city is in one group of each. For each of ``networks`` its members in the data
    (``in NAME``) and the other cities (``not in NAME``). With ``exposed_to``, texts of events, the cities by
    how they are exposed to these.
    """
    member = np.zeros(world.n_cities, dtype=bool)
    member[world.membership_city] = True
    groups = {
        "world": np.ones(world.n_cities, dtype=bool),
        "member": member,
        "non_member": ~member,
        "north": world.north,
        "south": ~world.north,
    }
    low = 0.0
    for name, high in SIZE_CLASSES.items():
        groups[name] = (world.population >= low) & (world.population < high)
        low = high
    groups |= income_classes(world)
    for index, name in enumerate(REGION_GROUPS):
        groups[name] = world.region == index
    for name in networks:
        members = np.zeros(world.n_cities, dtype=bool)
        members[world.membership_city[world.membership_network == world.network_name.index(name)]] = True
        groups |= {f"in {name}": members, f"not in {name}": ~members}
    return groups if exposed_to is None else groups | exposure_groups(world, exposed_to)


def income_classes(world: World) -> dict[str, Bools]:
    """Cities by the income of their country, about a third of the people in each class."""
    order = np.argsort(world.income, kind="stable")
    below = np.cumsum(world.population[order]) - world.population[order]
    share = np.empty(world.n_cities)
    # a country is in one class: that of its first person
    _, country = np.unique(world.income[order], return_inverse=True)
    first = np.full(country.max() + 1, np.inf)
    np.minimum.at(first, country, below)
    share[order] = first[country] / world.population.sum()
    third = np.minimum((3 * share).astype(int), 2)
    return {name: third == place for place, name in enumerate(INCOME_CLASSES)}


#: Names of the outcomes that a city has.
_OF_CITY: tuple[str, ...] = kernel.OF_CITY.names or ()
_arrays = attrgetter(*kernel.ARRAYS)


@lru_cache(maxsize=4)  # shared by the runs of a process
def _cells_of(
    world: World, networks: tuple[str, ...], exposed_to: tuple[str, ...] | None
) -> tuple[tuple[str, ...], Bools, Ints]:
    """Names of the groups, which cells are in each, (groups, cells), and the cell of each city, (N,).

    Cities of the same groups are a cell: they are summed once, and each group sums its cells.
    """
    masks = groups_of(world, networks, exposed_to)
    cells, cell = np.unique(np.array(list(masks.values())), axis=1, return_inverse=True)
    return tuple(masks), np.ascontiguousarray(cells), cell


type Measure = Callable[[RunState, Setting], float]


class Recorder:
    """Fills ``values``: float64 (quarters, groups, outcomes); NaN where a group has no value.

    ``added``: outcomes of the world beside the model's own, each with what measures it.
    """

    def __init__(
        self,
        setting: Setting,
        quarters: int,
        networks: Iterable[str] = (),
        added: Sequence[tuple[Outcome, Measure]] = (),
        exposed_to: tuple[str, ...] | None = None,
    ) -> None:
        self.groups, in_cell, cell = _cells_of(setting.world, tuple(networks), exposed_to)
        self._added = {outcome.name: measure for outcome, measure in added}
        kinds = {outcome.name: outcome.summary for outcome, _ in added}
        self._kinds = [OUTCOMES[name].summary for name in MODEL_OUTCOMES] + [*kinds.values()]
        self.outcomes: tuple[str, ...] = (*MODEL_OUTCOMES, *self._added)
        self.values = np.full((quarters, len(self.groups), len(self.outcomes)), np.nan)
        self.recorded = 0
        self._column = {name: place for place, name in enumerate(self.outcomes)}
        weights = [OUTCOMES[name].weight for name in _OF_CITY]
        self._grouping = kernel.Grouping(
            cell=cell,
            in_cell=in_cell,
            column=np.array([self._column[name] for name in _OF_CITY]),
            by_people=np.array([weight != "cities" for weight in weights]),
            mean=np.array([weight != "total" for weight in weights]),
        )
        self._by_service = np.arange(setting.world.n_cities)  # cities in order of their services

    def record(self, state: RunState, setting: Setting) -> None:
        """Add the quarter that has just ended."""
        if self.recorded == len(self.values):
            self.values = np.concatenate((self.values, np.full_like(self.values, np.nan)))
        row = self.values[self.recorded]
        service = kernel.record_groups(
            row, kernel.Observed(*_arrays(state), setting.world.state), self._grouping
        )
        for name, value in world_outcomes(state, setting, service, self._by_service).items():
            row[0, self._column[name]] = value
        for name, measure in self._added.items():
            row[0, self._column[name]] = measure(state, setting)
        self.recorded += 1

    @property
    def series(self) -> Floats:
        """What has been recorded so far, (quarters, groups, outcomes)."""
        return self.values[: self.recorded]

    def summary(self) -> dict[str, float]:
        """One number per outcome for the world: last quarter, mean or sum over time.

        A mean is over the quarters that have a value; NaN where none has.
        Raises ``ResultError`` before the first quarter.
        """
        return {name: float(value) for name, value in zip(self.outcomes, self.summaries()[0], strict=True)}

    def summaries(self) -> Floats:
        """The same for every group, (groups, outcomes)."""
        if not self.recorded:
            raise ResultError("no quarter has been run yet; run() or step() comes before summary()")
        series = self.series
        valued = np.isfinite(series).sum(axis=0)
        mean = np.nansum(series, axis=0) / np.where(valued > 0, valued, np.nan)
        reduce = {"final": series[-1], "mean": mean, "sum": series.sum(axis=0)}
        return np.stack([reduce[kind][:, place] for place, kind in enumerate(self._kinds)], axis=1)


def city_outcomes(state: RunState, setting: Setting) -> dict[str, Floats]:
    """Every outcome that a city has, (N,) each; ``population`` is the weight of a total, in millions."""
    table = kernel.outcomes_of_cities(kernel.Observed(*_arrays(state), setting.world.state))
    return dict(zip(_OF_CITY, np.ascontiguousarray(table.T), strict=True))


def final_state(state: RunState, setting: Setting) -> dict[str, Floats]:
    """What is recorded of every city at the end, (N,) each: its outcomes, and its people as such."""
    return city_outcomes(state, setting) | {"population": state.population}


def world_outcomes(state: RunState, setting: Setting, service: Floats, by_service: Ints) -> dict[str, float]:
    """Outcomes of the world as a whole.

    ``service``: the cities' mean level, (N,); ``by_service``: the cities in any order, put into that of their
    service, which is quick where they nearly are.
    """
    ties, tension = state.twinnings, state.tension
    conflicts, live, networks = kernel.count_conflicts(
        state.conflict_left, ties.pair, ties.suspended, state.networks.alive
    )
    return {
        "conflict": float(conflicts),
        "conflict_onsets": float(state.flows.conflict_onsets),
        "conflict_hazard": state.flows.conflict_hazard,
        "tension": float(np.add.reduce(tension)) / len(tension) if len(tension) else 0.0,
        "ties_in_conflict": live,
        "networks": float(networks),
        "service_gini": gini(service, state.population, by_service),
        "urban_share": urban_share(state, setting),
    }


def gini(values: Floats, weights: Floats, order: Ints | None = None) -> float:
    """Gini coefficient of ``values`` among people, 0 where all are zero.

    ``order``: the places in any order, put into that of the values.
    """
    order = np.arange(len(values)) if order is None else order
    if not kernel.put_in_order(order, values):
        order[:] = order[np.argsort(values[order], kind="stable")]
    people, terms, total = kernel.lorenz(values, weights, order)
    # numpy sums in pairs
    return float(1.0 - np.add.reduce(terms) / (np.add.reduce(people) * total)) if total > 0 else 0.0
