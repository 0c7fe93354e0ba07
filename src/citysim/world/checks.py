"""What a data pack must satisfy. Each check takes tables and adds a line to the faults per broken row.

Row ``i`` of a table is line ``i + 2`` of its file.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from citysim.arrays import Bools
from citysim.errors import DataError
from citysim.world.domains import DOMAINS
from citysim.world.geography import haversine_km
from citysim.world.outlines import misplaced
from citysim.world.schema import Column, Outlines

type Tables = Mapping[str, pd.DataFrame]

#: Lines of a report at most; a last one counts the rest.
MAX_LINES = 20
#: Stated distance of a pair of twins may differ by this much from that of its coordinates (it is rounded).
DISTANCE_TOLERANCE_KM = 1.0
#: Weights of a network over the domains may miss 1 by this much.
WEIGHT_TOLERANCE = 1e-6


class Faults:
    """Faults found so far, one line each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def file(self, name: str, what: str) -> None:
        """Fault of a whole file."""
        self.lines.append(f"{name}: {what}")

    def row(self, name: str, index: int, field: str, found: Any, allowed: str) -> None:
        """Fault in row ``index`` (from 0) of a table."""
        self.lines.append(f"{name}: row {index + 2}: {field}: found {found!r}, must be {allowed}")

    def rows(self, name: str, table: pd.DataFrame, bad: Bools, field: str, allowed: str) -> None:
        """The same fault in every row marked ``bad``; ``field`` may join columns by "+"."""
        for index in np.flatnonzero(bad):
            found = "+".join(str(table[column].iloc[index]) for column in field.split("+"))
            self.row(name, int(index), field, found, allowed)

    def raise_any(self) -> None:
        """Raise ``DataError`` with the faults, at most ``MAX_LINES`` of them."""
        if not self.lines:
            return
        lines = self.lines[:MAX_LINES]
        if len(self.lines) > MAX_LINES:
            lines.append(f"and {len(self.lines) - MAX_LINES} more faults in the data pack")
        raise DataError(*lines)


def typed(name: str, table: pd.DataFrame, columns: Mapping[str, Column], faults: Faults) -> pd.DataFrame:
    """Check every column of a table of texts against its ``Column`` and give it its type."""
    if table.columns.duplicated().any():
        faults.file(name, f"{table.columns[table.columns.duplicated()][0]}: column found twice")
    for field, column in columns.items():
        if field not in table.columns:
            found = ", ".join(table.columns[:8])
            faults.file(name, f"row 1: {field}: column not found among {found} …, must be there")
            continue
        text = table[field]
        empty = (text == "").to_numpy()
        if not column.optional:
            faults.rows(name, table, empty, field, "filled in")
        if column.kind == "text":
            _check_words(name, table, field, column, empty, faults)
        else:
            table[field] = _numbers(name, table, field, column, empty, faults)
    return table


def _check_words(
    name: str, table: pd.DataFrame, field: str, column: Column, empty: Bools, faults: Faults
) -> None:
    if column.words:
        bad = ~table[field].isin(column.words).to_numpy() & ~empty
        faults.rows(name, table, bad, field, "one of " + ", ".join(column.words))


def _numbers(
    name: str, table: pd.DataFrame, field: str, column: Column, empty: Bools, faults: Faults
) -> pd.Series:
    values = pd.to_numeric(table[field], errors="coerce")
    array = values.to_numpy(np.float64)
    wrong = ~np.isfinite(array) & ~empty
    if column.kind == "integer":
        wrong |= np.isfinite(array) & (array != np.floor(array))
    faults.rows(name, table, wrong, field, "a whole number" if column.kind == "integer" else "a number")
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    outside = ~wrong & ~empty & ((array < low) | (array > high))
    faults.rows(name, table, outside, field, _range(column))
    if column.kind == "integer" and not (empty | wrong).any():
        return values.astype(np.int64)
    return values.astype(np.float64)


def _range(column: Column) -> str:
    if column.high is None:
        return f"at least {column.low:g}"
    return f"between {column.low:g} and {column.high:g}"


