"""A course in two halves: the earlier knows nothing that came later, and both together are the whole."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citysim.patterns.adoption_record import with_adoption
from citysim.patterns.adoption_targets import only
from citysim.patterns.families import described, statistics_of
from citysim.patterns.halves import SPLIT, adopters_later, earlier, later
from citysim.patterns.joins import joins_of
from citysim.patterns.practice_targets import practice_targets
from citysim.patterns.record import record_course
from citysim.patterns.spread import Counts, curve
from citysim.world.world import World


@pytest.fixture(scope="module")
def course():
    return with_adoption(record_course(World.real(500, start=1985)))


def test_joins_of_both_halves_are_all_joins(course):
    joined = sum((one.year != np.iinfo(np.int64).max).sum() for one in joins_of(course))
    first, second = earlier(course), later(course)
    assert first["joins"] + second["joins"] == joined
    by_network = sum(value for name, value in second.items() if name.endswith("_joins"))
    assert second["joins"] == by_network > 0


def test_growth_of_both_halves_is_that_of_the_whole(course):
    first, second = (half(course)["networks_growth"] for half in (earlier, later))
    whole = statistics_of(course, ["networks"])["networks.growth"]
    years = course.years
    assert first * (SPLIT - years[0]) + second * (years[-1] - SPLIT) == pytest.approx(
        whole * (years[-1] - years[0])
    )


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_earlier_half_does_not_depend_on_what_came_later(course, seed):
    """Later joins, foundings, adoptions and repeals at other times, and ties: only who stayed is the same."""
    chance = np.random.default_rng(seed)

    def moved(begin):
        late = begin > SPLIT + 1
        return np.where(late, chance.uniform(SPLIT + 1.01, course.last - 0.01, len(begin)), begin)

    held, networks, pledged = course.memberships, course.networks, course.pledged
    other = replace(
        course,
        memberships=replace(held, begin=moved(held.begin)),
        networks=replace(networks, founded=moved(networks.founded)),
        pledged=replace(pledged, begin=moved(pledged.begin)),
        twins=course.twins.take(chance.random(len(course.twins.first)) < 0.5),
    )
    assert earlier(other) == earlier(course)
    assert later(other) != later(course)


def test_a_course_of_one_half_has_neither(course):
    for part in (replace(course, first=2011.0), replace(course, last=2011.0)):
        assert earlier(part) == later(part) == {}


def test_an_exponential_series_grows_at_its_rate_in_either_half():
    """exp(r t) adopters: early and late growth r to the split (by year, within 3 %), and r after it."""
    edge = np.arange(1985.0, 2024.0)
    counts = Counts(edge, np.diff(np.exp(0.2 * (edge - 1985.0))), before=1.0)
    first = curve(counts.until(SPLIT + 1.0))
    assert (first["early"], first["late"]) == pytest.approx((0.2, 0.2), rel=0.03)
    assert adopters_later([counts]) == pytest.approx({"adopters_growth": 0.2})
    assert counts.until(2100.0).new is not None
    assert counts.until(2010.99).edge[-1] == 2010.0


def test_a_practice_that_had_not_taken_off_foretells_nothing():
    edge = np.arange(1985.0, 2024.0)
    late = Counts(edge, np.where(edge[:-1] >= 2011, 50.0, 0.0), before=0.0)
    assert adopters_later([late]) == {}


def test_targets_of_single_practices_are_described_and_the_same_again(course):
    one, two = (practice_targets(record_course(course.world), resamples=4) for _ in range(2))
    assert one.equals(two)
    assert not one.duplicated(["statistic", "source"]).any()
    assert all(described(name) for name in one["statistic"])
    told = one.set_index(["statistic", "source"])["value"]
    own = later(only(course, "Covenant of Mayors (EU)"))
    assert told["later.adoption_country", "Covenant of Mayors (EU)"] == own["adoption_country"]
    # Adopters of participatory budgeting, by hand: 11 + 26 + 50 + 98 + 61 by 2008, 45 and 20 more by 2016.
    growth = np.log((246 + 65) / 246) / 8
    assert told["later.adopters_growth", "participatory budgeting"] == pytest.approx(growth)
