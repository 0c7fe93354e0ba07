"""CityModel: the model as a ``mesa.Model``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from citysim.errors import ConfigError
from citysim.model.agents import City, CityNetwork, NationState
from citysim.model.collector import RecordedOutcomes
from citysim.model.extended import begin, measures_of, parameters_of, schedule_of
from citysim.model.extension import Extension
from citysim.model.initial import initial_state
from citysim.model.mesa_light import mesa
from citysim.model.parameters import Parameters
from citysim.model.paths import packed, unpacked
from citysim.model.rates import changes, may_change, of_quarter, of_start
from citysim.model.recorder import Recorder
from citysim.model.schedule import SCHEDULE, Phase, run_quarter
from citysim.model.setting import Setting
from citysim.model.state import DT, Dyads
from citysim.model.streams import Streams
from citysim.world.plain import plain, whole
from citysim.world.sizes import QUARTERS
from citysim.world.world import World

if TYPE_CHECKING:
    import pandas as pd


class CityModel(mesa.Model):
    """Cities that cooperate while states stall.

    ``rng`` (an integer, or a Generator from which one is drawn) keys all streams: equal world,
    parameters and integer give equal runs, bit for bit. State lives in ``model.state``; the agents are
    views on it and are made when they are first asked for. ``parameters`` may be a ``Parameters``, a
    mapping, or keywords, as ``mesa.batch_run`` passes them. ``member_groups`` are networks whose members are
    groups of their own in the trajectory; with ``exposed_to``, texts of events, so are the cities by exposure
    to these. ``extensions`` add phases, parameters, outcomes and state of their own. ``datacollector`` gives
    Mesa's tools the outcomes of the world; a subclass may put one of its own there.

    Raises ``pydantic.ValidationError`` on a parameter that is unknown or out of range, ``ConfigError`` where
    ``quarters`` is no number of quarters.
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
        exposed_to: tuple[str, ...] | None = None,
        extensions: Sequence[Extension] = (),
        **overrides: Any,
    ) -> None:
        key: Any = whole(rng)  # Mesa takes only Python's own
        super().__init__(rng=key)
        self.world = world
        self.extensions = tuple(extensions)
        self.parameters = _parameters(parameters, overrides, parameters_of(self.extensions))
        self.quarters = _number_of_quarters(quarters)
        self.schedule = schedule_of(schedule, self.extensions)
        self._start(self._seed_of(key))
        self.recorder = Recorder(
            self.setting, self.quarters, member_groups, measures_of(self.extensions), exposed_to
        )
        self.datacollector: mesa.DataCollector = RecordedOutcomes(self.recorder, overrides)
        self._cities: list[City] = []
        self._states: list[NationState] = []
        self._city_networks: list[CityNetwork] = []

    def _seed_of(self, rng: object) -> int:
        """The integer that keys the streams."""
        return rng if isinstance(rng, int) else int(self.rng.integers(2**63))

    def _start(self, seed: int) -> None:
        self._changes = may_change(self.parameters)
        self.setting = Setting(
            self.world,
            of_start(self.parameters, self.world.start_year),
            Streams(seed),
            Dyads.of(self.world.n_states),
            reads={} if self._changes else None,
        )
        if self._changes:
            self.setting.derive(changes)  # raises here, and not in the first quarter
        self.state = initial_state(self.setting)
        begin(self.state, self.setting, self.extensions)

    def reset_rng(self, rng: int | np.random.Generator | None = None) -> None:
        """Key all streams anew; without ``rng`` they stay as they are.

        Before the first quarter the model is then that of the new ``rng``, its start drawn again. Later,
        what comes is drawn anew and what has been stays: another course from the same point.
        """
        key: Any = whole(rng)
        super().reset_rng(key)
        if key is not None:
            self._rekey(self._seed_of(key))

    def reset_randomizer(self, seed: int | None = None) -> None:
        """Mesa's older ``reset_rng``: also sets the generator that shuffles agents back."""
        super().reset_randomizer(seed)
        if seed is not None:
            self.reset_rng(seed)

    def _rekey(self, seed: int) -> None:
        if self.state.step:
            self.setting = replace(self.setting, streams=Streams(seed))
        else:
            self._start(seed)

    def step(self) -> None:
        """Advance one quarter and record it; ``running`` ends with the last quarter."""
        if self._changes:
            self.setting = of_quarter(self.state.step, self.setting)
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
        """One number per outcome, for the world. Raises ``ResultError`` before the first quarter."""
        return self.recorder.summary()

    @property
    def trajectory(self) -> "pd.DataFrame":
        """One row per quarter and group: quarter (0 the first), year (its end), group, outcomes."""
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

    def remove_all_agents(self) -> None:
        """Take all agents out of the AgentSets; what they are views of stays in ``state``."""
        self._make_agents()  # else they would appear at the first look
        super().remove_all_agents()

    def _make_agents(self) -> None:
        """Agents for every city and state, and for the networks founded since the last look."""
        if not self._cities:
            self._cities = [City(self, i) for i in range(self.world.n_cities)]
            self._states = [NationState(self, i) for i in range(self.world.n_states)]
        made = len(self._city_networks)
        self._city_networks += [CityNetwork(self, k) for k in range(made, self.state.networks.count)]

    @property
    def cities(self) -> list[City]:
        """Cities by index."""
        self._make_agents()
        return self._cities

    @property
    def states(self) -> list[NationState]:
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
        """Mesa AgentSet of all City, NationState and CityNetwork agents."""
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


def _parameters(
    given: Parameters | Mapping[str, Any] | None, overrides: Mapping[str, Any], known: type[Parameters]
) -> Parameters:
    """Those given as ``known``, checked unless they are already, with others in place of some."""
    if isinstance(given, Parameters):
        if isinstance(given, known) and not overrides:
            return given
        kept = {name: path for name, path in unpacked(given.paths).items() if name not in overrides}
        given = given.model_dump() | {"paths": packed(kept)}
    return known(**{**({} if given is None else given), **overrides})


def _number_of_quarters(found: object) -> int:
    quarters = whole(found)
    if isinstance(quarters, bool) or not isinstance(quarters, int) or quarters < 1:
        raise ConfigError(f"quarters: found {plain(found)!r}, must be a whole number of at least 1")
    return quarters
