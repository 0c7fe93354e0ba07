"""What every column of the results means, from where parameters and outcomes are defined."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd
import pyarrow as pa

from citysim.model.outcomes import OUTCOMES, Outcome
from citysim.model.parameters import parameter_specs, switches
from citysim.plan.events import is_axis

_KEYS = {
    "run": ("", "id of the run: digest of world, model version, arm, seed and all parameters"),
    "arm": ("", "arm of the experiment; arms share seeds and draws"),
    "seed": ("", "seed of the random numbers; with the draw, the replication"),
    "draw": ("", "where the uncertain parameters come from: prior, posterior or defaults"),
    "quarter": ("quarters", "quarter, counted from 0"),
    "year": ("years", "end of the quarter, as a calendar year"),
    "group": ("", "group of cities"),
    "city": ("", "id of the city: GeoNames, or 1 … N in a synthetic world"),
    "name": ("", "name of the city"),
    "country": ("", "code of the sovereign state: ISO 3166-1 alpha-3, or made up in a synthetic world"),
    "state": ("", "name of the sovereign state"),
    "latitude": ("degrees_north", "latitude of the city, WGS 84"),
    "longitude": ("degrees_east", "longitude of the city, WGS 84"),
    "events_taken": ("", "cities, ties, states and networks to which the run's events happened"),
    "events_not_taken": ("", "cities, ties, states and networks to which they could not happen"),
}
_OF_A_RUN = {"final": "in the last quarter", "mean": "mean over the quarters", "sum": "sum over the quarters"}
_OF_A_GROUP = {
    "people": "mean over the people of the group",
    "cities": "mean over the cities of the group",
    "total": "total of the group",
    "world": "of the world as a whole, in no other group",
}
_OF_THE_WORLD = {
    "people": "mean over the people of all cities",
    "cities": "mean over all cities",
    "total": "total of all cities",
    "world": "of the world",
}
_TYPES = (
    (pa.types.is_boolean, "true or false"),
    (pa.types.is_integer, "whole number"),
    (pa.types.is_floating, "number"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one file."""

    file: str
    column: str
    type: str
    unit: str
    description: str


def describe(table: str, schema: pa.Schema) -> list[Column]:
    """The columns of ``runs``, ``trajectories``, ``groups``, ``cities`` or ``cities_over_time``."""
    return [
        Column(f"{table}.csv", field.name, _type(field.type), *meaning(table, field.name)) for field in schema
    ]


def meaning(table: str, name: str) -> tuple[str, str]:
    """Unit and description of a column; the unit is empty where there is none.

    A name that is an outcome's is that: a swept switch of the same name is not recorded beside it.
    """
    if name in _KEYS:
        return _KEYS[name]
    if is_axis(name):
        return "", f"{name.rpartition('.')[2]} of the event '{name.split('.')[1]}'"
    if name in OUTCOMES:
        return _outcome(table, OUTCOMES[name])
    if name in switches():
        return "", f"switch: {switches()[name]}"
    spec = parameter_specs()[name]
    return spec.unit, f"parameter {spec.symbol}: {spec.description}"


def _outcome(table: str, outcome: Outcome) -> tuple[str, str]:
    a_quarter = outcome.unit.removesuffix(", summed")
    if table == "runs":
        return outcome.unit, f"{outcome.label}, {_OF_THE_WORLD[outcome.weight]}, {_OF_A_RUN[outcome.summary]}"
    if table == "groups":
        of = _OF_A_GROUP[outcome.weight]
        return outcome.unit, f"{outcome.label}, {of}, {_OF_A_RUN[outcome.summary]}"
    if table in ("cities", "cities_over_time"):
        when = "last quarter" if table == "cities" else "quarter"
        label = outcome.label.replace(" of the cities", "")
        return outcome.unit_of_city or a_quarter, f"{label}, of the city in the {when}"
    return a_quarter, f"{outcome.label}, {_OF_A_GROUP[outcome.weight]}, in the quarter"


def _type(type_: pa.DataType) -> str:
    return next((word for test, word in _TYPES if test(type_)), "text")


def as_table(columns: Sequence[Column]) -> pa.Table:
    """Columns as rows of a table."""
    return pa.Table.from_pandas(pd.DataFrame([asdict(column) for column in columns]), preserve_index=False)