def check_outlines(name: str, outlines: Outlines, faults: Faults) -> None:
    """Every country of the map is a list of polygons, these of rings, these of longitude, latitude pairs."""
    for code, polygons in outlines.items():
        try:
            rings = [np.asarray(ring, np.float64) for polygon in polygons for ring in polygon]
        except (TypeError, ValueError):
            rings = []
        if not rings or any(ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 4 for ring in rings):
            faults.file(name, f"countries.{code}: must be polygons of rings of longitude, latitude pairs")
        elif any(not (np.abs(ring) <= (180.0, 90.0)).all() for ring in rings):
            faults.file(name, f"countries.{code}: must lie within ±180 degrees of longitude, ±90 of latitude")


def check_pack(tables: Tables, outlines: Outlines, faults: Faults) -> None:
    """All checks across rows and files; every table has passed ``typed``."""
    for name, field in (
        ("cities_all.csv", "geonameid"),
        ("countries.csv", "iso3"),
        ("countries.csv", "iso2"),
    ):
        check_unique(name, tables[name], field, faults)
    for name, field in (
        ("network_traits.csv", "network"),
        ("networks.csv", "network+licence_group"),
        ("sovereigns.csv", "iso3"),
        ("state_grants.csv", "iso3"),
        ("membership_sources.csv", "source_id"),
        ("urban_share.csv", "iso3+year"),
        ("disasters_country.csv", "iso3+hazard"),
        ("sources.csv", "file"),
    ):
        check_unique(name, tables[name], field, faults)
    check_references(tables, faults)
    check_pairs("twinning.csv", tables["twinning.csv"], "geonameid_a", "geonameid_b", faults)
    check_pairs("dyads.csv", tables["dyads.csv"], "iso3_a", "iso3_b", faults)
    check_pairs("conflicts_2023.csv", tables["conflicts_2023.csv"], "iso3_a", "iso3_b", faults)
    check_focus(tables["network_traits.csv"], faults)
    check_regional(tables["network_traits.csv"], faults)
    check_sovereigns(tables["countries.csv"], tables["sovereigns.csv"], faults)
    check_distances(tables["twinning.csv"], tables["cities_all.csv"], faults)
    check_places(tables["cities_all.csv"], tables["map_exceptions.csv"], outlines, faults)


def check_unique(name: str, table: pd.DataFrame, field: str, faults: Faults) -> None:
    """No value of ``field`` (columns joined by "+") twice."""
    bad = table.duplicated(field.split("+")).to_numpy()
    faults.rows(name, table, bad, field, "there once only")


def check_references(tables: Tables, faults: Faults) -> None:
    """Every place, country, network and source named in a file is in the file that lists it."""
    places = tables["cities_all.csv"]["geonameid"]
    countries = tables["countries.csv"]["iso3"]
    traits = tables["network_traits.csv"]["network"]
    links: tuple[tuple[str, str, Iterable[Any], str], ...] = (
        ("twinning.csv", "geonameid_a", places, "a geonameid of cities_all.csv"),
        ("twinning.csv", "geonameid_b", places, "a geonameid of cities_all.csv"),
        ("memberships.csv", "geonameid", places, "a geonameid of cities_all.csv"),
        ("cities_all.csv", "iso3", countries, "a code of countries.csv"),
        ("dyads.csv", "iso3_a", countries, "a code of countries.csv"),
        ("dyads.csv", "iso3_b", countries, "a code of countries.csv"),
        ("urban_share.csv", "iso3", countries, "a code of countries.csv"),
        ("disasters_country.csv", "iso3", countries, "a code of countries.csv"),
        ("state_grants.csv", "iso3", countries, "a code of countries.csv"),
        ("sovereigns.csv", "iso3", countries, "a code of countries.csv"),
        ("sovereigns.csv", "sovereign", countries, "a code of countries.csv"),
        ("conflicts_2023.csv", "iso3_a", countries, "a code of countries.csv"),
        ("conflicts_2023.csv", "iso3_b", countries, "a code of countries.csv"),
        ("map_exceptions.csv", "iso3", countries, "a code of countries.csv"),
        ("memberships.csv", "network", traits, "a network of network_traits.csv"),
        ("networks.csv", "network", traits, "a network of network_traits.csv"),
        ("network_traits.csv", "network", tables["networks.csv"]["network"], "a network of networks.csv"),
        (
            "memberships.csv",
            "source",
            tables["membership_sources.csv"]["source_id"],
            "a source_id of membership_sources.csv",
        ),
    )
    for name, field, known, allowed in links:
        values = tables[name][field]
        bad = ~values.isin(list(known)).to_numpy() & ~values.isna().to_numpy()
        faults.rows(name, tables[name], bad, field, allowed)
    _check_neighbours(tables["countries.csv"], faults)


