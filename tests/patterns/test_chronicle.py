"""The course of a run is what its states were."""

import numpy as np

from citysim.model.model import CityModel
from citysim.model.state import DT, IMPLEMENTED
from citysim.patterns.chronicle import Chronicle
from citysim.patterns.families import statistics_of
from citysim.world.world import World


def noted(quarters: int = 12):
    model = CityModel(World.synthetic(120, 8, 3), rng=5, quarters=quarters)
    chronicle, states = Chronicle(model), []
    for _ in range(quarters):
        model.step()
        chronicle.note()
        states.append(
            (
                model.state.twinnings.key.copy(),
                model.state.networks.key.copy(),
                np.flatnonzero(model.state.practices == IMPLEMENTED),
            )
        )
    return model, chronicle.course(), states


def test_what_held_at_the_end_of_every_quarter_is_what_the_states_were():
    model, course, states = noted()
    for quarter, (twins, memberships, implemented) in enumerate(states, start=1):
        now = model.world.start_year + quarter * DT
        for spells, seconds, key in (
            (course.twins, model.world.n_cities, twins),
            (course.memberships, model.state.networks.slots, memberships),
            (course.implemented, model.state.practices.shape[1], implemented),
        ):
            held = spells.at(now)
            found = np.sort(spells.first[held] * seconds + spells.second[held])
            assert np.array_equal(found, key)


def test_expected_onsets_are_summed_by_year():
    model, course, _ = noted()
    recorded = model.trajectory.query("group == 'world'")["conflict_hazard"].to_numpy()
    assert np.allclose(course.onsets, recorded.reshape(-1, 4).sum(axis=1))


def test_degrees_are_those_of_the_ties():
    model, course, _ = noted()
    ends = np.concatenate((model.state.twinnings.a, model.state.twinnings.b))
    assert np.array_equal(course.degree(course.last), np.bincount(ends, minlength=model.world.n_cities))
    assert statistics_of(course)["ties.mean"] == 2 * len(model.state.twinnings.key) / model.world.n_cities


def test_conflicts_and_suspended_ties_are_those_of_the_states():
    model = CityModel(World.synthetic(120, 8, 3), {"conflict_rate": 20.0}, rng=5, quarters=8)
    chronicle, states = Chronicle(model), []
    for _ in range(8):
        model.step()
        chronicle.note()
        ties, dyads = model.state.twinnings, model.setting.dyads
        fought = model.state.conflict
        states.append((ties.key[ties.suspended], dyads.first[fought] * 8 + dyads.second[fought]))
    course = chronicle.course()
    assert any(len(fought) for _, fought in states)
    for quarter, (suspended, fought) in enumerate(states, start=1):
        now = model.world.start_year + quarter * DT
        for spells, seconds, key in ((course.suspended, 120, suspended), (course.conflicts, 8, fought)):
            held = spells.at(now)
            assert np.array_equal(np.sort(spells.first[held] * seconds + spells.second[held]), key)


def test_a_course_of_less_than_a_year_has_statistics_too():
    _, course, _ = noted(quarters=3)
    assert len(course.years) == 0
    assert all(values.shape == (0, course.world.n_cities) for values in course.panel.values())
    assert "ties.mean" in statistics_of(course)
