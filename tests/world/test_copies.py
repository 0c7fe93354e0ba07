"""A world that is pickled or copied stays what it was, also for compiled loops."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest

from citysim.model.kernels.gravity import proposals
from citysim.model.kernels.observation import record_groups
from citysim.model.model import CityModel
from citysim.world.world import World

COPIES: dict[str, Callable[[World], World]] = {
    "pickled": lambda world: pickle.loads(pickle.dumps(world)),  # noqa: S301  ours
    "pickled in pieces": lambda world: pickle.loads(pickle.dumps(world, protocol=5)),  # noqa: S301  ours
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
}


@pytest.fixture(scope="module")
def world() -> World:
    """A small world of which something has been worked out."""
    made = World.real(cities=40)
    CityModel(made, rng=1, quarters=2).run()
    return made


@pytest.mark.parametrize("how", COPIES)
def test_it_is_equal_and_read_only_and_holds_nothing_else(world: World, how: str) -> None:
    other = COPIES[how](world)
    assert set(vars(other)) == {item.name for item in fields(World)} < set(vars(world))
    assert other.digest == world.digest
    assert not any(array.flags.writeable for array in vars(other).values() if isinstance(array, np.ndarray))


@pytest.mark.parametrize("how", COPIES)
def test_its_runs_compile_nothing_and_are_the_same(world: World, how: str) -> None:
    ran = CityModel(world, rng=1, quarters=3).run()
    known = [len(loop.signatures) for loop in (proposals, record_groups)]
    again = CityModel(COPIES[how](world), rng=1, quarters=3).run()
    assert [len(loop.signatures) for loop in (proposals, record_groups)] == known
    assert np.array_equal(again.recorder.values, ran.recorder.values, equal_nan=True)
