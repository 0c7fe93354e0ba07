"""The schedule: mechanisms in the order in which a quarter runs them.

A new mechanism is one file in ``mechanisms/`` and one line here. A switch of the same name in ``Parameters``,
where there is one, turns it off.
"""

from collections.abc import Callable
from dataclasses import dataclass

from citysim.model.events.happen import happen
from citysim.model.mechanisms import (
    attention,
    crises,
    development,
    diplomacy,
    networks,
    practices,
    relief,
    scope,
    twinning,
    urbanisation,
)
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import RunState
from citysim.model.streams import Draws

type Mechanism = Callable[[RunState, Setting, Draws], None]


@dataclass(frozen=True, slots=True)
class Phase:
    """One line of the schedule: a mechanism under the name of its switch and of its random streams.

    ``step(state, setting, draws)`` changes ``state`` in place. ``off`` is what still has to happen when it is
    switched off.
    """

    name: str
    step: Mechanism
    off: Mechanism | None = None

    def choose(self, parameters: Parameters) -> Mechanism | None:
        """What runs under these parameters' switches."""
        return self.step if getattr(parameters, self.name, True) else self.off


#: The phases of a quarter, in the order of docs/model.md; ``CityModel(schedule=…)`` takes another one.
SCHEDULE: tuple[Phase, ...] = (
    Phase("diplomacy", diplomacy.step),
    Phase("urbanisation", urbanisation.step),
    Phase("attention", attention.step),
    Phase("networks", networks.step),
    Phase("twinning", twinning.step),
    Phase("practices", practices.step),
    Phase("scope", scope.step),
    Phase("crises", crises.step),
    Phase("relief", relief.step, off=relief.without_relief),
    Phase("development", development.step),
)


def run_quarter(state: RunState, setting: Setting, schedule: tuple[Phase, ...] = SCHEDULE) -> None:
    """The quarter's events, then every mechanism that is on, once, on the streams of the coming quarter."""
    coming = state.step + 1
    if state.events is not None:
        happen(state, setting, state.events)
    for phase in schedule:
        mechanism = phase.choose(setting.parameters)
        if mechanism is not None:
            mechanism(state, setting, setting.streams.at(phase.name, coming))
    state.step = coming
