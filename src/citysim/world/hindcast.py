"""The world of an earlier year: how many people its cities had, and what the record dates of its networks."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from citysim.arrays import Floats, Ints
from citysim.world.countries import Countries
from citysim.world.imputation import Imputation
from citysim.world.networks import Networks, shown_as
from citysim.world.pack import DataPack
from citysim.world.sizes import START_YEAR
from citysim.world.states import country_paths


@dataclass(frozen=True)
class Dated:
    """What the record dates of K networks: founding, (K,) years, and the J memberships with a year."""

    founded: Floats
    city: Ints
    network: Ints
    year: Ints


def earlier_population(
    pack: DataPack, countries: Countries, country: Ints, population: Floats, start: int
) -> Floats:
    """People of the cities in the year ``start``, (N,): n · U_c(start) / U_c(2023).

    U_c is the urban population of a city's country by the UN (WUP 2018); of a territory that the UN leaves
    out, that of its sovereign state, and where nobody lives in towns, that of all people.
    """
    rows = np.unique(countries.sovereign[country])
    at = np.array([start, START_YEAR], dtype=np.float64)
    urban, rural, _ = country_paths(pack, countries, rows, at)
    unknown = np.isnan(urban).any(axis=1)
    people = np.where((urban > 0).all(axis=1)[:, None], urban, urban + rural)
    people[unknown] = people[countries.sovereign[unknown]]
    return np.asarray(population * (people[:, 0] / people[:, 1])[country])


def recorded_founding(pack: DataPack) -> "pd.Series[float]":
    """Recorded year of founding by a network's name as shown, the first of merged ones; NaN without one."""
    table = pack["networks"]
    return table["founded"].groupby(table["network"].map(shown_as(pack))).min()


def founding_years(pack: DataPack, names: tuple[str, ...]) -> tuple[Floats, list[Imputation]]:
    """Year in which each network was founded, (K,); of several under one name the first.

    Without a date it is that of the first dated membership, and without any the median of the dated ones.
    """
    founded = recorded_founding(pack).reindex(list(names))
    first = join_years(pack).groupby("network")["year"].min().reindex(list(names))
    undated = founded.isna()
    found = founded.fillna(first)
    neither = found.isna()
    found = found.fillna(np.floor(founded.median()))
    first_joining, median = int((undated & ~neither).sum()), int(neither.sum())
    return np.asarray(found, np.float64), [
        Imputation("network_founded", first_joining, len(names), "year of the first dated membership"),
        Imputation("network_founded", median, len(names), "median of the dated networks"),
    ]


def join_years(pack: DataPack) -> pd.DataFrame:
    """Memberships that have a year: network (as shown), geonameid, year, the first of several."""
    table = pack["memberships"]
    table = table[(table["confidence"] != "former") & table["geonameid"].notna() & table["join_year"].notna()]
    pairs = pd.DataFrame(
        {
            "network": table["network"].map(shown_as(pack)),
            "geonameid": table["geonameid"].astype(np.int64),
            "year": table["join_year"].astype(np.int64),
        }
    )
    pairs = pairs.sort_values(["network", "geonameid", "year"], kind="stable")
    return pairs.drop_duplicates(["network", "geonameid"], ignore_index=True)


def dated_networks(
    pack: DataPack, networks: Networks, ids: Ints, start: int, *, ties: bool
) -> tuple[Networks, Dated, list[Imputation]]:
    """The networks as they were in the year ``start``, and what the record dates of them.

    Members at the start are those whose joining is dated by then, of networks founded by then; a model draws
    the founders of the others. Members outside the world are not followed. Without ``ties`` those networks
    do not exist at all.
    """
    founded, imputations = founding_years(pack, networks.name)
    pairs = join_years(pack)
    city = pd.Index(ids).get_indexer(pd.Index(pairs["geonameid"]))
    network = pd.Index(networks.name).get_indexer(pd.Index(pairs["network"]))
    here = (city >= 0) & (network >= 0)
    order = np.lexsort((city[here], network[here]))
    dated = Dated(
        founded=founded if ties else np.where(founded > start, founded, np.nan),
        city=city[here][order].astype(np.int64),
        network=network[here][order].astype(np.int64),
        year=pairs["year"].to_numpy(np.int64)[here][order],
    )
    then = (dated.year <= start) & (founded[dated.network] <= start) & ties
    undated = ~np.isin(np.arange(len(founded)), dated.network[then]) & (founded <= start)
    imputations.append(
        Imputation(
            "membership_city",
            int(undated.sum()),
            int((founded <= start).sum()),
            f"no membership dated by {start}: founders drawn in each run by the law of founding",
        )
    )
    earlier = replace(
        networks,
        known_members=np.bincount(dated.network[then], minlength=len(founded)),
        membership_city=dated.city[then],
        membership_network=dated.network[then],
    )
    return earlier, dated, imputations
