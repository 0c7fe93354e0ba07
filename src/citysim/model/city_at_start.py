"""A city as a run starts from it: where it is, its networks and twins, and its peers."""

from dataclasses import dataclass

import numpy as np

from citysim.arrays import Ints
from citysim.model.groups import INCOME_CLASSES, SIZE_CLASSES
from citysim.model.recorder import groups_of
from citysim.world.regions import REGIONS
from citysim.world.world import World

#: A rank among fewer says nothing: peers are then all cities of the size, or all.
FEWEST_PEERS = 10
_SIZES = {
    "small": "cities under 0.3 million people",
    "medium": "cities of 0.3 to 1 million people",
    "large": "cities of 1 to 5 million people",
    "mega": "cities over 5 million people",
}


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin city: name, sovereign state and place in degrees."""

    name: str
    state: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class CityAtStart:
    """One city of a world at the start; ``city``: its geonameid, ``country``: ISO 3166-1 alpha-3 code.

    ``peers``: geonameids of the cities that it is ranked among, itself included, (peers,);
    ``peer_group``: which these are, in words.
    """

    city: int
    name: str
    country: str
    state: str
    region: str
    start_year: int
    population: float  # people
    latitude: float  # degrees
    longitude: float  # degrees
    networks: tuple[str, ...]
    twins: tuple[Twin, ...]
    peer_group: str
    peers: Ints

    def twins_by_state(self) -> dict[str, list[str]]:
        """Names of the twins by their state, both in order."""
        found: dict[str, list[str]] = {}
        for twin in sorted(self.twins, key=lambda twin: (twin.state, twin.name)):
            found.setdefault(twin.state, []).append(twin.name)
        return found


def city_at_start(world: World, index: int) -> CityAtStart:
    """The city with this index in a world."""
    of = world.membership_network[world.membership_city == index]
    ends = np.concatenate((world.twin_b[world.twin_a == index], world.twin_a[world.twin_b == index]))
    peer_group, peers = _peers(world, index)
    return CityAtStart(
        city=int(world.city_id[index]),
        name=world.city_name[index],
        country=world.state_iso3[world.state[index]],
        state=world.state_name[world.state[index]],
        region=REGIONS[world.region[index]],
        start_year=world.start_year,
        population=float(world.population[index]),
        latitude=float(world.latitude[index]),
        longitude=float(world.longitude[index]),
        networks=tuple(sorted((world.network_name[k] for k in of.tolist()), key=str.casefold)),
        twins=tuple(_twin(world, other) for other in ends.tolist()),
        peer_group=peer_group,
        peers=peers,
    )


def _twin(world: World, index: int) -> Twin:
    return Twin(
        world.city_name[index],
        world.state_name[world.state[index]],
        float(world.latitude[index]),
        float(world.longitude[index]),
    )


def _peers(world: World, index: int) -> tuple[str, Ints]:
    """Cities of the same size and income class; fewer than ``FEWEST_PEERS``: of the same size, or all."""
    groups = groups_of(world)
    size, income = (
        next(name for name in names if groups[name][index]) for names in (SIZE_CLASSES, INCOME_CLASSES)
    )
    countries = f"{income.removesuffix('_income')}-income countries"
    for words, mask in (
        (f"{_SIZES[size]} in {countries}", groups[size] & groups[income]),
        (_SIZES[size], groups[size]),
    ):
        if mask.sum() >= FEWEST_PEERS:
            return words, world.city_id[mask]
    return "all cities", world.city_id
