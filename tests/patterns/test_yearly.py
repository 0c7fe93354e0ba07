"""Joins by the end of every year agree with those that ``joins`` tells of every fifth."""

import pytest

from citysim.patterns.joins import joins
from citysim.patterns.record import record_course
from citysim.patterns.yearly import yearly
from citysim.world.world import World


@pytest.fixture(scope="module")
def course():
    return record_course(World.real(500, start=1985))


def test_every_fifth_year_is_what_joins_tells(course):
    by_year, told = yearly(course), joins(course)
    fifth = {name.replace("_by_", "_"): value for name, value in told.items() if "_by_" in name}
    assert len(fifth) > 20
    assert {name: by_year[name] for name in fifth} == fifth


def test_numbers_only_rise_and_reach_who_joined_by_the_last_year(course):
    by_year = yearly(course)
    networks = {name[:-5] for name in by_year}
    for network in networks:
        values = [value for name, value in by_year.items() if name[:-5] == network]
        assert values == sorted(values)
    covenant = {name: value for name, value in by_year.items() if name.startswith("covenant")}
    assert next(iter(covenant)) == "covenant_of_mayors_eu_2008"
