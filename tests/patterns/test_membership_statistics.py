"""Memberships, networks and joins by hand, and the hazards of joining by the law that joins were drawn by."""

from dataclasses import replace

import numpy as np
import pytest

import tied
from citysim.patterns.joins import NEVER, TERMS, Joins, _strata, event_history, joins, joins_of
from citysim.patterns.memberships import EUROPE, memberships
from citysim.patterns.networks import networks
from citysim.patterns.record import Dated, dated_networks, record_course
from citysim.patterns.regression import loglinear, proportional_hazards
from citysim.patterns.resample import with_networks
from citysim.patterns.yearly import yearly
from citysim.world.networks import MIN_MEMBERS
from citysim.world.world import World

COVENANT = "Covenant of Mayors (EU)"


def test_cities_in_one_network_and_in_more():
    world = tied.cities(6, region=np.array([EUROPE, EUROPE, 0, 0, 0, 0]))
    of = tied.networks(["A", "B"], by_invitation=[False, True])
    found = memberships(tied.course(world, memberships=tied.spells([0, 0, 1, 2], [0, 1, 0, 0]), of=of))
    assert (found["mean"], found["without"], found["most"]) == (pytest.approx(4 / 6), 0.5, 2)
    assert found["one"] == pytest.approx(2 / 3)
    assert (found["europe_mean"], found["europe_one"], found["europe_most"]) == (1.5, 0.5, 2)
    assert "network_median" not in found  # none has enough members


def test_networks_with_enough_members_count_and_shares_are_of_members():
    world = tied.cities(20, region=np.where(np.arange(20) < 10, EUROPE, 0))
    members = {0: range(12), 1: range(5, 11), 2: range(MIN_MEMBERS - 1)}
    city, network = zip(*((city, place) for place, own in members.items() for city in own), strict=True)
    of = tied.networks(["A", "B", "C"], by_invitation=[False, True, True])
    found = memberships(tied.course(world, memberships=tied.spells(city, network), of=of))
    assert (found["network_median"], found["network_most"]) == (9, 12)
    if MIN_MEMBERS == 5:
        assert found["open_european"] == pytest.approx(10 / 12)
        assert found["invited_european"] == pytest.approx((5 + 4) / 10)


def test_memberships_grow_with_population_as_drawn():
    """Within 4 standard errors: a false alarm in 16,000."""
    chance = np.random.default_rng(1)
    x = np.column_stack((np.ones(2000), chance.normal(13, 1, 2000)))
    count = chance.poisson(np.exp(-6 + 0.45 * x[:, 1]))
    slope, covariance = loglinear(x, np.ones(2000), count @ x)
    assert slope[1] == pytest.approx(0.45, abs=4 * np.sqrt(covariance[1, 1]))


def test_networks_alive_and_their_growth():
    never = np.inf
    of = tied.networks(
        list("ABCDE"),
        founded=[1980.5, 1985.5, 1990.5, 1999.0, np.nan],
        closed=[never, 1994.9, never, never, never],
    )
    found = networks(tied.course(tied.cities(4), of=of))
    assert [found[f"alive_{year}"] for year in (1985, 1990, 1995, 2000)] == [2, 3, 2, 3]
    assert found["growth"] == pytest.approx(np.log(3 / 2) / (2022 - 1985))


def covenant(years, end=None):
    """A course of a real world's kind in which as many cities join the Covenant, at the middle of years."""
    n = len(years)
    world = tied.cities(n + 4, kind="real")
    spells = tied.spells(range(n), [0] * n, begin=np.array(years) + 0.5, end=end)
    return tied.course(world, memberships=spells, of=tied.networks([COVENANT], founded=[2008.5]))


def test_joins_by_year():
    years = [2008, 2008, 2009, 2010, 2012, 2013, 2018, 2019]
    found = joins(covenant(years))
    assert yearly(covenant(years))["covenant_of_mayors_eu_2010"] == 4
    assert found["covenant_of_mayors_eu_first_3"] == 4 / 8
    assert found["covenant_of_mayors_eu_first_5"] == 5 / 8
    assert found["covenant_of_mayors_eu_half"] == 3  # at the end of the third year
    assert found["covenant_of_mayors_eu_growth"] == pytest.approx(np.log(8 / 5) / 7)
    assert (found["in_2008"], found["in_2011"], found["covenant_of_mayors_eu_members"]) == (2, 0, 8)


def test_who_had_left_when_the_list_was_made_or_joined_after_it_does_not_count():
    last = dated_networks()[COVENANT].last
    course = covenant([2008, 2009, last + 1], end=[2015, np.inf, np.inf])
    found = joins(course)
    assert found["in_2008"] == 0
    assert yearly(course)["covenant_of_mayors_eu_2015"] == 1
    assert found["covenant_of_mayors_eu_members"] == 2


def test_the_end_of_a_quarter_belongs_to_the_year_that_ends():
    course = covenant([2008, 2008])
    course = replace(course, memberships=replace(course.memberships, begin=np.array([2008.25, 2009.0])))
    assert joins(course)["in_2008"] == 2


def test_a_network_that_does_not_exist_in_a_course_has_no_joins():
    """As one of later in a world of 1985 whose networks are not founded by date."""
    course = covenant([])
    never = tied.networks([COVENANT], founded=[1985.0], closed=[1985.0])
    assert joins(replace(course, networks=never)) == {}
    assert joins(course)["covenant_of_mayors_eu_members"] == 0


