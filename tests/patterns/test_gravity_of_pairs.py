"""The regression of pairs finds the law that ties were drawn by, and is that over every pair."""

import numpy as np
import pytest

import tied
from citysim.patterns.gravity import TERMS, cells, gravity, pair_terms
from citysim.patterns.people import people_at
from citysim.patterns.record import record_course
from citysim.patterns.regression import loglinear
from citysim.world.world import World

#: Of pairs, after a constant that makes about 3,000 ties.
LAW = dict(zip(TERMS, (-0.9, 0.7, -1.0, 0.6, -0.8, 1.5, 0.7), strict=True))


@pytest.fixture(scope="module")
def world() -> World:
    return World.real(cities=600)


def full(world: World, course):
    """Over every pair, one by one: coefficients and standard errors."""
    i, j = np.triu_indices(world.n_cities, 1)
    people = people_at(world, course.last)
    every = pair_terms(world, people, i, j)
    own = pair_terms(world, people, course.twins.first, course.twins.second)
    slope, covariance = loglinear(every, np.ones(len(every)), own.sum(axis=0))
    return slope, np.sqrt(np.diag(covariance))


def test_cells_hold_every_pair_with_its_mean_terms(world):
    i, j = np.triu_indices(world.n_cities, 1)
    every = pair_terms(world, world.population, i, j)
    found = cells(world, 2023.0)
    assert found.pairs.sum() == len(i)
    assert np.allclose(found.pairs @ found.terms, every.sum(axis=0))


def test_on_the_record_cells_agree_with_the_regression_over_every_pair(world):
    """To a twentieth of its standard error, coefficient by coefficient."""
    course = record_course(world)
    slope, error = full(world, course)
    found = np.array([gravity(course)[name] for name in TERMS])
    assert (np.abs(found - slope[1:]) < error[1:] / 20).all()


def test_the_law_of_the_ties_is_found(world):
    """Within 4 standard errors, all seven: a false alarm in 2,300 worlds."""
    i, j = np.triu_indices(world.n_cities, 1)
    terms = pair_terms(world, world.population, i, j)
    utility = terms[:, 1:] @ np.array(list(LAW.values()))
    mean = np.exp(utility) / np.exp(utility).sum() * 3000
    ties = np.random.default_rng(3).poisson(mean)
    course = tied.course(world, (np.repeat(i, ties), np.repeat(j, ties)))
    found = gravity(course)
    _, error = full(world, course)
    for place, (name, value) in enumerate(LAW.items(), start=1):
        assert found[name] == pytest.approx(value, abs=4 * error[place]), name


def test_a_kind_without_a_tie_has_no_value_and_leaves_the_others_theirs(world):
    course = record_course(world)
    abroad = course.twins.take(world.state[course.twins.first] != world.state[course.twins.second])
    object.__setattr__(course, "twins", abroad)
    found = gravity(course)
    assert "same_country" not in found
    assert set(found) > set(TERMS) - {"same_country"}


def test_too_few_ties_say_nothing(world):
    assert gravity(tied.course(world, ([0, 1], [2, 3]))) == {}


def test_distance_alone(world):
    """Pairs of the nearer half tied: an elasticity below none; pairs of the farther half: above."""
    i, j = np.triu_indices(world.n_cities, 1)
    order = np.argsort(pair_terms(world, world.population, i, j)[:, 1])
    for half, sign in zip(np.array_split(order, 2), (-1, 1), strict=True):
        chosen = np.random.default_rng(5).choice(half, 500, replace=False)
        assert np.sign(gravity(tied.course(world, (i[chosen], j[chosen])))["distance_raw"]) == sign
