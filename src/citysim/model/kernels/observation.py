"""What a quarter leaves to be recorded: outcomes of cities, summed over groups, and of the world."""

from collections import namedtuple
from typing import Any, NamedTuple, cast

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.cities import mean_service
from citysim.model.kernels.memberships import duplication
from citysim.model.kernels.ties import tie_counts
from citysim.model.outcomes import CHANNELS, OUTCOMES
from citysim.model.state import IMPLEMENTED, N_CHANNELS, N_DOMAINS, NONE, Practices
from citysim.world.domains import DOMAINS

#: Outcomes that a city has, as fields of its row.
OF_CITY = np.dtype([(name, np.float64) for name, outcome in OUTCOMES.items() if outcome.by_group])
_NAMES = list(OF_CITY.names or ())
_COLUMNS = len(_NAMES)
# the first of those that follow each other
_SERVICES = _NAMES.index(f"service_{DOMAINS[0].name}")
_PLEDGES = _NAMES.index(f"pledges_{next(iter(CHANNELS))}")
#: Cities whose rows are filled before they are summed: so few that these stay in a cache.
_AT_ONCE = 256


#: Arrays that the outcomes of cities are made of, as attributes of ``RunState``.
ARRAYS = (
    *("population", "development", "services", "practices", "marginalised", "stress", "action_capacity"),
    *("used", "attention", "engagement", "autonomy", "reach"),
    *("flows.pledges", "flows.loss_expected", "flows.loss_prevented", "flows.relief_own"),
    *("flows.relief_insurance", "flows.relief_state", "flows.relief_donations", "flows.relief_networks"),
    *("flows.relief_twins", "flows.loss", "flows.recovered", "flows.recovered_services", "flows.violence"),
    *("twinnings.a", "twinnings.b", "twinnings.pair", "twinnings.suspended"),
    *("networks.member_city", "networks.member_network", "networks.focus"),
)
#: These arrays, a point in their names being an underscore, and the state of each city, (N,).
Observed = cast("Any", namedtuple("Observed", [*(name.replace(".", "_") for name in ARRAYS), "home"]))  # noqa: PYI024


class Grouping(NamedTuple):
    """Groups as sets of cells, cities of the same groups being in one cell, and how outcomes make a group."""

    cell: Ints  # (N,)
    in_cell: Bools  # (groups, cells)
    column: Ints  # (outcomes of cities,) place among all outcomes
    by_people: Bools  # weighted by people, and not by cities
    mean: Bools  # and not a total


@compiled
def practices_of(x: Practices, i: int) -> tuple[float, float]:
    """Shares of its practices that city ``i`` has implemented, and has at least pledged."""
    done = begun = np.uint32(0)  # narrow, so that several practices are counted at once
    for p in range(x.shape[1]):
        done = np.uint32(done + (x[i, p] == IMPLEMENTED))
        begun = np.uint32(begun + (x[i, p] != NONE))
    return done / x.shape[1], begun / x.shape[1]


@compiled
def _worked_out(o: Any) -> tuple[Floats, ...]:
    """Mean service, ties (all, live foreign, suspended), memberships and their duplication, (N,) each."""
    n, city = len(o.population), o.networks_member_city
    ties, live_foreign, suspended = tie_counts(
        n, o.twinnings_a, o.twinnings_b, o.twinnings_pair, o.twinnings_suspended
    )
    memberships = np.zeros(n)
    for i in city:
        memberships[i] += 1.0
    shared = duplication(city, o.networks_member_network, o.networks_focus, n)
    return mean_service(o.services), ties, live_foreign, suspended, memberships, shared


@compiled
def _fill(table: Floats, first: int, o: Any, worked_out: tuple[Floats, ...]) -> None:
    """Write the outcomes of the cities from ``first`` on into the rows of ``table`` (cities, outcomes)."""
    rows: Any = table.reshape(table.size).view(OF_CITY)
    service, ties, live_foreign, suspended, memberships, shared = worked_out
    for r in range(len(table)):
        i: Any = np.uint64(
            first + r
        )  # without a sign, else every look-up asks whether it counts from the end
        row = rows[r]
        row.service = service[i]
        for d in range(N_DOMAINS):
            table[r, _SERVICES + d] = o.services[i, d]
        for k in range(N_CHANNELS):
            table[r, _PLEDGES + k] = o.flows_pledges[i, k]
        row.coverage, row.coverage_pledged = practices_of(o.practices, i)
        row.development = o.development[i]
        row.marginalisation = o.marginalised[i]
        row.stress = o.stress[i]
        row.loss_expected = o.flows_loss_expected[i]
        row.loss_prevented = o.flows_loss_prevented[i]
        row.relief_own = o.flows_relief_own[i]
        row.relief_insurance = o.flows_relief_insurance[i]
        row.relief_state = o.flows_relief_state[i]
        row.relief_donations = o.flows_relief_donations[i]
        row.relief_networks = o.flows_relief_networks[i]
        row.relief_twins = o.flows_relief_twins[i]
        row.loss = o.flows_loss[i]
        row.recovered = o.flows_recovered[i]
        row.recovered_services = o.flows_recovered_services[i]
        row.unrecovered = o.flows_loss[i] - o.flows_recovered[i] - o.flows_recovered_services[i]
        row.violence = 1.0 if o.flows_violence[i] else 0.0
        row.action_capacity = o.action_capacity[o.home[i]]
        row.ties_crossborder = live_foreign[i]
        row.ties_suspended = suspended[i]
        row.twinnings = ties[i]
        row.memberships = memberships[i]
        row.duplication = shared[i]
        row.engagement = o.engagement[i]
        row.attention = min(o.used[i], o.attention[i])
        row.autonomy = o.autonomy[i]
        row.reach = o.reach[i]
        row.population = 1e-6  # a total, in millions