def two_networks(covenant_years, iclei_years):
    """A course in which cities join two dated networks, at the middle of years."""
    years = np.array([*covenant_years, *iclei_years])
    place = np.repeat([0, 1], [len(covenant_years), len(iclei_years)])
    world = tied.cities(len(years) + 4, kind="real")
    spells = tied.spells(range(len(years)), place, begin=years + 0.5)
    of = tied.networks([COVENANT, "ICLEI"], founded=[2008.5, 1990.5])
    return tied.course(world, memberships=spells, of=of)


def test_dated_networks_together():
    """Medians and the variation over two networks, by hand: 2 and 6 members, of which early 1 and 1/3."""
    found = joins(two_networks([2008, 2009], [1990, 1991, 2000, 2001, 2002, 2003]))
    assert (found["members_median"], found["members_upper"]) == (4, 5)
    assert found["members_variation"] == pytest.approx(np.sqrt(8) / 4)
    assert found["first_5_median"] == pytest.approx((1 + 1 / 3) / 2)
    halves = (found["covenant_of_mayors_eu_half"], found["iclei_half"])
    assert found["half_median"] == pytest.approx(np.mean(halves))


def test_which_network_is_which_does_not_matter_to_them_together():
    """Exchanged numbers of members and shares of early joins give the same values."""
    one = joins(two_networks([2008, 2009, 2017], [1990]))
    other = joins(two_networks([2008], [1990, 1991, 1999]))
    for name in ("members_median", "members_upper", "members_variation", "first_5_median"):
        assert one[name] == pytest.approx(other[name]), name


def test_a_single_network_has_no_variation():
    found = joins(covenant([2008, 2009]))
    assert found["members_median"] == found["members_upper"] == 2
    assert "members_variation" not in found


def test_a_resample_counts_the_copies_of_a_network():
    """Twice the first and once the second: median and upper quartile of 2, 2 and 6."""
    course = two_networks([2008, 2009], [1990, 1991, 2000, 2001, 2002, 2003])
    found = joins(with_networks(course, np.array([0, 0, 1])))
    assert (found["members_median"], found["members_upper"]) == (2, 4)
    assert joins(with_networks(course, np.array([1, 1])))["members_median"] == 6


@pytest.mark.parametrize("first", [2009.5, 2010.0])
def test_a_course_from_after_the_founding_has_no_joins(first):
    assert joins(replace(covenant([2011, 2012]), first=first)) == {}


def test_a_world_of_chance_has_no_networks_of_the_record():
    course = covenant([2008, 2009])
    assert joins(replace(course, world=replace(course.world, kind="synthetic"))) == {}


def test_hazards_of_joining_are_found_as_drawn():
    """Joins drawn year by year from the law; all three within 4 standard errors: a false alarm in 5,000."""
    world = tied.cities(1500, seed=4, states=60)
    course = tied.course(world, of=tied.networks(["A"]))
    true = np.array([0.5, 1.5, 1.0])
    chance, size = np.random.default_rng(6), np.log(world.population)
    year = np.full(1500, np.iinfo(np.int64).max)
    others = np.bincount(world.state)[world.state] - 1
    for now in range(1990, 2010):
        member = year < now
        own = np.bincount(world.state[member], minlength=world.n_states)[world.state] / others
        near = member[world.neighbours].mean(axis=1)
        hazard = 0.01 * np.exp(np.column_stack((size - size.mean(), own, near)) @ true)
        year[~member & (chance.random(1500) < 1 - np.exp(-hazard))] = now
    one = Joins("A", 0, Dated(1990, 2009, True), year, np.zeros(1500, dtype=bool))
    found = event_history(course, [one])
    error = np.array([0.043, 0.65, 0.32])  # spread over 60 seeds
    assert np.abs((np.array(list(found.values())) - true) / error).max() < 4


def test_proportional_hazards_with_one_binary_term_is_the_ratio_of_rates():
    """3 of 10 in a group and 1 of 10 outside it, in one stratum: 3 times the hazard."""
    terms = np.concatenate((np.ones(3), [0.0], np.ones(7), np.zeros(9)))[:, None]
    slope, _ = proportional_hazards(terms, np.array([0]), np.array([4]))
    assert np.exp(slope[0]) == pytest.approx(3)


def test_joins_that_do_not_vary_have_no_coefficient():
    assert proportional_hazards(np.ones((5, 1)), np.array([0]), np.array([2])) is None
    assert loglinear(np.ones((5, 2)), np.ones(5), np.array([3.0, 3.0])) is None
    assert loglinear(np.column_stack((np.ones(5), np.arange(5.0))), np.ones(5), np.zeros(2)) is None


def test_proportional_hazards_are_found_where_whole_steps_lead_to_and_fro():
    """Joins to 2010: whole Newton steps from 0 fall into a cycle of two; the score at what is found is 0."""
    course = record_course(World.real(2000, start=1985))
    each = [one for one in joins_of(course) if one.list.whole]
    past = [replace(one, year=np.where(one.year > 2010, NEVER, one.year)) for one in each]
    found = event_history(course, past)
    strata = [stratum for one in past for stratum in _strata(course, one, since=0)]
    slope = np.array([found[name] for name in TERMS])
    score = np.zeros(len(TERMS))
    for events, terms in strata:
        share = np.exp(terms @ slope)
        score += terms[:events].sum(axis=0) - events * (share @ terms) / share.sum()
    assert np.abs(score).max() < 1e-6
