"""Shared by the tests of the world: a copy of the data pack to damage, and what every world satisfies."""

import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from citysim.world.fields import EXOGENOUS_CRISES, SCOPES
from citysim.world.pack import SHIPPED
from citysim.world.regions import REGIONS
from citysim.world.world import World


@pytest.fixture
def pack_copy(tmp_path: Path) -> Path:
    """A writable copy of the shipped data pack."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "data", copy_function=shutil.copyfile))


@pytest.fixture(scope="session")
def real() -> World:
    return World.real()


@pytest.fixture(scope="session")
def assert_sound() -> Callable[[World], None]:
    return _assert_sound


def _assert_sound(world: World) -> None:
    _assert_arrays(world)
    _assert_cities(world)
    _assert_states(world)
    _assert_ties(world)


def _assert_arrays(world: World) -> None:
    for item in fields(world):
        value = getattr(world, item.name)
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable, item.name
            if item.name != "network_reported_size":
                assert np.isfinite(value.astype(float)).all(), item.name
            kinds = {"Floats": np.float64, "Ints": np.int64, "Bools": np.bool_}
            assert value.dtype == kinds[str(item.type).removesuffix(" | None")], item.name


def _assert_cities(world: World) -> None:
    n = world.n_cities
    for name in ("capacity", "autonomy", "reach", "development", "marginalised"):
        values = getattr(world, name)
        assert values.shape == (n,)
        assert values.min() >= 0, name
        assert values.max() <= 1, name
    assert (np.diff(world.population) <= 0).all()
    assert world.population.min() > 0
    assert len(np.unique(world.city_id)) == n == len(world.city_name)
    assert set(np.unique(world.state)) == set(range(world.n_states))
    assert world.region.min() >= 0
    assert world.region.max() < len(REGIONS)
    assert world.exposure.shape == (n, len(EXOGENOUS_CRISES))
    np.testing.assert_allclose(world.exposure.mean(axis=0), 1.0)
    assert world.exposure.min() > 0
    assert not (world.rich & world.poor).any()
    np.testing.assert_allclose(world.income.mean(), 0.0, atol=1e-9)
    np.testing.assert_allclose(world.context.mean(axis=0), 0.0, atol=1e-9)
    assert world.neighbours.shape == (n, 5)
    assert (world.neighbours != np.arange(n)[:, None]).all()
    assert world.neighbours.max() < n


def _assert_states(world: World) -> None:
    s = world.n_states
    np.testing.assert_allclose(world.state_power.sum(), 1.0)
    assert world.state_capacity.min() >= 0
    assert world.state_capacity.max() <= 1
    people = np.bincount(world.state, world.population, minlength=s)
    np.testing.assert_allclose((people * world.state_grants).sum() / people.sum(), 1.0)
    assert world.state_grants.min() > 0
    years = world.urban_growth.shape[1]
    assert world.urban_population.shape == world.total_population.shape == (s, years + 1)
    assert (world.urban_population > 0).all()
    assert (world.urban_population <= world.total_population * (1 + 1e-12)).all()
    growth = world.urban_population[:, 1:] / world.urban_population[:, :-1] - 1
    np.testing.assert_allclose(world.urban_growth, growth, atol=1e-12)
    for name in ("tension", "contiguous", "past_conflict", "conflict", "aligned"):
        matrix = getattr(world, name)
        assert matrix.shape == (s, s)
        assert (matrix == matrix.T).all(), name
        assert not matrix.diagonal().any(), name
        assert matrix.max(initial=0) <= 1


def _assert_ties(world: World) -> None:
    k = world.n_networks
    np.testing.assert_allclose(world.network_focus.sum(axis=1), 1.0)
    assert world.network_focus.shape[0] == k
    regional = world.network_scope == SCOPES.index("regional")
    assert ((world.network_region >= 0) == regional).all()
    pairs = world.membership_network * world.n_cities + world.membership_city
    assert len(np.unique(pairs)) == len(pairs)
    assert (np.bincount(world.membership_network, minlength=k) <= world.network_known_members).all()
    assert world.network_states is not None
    assert world.network_states.shape == (k, world.n_states)
    assert world.network_states[world.membership_network, world.state[world.membership_city]].all()
    assert (world.twin_a < world.twin_b).all()
    ties = world.twin_a * world.n_cities + world.twin_b
    assert len(np.unique(ties)) == len(ties)
    assert world.twin_b.max(initial=-1) < world.n_cities
