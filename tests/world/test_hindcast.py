"""The world of an earlier year: people and networks as they were, and nothing of what came later."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from citysim.errors import ConfigError
from citysim.world.hindcast import founding_years, join_years
from citysim.world.own.laid import Overlay
from citysim.world.pack import DataPack, load_pack
from citysim.world.real import real_fields
from citysim.world.world import World

START = 1985


@pytest.fixture(scope="module")
def then() -> World:
    return World.real(300, start=START)


@pytest.fixture(scope="module")
def now() -> World:
    return World.real(300)


def urban(iso3: str, year: int) -> float:
    table = load_pack()["urban_share"].set_index(["iso3", "year"])["urban_population"]
    return float(table[iso3, year])


def test_a_world_of_2023_is_what_it_was(now):
    assert World.real(300, start=2023).digest == now.digest
    assert now.network_founded is now.joined_city is now.joined_network is now.joined_year is None


def test_it_has_the_same_cities_and_networks(then, now):
    assert np.array_equal(then.city_id, now.city_id)
    assert then.network_name == now.network_name
    assert then.start_year == START


@pytest.mark.parametrize("country", ["IND", "DEU", "NGA", "USA"])
def test_cities_have_grown_with_the_towns_of_their_country(then, now, country):
    """1985 is a point of the UN's path, and 2023 lies three fifths between two, in logarithms."""
    between = urban(country, 2020) ** 0.4 * urban(country, 2025) ** 0.6
    cities = now.state == now.state_iso3.index(country)
    assert cities.any()
    expected = now.population[cities] * urban(country, START) / between
    np.testing.assert_allclose(then.population[cities], expected, rtol=1e-12)


def test_cities_of_a_territory_grow_with_it_and_not_with_its_sovereign():
    then, now = World.real(start=START), World.real()
    name = now.city_name.index("San Juan")
    between = urban("PRI", 2020) ** 0.4 * urban("PRI", 2025) ** 0.6
    assert then.population[name] == pytest.approx(now.population[name] * urban("PRI", START) / between)


def test_paths_of_people_begin_with_the_start(then, now):
    years = 2051 - START
    assert then.urban_growth.shape == (then.n_states, years)
    late = slice(2023 - START, None)
    np.testing.assert_allclose(then.urban_population[:, late], now.urban_population, rtol=1e-12)
    germany = then.state_iso3.index("DEU")
    assert then.urban_population[germany, 0] == pytest.approx(urban("DEU", START))


def test_states_know_of_no_dispute_that_came_later(then, now):
    """The Falklands came before 1985, Iraq's invasion of Kuwait after; nobody is in conflict yet."""

    def past(world, *states):
        a, b = (world.state_iso3.index(state) for state in states)
        return bool(world.past_conflict[a, b])

    assert past(now, "ARG", "GBR")
    assert past(then, "ARG", "GBR")
    table = load_pack()["dyads"]
    early = table["mid_onsets_1946_2014"].fillna(0) > table["mid_onsets_1990_2014"].fillna(0)
    pairs = {frozenset(pair) for pair in zip(table["iso3_a"][early], table["iso3_b"][early], strict=True)}
    a, b = np.nonzero(np.triu(then.past_conflict))
    codes = np.array(then.state_iso3)
    assert {frozenset(pair) for pair in zip(codes[a], codes[b], strict=True)} <= pairs
    assert (then.past_conflict <= now.past_conflict).all()
    assert not then.conflict.any()
    assert now.conflict.any()


def test_networks_have_the_founding_years_of_the_data(then):
    founded = dict(zip(then.network_name, then.network_founded.tolist(), strict=True))
    assert founded["C40"] == 2005
    assert founded["Mayors for Peace"] == 1982
    assert founded["Peace Messenger Cities"] == 1987  # merged with one of 1990


def test_a_network_without_a_year_is_dated_by_its_first_member_or_by_the_median():
    pack = load_pack()
    names = ("Amphictyony", "Energy Cities", "C40", "Metropolis", "UCUE")
    years, imputations = founding_years(pack, names)
    first = pack["memberships"].query("network == 'AMPHICTYONY'")["join_year"].min()
    assert years.tolist() == [first, 1985, 2005, 1985, 1961]
    assert [item.filled for item in imputations] == [1, 1]