@compiled
def outcomes_of_cities(o: Any) -> Floats:
    """Every outcome of every city, (N, outcomes) in the order of ``OF_CITY``."""
    table = np.empty((len(o.population), _COLUMNS))
    _fill(table, 0, o, _worked_out(o))
    return table


@compiled
def record_groups(found: Floats, o: Any, g: Grouping) -> Floats:
    """Write the groups' outcomes into ``found`` (groups, all outcomes); NaN for a mean of nothing.

    Gives the cities' mean service level, (N,).
    """
    cells, n = g.in_cell.shape[1], len(o.population)
    sums, people, cities = np.zeros((cells, _COLUMNS)), np.zeros(cells), np.zeros(cells)
    block, worked_out = np.empty((_AT_ONCE, _COLUMNS)), _worked_out(o)
    for first in range(0, n, _AT_ONCE):
        table = block[: n - first]
        _fill(table, first, o, worked_out)
        for r in range(len(table)):
            c, own = g.cell[first + r], o.population[first + r]
            people[c] += own
            cities[c] += 1.0
            for k in range(_COLUMNS):
                sums[c, k] += table[r, k] * (own if g.by_people[k] else 1.0)
    for j in range(len(found)):
        total, of_people, of_cities = np.zeros(_COLUMNS), 0.0, 0.0
        for c in range(cells):
            if g.in_cell[j, c]:
                of_people += people[c]
                of_cities += cities[c]
                for k in range(_COLUMNS):
                    total[k] += sums[c, k]
        for k in range(_COLUMNS):
            weight = of_people if g.by_people[k] else of_cities
            mean = total[k] / weight if weight > 0.0 else np.nan
            found[j, g.column[k]] = mean if g.mean[k] else total[k]
    return worked_out[0]


@compiled
def count_conflicts(left: Ints, pair: Ints, suspended: Bools, alive: Bools) -> tuple[int, float, int]:
    """Dyads in conflict, live share of the ties between their states (NaN without any), live networks."""
    conflicts = ties = live = networks = 0
    for quarters in left:
        conflicts += quarters > 0
    for e in range(len(pair)):
        if pair[e] >= 0 and left[pair[e]] > 0:
            ties += 1
            live += not suspended[e]
    for one in alive:
        networks += one
    return conflicts, live / ties if ties else np.nan, networks


@compiled
def put_in_order(order: Ints, values: Floats) -> bool:
    """Sort places by their ``values``, equal ones staying as they were: quick where ``order`` hardly changes.

    False where it has changed so much that another way is quicker; ``order`` is then nearer to it.
    """
    moves = 0
    for place in range(1, len(order)):
        one = order[place]
        value = values[one]
        free = place
        while free > 0 and values[order[free - 1]] > value:
            order[free] = order[free - 1]
            free -= 1
        order[free] = one
        moves += place - free
        if moves > 64 * len(order):
            return False
    return True


@compiled
def lorenz(values: Floats, weights: Floats, order: Ints) -> tuple[Floats, Floats, float]:
    """Of places in ``order`` of their values: weights, terms whose sum makes the Gini coefficient, total."""
    weight, term = np.empty(len(order)), np.empty(len(order))
    below = 0.0
    for place in range(len(order)):
        i = order[place]
        weight[place] = weights[i]
        held = weights[i] * values[i]
        below += held
        term[place] = weights[i] * (2.0 * below - held)
    return weight, term, below


@compiled
def urban_people(
    home: Ints, start: Floats, urban: Floats, path: Floats, population: Floats, year: float
) -> tuple[Floats, Floats]:
    """Urban and all people of each state, (S,) each, ``year`` years after the start.

    ``start``: people of its cities then; ``urban``: its urban people then, growing as these do, at most all;
    ``path``: all people by year, (S, years).
    """
    now = np.zeros(len(start))
    for i in range(len(home)):
        now[home[i]] += population[i]
    last = path.shape[1] - 1
    before, after = min(int(year), last), min(int(year) + 1, last)
    weight = year - int(year)
    total = np.empty(len(start))
    for s in range(len(start)):
        total[s] = path[s, before] * (1 - weight) + path[s, after] * weight
        grown = now[s] / start[s] if start[s] > 0.0 else 1.0  # a state may have no city
        now[s] = min(urban[s] * grown, total[s])
    return now, total
