"""Mesa agents: thin views on the rows of the model's arrays; they hold no state of their own."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from citysim.arrays import Floats
from citysim.model.mesa_light import mesa
from citysim.model.state import PLEDGED

if TYPE_CHECKING:
    from citysim.model.model import CityModel


class ArrayAgent(mesa.Agent):
    """An agent that is row ``index`` of the model's arrays."""

    model: "CityModel"

    def __init__(self, model: "CityModel", index: int) -> None:
        super().__init__(model)
        self.index = index


def _row(array: str, doc: str) -> Any:
    """A property that reads and writes one city's place in ``model.state.<array>``."""

    def read(self: ArrayAgent) -> float:
        return float(getattr(self.model.state, array)[self.index])

    def write(self: ArrayAgent, value: float) -> None:
        getattr(self.model.state, array)[self.index] = value

    return property(read, write, doc=doc)


class City(ArrayAgent):
    """A city: reads and writes its row of the city arrays."""

    population = _row("population", "People.")
    capacity = _row("capacity", "Capacity a ∈ [0, 1] that aid given leaves.")
    autonomy = _row("autonomy", "National scope ℓ ∈ [0, 1].")
    reach = _row("reach", "International reach w ∈ [0, 1].")
    stress = _row("stress", "Stress z ≥ 0.")
    marginalised = _row("marginalised", "Marginalised share m ∈ [0, 1].")
    development = _row("development", "Development y ∈ [0, 1].")
    unrest = _row("unrest", "Hazard of violence relative to the mean city of the start.")
    attention = _row("attention", "Attention budget A.")
    engagement = _row("engagement", "Engagement e ∈ (0, 1].")

    @property
    def name(self) -> str:
        """Name in the data."""
        return self.model.world.city_name[self.index]

    @property
    def state(self) -> "NationState":
        """The sovereign state it lies in."""
        return self.model.states[int(self.model.world.state[self.index])]

    @property
    def position(self) -> tuple[float, float]:
        """Latitude and longitude, degrees."""
        world = self.model.world
        return float(world.latitude[self.index]), float(world.longitude[self.index])

    @property
    def services(self) -> Floats:
        """Service level of each domain, a writable view (domains,)."""
        row: Floats = self.model.state.services[self.index]
        return row

    @property
    def practices(self) -> NDArray[np.int8]:
        """Each practice none, pledged or implemented, a writable view (practices,)."""
        row: NDArray[np.int8] = self.model.state.practices[self.index]
        return row

    @property
    def pledged(self) -> int:
        """Practices pledged and not yet implemented."""
        return int((self.practices == PLEDGED).sum())

    @property
    def networks(self) -> list["CityNetwork"]:
        """Networks it is a member of."""
        networks = self.model.state.networks
        return [
            self.model.city_networks[k] for k in networks.member_network[networks.member_city == self.index]
        ]

    @property
    def twins(self) -> list["City"]:
        """Cities it is twinned with, suspended ties included."""
        ties = self.model.state.twinnings
        others = np.concatenate((ties.b[ties.a == self.index], ties.a[ties.b == self.index]))
        return [self.model.cities[other] for other in others]


class NationState(ArrayAgent):
    """A nation state."""

    @property
    def name(self) -> str:
        """Name in the data."""
        return self.model.world.state_name[self.index]

    @property
    def action_capacity(self) -> float:
        """φ ∈ [0, 1]."""
        return float(self.model.state.action_capacity[self.index])

    @action_capacity.setter
    def action_capacity(self, value: float) -> None:
        self.model.state.action_capacity[self.index] = value

    @property
    def law(self) -> NDArray[np.int8]:
        """Each practice mandated (1), forbidden (−1) or neither, a writable view (practices,)."""
        row: NDArray[np.int8] = self.model.state.law[self.index]
        return row

    @property
    def cities(self) -> list[City]:
        """Its cities."""
        return [self.model.cities[i] for i in np.flatnonzero(self.model.world.state == self.index)]

    @property
    def enemies(self) -> list["NationState"]:
        """States it is in conflict with."""
        dyads = self.model.setting.dyads
        fights = self.model.state.conflict
        others = np.concatenate(
            (
                dyads.second[fights & (dyads.first == self.index)],
                dyads.first[fights & (dyads.second == self.index)],
            )
        )
        return [self.model.states[other] for other in others]

    def tension(self, other: "NationState") -> float:
        """τ ∈ [0, 1] with another state."""
        pair = int(self.model.setting.dyads.index[self.index, other.index])
        return float(self.model.state.tension[pair]) if pair >= 0 else 0.0


class CityNetwork(ArrayAgent):
    """A network of cities, of the data or founded in the run."""

    @property
    def name(self) -> str:
        """Name in the data or in the event that founded it, or a number for another founded one."""
        known, events = self.model.world.network_name, self.model.state.events
        named = {} if events is None else {slot: name for name, slot in events.networks.items()}
        name = named.get(self.index, f"network {self.index + 1}")
        return known[self.index] if self.index < len(known) else name

    @property
    def alive(self) -> bool:
        """Whether it has not closed."""
        return bool(self.model.state.networks.alive[self.index])

    @property
    def quality(self) -> float:
        """Secretariat quality q ∈ [0, 1)."""
        return float(self.model.state.networks.quality[self.index])

    @property
    def focus(self) -> Floats:
        """Weights over the domains, a writable view (domains,)."""
        row: Floats = self.model.state.networks.focus[self.index]
        return row

    @property
    def members(self) -> list[City]:
        """Its member cities."""
        networks = self.model.state.networks
        return [self.model.cities[i] for i in networks.member_city[networks.member_network == self.index]]


def __getattr__(name: str) -> Any:
    """The name that ``NationState`` had in version 0.1.0."""
    if name == "State":
        warnings.warn("citysim.model.agents.State is now NationState", DeprecationWarning, stacklevel=2)
        return NationState
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
