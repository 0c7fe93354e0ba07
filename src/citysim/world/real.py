"""The real world of 2023, or of an earlier year, built from the data pack."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from citysim.arrays import Floats, Ints
from citysim.errors import ConfigError
from citysim.world import cities as proxies
from citysim.world.countries import Countries, build_countries
from citysim.world.fields import WorldFields
from citysim.world.geography import nearest
from citysim.world.hindcast import Dated, dated_networks, earlier_population
from citysim.world.imputation import Imputation
from citysim.world.keep import ALL, Keep
from citysim.world.networks import NAMED, Networks, build_networks, catchments, memberships
from citysim.world.own.laid import Overlay
from citysim.world.pack import DataPack, load_pack
from citysim.world.plain import whole
from citysim.world.propensity import by_chance, from_covariates, normal_scores, propensity
from citysim.world.sizes import START_YEAR
from citysim.world.start import checked_propensity, checked_start
from citysim.world.states import States, build_states, relative_to_people

#: What the propensity of cities may be made of.
PROPENSITIES = ("record", "covariates", "chance")


def real_fields(
    cities: int,
    pack: DataPack | None = None,
    *,
    propensity_from: str | None = None,
    own: Overlay | None = None,
    keep: Keep = ALL,
    start: int = START_YEAR,
) -> WorldFields:
    """The ``cities`` largest cities of the pack plus every member of the named networks.

    Ordered by population of today, largest first. ``propensity_from``: one of ``PROPENSITIES``. ``own``: the
    pack with tables of one's own over it, whose cities are there whatever their size; ``keep``: what of all
    this stays; ``start``: the year it is of. Raises ``ConfigError`` where ``cities`` is no number of cities
    that the pack has, ``DataError`` where the pack is broken.
    """
    start = checked_start(start)
    propensity_from = checked_propensity(propensity_from, start)
    if propensity_from not in PROPENSITIES:
        raise ConfigError(
            f"world.propensity: found {propensity_from!r}, must be one of {', '.join(PROPENSITIES)}"
        )
    own = Overlay(load_pack() if pack is None else pack) if own is None else own
    pack = own.pack
    cities = cast("int", whole(cities))
    pairs = memberships(pack)
    countries = build_countries(pack)
    chosen, imputed = _choose(own, pairs, cities)
    chosen = keep.cities(chosen, countries, own.always)
    country = countries.rows(chosen["iso3"])
    ids = chosen["geonameid"].to_numpy(np.int64)
    states = build_states(pack, countries, country, start)
    networks = build_networks(pack, pairs, ids, own.networks, keep)
    dated = None
    title = f"{len(ids):,} cities in {len(states.country)} states, {len(networks.name)} networks"
    if start < START_YEAR:
        networks, dated, more = dated_networks(pack, networks, ids, start, ties=keep.ties)
        imputed, title = [*imputed, *more], f"{title}, start of {start}"
        keep = replace(keep, ties=False)  # no twinning is dated
    twin_a, twin_b = _twinnings(pack, ids, keep)
    return _assemble(
        pack=pack,
        pairs=pairs,
        chosen=chosen,
        countries=countries,
        country=country,
        states=states,
        networks=networks,
        twins=(twin_a, twin_b),
        title=title,
        imputed=[*imputed, *own.imputations],
        propensity_from=propensity_from,
        values=own.values,
        start=start,
        dated=dated,
    )


def _choose(own: Overlay, pairs: pd.DataFrame, cities: int) -> tuple[pd.DataFrame, list[Imputation]]:
    """Rows of the cities in this world; a member without a population gets its country's median."""
    table = own.pack["cities_all"]
    peopled = table[(table["population"] > 0) & ~table["geonameid"].isin(own.new.tolist())]
    if isinstance(cities, bool) or not isinstance(cities, int) or not 1 <= cities <= len(peopled):
        raise ConfigError(
            f"world.cities: found {cities!r}, must be a whole number between 1 and {len(peopled)}, "
            "the cities of the data pack"
        )
    order = ["population", "geonameid"]
    largest = peopled.sort_values(order, ascending=[False, True]).head(cities)
    members = pairs.loc[pairs["network"].isin(NAMED), "geonameid"]
    numbers = {*largest["geonameid"], *members, *own.always} if own.only is None else own.only
    chosen = table[table["geonameid"].isin(list(numbers))].copy()
    empty = chosen["population"] == 0
    if empty.any():
        median = peopled.groupby("iso3")["population"].median().astype(np.int64)
        chosen.loc[empty, "population"] = chosen.loc[empty, "iso3"].map(median)
    rule = "median of the country's places in the pack"
    imputation = Imputation("population", int(empty.sum()), len(chosen), rule)
    return chosen.sort_values(order, ascending=[False, True], ignore_index=True), [imputation]


def _twinnings(pack: DataPack, ids: Ints, keep: Keep) -> tuple[Ints, Ints]:
    """Twinnings with both ends in this world, in the order of their cities."""
    table, index = pack["twinning"] if keep.ties else pack["twinning"].iloc[:0], pd.Index(ids)
    a = index.get_indexer(pd.Index(table["geonameid_a"]))
    b = index.get_indexer(pd.Index(table["geonameid_b"]))
    inside = (a >= 0) & (b >= 0)
    low, high = np.minimum(a, b)[inside], np.maximum(a, b)[inside]
    order = np.lexsort((high, low))
    return low[order].astype(np.int64), high[order].astype(np.int64)


