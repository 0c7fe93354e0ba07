"""Members of dated networks by the end of every year agree with the joins of each year."""

import pytest

from citysim.patterns.joins import joins
from citysim.patterns.record import record_course
from citysim.patterns.yearly import yearly
from citysim.world.world import World


@pytest.fixture(scope="module")
def course():
    return record_course(World.real(500, start=1985))


def test_what_is_added_in_a_year_are_the_joins_of_that_year(course):
    by_year, told = yearly(course), joins(course)
    networks = {name[:-5] for name in by_year}
    checked = 0
    for year in range(1986, 2023):
        begins = any(f"{n}_{year}" in by_year and f"{n}_{year - 1}" not in by_year for n in networks)
        if begins or f"in_{year}" not in told:
            continue
        added = sum(
            by_year[f"{n}_{year}"] - by_year[f"{n}_{year - 1}"] for n in networks if f"{n}_{year}" in by_year
        )
        assert added == told[f"in_{year}"], year
        checked += 1
    assert checked > 15


def test_numbers_only_rise_and_reach_who_joined_by_the_last_year(course):
    by_year = yearly(course)
    networks = {name[:-5] for name in by_year}
    for network in networks:
        values = [value for name, value in by_year.items() if name[:-5] == network]
        assert values == sorted(values)
    covenant = {name: value for name, value in by_year.items() if name.startswith("covenant")}
    assert next(iter(covenant)) == "covenant_of_mayors_eu_2008"
