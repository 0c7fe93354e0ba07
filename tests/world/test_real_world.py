"""The real world holds what the data pack says, for any number of cities, and tells what it filled in."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from citysim.errors import ConfigError
from citysim.model.kernels.dyads import TAKES_SIDES
from citysim.world.networks import NAMED
from citysim.world.pack import load_pack
from citysim.world.regions import REGIONS
from citysim.world.states import POLLUTERS, POWERS
from citysim.world.world import World


def city(world: World, name: str) -> int:
    return world.city_name.index(name)


def state(world: World, code: str) -> int:
    return world.state_iso3.index(code)


def test_the_real_world_is_sound(real: World, assert_sound: Callable[[World], None]) -> None:
    assert_sound(real)


@pytest.mark.parametrize("cities", [1, 300, 6000])
def test_real_worlds_of_other_sizes_are_sound(cities: int, assert_sound: Callable[[World], None]) -> None:
    world = World.real(cities)
    assert_sound(world)
    assert cities <= world.n_cities <= cities + 334


def test_two_real_worlds_are_equal_and_other_sizes_are_not(real: World) -> None:
    assert World.real().digest == real.digest
    assert World.real(1999).digest != real.digest


def test_every_larger_city_is_in_before_a_smaller_one(real: World) -> None:
    table = load_pack()["cities_all"]
    largest = table.nlargest(2000, "population", keep="all")["geonameid"]
    assert set(largest[:2000]) <= set(real.city_id)


def test_every_member_of_the_named_networks_is_in() -> None:
    world = World.real(1)
    members = np.bincount(world.membership_network, minlength=world.n_networks)
    assert world.network_name[: len(NAMED)] == NAMED
    assert (members[: len(NAMED)] == world.network_known_members[: len(NAMED)]).all()


def test_reporting_programmes_are_no_networks_and_merged_ones_are_one(real: World) -> None:
    names = set(real.network_name)
    assert not {name for name in names if "CDP" in name}
    assert "IAMPC" not in names
    assert "Peace Messenger Cities" in names
    assert "100 Resilient Cities" not in names


def test_networks_other_than_the_named_have_five_members(real: World) -> None:
    members = np.bincount(real.membership_network, minlength=real.n_networks)
    assert members[len(NAMED) :].min() >= 5


def test_former_members_are_not_members(real: World) -> None:
    table = load_pack()["memberships"]
    former = set(table.loc[table["confidence"] == "former", "geonameid"])
    recevin = World.real(15_000)
    network = recevin.network_name.index("RECEVIN")
    members = recevin.city_id[recevin.membership_city[recevin.membership_network == network]]
    assert former
    assert not former & set(members)


@pytest.mark.parametrize(
    ("name", "sovereign"),
    [("Hong Kong", "CHN"), ("San Juan", "USA"), ("Gaza", "PSE"), ("Pristina", "XKX"), ("Taipei", "TWN")],
)
def test_territories_act_through_their_sovereign_state(real: World, name: str, sovereign: str) -> None:
    assert real.state_iso3[real.state[city(real, name)]] == sovereign


def test_hong_kong_keeps_its_own_income(real: World) -> None:
    assert real.income[city(real, "Hong Kong")] > real.income[city(real, "Shanghai")] + 1


def test_the_powers_are_the_permanent_members(real: World) -> None:
    assert {code for code, power in zip(real.state_iso3, real.state_is_power, strict=True) if power} == set(
        POWERS
    )
    assert real.state_iso3[int(real.state_power.argmax())] == "USA"


def test_the_largest_polluters_are_the_five_of_the_source(real: World) -> None:
    found = {code for code, is_one in zip(real.state_iso3, real.state_is_polluter, strict=True) if is_one}
    assert found == set(POLLUTERS)


def test_the_states_whose_cities_broke_with_russia_stand_with_ukraine(real: World) -> None:
    """Ukrainian foreign ministry, 28 May 2022: 23 states, of which the rule misses Peru."""
    broke = {"AUS", "AUT", "CAN", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "GBR", "GRC", "ITA", "LTU", "LVA"}
    broke |= {"NLD", "NOR", "POL", "PRT", "SVK", "SVN", "SWE", "USA"}
    lean = real.aligned[:, state(real, "UKR")] - real.aligned[:, state(real, "RUS")]
    assert all(lean[state(real, code)] > TAKES_SIDES for code in broke)
    assert lean[state(real, "PER")] < 0
    assert real.aligned[state(real, "BLR"), state(real, "RUS")] == 1.0  # a defence pact
    assert abs(lean[state(real, "TUR")]) < TAKES_SIDES


def test_a_state_is_in_the_region_of_most_of_its_cities(real: World) -> None:
    for code, region in (("FRA", "Europe"), ("RUS", "Europe"), ("USA", "Northern America"), ("CHN", "Asia")):
        assert REGIONS[real.state_region[state(real, code)]] == region


def test_russia_and_ukraine_are_the_one_conflict_at_the_start(real: World) -> None:
    a, b = np.nonzero(np.triu(real.conflict))
    assert {(real.state_iso3[i], real.state_iso3[j]) for i, j in zip(a, b, strict=True)} == {("RUS", "UKR")}


def test_tension_orders_pairs_as_history_does(real: World) -> None:
    def tension(a: str, b: str) -> float:
        return float(real.tension[state(real, a), state(real, b)])

    assert tension("IND", "PAK") > tension("IND", "BRA")
    assert tension("USA", "RUS") > tension("USA", "GBR")
    assert tension("FRA", "DEU") < 0.1
    assert real.contiguous[state(real, "FRA"), state(real, "DEU")]
    assert not real.contiguous[state(real, "FRA"), state(real, "POL")]


def test_the_urban_share_reaches_the_un_figure(real: World) -> None:
    share = real.urban_population.sum(axis=0) / real.total_population.sum(axis=0)
    assert real.start_year == 2023
    assert share[2050 - 2023] == pytest.approx(0.684, abs=0.01)


def test_the_un_path_is_met_at_its_own_years(real: World) -> None:
    table = load_pack()["urban_share"]
    for year in (2025, 2050):
        row = table[(table["iso3"] == "NGA") & (table["year"] == year)].iloc[0]
        assert real.urban_population[state(real, "NGA"), year - 2023] == pytest.approx(
            row["urban_population"]
        )


def test_growth_is_held_after_the_last_year_of_the_un(real: World) -> None:
    np.testing.assert_allclose(
        real.urban_growth[state(real, "NGA"), -1], real.urban_growth[state(real, "NGA"), -2], rtol=1e-9
    )


def test_congo_has_a_path_although_the_un_file_lacks_it(real: World) -> None:
    assert real.total_population[state(real, "COD"), 0] == pytest.approx(109e6, rel=0.1)


def test_north_and_rich_are_those_of_the_un_and_the_world_bank(real: World) -> None:
    for name in ("Tokyo", "Berlin", "Moscow", "New York City", "Sydney"):
        assert real.north[city(real, name)], name
    for name in ("Shanghai", "Lagos", "São Paulo", "Singapore"):
        assert not real.north[city(real, name)], name
    assert real.rich[city(real, "Singapore")]
    assert not real.rich[city(real, "Lagos")]
    assert REGIONS[real.region[city(real, "Mexico City")]] == "Latin America"


def test_twinnings_are_those_of_the_pack(real: World) -> None:
    table = load_pack()["twinning"]
    inside = table["geonameid_a"].isin(real.city_id) & table["geonameid_b"].isin(real.city_id)
    assert len(real.twin_a) == inside.sum()
    ends = {
        (int(real.city_id[a]), int(real.city_id[b])) for a, b in zip(real.twin_a, real.twin_b, strict=True)
    }
    first = table[inside].iloc[0]
    assert {(first["geonameid_a"], first["geonameid_b"]), (first["geonameid_b"], first["geonameid_a"])} & ends


@pytest.mark.parametrize(("kind", "least", "most"), [("covariates", 0.02, 0.5), ("chance", -0.06, 0.06)])
def test_propensity_without_a_citys_own_ties(real: World, kind: str, least: float, most: float) -> None:
    world = World.real(propensity=kind)
    degree = np.bincount(np.concatenate((real.twin_a, real.twin_b)), minlength=real.n_cities)
    assert least < spearmanr(world.propensity, degree).statistic < most
    np.testing.assert_allclose([world.propensity.mean(), world.propensity.std()], [0, 1], atol=0.01)
    assert world.digest != real.digest
    assert replace(world, propensity=real.propensity).digest == real.digest


def test_a_propensity_that_there_is_not() -> None:
    with pytest.raises(ConfigError, match="propensity: found 'luck', must be one of record"):
        World.real(propensity="luck")


def test_more_ties_than_gravity_expects_is_a_higher_propensity(real: World) -> None:
    degree = np.bincount(np.r_[real.twin_a, real.twin_b, real.membership_city], minlength=real.n_cities)
    assert np.corrcoef(real.propensity, np.log1p(degree))[0, 1] > 0.5
    assert abs(np.corrcoef(real.propensity, np.log(real.population))[0, 1]) < 0.1
    np.testing.assert_allclose([real.propensity.mean(), real.propensity.std()], [0, 1], atol=0.01)


def test_neighbours_are_the_nearest_cities(real: World) -> None:
    here = city(real, "Berlin")
    distance = ((real.xyz - real.xyz[here]) ** 2).sum(axis=1)
    distance[here] = np.inf
    assert list(real.neighbours[here]) == list(np.argsort(distance)[:5])


def test_every_filled_value_is_counted(real: World) -> None:
    countries = load_pack()["countries"].set_index("iso3")
    filled = {(i.field, i.rule): i.filled for i in real.imputations}
    gini = sum(count for (field, _), count in filled.items() if field == "marginalised")
    cities = load_pack()["cities_all"].set_index("geonameid").loc[real.city_id, "iso3"]
    assert gini == countries.loc[cities, "gini"].isna().sum()
    assert all(0 <= i.filled <= i.total for i in real.imputations)
    assert {"population", "autonomy", "tension", "urban_population"} <= {field for field, _ in filled}


@pytest.mark.parametrize("cities", [np.int16(40), np.float64(40), 40.0])
def test_an_equal_number_of_cities_is_the_same_world(cities: float) -> None:
    assert World.real(cities).digest == World.real(40).digest  # type: ignore[arg-type]


@pytest.mark.parametrize("cities", [0, -1, 10**6, 2.5, True, "many"])
def test_a_number_of_cities_that_the_pack_does_not_have_is_one_clear_line(cities: int) -> None:
    with pytest.raises(
        ConfigError, match=r"^world\.cities: found .*, must be a whole number between 1 and 21067"
    ):
        World.real(cities)
