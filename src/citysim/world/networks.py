"""City networks of the real world: traits, sizes and who is a member."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citysim.arrays import Bools, Floats, Ints
from citysim.world.domains import DOMAINS
from citysim.world.fields import SCOPES
from citysim.world.keep import ALL, Keep
from citysim.world.pack import DataPack
from citysim.world.regions import REGIONS

#: Networks named in the dialogue's question: kept whatever their size, with all their members.
NAMED = ("C40", "ICLEI", "Metropolis", "Pact of Free Cities", "Peace in Our Cities", "U20", "UCLG")
#: Other networks need this many members in the world.
MIN_MEMBERS = 5


@dataclass(frozen=True)
class Networks:
    """K networks of a world, the named ones first, then by name."""

    name: tuple[str, ...]
    focus: Floats
    scope: Ints
    region: Ints
    by_invitation: Bools
    min_population: Floats
    reported_size: Floats
    known_members: Ints
    membership_city: Ints
    membership_network: Ints


def shown_as(pack: DataPack) -> dict[str, str]:
    """The name under which each network of the lists is shown; merged ones share one."""
    traits = pack["network_traits"]
    return dict(zip(traits["network"], traits["shown_as"], strict=True))


def memberships(pack: DataPack) -> pd.DataFrame:
    """Distinct pairs of network (as shown) and geonameid: no former members, no reporting programmes."""
    traits = pack["network_traits"]
    kept = set(traits.loc[traits["keep"] == "yes", "network"])
    table = pack["memberships"]
    table = table[
        table["network"].isin(kept) & (table["confidence"] != "former") & table["geonameid"].notna()
    ]
    pairs = pd.DataFrame(
        {"network": table["network"].map(shown_as(pack)), "geonameid": table["geonameid"].astype(np.int64)}
    )
    return pairs.drop_duplicates(ignore_index=True)


def traits_by_name(pack: DataPack) -> pd.DataFrame:
    """One row per network as shown (the first of merged ones), indexed by that name, in stable order."""
    traits = pack["network_traits"]
    traits = traits[traits["keep"] == "yes"].drop_duplicates("shown_as").set_index("shown_as")
    order = sorted(traits.index, key=lambda name: (name not in NAMED, name.casefold()))
    return traits.loc[order]


def build_networks(
    pack: DataPack, pairs: pd.DataFrame, city_ids: Ints, always: Collection[str] = (), keep: Keep = ALL
) -> Networks:
    """Networks with enough members among ``city_ids``, the named ones, and those ``always`` there.

    Raises ``ConfigError`` where networks are to be kept that the data do not have.
    """
    city = pd.Index(city_ids).get_indexer(pd.Index(pairs["geonameid"]))
    here = pairs["network"][city >= 0].value_counts()
    traits = traits_by_name(pack)
    least = dict.fromkeys((*NAMED, *always), 0)
    kept = [name for name in traits.index if here.get(name, 0) >= least.get(name, MIN_MEMBERS)]
    kept = [name for name in keep.network_names(traits.index) if name in kept]
    traits = traits.loc[kept]
    network = pd.Index(kept).get_indexer(pd.Index(pairs["network"]))
    inside = (city >= 0) & (network >= 0) & keep.ties
    order = np.lexsort((city[inside], network[inside]))
    return Networks(
        name=tuple(kept),
        focus=_focus(traits),
        scope=np.array([SCOPES.index(scope) for scope in traits["scope"]], np.int64),
        region=np.array([REGIONS.index(region) if region else -1 for region in traits["region"]], np.int64),
        by_invitation=(traits["by_invitation"] == "yes").to_numpy(bool),
        min_population=traits["min_population"].to_numpy(np.float64),
        reported_size=traits["reported_members"].to_numpy(np.float64),
        known_members=pairs["network"].value_counts().reindex(kept).fillna(0).to_numpy().astype(np.int64),
        membership_city=city[inside][order].astype(np.int64),
        membership_network=network[inside][order].astype(np.int64),
    )


def catchments(pack: DataPack, pairs: pd.DataFrame, names: Sequence[str], states: Sequence[str]) -> Bools:
    """States, by their codes of three letters, whose cities each network takes, (K, S).

    All, or where its catchment is that of its members (of one sea, language or group of countries) those in
    which it has any, whether or not they are in this world.
    """
    traits, cities = traits_by_name(pack), pack["cities_all"]
    home = dict(zip(cities["geonameid"], cities["iso3"], strict=True))
    takes = np.ones((len(names), len(states)), dtype=bool)
    for k, name in enumerate(names):
        if traits["catchment"][name] == "members":
            of = {home[city] for city in pairs.loc[pairs["network"] == name, "geonameid"]}
            takes[k] = [state in of for state in states]
    return takes


def _focus(traits: pd.DataFrame) -> Floats:
    weights = traits[[domain.name for domain in DOMAINS]].to_numpy(np.float64)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
