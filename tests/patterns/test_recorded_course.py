"""The record's course is the graph of the world, and every statistic of it is described."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tied
from citysim.patterns.families import DESCRIBED, FAMILIES, RECORDED_IN, described, statistics_of
from citysim.patterns.record import dated_networks, record_course
from citysim.patterns.resample import with_cities, with_networks
from citysim.patterns.targets import INPUTS, targets
from citysim.world.pack import load_pack
from citysim.world.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.real(cities=300)


@pytest.fixture(scope="module")
def course(world):
    return record_course(world)


def test_it_is_the_graph_of_the_world(world, course):
    key = np.sort(course.twins.first * world.n_cities + course.twins.second)
    assert np.array_equal(key, world.twin_a * world.n_cities + world.twin_b)
    assert course.networks.name == world.network_name
    assert np.array_equal(course.memberships.first, world.membership_city)
    assert np.array_equal(course.memberships.second, world.membership_network)


def test_ties_of_several_lists_are_some_of_all(world, course):
    several = record_course(world, lists="several").twins
    assert 0 < len(several.first) < len(course.twins.first)


def test_years_of_joining_are_those_of_the_pack(world, course):
    name, city = "ICLEI", "Berlin"
    table = load_pack()["memberships"]
    row = table[(table["network"] == name) & (table["city"] == city)].iloc[0]
    place = course.networks.name.index(name)
    own = course.memberships.second == place
    which = own & (world.city_id[course.memberships.first] == row["geonameid"])
    assert course.memberships.begin[which] == float(row["join_year"]) + 0.5


def test_reporting_programmes_are_no_networks(course):
    assert not [name for name in (*course.networks.name, *dated_networks()) if "CDP" in name]


def test_networks_are_founded_by_the_pack(course):
    founded = dict(zip(course.networks.name, course.networks.founded, strict=True))
    assert founded["C40"] == 2005.5
    assert founded["Peace Messenger Cities"] == 1987.5  # the earlier of two merged


def test_every_statistic_is_described_and_every_description_is_of_one(course):
    found = statistics_of(course)
    assert set(FAMILIES) == set(DESCRIBED) >= set(RECORDED_IN)
    used = {(name.partition(".")[0], described(name).name) for name in found}
    here = {family for family, _ in used}  # practices are not part of it: tests/patterns/test_adoption.py
    assert here == {"ties", "gravity", "memberships", "networks", "joins", "yearly", "earlier", "later"}
    assert used == {
        (family, one.name)
        for family in here
        for one in DESCRIBED[family]
        if not one.name.startswith(("adopters_", "adoption_"))
    }
    for family in here:
        own = [name.partition(".")[2] for name in found if name.startswith(f"{family}.")]
        matches = [[one.name for one in DESCRIBED[family] if one.describes(name)] for name in own]
        assert all(len(each) == 1 for each in matches), matches
    assert all(np.isfinite(value) for value in found.values())
    with pytest.raises(KeyError, match=re.escape("ties.nothing")):
        described("ties.nothing")


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_cities_does_not_matter(course, seed):
    """Beyond rounding; the shuffled course is a resample in which every city is there once."""
    chance = np.random.default_rng(seed)
    shuffled = with_cities(course, chance.permutation(course.world.n_cities), chance)
    assert len(shuffled.twins.first) == len(course.twins.first)
    assert statistics_of(shuffled) == pytest.approx(statistics_of(course), rel=1e-6, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(n=st.integers(3, 20), share=st.floats(0.05, 0.6), seed=st.integers(0, 10_000))
def test_copies_of_two_cities_are_tied_as_these_are(n, share, seed):
    course = tied.course(tied.cities(n), tied.random_ties(n, share, seed))
    chance = np.random.default_rng(seed)
    taken = chance.integers(0, n, n)
    found = with_cities(course, taken, chance)
    adjacency = np.zeros((n, n), dtype=bool)
    adjacency[course.twins.first, course.twins.second] = True
    adjacency |= adjacency.T
    wanted = adjacency[np.ix_(taken, taken)]
    own = np.zeros((n, n), dtype=bool)
    own[found.twins.first, found.twins.second] = True
    assert (found.twins.first < found.twins.second).all()
    assert len(found.twins.first) == own.sum()  # none twice
    apart = taken[:, None] != taken[None, :]
    assert np.array_equal((own | own.T)[apart], wanted[apart])
    assert np.array_equal(found.world.population, course.world.population[taken])


def test_copies_of_a_network_have_its_members(course):
    twice = with_networks(course, np.array([3, 0, 3]))
    size = np.bincount(course.memberships.second)
    assert np.array_equal(np.bincount(twice.memberships.second), size[[3, 0, 3]])
    assert twice.networks.name == tuple(course.networks.name[place] for place in (3, 0, 3))


def test_targets_lie_about_the_values_and_are_the_same_again(world, course):
    table = targets(world, resamples=6)
    assert table["statistic"].tolist() == list(statistics_of(course))
    assert ((table["lower"] <= table["value"]) & (table["value"] <= table["upper"]))[table["n"] > 1].all()
    assert table.equals(targets(world, resamples=6))


def test_intervals_end_where_no_value_can_be(world):
    table = targets(world, resamples=6)
    assert {described(name).limits for name in table["statistic"]} == {(0, 1), (0, np.inf), (-np.inf, np.inf)}
    for row in table.itertuples():
        least, most = described(row.statistic).limits
        assert not row.lower < least
        assert not row.upper > most


def test_the_error_of_a_mean_is_that_of_independent_cities():
    """Members of one network drawn city by city: sd √(p(1−p)/N), met within 35 % (100 resamples: 5 sd)."""
    n = 200
    members = np.flatnonzero(np.random.default_rng(0).random(n) < 0.3)
    course = tied.course(
        tied.cities(n), memberships=tied.spells(members, 0 * members), of=tied.networks(["A"])
    )
    table = targets(course.world, course, resamples=100).set_index("statistic")
    p = len(members) / n
    assert table.loc["memberships.mean", "sd"] == pytest.approx(np.sqrt(p * (1 - p) / n), rel=0.35)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(4, 80),
    states=st.integers(1, 12),
    share=st.floats(0.0, 1.0),
    members=st.floats(0.0, 1.0),
    spread=st.integers(0, 30),
    seed=st.integers(0, 10_000),
)
def test_any_course_has_finite_statistics_or_none(n, states, share, members, spread, seed):
    """Graphs from empty to complete, joins from none to all, all in one year or over thirty."""
    chance = np.random.default_rng(seed)
    world = tied.cities(n, seed, states, kind="real")
    names = [*dated_networks(), ""]
    city, network = np.nonzero(chance.random((n, len(names))) < members)
    begin = chance.choice([np.nan, 1985.25], len(city)) + chance.integers(0, spread + 1, len(city))
    end = np.where(chance.random(len(city)) < 0.2, begin + 3, np.inf)
    held = tied.spells(city, network, begin, end, known=1985.0)
    of = tied.networks(names, founded=chance.uniform(1985, 2010, len(names)))
    any_course = tied.course(world, tied.random_ties(n, share, seed), held, of)
    for simulated in (True, False):
        found = statistics_of(replace(any_course, simulated=simulated))
        assert all(np.isfinite(value) for value in found.values()), found
        assert all(
            described(name).limits[0] <= value <= described(name).limits[1] for name, value in found.items()
        )


def test_cities_of_a_state_that_are_alike_count_as_one_when_states_are_drawn():
    """All or no members in each of 20 states: at least twice the error that independent cities would have."""
    world = tied.cities(400, states=20)
    members = np.flatnonzero(world.state % 3 == 0)
    held, of = tied.spells(members, 0 * members), tied.networks(["A"])
    course = tied.course(world, memberships=held, of=of)
    error = {
        blocks: targets(world, course, 60, blocks=blocks).set_index("statistic").loc["memberships.mean", "sd"]
        for blocks in ("cities", "states")
    }
    assert error["states"] > 2 * error["cities"]


def test_statistics_that_are_inputs_exist():
    """Those of ``INPUTS`` that name a statistic."""
    named = [name for name in INPUTS if name.partition(".")[0] in FAMILIES]
    assert named
    for name in named:
        family, _, own = name.partition(".")
        assert own in {one.name for one in DESCRIBED[family]}


def test_a_course_without_ties_has_statistics_all_the_same(course):
    empty = replace(course, twins=tied.spells([], []), memberships=tied.spells([], []))
    found = statistics_of(empty)
    assert (found["ties.mean"], found["memberships.mean"]) == (0, 0)
    assert not [name for name in found if name.startswith("gravity")]
