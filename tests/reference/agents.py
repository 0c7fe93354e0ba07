"""Cities, states, networks and the ties among them: every one an object that holds its own state."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from citysim.world.regions import REGIONS

from .arithmetic import kilometres

if TYPE_CHECKING:
    from .model import ReferenceModel


class NationState(mesa.Agent):
    """A nation state."""

    def __init__(self, model: "ReferenceModel", index: int) -> None:
        super().__init__(model)
        world = model.world
        self.index = index
        self.own_capacity = float(world.state_capacity[index])
        self.dependence = min(model.parameters.state_dependence * float(world.state_grants[index]), 1.0)
        self.is_power = bool(world.state_is_power[index])
        self.urban_growth = world.urban_growth[index].tolist()
        self.cities: list[City] = []
        self.dyads: list[Dyad] = []
        self.code = world.state_iso3[index]
        self.is_polluter = bool(world.state_is_polluter[index])
        self.stall = 0.0
        self.reference_capacity = 0.0
        self.answered = 0.0  # stall at its last campaign
        self.action_capacity = 0.0
        self.law: list[int] = []  # of each practice: −1 forbidden, 1 mandated, 0 neither

    def is_one_of(self, name: str) -> bool:
        """Whether it belongs to a set of states, has most of its cities in a region, or is the one named."""
        if name in REGIONS:
            cities = [sum(city.region == region for city in self.cities) for region in range(len(REGIONS))]
            return REGIONS[cities.index(max(cities))] == name
        sets = {"all": True, "powers": self.is_power, "largest polluters": self.is_polluter}
        return sets.get(name, name == self.code)

    @property
    def at_war(self) -> bool:
        return any(dyad.in_conflict for dyad in self.dyads)

    @property
    def retreat(self) -> float:
        """How far it has fallen below what it does without any stall."""
        if self.reference_capacity <= 0.0:
            return 0.0
        return min(max(1.0 - self.action_capacity / self.reference_capacity, 0.0), 1.0)


class City(mesa.Agent):
    """A city, with its memberships and ties."""

    def __init__(self, model: "ReferenceModel", index: int, state: NationState) -> None:
        super().__init__(model)
        world = model.world
        self.index = index
        self.state = state
        self.region = int(world.region[index])
        self.rich = bool(world.rich[index])
        self.poor = bool(world.poor[index])
        self.latitude = float(world.latitude[index])
        self.longitude = float(world.longitude[index])
        self.context = world.context[index].tolist()
        self.exposure = world.exposure[index].tolist()
        self.propensity = float(world.propensity[index])
        self.own_capacity = float(world.capacity[index])
        self.own_autonomy = float(world.autonomy[index])
        self.own_reach = float(world.reach[index])
        self.first_development = float(world.development[index])
        self.first_marginalised = float(world.marginalised[index])
        self.first_population = float(world.population[index])
        self.neighbours: list[City] = []
        self.networks: list[Network] = []
        self.ties: list[Twinning] = []

        self.population = self.first_population
        self.growth = 0.0
        self.capacity = self.own_capacity
        self.autonomy = self.own_autonomy
        self.reach = self.own_reach
        self.development = self.first_development
        self.marginalised = self.first_marginalised
        self.stress = 0.0
        self.unrest = 0.0
        self.practices: list[int] = []
        self.services: list[float] = []
        self.pledges = [0.0] * 6  # of the last quarter, by channel
        self.attention = float("inf")
        self.used = 0.0
        self.engagement = 1.0
        self.openness = 0.0  # what makes it review networks, 1 for the mean city
        self.begin_quarter()

    def begin_quarter(self) -> None:
        """Nothing has happened yet."""
        self.loss_expected = self.loss_prevented = self.need = self.loss = 0.0
        self.insurable = self.moving = 0.0
        self.recovered = self.recovered_services = 0.0
        self.relief_own = self.relief_insurance = self.relief_state = 0.0
        self.relief_donations = self.relief_networks = self.relief_twins = 0.0
        self.given = 0.0
        self.violence = self.hit = False

    @property
    def lost_means(self) -> float:
        """Share of its means that the retreat of its state costs it."""
        return self.state.dependence * self.state.retreat

    @property
    def means_left(self) -> float:
        """Capacity before it gives any aid."""
        return self.own_capacity * (1.0 - self.lost_means)

    @property
    def overload(self) -> float:
        """Attention asked for beyond the budget, as share of the budget."""
        return max(self.used / self.attention - 1.0, 0.0)

    @property
    def live_ties(self) -> list["Twinning"]:
        return [tie for tie in self.ties if not tie.suspended]

    def unmet(self, domain: int) -> float:
        """Need that services leave unmet."""
        return 1.0 - self.services[domain]

    def distance(self, other: "City") -> float:
        """Kilometres."""
        return kilometres(self.latitude, self.longitude, other.latitude, other.longitude)


class Network(mesa.Agent):
    """A network of cities."""

    def __init__(self, model: "ReferenceModel", slot: int, focus: list[float], region: int = -1) -> None:
        super().__init__(model)
        self.slot = slot
        self.focus = focus
        self.region = region
        self.state = -1
        self.states: set[int] | None = None  # whose cities it takes; None: of all
        self.by_invitation = False
        self.min_population = 0.0
        self.campaign = False
        self.outside_members = 0.0
        self.alive = True
        self.founded = model.quarters_done
        self.closed = -1
        self.quality = 0.0
        self.members: list[City] = []

    @property
    def size(self) -> float:
        """Members, those outside the simulated world included."""
        return len(self.members) + self.outside_members

    @property
    def acting_quality(self) -> float:
        """Quality by which it teaches, pools and speaks; of a campaign only a share."""
        return self.quality * (self.model.parameters.campaign_strength if self.campaign else 1.0)

    def admit(self, city: City) -> None:
        self.members.append(city)
        city.networks.append(self)

    def dismiss(self, city: City) -> None:
        self.members.remove(city)
        city.networks.remove(self)


@dataclass(eq=False)
class Dyad:
    """A pair of states."""

    index: int
    first: NationState
    second: NationState
    mean_tension: float
    contiguous: bool
    past_conflict: bool
    onset_weight: float = 1.0
    tension: float = 0.0
    conflict_left: int = 0  # quarters
    just_begun: bool = False  # its conflict, in this quarter

    @property
    def in_conflict(self) -> bool:
        return self.conflict_left > 0


@dataclass(eq=False)
class Twinning:
    """A tie between two cities, ``a`` before ``b``; ``dyad`` is None within a country."""

    key: int
    a: City
    b: City
    dyad: Dyad | None
    trust: float
    start: int
    suspended: bool = False

    @property
    def foreign(self) -> bool:
        return self.dyad is not None

    def other(self, city: City) -> City:
        return self.b if city is self.a else self.a
