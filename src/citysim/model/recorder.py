"""Observation: the outcomes of every quarter, for the world and for groups of cities."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.errors import ResultError
from citysim.model.groups import INCOME_CLASSES, REGION_GROUPS, SIZE_CLASSES
from citysim.model.kernels.cities import mean_service
from citysim.model.kernels.memberships import duplication
from citysim.model.kernels.observation import cell_sums, group_values, practice_shares
from citysim.model.kernels.ties import tie_counts
from citysim.model.mechanisms.twinning import conflict_of_ties
from citysim.model.mechanisms.urbanisation import urban_share
from citysim.model.outcomes import CHANNELS, OUTCOMES
from citysim.model.setting import Setting
from citysim.model.state import RunState
from citysim.world.domains import DOMAINS
from citysim.world.world import World


def groups_of(world: World, networks: Iterable[str] = ()) -> dict[str, Bools]:
    """Groups of cities as masks (N,), fixed at the start so that arms compare like with like.

    The world, members and non-members, north and south, size classes, thirds of the people by income of the
    country, regions: every city is in one group of each. For each of ``networks`` its members in the data
    (``in NAME``) and the other cities (``not in NAME``).
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
    return groups


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


@lru_cache(maxsize=4)  # shared by the runs of a process
def _cells_of(world: World, networks: tuple[str, ...]) -> tuple[tuple[str, ...], Bools, Ints]:
    """Names of the groups, which cells are in each, (groups, cells), and the cell of each city, (N,).

    Cities of the same groups are a cell: they are summed once, and each group sums its cells.
    """
    masks = groups_of(world, networks)
    cells, cell = np.unique(np.array(list(masks.values())), axis=1, return_inverse=True)
    return tuple(masks), np.ascontiguousarray(cells), cell


class Recorder:
    """Fills ``values``: float64 (quarters, groups, outcomes); NaN where a group has no value."""

    def __init__(self, setting: Setting, quarters: int, networks: Iterable[str] = ()) -> None:
        self.groups, self._in_cell, self._cell = _cells_of(setting.world, tuple(networks))
        self.outcomes: tuple[str, ...] = tuple(OUTCOMES)
        self.values = np.full((quarters, len(self.groups), len(self.outcomes)), np.nan)
        self.recorded = 0
        self._column = {name: place for place, name in enumerate(self.outcomes)}
        self._of_cities = {
            kind: [name for name, outcome in OUTCOMES.items() if outcome.weight == kind]
            for kind in ("people", "cities", "total")
        }
        self._columns = {
            kind: np.array([self._column[name] for name in names]) for kind, names in self._of_cities.items()
        }
        # ones, whose sums are the groups' weights, and a row for each outcome; written anew every quarter
        self._rows = {
            kind: np.ones((1 + len(names), setting.world.n_cities)) for kind, names in self._of_cities.items()
        }
        self._ones = np.ones(setting.world.n_cities)
        self._by_service = np.arange(setting.world.n_cities)

    def record(self, state: RunState, setting: Setting) -> None:
        """Add the quarter that has just ended."""
        if self.recorded == len(self.values):
            self.values = np.concatenate((self.values, np.full_like(self.values, np.nan)))
        row = self.values[self.recorded]
        cities = city_outcomes(state, setting)
        for kind, names in self._of_cities.items():
            weight = self._ones if kind == "cities" else state.population
            rows = self._rows[kind]
            for place, name in enumerate(names, start=1):
                rows[place] = cities[name]
            cells = cell_sums(rows, weight, self._cell, self._in_cell.shape[1])
            row[:, self._columns[kind]] = group_values(cells, self._in_cell, kind != "total")
        # the order hardly changes in a quarter, and a stable sort is quick on what is nearly sorted
        order = np.argsort(cities["service"][self._by_service], kind="stable")
        self._by_service = self._by_service[order]
        for name, value in world_outcomes(state, setting, cities["service"], self._by_service).items():
            row[0, self._column[name]] = value
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
        kinds = [OUTCOMES[name].summary for name in self.outcomes]
        return np.stack([reduce[kind][:, place] for place, kind in enumerate(kinds)], axis=1)


def city_outcomes(state: RunState, setting: Setting) -> dict[str, Floats]:
    """Every outcome that a city has, (N,) each; ``population`` is the weight of a total, in millions."""
    world, flows, ties = setting.world, state.flows, state.twinnings
    n = world.n_cities
    twinnings, live_foreign, suspended = tie_counts(n, ties.a, ties.b, ties.pair, ties.suspended)
    service = state.services
    implemented, pledged = practice_shares(state.practices)
    return {
        "development": state.development,
        "service": mean_service(state.services),
        **{f"service_{domain.name}": service[:, place] for place, domain in enumerate(DOMAINS)},
        "coverage": implemented,
        "coverage_pledged": pledged,
        **{f"pledges_{name}": flows.pledges[:, place] for place, name in enumerate(CHANNELS)},
        "marginalisation": state.marginalised,
        "stress": state.stress,
        "loss_expected": flows.loss_expected,
        "loss_prevented": flows.loss_prevented,
        "relief_own": flows.relief_own,
        "relief_insurance": flows.relief_insurance,
        "relief_state": flows.relief_state,
        "relief_donations": flows.relief_donations,
        "relief_networks": flows.relief_networks,
        "relief_twins": flows.relief_twins,
        "loss": flows.loss,
        "recovered": flows.recovered,
        "recovered_services": flows.recovered_services,
        "unrecovered": flows.loss - flows.recovered - flows.recovered_services,
        "violence": flows.violence.astype(float),
        "action_capacity": state.action_capacity[world.state],
        "ties_crossborder": live_foreign,
        "ties_suspended": suspended,
        "twinnings": twinnings,
        "memberships": np.bincount(state.networks.member_city, minlength=n).astype(float),
        "duplication": duplication(
            state.networks.member_city, state.networks.member_network, state.networks.focus, n
        ),
        "engagement": state.engagement,
        "attention": np.minimum(state.used, state.attention),
        "autonomy": state.autonomy,
        "reach": state.reach,
        "population": np.full(n, 1e-6),
    }


def final_state(state: RunState, setting: Setting) -> dict[str, Floats]:
    """What is recorded of every city at the end, (N,) each: its outcomes, and its people as such."""
    return city_outcomes(state, setting) | {"population": state.population}


def world_outcomes(state: RunState, setting: Setting, service: Floats, by_service: Ints) -> dict[str, float]:
    """Outcomes of the world as a whole.

    ``service``: the cities' mean level, (N,); ``by_service``: the cities, preferably in its order.
    """
    fought = conflict_of_ties(state.twinnings, state)
    live = float((~state.twinnings.suspended[fought]).mean()) if fought.any() else np.nan
    return {
        "conflict": float(state.conflict.sum()),
        "conflict_onsets": float(state.flows.conflict_onsets),
        "conflict_hazard": state.flows.conflict_hazard,
        "tension": float(state.tension.mean()) if len(state.tension) else 0.0,
        "ties_in_conflict": live,
        "networks": float(state.networks.alive.sum()),
        "service_gini": gini(service[by_service], state.population[by_service]),
        "urban_share": urban_share(state, setting),
    }


def gini(values: Floats, weights: Floats) -> float:
    """Gini coefficient of ``values`` among people, 0 where all are zero."""
    order = np.argsort(values, kind="stable")
    weights, held = weights[order], (weights * values)[order]
    share, people = np.cumsum(held), weights.sum()
    if share[-1] <= 0:
        return 0.0
    return float(1.0 - np.sum(weights * (2.0 * share - held)) / (people * share[-1]))
