"""Countries and cities of one's own, laid over the pack's."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from citysim.world.countries import MEASURED_AUTONOMY, OWN_GRANTS
from citysim.world.geography import haversine_km
from citysim.world.imputation import Imputation
from citysim.world.names import Places, Unfound
from citysim.world.own.laying import Laying, count
from citysim.world.own.read import Row

#: Numbers of cities that GeoNames does not have begin here, above all of its own.
FIRST_OWN_ID = 9_000_000_001
#: Shares of a city that its table may give, and no rule then fills.
CITY_VALUES = ("capacity", "autonomy", "development", "marginalised")
#: A new city this near to one of the pack may be the same, km.
SAME_PLACE_KM = 5.0
_NUMBERS = (
    "gdp_pc_usd",
    "gdp_usd",
    "gini",
    "hdi_c2016",
    "wgi_gov_effectiveness_2019",
    "local_autonomy_proxy",
)
_MUST_HAVE = ("name", "iso3", "lat", "lon", "population")


def lay_countries(lay: Laying) -> None:
    """Change values of countries of the pack."""
    rows = [row for row in lay.own["countries"] if row["iso3"]]
    if not rows:
        return
    lay.once("countries", rows, lambda row: row["iso3"], "iso3")
    table = lay.frames["countries.csv"].copy()
    index = {code: place for place, code in enumerate(table["iso3"])}
    changed = 0
    for row in rows:
        for column in _NUMBERS:
            if row[column] is not None:
                table[column] = table[column].astype(np.float64)
                table.loc[index[row["iso3"]], column] = row[column]
                changed += 1
        if row["local_autonomy_proxy"] is not None:
            table.loc[index[row["iso3"]], "local_autonomy_proxy_kind"] = MEASURED_AUTONOMY
    lay.frames["countries.csv"] = table
    grants = {row["iso3"]: row["grants"] for row in rows if row["grants"] is not None}
    if grants:
        _grants(lay, grants)
    values, countries = count(changed + len(grants), "value"), count(len(rows), "country", "countries")
    lay.tell("countries", f"{values} of {countries} changed")


def _grants(lay: Laying, grants: dict[str, float]) -> None:
    table = lay.frames["state_grants.csv"]
    others = table[~table["iso3"].isin(list(grants))]
    year = int(table["year"].max())
    own = [
        {"iso3": c, "share": s, "year": year, "basis": OWN_GRANTS, "origin": "own table"}
        for c, s in grants.items()
    ]
    lay.frames["state_grants.csv"] = pd.concat((others, pd.DataFrame(own)), ignore_index=True)


def lay_cities(lay: Laying) -> None:
    """Add cities and change those of the pack; those named are in the world."""
    rows = lay.own["cities"]
    if not rows:
        return
    places = lay.places()
    known = set(places.ids.tolist())
    named = [
        (row | {"geonameid": number}, number is not None and number in known)
        for row, number in zip(rows, _numbers(lay, rows, places), strict=True)
        if number is None or number > 0
    ]
    changed = [row for row, is_known in named if is_known]
    new = [row for row, is_known in named if not is_known and _is_whole(lay, row, places)]
    for row in new:
        row["geonameid"] = row["geonameid"] or FIRST_OWN_ID + rows.index(row | {"geonameid": None})
    both = changed + new
    lay.once("cities", both, lambda row: row["geonameid"], "name")
    _write_cities(lay, new, changed)
    lay.result.always = np.unique(np.array([row["geonameid"] for row in both], np.int64))
    lay.result.new = np.array([row["geonameid"] for row in new], np.int64)
    if "cities" in lay.replace:
        lay.result.only = lay.result.always
    given = {
        name: {row["geonameid"]: row[name] for row in both if row[name] is not None} for name in CITY_VALUES
    }
    lay.result.values = {name: values for name, values in given.items() if values}
    lay.result.imputations = [
        Imputation(name, sum(row[name] is None for row in new), len(new), "own city: as the pack's are")
        for name in CITY_VALUES
        if new
    ]
    lay.tell("cities", f"{count(len(new), 'city', 'cities')} new, {len(changed)} of the pack")


def _numbers(lay: Laying, rows: Sequence[Row], places: Places) -> list[int | None]:
    """The geonameid of each row, by number or name; None for a new city, −1 where it may be several."""
    asked = [row for row in rows if row["geonameid"] is None and row["name"] and row["iso3"]]
    answers = places.find([(row["name"], row["iso3"]) for row in asked])
    by_name = {row["row"]: answer for row, answer in zip(asked, answers, strict=True)}
    numbers: list[int | None] = []
    for row in rows:
        answer = by_name.get(row["row"])
        if isinstance(answer, Unfound) and answer.several:
            what = f"found {row['name']!r} ({row['iso3']}), {answer.why}"
            lay.report.at(lay.own.file("cities"), row, "name", what)
            numbers.append(-1)
        else:
            numbers.append(int(places.ids[answer]) if isinstance(answer, int) else row["geonameid"])
    return numbers


def _is_whole(lay: Laying, row: Row, places: Places) -> bool:
    """Whether a city that the pack does not have brings what a city must have."""
    file = lay.own.file("cities")
    missing = [name for name in _MUST_HAVE if row[name] is None]
    if "iso3" in missing and lay.country_was_wrong("cities", row, "iso3"):
        return False
    if missing:
        what = f"geonameid {row['geonameid']}" if row["geonameid"] else repr(row["name"] or "")
        hint = ""
        if not row["geonameid"] and row["name"] and row["iso3"]:
            answer = places.find([(row["name"], row["iso3"])])[0]
            hint = f" ({answer.why})" if isinstance(answer, Unfound) else ""
        must = f"found nothing, must be filled in, since {what} is no city of the pack{hint}"
        lay.report.at(file, row, ", ".join(missing), must)
        return False
    table = lay.frames["cities_all.csv"]
    lat, lon = (table[name].to_numpy(np.float64) for name in ("lat", "lon"))
    far = haversine_km(lat, lon, row["lat"], row["lon"])
    nearest = int(np.argmin(far))
    if far[nearest] < SAME_PLACE_KM:
        lay.report.notes.append(
            f"{file}: row {row['row']}: {row['name']} is a new city, {far[nearest]:.0f} km from "
            f"{places.shown([nearest])}; if it is the same, give that geonameid"
        )
    return True


def _write_cities(lay: Laying, new: list[Row], changed: list[Row]) -> None:
    table = lay.frames["cities_all.csv"].copy()
    place = {number: at for at, number in enumerate(table["geonameid"])}
    for row in changed:
        for column in ("lat", "lon", "population", "capital"):
            if row[column] is not None:
                table.loc[place[row["geonameid"]], column] = row[column]
    columns = ("geonameid", "name", "iso3", "lat", "lon", "population")
    added = [
        {c: row[c] for c in columns} | {"capital": row["capital"] or 0, "tier": "4_referenced"} for row in new
    ]
    if added:
        more = pd.DataFrame(added).reindex(columns=table.columns)
        more = more.astype({"capital": table["capital"].dtype, "population": table["population"].dtype})
        table = pd.concat((table, more), ignore_index=True)
    lay.frames["cities_all.csv"] = table