def _ties(pack: DataPack, pairs: pd.DataFrame, ids: Ints) -> Ints:
    """Twinnings and memberships of each city in the whole pack, also with places outside this world."""
    ends = pd.concat([pack["twinning"]["geonameid_a"], pack["twinning"]["geonameid_b"], pairs["geonameid"]])
    return np.asarray(ends.value_counts().reindex(ids).fillna(0), np.int64)


def _assemble(
    pack: DataPack,
    pairs: pd.DataFrame,
    chosen: pd.DataFrame,
    countries: Countries,
    country: Ints,
    states: States,
    networks: Networks,
    twins: tuple[Ints, Ints],
    title: str,
    imputed: list[Imputation],
    propensity_from: str,
    values: Mapping[str, Mapping[int, float]],
    start: int,
    dated: Dated | None,
) -> WorldFields:
    ids = chosen["geonameid"].to_numpy(np.int64)
    population = chosen["population"].to_numpy(np.float64)
    latitude, longitude = chosen["lat"].to_numpy(np.float64), chosen["lon"].to_numpy(np.float64)
    log_gdp, gini = countries.log_gdp_head.values[country], countries.gini.values[country]
    income = proxies.standardised(log_gdp)
    rich = log_gdp >= np.log(proxies.RICH_USD)
    capital = chosen["capital"].to_numpy() == 1
    reach = proxies.reach(log_gdp, population, capital)
    region = countries.region[country]
    ties = _ties(pack, pairs, ids).astype(np.float64)
    people = population  # at the start; what a city is taken to be goes by its size of today
    if start < START_YEAR:
        people = earlier_population(pack, countries, country, population, start)
    scores: dict[str, Callable[[], Floats]] = {
        "record": lambda: propensity(ties, population, reach, income, rich, region),
        "covariates": lambda: from_covariates(
            ties=ties,
            population=population,
            income=income,
            capital=capital,
            rich=rich,
            region=region,
            home=states.of_country[country],
            ids=ids,
        ),
        "chance": lambda: normal_scores(by_chance(ids)),
    }
    return WorldFields(
        kind="real",
        title=title,
        city_id=ids,
        city_name=tuple(chosen["name"]),
        latitude=latitude,
        longitude=longitude,
        population=people,
        state=states.of_country[country],
        region=region,
        north=countries.north[country],
        rich=rich,
        poor=log_gdp <= np.log(proxies.POOR_USD),
        income=income,
        context=proxies.context(income, latitude),
        capacity=_with_own(
            proxies.capacity(countries.effectiveness.values[country], population),
            ids,
            values.get("capacity", {}),
        ),
        autonomy=_with_own(countries.autonomy.values[country], ids, values.get("autonomy", {})),
        reach=reach,
        development=_with_own(
            proxies.development(countries.hdi.values[country], population), ids, values.get("development", {})
        ),
        marginalised=_with_own(proxies.marginalised(log_gdp, gini), ids, values.get("marginalised", {})),
        propensity=scores[propensity_from](),
        exposure=proxies.exposure(countries, country),
        neighbours=nearest(latitude, longitude),
        state_iso3=tuple(countries.iso3[states.country]),
        state_name=tuple(countries.name[states.country]),
        state_capacity=states.capacity,
        state_grants=relative_to_people(states.grants, states.of_country[country], people),
        state_power=states.power,
        state_is_power=states.is_power,
        state_is_polluter=states.is_polluter,
        urban_growth=states.growth,
        urban_population=states.urban,
        total_population=states.total,
        start_year=start,
        tension=states.tension,
        contiguous=states.contiguous,
        past_conflict=states.past_conflict,
        conflict=states.conflict,
        aligned=states.aligned,
        network_name=networks.name,
        network_focus=networks.focus,
        network_scope=networks.scope,
        network_region=networks.region,
        network_state=np.full(len(networks.name), -1, np.int64),
        network_states=catchments(pack, pairs, networks.name, tuple(countries.iso3[states.country])),
        network_by_invitation=networks.by_invitation,
        network_min_population=networks.min_population,
        network_reported_size=networks.reported_size,
        network_known_members=networks.known_members,
        membership_city=networks.membership_city,
        membership_network=networks.membership_network,
        twin_a=twins[0],
        twin_b=twins[1],
        imputations=(*imputed, *_city_imputations(countries, country), *states.imputations),
        **({} if dated is None else _of_hindcast(dated)),
    )


def _of_hindcast(dated: Dated) -> dict[str, Any]:
    return {
        "network_founded": dated.founded,
        "joined_city": dated.city,
        "joined_network": dated.network,
        "joined_year": dated.year,
    }


def _with_own(values: Floats, ids: Ints, own: Mapping[int, float]) -> Floats:
    """Values of cities, (N,), with those that tables of one's own give in their place."""
    out = np.array(values)
    for number, value in own.items():
        out[ids == number] = value
    return out


def _city_imputations(countries: Countries, country: Ints) -> list[Imputation]:
    """Cities whose attribute rests on a filled value of their country."""
    unlisted = int(countries.without_disasters[country].sum())
    return [
        *countries.log_gdp_head.used(country, "income, rich, poor, reach, exposure"),
        *countries.effectiveness.used(country, "capacity"),
        *countries.autonomy.used(country, "autonomy"),
        Imputation(
            "exposure", unlisted, len(country), "climate: country without disaster records, taken as none"
        ),
        *countries.hdi.used(country, "development"),
        *countries.gini.used(country, "marginalised"),
    ]
