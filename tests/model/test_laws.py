"""Laws on practices and pledges by channel, whatever the world and the parameters."""

import numpy as np
from hypothesis import given, settings

from citysim.model.model import CityModel
from citysim.model.state import BANNED, MANDATED, NONE, PLEDGED
from worlds import BUSY, Size, parameters, seeds, small_world, worlds

QUARTERS = 4


@settings(max_examples=30)
@given(worlds(), parameters, seeds)
def test_laws_are_made_and_kept(world, drawn, seed):
    model = CityModel(world, drawn, rng=seed, quarters=QUARTERS)
    for _ in range(QUARTERS):
        before = model.state.law
        model.step()
        assert np.isin(model.state.law, (BANNED, 0, MANDATED)).all()
        assert model.state.law.shape == (world.n_states, model.state.practices.shape[1])
        assert np.array_equal(model.state.law[before != 0], before[before != 0])


@settings(max_examples=30)
@given(worlds(), parameters, seeds)
def test_every_pledge_is_credited_once_and_none_is_made_under_a_ban(world, drawn, seed):
    model = CityModel(world, drawn, rng=seed, quarters=QUARTERS)
    for _ in range(QUARTERS):
        before, law = model.state.practices, model.state.law
        model.step()
        new = (before == NONE) & (model.state.practices == PLEDGED)
        if model.parameters.practices:
            np.testing.assert_allclose(model.state.flows.pledges.sum(axis=1), new.sum(axis=1), atol=1e-9)
        assert (model.state.flows.pledges >= 0).all()
        assert not new[law[world.state] == BANNED].any()


def test_a_state_shows_its_laws():
    """The agent's row is that of the arrays, and writing to it makes a law."""
    world = small_world(Size(cities=40, states=4), seed=1)
    model = CityModel(world, BUSY, rng=1)
    assert np.array_equal(model.states[2].law, model.state.law[2])
    model.states[2].law[0] = MANDATED
    assert model.state.law[2, 0] == MANDATED
    model.step()
    assert model.states[2].law[0] == MANDATED
