"""Where countries lie on the map, to find cities in the sea or in another country."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from citysim.arrays import Bools, Floats, Ints
from citysim.world.schema import Outlines

#: A city may lie this far, in degrees, outside its country's outline: the map has one point per 100 km.
TOLERANCE = 1.0
#: The same where the city lies inside the outline of another country.
FOREIGN_TOLERANCE = 0.5
#: Areas that the map draws apart, and the code their cities carry in the places file.
SAME_COUNTRY = {"Kosovo": "XKX", "Somaliland": "SOM", "N. Cyprus": "CYP"}


def misplaced(
    cities: pd.DataFrame, exceptions: pd.DataFrame, outlines: Outlines
) -> Iterator[tuple[int, str]]:
    """Row and finding for every city outside its country; countries without an outline are not checked."""
    shapes = country_shapes(outlines)
    lat, lon = cities["lat"].to_numpy(), cities["lon"].to_numpy()
    own = own_distance(cities["iso3"].to_numpy(), lat, lon, shapes)
    excepted = in_exception(cities["iso3"].to_numpy(), lat, lon, exceptions)
    abroad = foreign_country(np.flatnonzero((own > FOREIGN_TOLERANCE) & ~excepted), lat, lon, shapes)
    for row in np.flatnonzero((own > FOREIGN_TOLERANCE) & ~excepted):
        where = abroad.get(int(row))
        if where is not None or own[row] > TOLERANCE:
            place = f"in {where}" if where else "in the sea or far from any coast of its own"
            yield int(row), f"{lat[row]:g}+{lon[row]:g}, {own[row]:.1f}° outside, {place}"


def country_shapes(outlines: Outlines) -> dict[str, Any]:
    """One valid shape per country code; rings across the date line run on beyond 180°."""
    parts: dict[str, list[Any]] = {}
    for name, polygons in outlines.items():
        for rings in polygons:
            shape = shapely.Polygon(_unwrapped(rings[0]), [_unwrapped(ring) for ring in rings[1:]])
            parts.setdefault(SAME_COUNTRY.get(name, name), []).append(shapely.make_valid(shape))
    shapes = {code: shapely.union_all(found) if len(found) > 1 else found[0] for code, found in parts.items()}
    for shape in shapes.values():
        shapely.prepare(shape)
    return shapes


def _unwrapped(ring: list[list[float]]) -> Floats:
    points = np.asarray(ring, np.float64)
    if np.ptp(points[:, 0]) > 180.0:
        points[:, 0] = np.where(points[:, 0] < 0.0, points[:, 0] + 360.0, points[:, 0])
    return points


def own_distance(codes: NDArray[Any], lat: Floats, lon: Floats, shapes: Mapping[str, Any]) -> Floats:
    """Degrees from each city to its country's outline, 0 inside; 0 where the map lacks the country."""
    distance = np.zeros(len(lat))
    index = pd.Series(np.arange(len(lat))).groupby(codes).indices
    for code, rows in index.items():
        shape = shapes.get(str(code))
        if shape is None:
            continue
        here = shapely.distance(shape, shapely.points(lon[rows], lat[rows]))
        beyond = shapely.distance(shape, shapely.points(lon[rows] + 360.0, lat[rows]))
        distance[rows] = np.minimum(here, beyond)
    return distance


def in_exception(codes: NDArray[Any], lat: Floats, lon: Floats, exceptions: pd.DataFrame) -> Bools:
    """Cities in a listed area that the map lacks or draws in another way."""
    inside = np.zeros(len(lat), bool)
    for area in exceptions.itertuples():
        inside |= (
            (codes == area.iso3)
            & (lat >= float(str(area.lat_min)))
            & (lat <= float(str(area.lat_max)))
            & (lon >= float(str(area.lon_min)))
            & (lon <= float(str(area.lon_max)))
        )
    return inside


def foreign_country(rows: Ints, lat: Floats, lon: Floats, shapes: Mapping[str, Any]) -> dict[int, str]:
    """Country whose outline holds the city, for the given rows."""
    names = list(shapes)
    tree = shapely.STRtree([shapes[name] for name in names])
    city, country = tree.query(shapely.points(lon[rows], lat[rows]), predicate="within")
    return {int(rows[c]): names[s] for c, s in zip(city, country, strict=True)}
