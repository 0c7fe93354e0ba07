"""Matrices of memberships and ties, and a recorder of data frames; for ``dense_model.py``."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from citysim.arrays import Bools, Floats, Ints
from citysim.model.mechanisms.urbanisation import urban_share
from citysim.model.outcomes import OUTCOMES
from citysim.model.recorder import groups_of
from citysim.model.setting import Setting
from citysim.model.state import IMPLEMENTED, NONE, RunState
from citysim.world.domains import DOMAINS


def members_of(state: RunState) -> Bools:
    """Who is a member of what, (N, K)."""
    networks = state.networks
    members = np.zeros((len(state.population), networks.slots), dtype=bool)
    members[networks.member_city, networks.member_network] = True
    return members


def matrix_of(n: int, a: Ints, b: Ints, weight_a: Any, weight_b: Any) -> csr_array:
    """Symmetric pattern of ties, (N, N): row a, column b holds ``weight_a``, and the other way round."""
    rows, columns = np.concatenate((a, b)), np.concatenate((b, a))
    return csr_array((np.concatenate((weight_a, weight_b)), (rows, columns)), shape=(n, n))


def in_war(state: RunState, setting: Setting) -> Bools:
    """Whether the two states of each tie are in conflict, (E,)."""
    home, ties = setting.world.state, state.twinnings
    pair = setting.dyads.index[home[ties.a], home[ties.b]]
    return np.append(state.conflict, False)[pair]  # a pair within one state is −1, the last


class PandasRecorder:
    """The outcomes of every quarter and group, from a data frame of cities."""

    def __init__(self, setting: Setting) -> None:
        masks = groups_of(setting.world)
        self.groups, self.outcomes = tuple(masks), tuple(OUTCOMES)
        _, own = np.nonzero(np.array(list(masks.values())).T)
        self.partitions = own.reshape(setting.world.n_cities, -1).T
        self.rows: list[Floats] = []

    def record(self, state: RunState, setting: Setting) -> None:
        """Add the quarter that has just ended."""
        cities = city_frame(state, setting)
        kind = {name: OUTCOMES[name].weight for name in cities}
        weight = pd.DataFrame(
            {name: np.ones(len(cities)) if kind[name] == "cities" else state.population for name in cities}
        )
        weighted, places = cities * weight, range(len(self.groups))
        sums = pd.concat([weighted.groupby(part).sum() for part in self.partitions]).reindex(places)
        total = pd.concat([weight.groupby(part).sum() for part in self.partitions]).reindex(places)
        means = sums / total
        totals = [name for name in cities if kind[name] == "total"]
        means[totals] = sums[totals]
        table = means.reindex(columns=list(self.outcomes))
        for name, value in of_world(state, setting).items():
            table.loc[0, name] = value
        self.rows.append(table.to_numpy())

    @property
    def series(self) -> Floats:
        """What has been recorded, (quarters, groups, outcomes)."""
        return np.array(self.rows)


def city_frame(state: RunState, setting: Setting) -> pd.DataFrame:
    """Every outcome that a city has, a column each."""
    world, flows, ties, n = setting.world, state.flows, state.twinnings, setting.world.n_cities
    foreign = world.state[ties.a] != world.state[ties.b]

    def degree(kept: Bools) -> Any:
        one = np.ones(kept.sum())
        return matrix_of(n, ties.a[kept], ties.b[kept], one, one).sum(axis=1)

    return pd.DataFrame(
        {
            "development": state.development,
            "service": state.services.mean(axis=1),
            **{f"service_{domain.name}": state.services[:, d] for d, domain in enumerate(DOMAINS)},
            "coverage": (state.practices == IMPLEMENTED).mean(axis=1),
            "coverage_pledged": (state.practices != NONE).mean(axis=1),
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
            "violence": flows.violence.astype(float),
            "action_capacity": state.action_capacity[world.state],
            "ties_crossborder": degree(foreign & ~ties.suspended),
            "ties_suspended": degree(ties.suspended),
            "twinnings": degree(np.ones(len(ties.a), dtype=bool)),
            "memberships": members_of(state).sum(axis=1).astype(float),
            "engagement": state.engagement,
            "attention": np.minimum(state.used, state.attention),
            "autonomy": state.autonomy,
            "reach": state.reach,
            "population": np.full(n, 1e-6),
        }
    )


def of_world(state: RunState, setting: Setting) -> dict[str, float]:
    """Outcomes of the world as a whole."""
    ties = state.twinnings
    fought = in_war(state, setting)
    return {
        "conflict": state.conflict.sum(),
        "conflict_onsets": state.flows.conflict_onsets,
        "conflict_hazard": state.flows.conflict_hazard,
        "tension": state.tension.mean(),
        "ties_in_conflict": (~ties.suspended[fought]).mean() if fought.any() else np.nan,
        "networks": state.networks.alive.sum(),
        "service_gini": gini(state.services.mean(axis=1), state.population),
        "urban_share": urban_share(state, setting),
    }


def gini(values: Floats, weights: Floats) -> float:
    """Gini coefficient of ``values`` among people."""
    order = np.argsort(values)
    people = np.insert(np.cumsum(weights[order]), 0, 0.0)
    share = np.insert(np.cumsum(weights[order] * values[order]), 0, 0.0)
    return float(1.0 - np.sum(np.diff(people / people[-1]) * (share[1:] + share[:-1]) / share[-1]))
