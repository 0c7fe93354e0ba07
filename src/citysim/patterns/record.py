"""The course of the real world, as far as the data pack records it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from citysim.arrays import Ints
from citysim.patterns.course import OPEN, Course, CourseNetworks, Spells
from citysim.world.hindcast import join_years, recorded_founding
from citysim.world.networks import build_networks, memberships, traits_by_name
from citysim.world.pack import DataPack, load_pack
from citysim.world.world import World

#: Twinnings of all lists, or of at least two.
type Lists = Literal["all", "several"]

#: What the pack says holds at the beginning of 2023; ties and undated memberships are known to from then on.
KNOWN = 2023.0
#: From here on the record's years are counted: where a hindcast begins.
FROM = 1985.0
#: A date of which the year alone is recorded stands for its middle.
MIDDLE = 0.5


def record_course(world: World, pack: DataPack | None = None, lists: Lists = "all") -> Course:
    """What is recorded of the cities of a real ``world``, 1985 to 2023: ties, memberships, networks.

    Twinnings carry no date; ``lists`` takes "all" of them or those of at least two lists ("several"). Members
    are those of the world's own rule (``world.networks``), with the year of joining where a list has it;
    CDP disclosure and the CDP-ICLEI Track are reporting programmes and none of them. Networks without a
    year of founding have NaN. Practices are not part of it. Raises ``DataError`` where the pack is broken.
    """
    pack = load_pack() if pack is None else pack
    members = _members(pack)
    networks = build_networks(pack, members[["network", "geonameid"]], world.city_id)
    index = pd.MultiIndex.from_frame(members[["network", "geonameid"]])
    named = pd.MultiIndex.from_arrays(
        [np.array(networks.name)[networks.membership_network], world.city_id[networks.membership_city]]
    )
    joined = pd.Series(members["year"].to_numpy(), index=index).reindex(named).to_numpy(np.float64)
    founded = np.asarray(founding_years(pack).reindex(list(networks.name)), dtype=np.float64)
    n = len(networks.membership_city)
    return Course(
        world=world,
        first=FROM,
        last=KNOWN,
        twins=_twins(world, pack, lists),
        memberships=Spells(
            networks.membership_city, networks.membership_network, joined + MIDDLE, np.full(n, OPEN), KNOWN
        ),
        networks=CourseNetworks(
            name=networks.name,
            founded=founded + MIDDLE,
            closed=np.full(len(networks.name), OPEN),
            region=networks.region,
            by_invitation=networks.by_invitation,
            reported_size=networks.reported_size,
        ),
    )


@dataclass(frozen=True)
class Dated:
    """A network whose list says when its members joined: the calendar years that it covers."""

    founded: int
    last: int  # year of the last recorded joining
    whole: bool  # nearly all of its members have a date


#: A network is dated with so many dated members in the pack; as a whole with that share of them.
LEAST_DATED, NEARLY_ALL = 20, 0.8


@cache
def dated_networks() -> Mapping[str, Dated]:
    """Networks of the shipped pack with recorded years of joining, by name.

    Runs are counted over the same years as the record, which ends with each list.
    """
    pack = load_pack()
    founded, found = founding_years(pack), {}
    for name, years in _members(pack).groupby("network")["year"]:
        if years.notna().sum() >= LEAST_DATED and founded.notna()[name]:
            whole = bool(years.notna().mean() >= NEARLY_ALL)
            found[str(name)] = Dated(int(founded[name]), int(years.max()), whole)
    return found


def founding_years(pack: DataPack) -> "pd.Series[float]":
    """Year of founding by a network's name as shown, the earliest of merged ones; NaN where not recorded."""
    return recorded_founding(pack).reindex(traits_by_name(pack).index)


def _members(pack: DataPack) -> pd.DataFrame:
    """Members by network as shown and geonameid, with ``year`` of joining, NaN where no list has it."""
    keys = ["network", "geonameid"]
    return memberships(pack).merge(join_years(pack), on=keys, how="left", validate="one_to_one")


def _twins(world: World, pack: DataPack, lists: Lists) -> Spells:
    table = pack["twinning"]
    if lists == "several":
        table = table[table["n_sources"] > 1]
    index = pd.Index(world.city_id)
    a: Ints = index.get_indexer(pd.Index(table["geonameid_a"])).astype(np.int64)
    b: Ints = index.get_indexer(pd.Index(table["geonameid_b"])).astype(np.int64)
    here = (a >= 0) & (b >= 0)
    first, second = np.minimum(a, b)[here], np.maximum(a, b)[here]
    return Spells(first, second, np.full(len(first), np.nan), np.full(len(first), OPEN), KNOWN)
