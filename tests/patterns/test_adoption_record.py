"""What is recorded of adoption is read, checked, placed and counted."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from citysim.errors import DataError
from citysim.patterns.adoption_record import (
    PRACTICES,
    adoption,
    place_cities,
    recorded_backing,
    recorded_counts,
    recorded_drops,
    with_adoption,
)
from citysim.patterns.adoption_targets import USES, adoption_targets
from citysim.patterns.course import OPEN, Course, CourseNetworks, Spells
from citysim.world.adoption import ADOPTION_SCHEMA, load_adoption
from citysim.world.pack import SHIPPED
from citysim.world.world import World


@pytest.fixture(scope="module")
def world():
    return World.real()


@pytest.fixture(scope="module")
def course(world):
    def standing(first, second):
        return Spells(first, second, np.full(len(first), np.nan), np.full(len(first), OPEN), 2023.0)

    k = world.n_networks
    return Course(
        world=world,
        first=1985.0,
        last=2023.0,
        twins=standing(world.twin_a, world.twin_b),
        memberships=standing(world.membership_city, world.membership_network),
        networks=CourseNetworks(
            world.network_name,
            np.full(k, np.nan),
            np.full(k, OPEN),
            world.network_region,
            world.network_by_invitation,
            world.network_reported_size,
        ),
    )


@pytest.fixture
def folder(tmp_path):
    for name in ADOPTION_SCHEMA:
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def test_dates_are_decimal_years_and_of_a_year_alone_its_middle():
    parking = load_adoption()["parking_reform"].set_index("name")
    assert parking.loc["29 Palms", "adopted"] == pytest.approx(2018 + 85 / 365)  # 27 March
    assert ((parking["adopted"] % 1).between(0.5, 0.502)).sum() >= 10


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "parking_reform.csv",
            "2018-03-27",
            "27.3.2018",
            "row 2: adopted: found '27.3.2018', must be a date",
        ),
        ("parking_reform.csv", "34.1356915", "134", "row 2: lat: found '134', must be between -90 and 90"),
        (
            "participatory_budgeting_brazil.csv",
            "1992,1996,576,11,4",
            "1992,1996,576,11,14",
            "row 2: dropped: found '14', must be at most had",
        ),
        (
            "plastic_bags_us_by_year.csv",
            "1998,",
            "1990,",
            "row 3: year: found '1990', must be once only",
        ),
    ],
)
def test_a_broken_cell_is_named(folder, name, old, new, said):
    path = folder / name
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DataError) as caught:
        load_adoption(folder)
    assert any(f"{name}: {said}" in line for line in caught.value.messages)


def test_a_file_that_is_cut_off_or_gone_is_named(folder):
    path = folder / "covenant_signatories.csv.gz"
    path.write_bytes(path.read_bytes()[:2000])
    (folder / "parking_reform.csv").unlink()
    with pytest.raises(DataError) as caught:
        load_adoption(folder)
    assert len(caught.value.messages) == 2


def test_an_unknown_country_of_a_signatory_is_named(folder):
    path = folder / "covenant_signatories.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode().replace(",GB,", ",QQ,", 1)
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(DataError, match="iso2: found 'QQ'"):
        load_adoption(folder)


def test_places_are_found_by_name_country_and_position(world):
    asked = pd.DataFrame(
        [
            ("San Francisco", "United States", 37.77, -122.42, "San Francisco"),
            ("St. Paul", "United States", 44.95, -93.09, "Saint Paul"),
            ("Lexington", "United States", 38.04, -84.46, "Lexington-Fayette"),
            ("Toronto", "Canada", 43.70, -79.42, "Toronto"),
            ("Toronto", "United States", 43.70, -79.42, None),  # not of that country
            ("Portland", "United States", 43.66, -70.26, None),  # of Maine, which is too small
            ("Washington", "United States", 47.4, -120.6, None),  # the state
            ("Adams County", "United States", 39.87, -104.34, None),
        ],
        columns=["name", "country", "lat", "lon", "city"],
    )
    found = [world.city_name[city] if city >= 0 else None for city in place_cities(world, asked)]
    assert found == [city if isinstance(city, str) else None for city in asked["city"]]


def test_large_places_of_the_list_are_found(world):
    parking = load_adoption()["parking_reform"]
    towns = parking[(parking["population"] >= 3e5) & ~parking["name"].str.contains("County")]
    towns = towns[towns["country"].isin(("United States", "Canada")) & ~towns["state"].isin(("", "Illinois"))]
    lost = towns["name"][place_cities(world, towns) < 0]
    assert list(lost) == ["St. Louis"]  # has fewer people in the pack than the world's least
    assert len(towns) >= 30


def test_each_city_adopts_once_within_the_years_asked_for(world):
    found = adoption(world, 1985.0, 2023.0)
    assert found.names == PRACTICES
    pairs = found.pledged.first * 2 + found.pledged.second
    assert len(np.unique(pairs)) == len(pairs)
    assert (found.pledged.begin < 2023.0).all()


def test_backing_is_that_of_the_list():
    people, backed = recorded_backing(2023.0)
    table = load_adoption()["covenant_signatories"]
    table = table[table["joined"] < 2023.0].sort_values("joined", kind="stable")
    own = table[~table["geonameid"].duplicated() | table["geonameid"].isna()]
    assert len(people) == len(own)
    large = people >= 1e6
    assert backed[large].mean() == own["coordinated"][own["population"] >= 1e6].mean()
    assert set(backed) == {0.0, 1.0}


def test_the_page_says_how_many_cities_are_found(world):
    found = adoption(world, 1985.0, 2023.0)
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    for place in range(len(PRACTICES)):
        own = found.pledged.first[found.pledged.second == place]
        suited = found.suited[:, place]
        said = f"| {len(own)}, of them {suited[own].sum()} in covered countries | {suited.sum()} |"
        assert said in page


def test_a_city_that_the_record_does_not_cover_is_not_at_risk(world):
    suited = adoption(world, 1985.0, 2023.0).suited
    state = np.array(world.state_iso3)[world.state]
    assert set(state[suited[:, 0]]) == {"USA", "CAN"}
    assert {"ITA", "ESP", "TUR"} <= set(state[suited[:, 1]])
    assert "CHN" not in set(state[suited[:, 1]])


def test_counts_are_those_of_the_tables():
    found = recorded_counts(1985.0, 2023.0)
    bags = pd.read_csv(SHIPPED / "plastic_bags_us_by_year.csv")
    assert found["plastic bags"].new.sum() == bags.loc[bags["year"] < 2023, "adopted"].sum()
    assert found["participatory budgeting"].before == 11
    assert all(counts.took_off for counts in found.values())


def test_hazards_of_dropping_are_those_of_the_tables():
    rate = {name: dropped / years for name, (dropped, years) in recorded_drops().items()}
    terms = pd.read_csv(SHIPPED / "participatory_budgeting_brazil.csv")
    assert recorded_drops()["participatory budgeting"][0] == terms["dropped"].sum()
    assert 0.15 < rate["participatory budgeting"] < 0.25  # .19 a year (evidence on dropping, docs/priors.md)
    assert rate["parking reform"] < rate["plastic bags"] < rate["participatory budgeting"]


def test_a_synthetic_world_has_no_record(course):
    made = World.synthetic(60, 5, 1)
    other = Course(made, 1985.0, 2023.0, Spells.none(), Spells.none(), course.networks)
    assert with_adoption(other).pledged is None


def test_targets_are_the_same_each_time_and_half_of_the_series_are_kept_for_validation(course):
    one, two = (adoption_targets(course, resamples=8) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    assert not set(USES["C"]) & set(USES["V"])
    assert len(USES["C"]) <= len(USES["V"])
    assert not one.duplicated(["statistic", "source"]).any()
    assert (one["sd"] > 0).all()
    assert set(one.loc[one["statistic"].str.startswith("pledging"), "use"]) == {"V"}  # N5
