"""Where the cities are: columns that stand in the table of cities beside what a run made of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from citysim.world.world import World

#: The columns, in their order behind ``run`` and ``city``.
PLACE = pa.schema(
    {
        "name": pa.string(),
        "country": pa.string(),  # ISO 3166-1 alpha-3 code of the sovereign state
        "state": pa.string(),  # its name
        "latitude": pa.float64(),  # degrees
        "longitude": pa.float64(),  # degrees
    }
)


def places(world: "World") -> pa.Table:
    """One row per city of a world, in its order: ``city`` and the columns of ``PLACE``."""
    state = pa.array(world.state)
    country, name = (
        pa.array(of_state, pa.string()).take(state) for of_state in (world.state_iso3, world.state_name)
    )
    columns = [world.city_id, world.city_name, country, name, world.latitude, world.longitude]
    return pa.table(columns, schema=pa.schema([("city", pa.int64()), *PLACE]))


def with_places(cities: pa.Table, known: Callable[[], pa.Table | None]) -> pa.Table:
    """A table of cities with the columns of ``PLACE``, also where an earlier version has left them out.

    ``known`` gives the places of the world, and is called only then; they are null where it gives none.
    """
    found = [cities[name] for name in PLACE.names if name in cities.column_names]
    if len(found) < len(PLACE) or any(column.null_count for column in found):
        cities = _filled(cities, known())
    rest = [name for name in cities.column_names if name not in ("run", "city", *PLACE.names)]
    return cities.select(["run", "city", *PLACE.names, *rest])


def _filled(cities: pa.Table, known: pa.Table | None) -> pa.Table:
    rows = None if known is None else pc.index_in(cities["city"], known["city"])
    for field in PLACE:
        of_world = pa.nulls(len(cities), field.type) if known is None else known[field.name].take(rows)
        if field.name in cities.column_names:
            place = cities.column_names.index(field.name)
            cities = cities.set_column(place, field, pc.coalesce(cities[field.name], of_world))
        else:
            cities = cities.append_column(field, of_world)
    return cities
