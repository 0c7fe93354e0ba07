"""CityModel: the model as a ``mesa.Model``."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from citysim.model.agents import City, CityNetwork, State
from citysim.model.initial import initial_state
from citysim.model.parameters import Parameters
from citysim.model.recorder import Recorder
from citysim.model.schedule import SCHEDULE, Phase, run_quarter
from citysim.model.setting import Setting
from citysim.model.state import DT, Dyads
from citysim.model.streams import Streams
from citysim.world.world import World

if TYPE_CHECKING:
    import pandas as pd

#: 2023 Q1 … 2050 Q4.
QUARTERS = 112


class CityModel(mesa.Model):
    """Cities that cooperate while states stall.

    ``rng`` (an integer, or a Generator from which one is drawn) keys all streams: equal world,
    parameters and integer give equal runs, bit for bit. State lives in ``model.state``; the agents are
    views on it and are made when they are first asked for. ``parameters`` may be a ``Parameters``, a
    mapping, or keywords, as ``mesa.batch_run`` passes them. ``member_groups`` are networks whose members are
    groups of their own in the trajectory.

    Raises ``pydantic.ValidationError`` on a parameter that is unknown or out of range.
    """

    def __init__(
        self,
        world: World,
        parameters: Parameters | Mapping[str, Any] | None = None,
        *,
        rng: int | np.random.Generator | None = None,
        quarters: int = QUARTERS,
        schedule: tuple[Phase, ...] = SCHEDULE,
        member_groups: Iterable[str] = (),
        **overrides: Any,
    ) -> None:
        if isinstance(rng, np.integer):
            rng = int(rng)  # Mesa takes only Python's own
        super().__init__(rng=rng)
        seed = rng if isinstance(rng, int) else int(self.rng.integers(2**63))
        given = parameters.model_dump() if isinstance(parameters, Parameters) else dict(parameters or {})
        self.world = world
        self.parameters = Parameters(**{**given, **overrides})
        self.quarters = quarters
        self.schedule = schedule
        self.setting = Setting(world, self.parameters, Streams(seed), Dyads.of(world.n_states))
        self.state = initial_state(self.setting)
        self.recorder = Recorder(self.setting, quarters, member_groups)
        self._cities: list[City] = []
        self._states: list[State] = []
        self._city_networks: list[CityNetwork] = []

    def step(self) -> None:
        """Advance one quarter and record it; ``running`` ends with the last quarter."""
        run_quarter(self.state, self.setting, self.schedule)
        self.recorder.record(self.state, self.setting)
        if self.state.step >= self.quarters:
            self.running = False

    def run(self) -> "CityModel":
        """Run to the end."""
        while self.running:
            self.step()
        return self

    def summary(self) -> dict[str, float]:
        """One number per outcome, for the world."""
        return self.recorder.summary()

    @property
    def trajectory(self) -> "pd.DataFrame":
        """One row per quarter and group: quarter (0 = 2023 Q1), year (its end), group, outcomes."""
        import pandas as pd  # noqa: PLC0415  not needed to simulate

        series = self.recorder.series
        quarters, groups, outcomes = series.shape
        frame = pd.DataFrame(
            series.reshape(quarters * groups, outcomes), columns=list(self.recorder.outcomes)
        )
        quarter = np.repeat(np.arange(quarters), groups)
        frame.insert(0, "quarter", quarter)
        frame.insert(1, "year", self.world.start_year + (quarter + 1) * DT)
        frame.insert(2, "group", np.tile(self.recorder.groups, quarters))
        return frame

    def _make_agents(self) -> None:
        """Agents for every city and state, and for the networks founded since the last look."""
        if not self._cities:
            self._cities = [City(self, i) for i in range(self.world.n_cities)]
            self._states = [State(self, i) for i in range(self.world.n_states)]
        made = len(self._city_networks)
        self._city_networks += [CityNetwork(self, k) for k in range(made, self.state.networks.count)]

    @property
    def cities(self) -> list[City]:
        """Cities by index."""
        self._make_agents()
        return self._cities

    @property
    def states(self) -> list[State]:
        """States by index."""
        self._make_agents()
        return self._states

    @property
    def city_networks(self) -> list[CityNetwork]:
        """Networks by index, those founded since the last look included."""
        self._make_agents()
        return self._city_networks

    @property
    def agents(self) -> Any:
        """Mesa AgentSet of all City, State and CityNetwork agents."""
        self._make_agents()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """Mesa AgentSets by class of agent."""
        self._make_agents()
        return super().agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """Classes of agents."""
        self._make_agents()
        return list(super().agent_types)
