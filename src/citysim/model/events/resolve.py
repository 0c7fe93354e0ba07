"""Events read against a world: whom and what each names, and what of it the world does not have."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.events import kinds
from citysim.model.events.cities import city_of
from citysim.model.events.dates import ends
from citysim.model.events.kinds import City, Event
from citysim.model.events.text import read
from citysim.model.mechanisms.stall import named_states
from citysim.model.state import Dyads
from citysim.world.domains import DOMAIN_INDEX
from citysim.world.geography import EARTH_RADIUS_KM, unit_vectors
from citysim.world.regions import REGIONS
from citysim.world.world import World

NOBODY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an event: its name, the key and the fault."""

    event: str
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Charter:
    """Rules of a network: where its members are, and when it is known to exist."""

    region: int = -1
    state: int = -1
    min_population: float = 0.0
    opens: str = ""  # quarter before which it does not exist
    closes: str = "9"  # quarter after which an event has closed it
    focus: Floats | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """An event, and what it names as indices of the world."""

    event: Event
    cities: Ints = field(default_factory=lambda: NOBODY)  # (C,)
    pairs: Ints | None = None  # (P, 2)
    states: Bools | None = None  # (S,)
    dyad: int = -1
    charter: Charter | None = None  # of the network it founds


@lru_cache(maxsize=32)  # shared by the runs of a process
def resolved(world: World, text: str) -> tuple[tuple[Resolved, ...], tuple[Fault, ...]]:
    """The events in a text as far as the world has what they name, and all faults."""
    reader = _Reader(world, read(text))
    return tuple(reader.events), tuple(reader.faults)


