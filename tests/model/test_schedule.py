"""The schedule is a list: mechanisms run in its order, and one more is one more line."""

import numpy as np
import pytest

from citysim.model.model import CityModel
from citysim.model.parameters import Parameters, switches
from citysim.model.schedule import SCHEDULE, Phase
from citysim.model.setting import Setting
from citysim.model.state import RunState
from citysim.model.streams import Draws
from citysim.world.world import World

WORLD = World.synthetic(40, 5, 1)


def test_the_old_name_of_a_runs_state_warns_and_is_the_same():
    with pytest.warns(DeprecationWarning, match="now RunState"):
        from citysim.model.state import State
    assert State is RunState


def festival(state: RunState, setting: Setting, draw: Draws) -> None:
    """A mechanism of a user's own: one city in ten celebrates and forgets its stress."""
    state.stress = np.where(draw.uniform("held", len(state.stress)) < 0.1, 0.0, state.stress)


def test_order_is_that_of_the_design():
    assert [phase.name for phase in SCHEDULE] == [
        "diplomacy",
        "urbanisation",
        "attention",
        "networks",
        "twinning",
        "practices",
        "scope",
        "crises",
        "relief",
        "development",
    ]


def test_every_phase_has_a_switch_and_every_switch_a_phase():
    assert {phase.name for phase in SCHEDULE} == set(switches())


def test_a_new_mechanism_is_one_function_and_one_line_of_the_schedule():
    """It runs with draws of its own, and what comes before it in the first quarter is untouched."""
    given = {"crisis_rate": 2.0}
    more = CityModel(WORLD, given, rng=1, quarters=8, schedule=(*SCHEDULE, Phase("festival", festival))).run()
    plain = CityModel(WORLD, given, rng=1, quarters=8).run()
    first = "loss", "development", "tension", "coverage"
    for name in first:
        column = plain.recorder.outcomes.index(name)
        assert more.recorder.series[0, 0, column] == plain.recorder.series[0, 0, column]
    assert more.state.stress.sum() < plain.state.stress.sum()


def test_a_switch_takes_its_phase_out():
    ran: list[str] = []

    def noted(name):
        return Phase(name, lambda state, setting, draw: ran.append(name))

    off = Parameters(scope=False, crises=False)
    CityModel(WORLD, off, rng=1, quarters=1, schedule=tuple(noted(phase.name) for phase in SCHEDULE)).run()
    assert ran == [phase.name for phase in SCHEDULE if phase.name not in {"scope", "crises"}]