def test_of_several_years_of_joining_the_first_counts():
    joined = join_years(load_pack())
    assert not joined.duplicated(["network", "geonameid"]).any()
    table = load_pack()["memberships"]
    covenant = table[(table["network"] == "Covenant of Mayors (EU)") & (table["confidence"] != "former")]
    expected = covenant.dropna(subset=["geonameid"]).groupby("geonameid")["join_year"].min()
    found = joined[joined["network"] == "Covenant of Mayors (EU)"].set_index("geonameid")["year"]
    assert found.to_dict() == expected.to_dict()


def test_members_at_the_start_are_those_dated_by_then():
    world = World.real(300, start=2010)
    at = pd.DataFrame({"city": world.joined_city, "network": world.joined_network, "year": world.joined_year})
    by_then = at[(at["year"] <= 2010) & (world.network_founded[at["network"]] <= 2010)]
    found = set(zip(world.membership_city.tolist(), world.membership_network.tolist(), strict=True))
    assert found == set(zip(by_then["city"], by_then["network"], strict=True))
    assert len(found) > 50
    size = np.bincount(world.membership_network, minlength=world.n_networks)
    assert np.array_equal(world.network_known_members, size)


def test_nobody_has_a_twin_and_without_ties_no_old_network_exists(then):
    assert not len(then.twin_a)
    bare = World.real(300, start=2010, ties=False)
    assert not len(bare.membership_city)
    assert not (bare.network_founded <= 2010).any()
    assert (bare.network_founded > 2010).any()


def shuffled(pack: DataPack) -> DataPack:
    """Undated memberships among the same cities, each network with other ones, and other twinnings."""
    g = np.random.default_rng(3)
    table = pack["memberships"].copy()
    named = table["network"].map(pack["network_traits"].set_index("network")["shown_as"])
    undated = (table["join_year"].isna() & table["geonameid"].notna()).to_numpy()
    ids = table["geonameid"].to_numpy(copy=True)
    for network in named[undated].unique():
        rows = np.flatnonzero(undated & (named == network).to_numpy())
        ids[rows] = g.permutation(np.unique(ids[undated]))[: len(rows)] if network not in KEPT else ids[rows]
    table["geonameid"] = ids
    twins = pack["twinning"].copy()
    twins["geonameid_b"] = g.permutation(twins["geonameid_b"].to_numpy())
    return DataPack(pack.path, {**pack.tables, "memberships.csv": table, "twinning.csv": twins})


#: Choose which cities are in the world.
KEPT = ("C40", "ICLEI", "Metropolis", "Pact of Free Cities", "Peace in Our Cities", "U20", "UCLG")


def test_who_is_a_member_and_a_twin_today_does_not_leak_into_the_start():
    """Other undated members and twins give the same world, if the networks are the same."""
    pack = load_pack()
    one, other = (
        real_fields(3000, start=START, propensity_from="chance", own=Overlay(some))
        for some in (pack, shuffled(pack))
    )
    same = [name for name in one.network_name if name in other.network_name]
    assert len(same) > 40
    for item in fields(one):
        if not item.name.startswith(("network_", "joined_", "membership_", "imputations", "title")):
            first, second = getattr(one, item.name), getattr(other, item.name)
            assert type(first) is type(second)
            assert np.array_equal(np.asarray(first), np.asarray(second)), item.name
    assert not len(one.membership_city)
    assert not len(other.membership_city)
    assert not one.network_known_members.any()
    assert not other.network_known_members.any()


@pytest.mark.parametrize("start", [1949, 2024, 1985.5, "1985", True])
def test_a_year_without_data_is_refused_in_a_line(start):
    with pytest.raises(ConfigError, match="must be a year from 1950 to 2023"):
        World.real(300, start=start)


def test_a_hindcast_may_not_know_the_ties_of_2023():
    with pytest.raises(ConfigError, match="found 'record', the ties of 2023, which a world of 1985"):
        World.real(300, "record", start=START)
    assert np.array_equal(
        World.real(300, start=START).propensity, World.real(300, "covariates", start=START).propensity
    )


def test_the_world_of_an_earlier_year_is_sound(then):
    for name in ("population", "urban_population", "total_population", "state_grants", "tension"):
        assert np.isfinite(getattr(then, name)).all(), name
    assert (then.population > 0).all()
    people = then.population
    assert (people * then.state_grants[then.state]).sum() == pytest.approx(people.sum())
    for value in (then.network_founded, then.joined_city, then.joined_network, then.joined_year):
        assert not value.flags.writeable
