"""What a run leaves: its summary, its trajectory, or its failure; and their tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from citysim.arrays import Floats
from citysim.plan.events import COUNTS
from citysim.plan.record import RecordConfig
from citysim.plan.runs import RunSpec, key_columns
from citysim.store.places import places

if TYPE_CHECKING:
    from citysim.world.world import World


@dataclass(frozen=True, eq=False)
class RunRecord:
    """A finished run.

    ``summary``: float64 (outcomes); ``trajectory``: float32 (quarters, groups, outcomes) or None;
    ``years``: float64 (quarters), the end of each; ``groups``: name → float64 (outcomes) or None; ``cities``:
    a column per variable or None; ``cities_over_time``: the same by quarter within the run, or None;
    ``statistics``: value by name or None; ``warning``: what the process that computed it has to say, about
    itself;
    ``events``: name → cities, ties or states that the event came to, and could not, None of a run without.
    """

    run: str
    summary: Floats
    trajectory: NDArray[np.float32] | None
    years: Floats
    groups: Mapping[str, Floats] | None
    cities: Mapping[str, NDArray[np.generic]] | None
    seconds: float
    warning: str | None = None
    events: Mapping[str, tuple[int, int]] | None = None
    statistics: Mapping[str, float] | None = None
    cities_over_time: Mapping[int, Mapping[str, NDArray[np.generic]]] | None = None


@dataclass(frozen=True, slots=True)
class RunFailure:
    """A run that raised, or whose process died."""

    run: str
    error: str
    traceback: str


def runs_table(
    specs: Sequence[RunSpec],
    records: Sequence[RunRecord],
    swept: Iterable[str],
    outcomes: Sequence[str],
    *,
    counts: bool = False,
) -> pa.Table:
    """One row per run: keys, swept values, outcomes of the group ``world``, ``counts`` of its events."""
    values = np.stack([record.summary for record in records])
    columns = key_columns(specs, swept)
    table = pa.table(columns | {name: values[:, position] for position, name in enumerate(outcomes)})
    if not counts:
        return table
    found = [[] if record.events is None else list(record.events.values()) for record in records]
    for place, name in enumerate(COUNTS):
        table = table.append_column(name, pa.array([sum(n[place] for n in of) for of in found], pa.int64()))
    return table


def trajectories_table(
    records: Sequence[RunRecord], groups: Sequence[str], outcomes: Sequence[str]
) -> pa.Table:
    """One row per run, quarter and group, in that order."""
    values = np.stack([record.trajectory for record in records if record.trajectory is not None])
    runs, quarters, n_groups, _ = values.shape
    each = quarters * n_groups
    quarter = np.repeat(np.arange(quarters, dtype=np.int32), n_groups)
    flat = values.reshape(runs * each, len(outcomes))
    return pa.table(
        {
            "run": np.repeat([record.run for record in records], each),
            "quarter": np.tile(quarter, runs),
            "year": np.tile(np.repeat(records[0].years, n_groups), runs),
            "group": np.tile(np.asarray(groups), runs * quarters),
            **{name: flat[:, position] for position, name in enumerate(outcomes)},
        }
    )


def groups_table(records: Sequence[RunRecord], outcomes: Sequence[str]) -> pa.Table:
    """One row per run and group: outcomes over the run, as ``runs_table`` has them for the world."""
    kept = [(record.run, record.groups) for record in records if record.groups is not None]
    values = np.concatenate([np.stack(list(groups.values())) for _, groups in kept])
    return pa.table(
        {
            "run": [run for run, groups in kept for _ in groups],
            "group": [name for _, groups in kept for name in groups],
            **{name: values[:, position] for position, name in enumerate(outcomes)},
        }
    )


def other_tables(records: Sequence[RunRecord], record: RecordConfig, world: "World") -> dict[str, pa.Table]:
    """The tables that are kept beside ``runs``, by name."""
    tables: dict[str, pa.Table] = {}
    if record.trajectories:
        tables["trajectories"] = trajectories_table(records, record.groups, record.outcomes)
    if record.groups_summary:
        tables["groups"] = groups_table(records, record.outcomes)
    if record.cities:
        tables["cities"] = cities_table(records, world)
    # a run cut short, as to measure it, may have reached no date
    if any(each.cities_over_time for each in records):
        tables["cities_over_time"] = cities_over_time_table(records)
    if record.statistics:
        tables["statistics"] = statistics_table(records)
    return tables


def cities_table(records: Sequence[RunRecord], world: "World") -> pa.Table:
    """One row per run and city of the world: which it is, where it is, and its final state."""
    known = places(world)
    where = {name: known[name] for name in known.column_names}
    return pa.concat_tables(
        pa.table({"run": [record.run] * world.n_cities, **where, **record.cities})
        for record in records
        if record.cities is not None
    )


def cities_over_time_table(records: Sequence[RunRecord]) -> pa.Table:
    """One row per run, quarter within it at which cities were kept, and city; where it is says ``cities``."""
    return pa.concat_tables(
        pa.table(
            {
                "run": [record.run] * len(cities["city"]),
                "quarter": np.full(len(cities["city"]), quarter, np.int32),
                "year": np.full(len(cities["city"]), record.years[quarter]),
                **cities,
            }
        )
        for record in records
        for quarter, cities in (record.cities_over_time or {}).items()
    )


def statistics_table(records: Sequence[RunRecord]) -> pa.Table:
    """One row per run and statistic that it has a value of."""
    kept = [(record.run, record.statistics) for record in records if record.statistics is not None]
    return pa.table(
        {
            "run": pa.array([run for run, found in kept for _ in found], pa.string()),
            "statistic": pa.array([name for _, found in kept for name in found], pa.string()),
            "value": pa.array([value for _, found in kept for value in found.values()], pa.float64()),
        }
    )