class _Reader:
    """Reads events one by one; networks that one founds are known to the others."""

    def __init__(self, world: World, events: Sequence[Event]) -> None:
        self.world = world
        self.faults: list[Fault] = []
        self.events = [Resolved(event) for event in events]
        self.charters = {
            name: Charter(
                int(world.network_region[k]),
                int(world.network_state[k]),
                float(world.network_min_population[k]),
            )
            for k, name in enumerate(world.network_name)
        }
        for place, event in enumerate(events):
            if isinstance(event, kinds.Found):
                self.events[place] = self._found(event)
        for event in events:
            if isinstance(event, kinds.Close | kinds.Merge) and event.network in self.charters:
                charter = self.charters[event.network]
                closes = min(charter.closes, ends(event.at)[1])
                self.charters[event.network] = replace(charter, closes=closes)
        for place, event in enumerate(events):
            if not isinstance(event, kinds.Found):
                self.events[place] = self._read(event)

    def _fault(self, event: Event, key: str, text: object) -> None:
        self.faults.append(Fault(event.name, key, str(text)))

    def _read(self, event: Event) -> Resolved:
        if isinstance(event, kinds.Membership):
            return self._membership(event)
        if isinstance(event, kinds.Close | kinds.Merge):
            self._network(event, "network", event.network)
            if isinstance(event, kinds.Merge):
                self._network(event, "into", event.into)
        if isinstance(event, kinds.Twin | kinds.Ties) and event.pairs is not None:
            return Resolved(event, pairs=self._pairs(event, event.pairs))
        if isinstance(event, kinds.Ties | kinds.Conflict | kinds.Peace) and event.states is not None:
            return Resolved(event, dyad=self._dyad(event, event.states))
        if isinstance(event, kinds.Crisis):
            return Resolved(event, cities=self._struck(event))
        if isinstance(event, kinds.Stall):
            try:
                return Resolved(event, states=named_states(self.world, event.states))
            except ValueError as fault:
                self._fault(event, "states", str(fault).removeprefix("stalled_states: "))
        return Resolved(event)

    def _cities(self, event: Event, key: str, named: Sequence[City]) -> Ints:
        found: list[int] = []
        for place, name in enumerate(named, start=1):
            try:
                city = city_of(self.world, name)
            except ValueError as fault:
                self._fault(event, f"{key}[{place}]", fault)
                continue
            if city in found:
                self._fault(event, f"{key}[{place}]", f"found '{name}', which is named twice")
            found.append(city)
        return np.array(found, dtype=np.int64)

    def _network(self, event: Event, key: str, name: str) -> Charter | None:
        charter = self.charters.get(name)
        first, last = ends(event.at)
        if charter is None:
            near = get_close_matches(name, self.charters, n=1)
            hint = f"did you mean '{near[0]}'?" if near else "`citysim networks` lists them"
            self._fault(event, key, f"found '{name}', {hint}")
        elif last < charter.opens:
            self._fault(event, key, f"found '{name}', which is founded in {charter.opens}, after {last}")
        elif first > charter.closes:
            self._fault(event, key, f"found '{name}', which is closed by then, in {charter.closes}")
        return charter

    def _membership(self, event: kinds.Membership) -> Resolved:
        cities = self._cities(event, "cities", event.cities)
        charter = self._network(event, "network", event.network)
        if charter is not None and event.kind == "join":
            self._check_open(event, charter, cities)
        return Resolved(event, cities=cities)

    def _check_open(self, event: kinds.Membership, charter: Charter, cities: Ints) -> None:
        world = self.world
        for city in cities.tolist():
            what = None
            if charter.region >= 0 and world.region[city] != charter.region:
                what = f"which takes cities of {REGIONS[charter.region]}"
            elif charter.state >= 0 and world.state[city] != charter.state:
                what = f"which takes cities of {world.state_iso3[charter.state]}"
            elif self._most_people(event, city) < charter.min_population:
                what = f"which takes cities of at least {charter.min_population:,.0f} people"
            if what:
                self._fault(
                    event, "cities", f"{world.city_name[city]} may not join '{event.network}', {what}"
                )

    def _most_people(self, event: Event, city: int) -> float:
        """People that a city can hardly exceed by then: the path of its country, and a fifth above it."""
        world, last = self.world, ends(event.at)[1]
        years = max(int(last[:4]) - world.start_year + 1, 0)
        growth = world.urban_growth[world.state[city], :years].clip(min=0.0).sum()
        return float(1.2 * world.population[city] * np.exp(growth))

    def _found(self, event: kinds.Found) -> Resolved:
        world = self.world
        named = self._cities(event, "cities", event.cities)
        picked = NOBODY if event.rule is None else self._picked(event, event.rule)
        home = named if len(named) else picked
        charter = Charter(opens=ends(event.at)[0], focus=_focus(event))
        if event.scope != "global" and len(home):
            of = world.region if event.scope == "regional" else world.state
            place = int(np.bincount(of[home]).argmax())
            regional = event.scope == "regional"
            charter = replace(charter, region=place) if regional else replace(charter, state=place)
            for city in named[of[named] != place].tolist():
                where = REGIONS[place] if event.scope == "regional" else world.state_iso3[place]
                self._fault(event, "cities", f"{world.city_name[city]} is not in {where}, as most others are")
            picked = picked[of[picked] == place]
        members = np.unique(np.concatenate((named, picked)))
        if len(members) < 2 and len(named) == len(event.cities):
            self._fault(event, "cities", f"found {len(members)} in this world, a network has at least 2")
        if event.network in self.charters:
            self._fault(event, "network", f"found '{event.network}', which there is already")
        else:
            self.charters[event.network] = charter
        return Resolved(event, cities=members, charter=charter)

    def _picked(self, event: Event, rule: kinds.Rule) -> Ints:
        world = self.world
        chosen = world.population >= rule.min_population
        if rule.regions:
            chosen &= np.isin(world.region, [REGIONS.index(name) for name in rule.regions])
        if rule.countries:
            chosen &= np.isin(world.state, self._states(event, "rule.countries", rule.countries))
        found = np.flatnonzero(chosen)
        order = np.argsort(-world.population[found], kind="stable")
        return found[order][: rule.most].astype(np.int64)

    def _states(self, event: Event, key: str, codes: Sequence[str]) -> list[int]:
        world, found = self.world, []
        for code in codes:
            if code in world.state_iso3:
                found.append(world.state_iso3.index(code))
                continue
            near = get_close_matches(code, (*world.state_iso3, *world.state_name), n=1)
            match = near[0] if near else "USA"
            if match in world.state_name:
                match = world.state_iso3[world.state_name.index(match)]
            hint = f"did you mean '{match}'?" if near else "expected the code of a state such as USA"
            self._fault(event, key, f"found '{code}', {hint}")
        return found

    def _dyad(self, event: Event, codes: Sequence[str]) -> int:
        found = self._states(event, "states", codes)
        return int(Dyads.of(self.world.n_states).index[found[0], found[1]]) if len(found) == 2 else -1

    def _pairs(self, event: Event, pairs: Sequence[Sequence[City]]) -> Ints:
        found = []
        for place, pair in enumerate(pairs, start=1):
            cities = self._cities(event, f"pairs[{place}]", pair)
            if len(cities) == 2 and cities[0] != cities[1]:
                found.append(sorted(cities.tolist()))
        return np.array(found, dtype=np.int64).reshape(-1, 2)

    def _struck(self, event: kinds.Crisis) -> Ints:
        world = self.world
        if event.cities is not None:
            return self._cities(event, "cities", event.cities)
        if event.countries is not None:
            states = self._states(event, "countries", event.countries)
            return np.flatnonzero(np.isin(world.state, states)).astype(np.int64)
        if event.region is not None:
            found = world.region == REGIONS.index(event.region)
        else:
            found = self._within(event)
        if not found.any() and not any(fault.event == event.name for fault in self.faults):
            self._fault(event, "region" if event.region else "radius_km", "strikes no city of this world")
        return np.flatnonzero(found).astype(np.int64)

    def _within(self, event: kinds.Crisis) -> Bools:
        world, centre = self.world, event.centre
        if isinstance(centre, tuple):
            point = unit_vectors(np.array([centre[0]]), np.array([centre[1]]))[0]
        else:
            cities = self._cities(event, "centre", [] if centre is None else [centre])
            if not len(cities):
                return np.zeros(world.n_cities, dtype=np.bool_)
            point = world.xyz[cities[0]]
        chord = 2 * np.sin(min(float(event.radius_km or 0.0) / EARTH_RADIUS_KM, np.pi) / 2)
        inside: Bools = ((world.xyz - point) ** 2).sum(axis=1) <= chord**2
        return inside


def _focus(event: kinds.Found) -> Floats:
    """Weight of each domain in the work of a founded network, (domains,), summing to 1."""
    if isinstance(event.focus, str):
        focus = np.full(len(DOMAIN_INDEX), (1.0 - kinds.TOPIC) / (len(DOMAIN_INDEX) - 1))
        focus[DOMAIN_INDEX[event.focus]] = kinds.TOPIC
        return focus
    weights = np.array([event.focus.get(domain, 0.0) for domain in DOMAIN_INDEX])
    return np.asarray(weights / weights.sum())
