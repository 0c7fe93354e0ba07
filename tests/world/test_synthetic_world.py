"""Synthetic worlds are sound at any size and keep the real world's statistics."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citysim.errors import ConfigError
from citysim.world.matching import match_ties
from citysim.world.synthetic_states import inclusion
from citysim.world.world import World

SHARES = ("capacity", "autonomy", "reach", "development", "marginalised")


def per_city(world: World) -> dict[str, float]:
    degree = np.bincount(np.r_[world.twin_a, world.twin_b], minlength=world.n_cities)
    return {
        "twinnings": float(degree.mean()),
        "cities without a twinning": float((degree == 0).mean()),
        "memberships": len(world.membership_city) / world.n_cities,
        "log population": float(np.log(world.population).mean()),
        "cross-border": float((world.state[world.twin_a] != world.state[world.twin_b]).mean()),
        "north": float(world.north.mean()),
        "rich": float(world.rich.mean()),
        **{name: float(getattr(world, name).mean()) for name in SHARES},
    }


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_a_synthetic_world_of_any_size_is_sound(
    assert_sound: Callable[[World], None], data: st.DataObject
) -> None:
    cities = data.draw(st.integers(1, 700), "cities")
    states = data.draw(st.integers(1, min(cities, 250)), "states")
    world = World.synthetic(cities, states, data.draw(st.integers(0, 2**64 - 1), "seed"))
    assert_sound(world)
    assert (world.n_cities, world.n_states) == (cities, states)


@pytest.mark.parametrize("cities", [500, 2_000, 8_000])
def test_means_per_city_do_not_depend_on_the_number_of_cities(cities: int) -> None:
    found, expected = per_city(World.synthetic(cities, 80, 1)), per_city(World.synthetic(4_000, 80, 1))
    for name, value in expected.items():
        tolerance = 0.12 * value if name in {"twinnings", "memberships"} else 0.03
        assert found[name] == pytest.approx(value, abs=tolerance), name


@pytest.mark.parametrize("states", [80, 157, 300])
def test_means_per_city_are_those_of_the_real_world(real: World, states: int) -> None:
    found, expected = per_city(World.synthetic(3_000, states, 5)), per_city(real)
    for name, value in expected.items():
        tolerance = 0.15 * value if name in {"twinnings", "memberships"} else 0.04
        assert found[name] == pytest.approx(value, abs=tolerance), name


def test_tension_is_distributed_as_in_the_real_world(real: World) -> None:
    world = World.synthetic(1_000, 157, 3)
    for share in (0.1, 0.5, 0.9):
        found, expected = (
            np.quantile(w.tension[np.triu_indices(w.n_states, 1)], share) for w in (world, real)
        )
        assert found == pytest.approx(expected, abs=0.03)


def test_equal_seeds_give_equal_worlds_and_other_seeds_others() -> None:
    first = World.synthetic(300, 40, 7)
    assert first.digest == World.synthetic(300, 40, 7).digest
    assert first.digest != World.synthetic(300, 40, 8).digest


def test_states_do_not_depend_on_the_number_of_cities() -> None:
    small, large = World.synthetic(300, 40, 7), World.synthetic(900, 40, 7)
    np.testing.assert_array_equal(small.tension, large.tension)
    np.testing.assert_array_equal(small.state_power, large.state_power)


@pytest.mark.parametrize(
    ("sizes", "named"),
    [
        ((0, 1, 1), "world.cities"),
        ((5, 6, 1), "world.states"),
        ((5, 0, 1), "world.states"),
        ((5, 2, -1), "world.seed"),
        ((5, 2.5, 1), "world.states"),
        ((True, 1, 1), "world.cities"),
    ],
)
def test_sizes_that_no_world_has_are_one_clear_line(sizes: tuple[int, int, int], named: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{named}: found .*, must be [^\n]*$"):
        World.synthetic(*sizes)


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float32, float])
def test_equal_sizes_are_one_world_however_they_were_read(kind: type) -> None:
    same = World.synthetic(cities=kind(60), states=kind(8), seed=kind(1))
    assert same.digest == World.synthetic(cities=60, states=8, seed=1).digest


def test_all_bad_sizes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        World.synthetic(0, -1, -1)
    assert len(caught.value.messages) == 3


@given(st.lists(st.floats(0.1, 1000), min_size=1, max_size=40), st.integers(1, 120))
def test_chances_of_states_sum_to_their_number(sizes: list[float], number: int) -> None:
    chance = inclusion(np.array(sizes), number)
    assert chance.sum() == pytest.approx(number)
    assert chance.min() >= number // len(sizes)
    assert chance.max() <= number // len(sizes) + 1 + 1e-9


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 2)), max_size=60),
    st.integers(0, 99),
)
def test_matched_ties_use_each_open_end_once(ends: list[tuple[int, int, int]], seed: int) -> None:
    table = np.array(ends, np.int64).reshape(-1, 3)
    rng = np.random.default_rng(seed)
    a, b = match_ties(table[:, 0], (table[:, 1:], np.zeros((len(table), 2), np.int64)), 10, rng)
    assert (a < b).all()
    assert len(np.unique(a * 10 + b)) == len(a)
    assert (np.bincount(np.r_[a, b], minlength=10) <= np.bincount(table[:, 0], minlength=10)).all()


def test_ends_are_matched_with_the_opposite_class_where_there_is_one() -> None:
    city = np.arange(8)
    level = np.array([[0, 1], [0, 1], [1, 0], [1, 0], [2, 2], [2, 2], [3, 4], [4, 3]])
    a, b = match_ties(city, (level,), 8, np.random.default_rng(1))
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    assert {(4, 5), (6, 7)} <= pairs
    assert len(pairs) == 4
    assert all(({0, 1} & {x}) and ({2, 3} & {y}) for x, y in pairs - {(4, 5), (6, 7)})