def _check_neighbours(countries: pd.DataFrame, faults: Faults) -> None:
    known = set(countries["iso3"])
    for index, cell in enumerate(countries["neighbours"]):
        unknown = [code for code in str(cell).split("|") if code and code not in known]
        if unknown:
            faults.row("countries.csv", index, "neighbours", unknown[0], "a code of countries.csv")


def check_pairs(name: str, table: pd.DataFrame, first: str, second: str, faults: Faults) -> None:
    """No tie of one with itself, and no pair twice in either order."""
    a, b = table[first], table[second]
    field = f"{first}+{second}"
    faults.rows(name, table, (a == b).to_numpy(), field, "two different ends")
    swap = (a > b).to_numpy()
    ordered = pd.DataFrame({"a": np.where(swap, b, a), "b": np.where(swap, a, b)})
    faults.rows(name, table, ordered.duplicated().to_numpy(), field, "there once only, in either order")


def check_focus(traits: pd.DataFrame, faults: Faults) -> None:
    """The weights of a network over the domains sum to 1."""
    total = traits[[domain.name for domain in DOMAINS]].sum(axis=1).to_numpy()
    for index in np.flatnonzero(np.abs(total - 1.0) > WEIGHT_TOLERANCE):
        field = f"{DOMAINS[0].name} … {DOMAINS[-1].name}"
        faults.row("network_traits.csv", int(index), field, f"sum {total[index]:g}", "weights that sum to 1")


def check_regional(traits: pd.DataFrame, faults: Faults) -> None:
    """A regional network names its region, and no other network does."""
    regional = (traits["scope"] == "regional").to_numpy()
    named = (traits["region"] != "").to_numpy()
    faults.rows("network_traits.csv", traits, regional & ~named, "region", "filled in for a regional network")
    faults.rows("network_traits.csv", traits, named & ~regional, "region", "empty unless regional")


def check_sovereigns(countries: pd.DataFrame, sovereigns: pd.DataFrame, faults: Faults) -> None:
    """Every territory that is not a state has a sovereign that is one."""
    dependent = set(sovereigns["iso3"])
    bad = sovereigns["sovereign"].isin(dependent).to_numpy()
    faults.rows("sovereigns.csv", sovereigns, bad, "sovereign", "a state, not itself a territory")
    own = countries["independent"].isin(("Yes", "In contention", "International")) | (
        countries["iso3"] == "XKX"
    )
    lost = ~own.to_numpy() & ~countries["iso3"].isin(dependent).to_numpy()
    faults.rows("countries.csv", countries, lost, "iso3", "in sovereigns.csv, as it is not independent")


def check_distances(twinning: pd.DataFrame, cities: pd.DataFrame, faults: Faults) -> None:
    """The stated distance of twins is that of their coordinates: finds a city that is not where it was."""
    places = pd.Index(cities["geonameid"])
    if not places.is_unique:
        return  # reported by another check
    rows_a = places.get_indexer(twinning["geonameid_a"])
    rows_b = places.get_indexer(twinning["geonameid_b"])
    if not ((rows_a >= 0) & (rows_b >= 0)).all():
        return  # reported by another check
    lat, lon = cities["lat"].to_numpy(), cities["lon"].to_numpy()
    real = haversine_km(lat[rows_a], lon[rows_a], lat[rows_b], lon[rows_b])
    stated = twinning["distance_km"].to_numpy()
    for index in np.flatnonzero(np.abs(real - stated) > DISTANCE_TOLERANCE_KM):
        allowed = f"{real[index]:.0f}, the distance of the two in cities_all.csv"
        faults.row("twinning.csv", int(index), "distance_km", stated[index], allowed)


def check_places(cities: pd.DataFrame, exceptions: pd.DataFrame, outlines: Outlines, faults: Faults) -> None:
    """No city lies in the sea or in another country, as far as a coarse map can tell."""
    for index, found in misplaced(cities, exceptions, outlines):
        faults.row("cities_all.csv", index, "lat+lon", found, f"in {cities['iso3'].iloc[index]}")
