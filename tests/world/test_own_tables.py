"""Tables of one's own: read as spreadsheets write them, every fault told, laid over the data pack."""

import codecs
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim import CityModel
from citysim.errors import ConfigError, DataError
from citysim.plan.kinds import ReplaceKind
from citysim.world.folded import folded
from citysim.world.names import Places, Unfound
from citysim.world.own.files import NAMES
from citysim.world.own.overlay import checked
from citysim.world.own.read import Report, read_tables
from citysim.world.own.tables import TABLES
from citysim.world.own.template import template, write_templates
from citysim.world.pack import load_pack
from citysim.world.world import World

RIVERS = "network;climate;scope;region\nRiver Cities;1;regional;Europe\n"
MEMBERS = "network;city;country\nRiver Cities;Köln;Germany\nRiver Cities;Mailand;ITA\nRiver Cities;Wien;AT\n"


def tables(folder: Path, **text: str) -> Path:
    """A folder of tables."""
    folder.mkdir(exist_ok=True)
    for name, content in text.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


def faults_of(folder: Path, **text: str) -> list[str]:
    """What is wrong with some tables, without the path of the folder."""
    _, report = checked(tables(folder, **text))
    return [fault.removeprefix(f"{folder}/") for fault in report.faults]


def members(world: World, network: str) -> set[str]:
    """Names of a network's members."""
    at = world.membership_network == world.network_name.index(network)
    return {world.city_name[city] for city in world.membership_city[at]}


@pytest.fixture(scope="module")
def pack_places() -> Places:
    table = load_pack()["cities_all"]
    return Places(
        table["geonameid"].to_numpy(np.int64),
        table["name"].tolist(),
        table["iso3"].tolist(),
        table["population"].to_numpy(np.float64),
    )


# --- names


@pytest.mark.parametrize(
    ("name", "country", "found"),
    [
        ("Munich", "DEU", "Munich"),
        ("münchen", None, "Munich"),
        ("Muenchen", "DEU", "Munich"),
        ("Mailand", "ITA", "Milan"),
        ("SAO PAULO", "BRA", "São Paulo"),
        ("Kiew", "UKR", "Kyiv"),
        ("北京", None, "Beijing"),
        ("Łódź", "POL", "Łódź"),
        ("Lodz", "POL", "Łódź"),
    ],
)
def test_cities_are_found_by_any_of_their_names(
    pack_places: Places, name: str, country: str | None, found: str
) -> None:
    answer = pack_places.find([(name, country)])[0]
    assert isinstance(answer, int)
    assert pack_places.names[answer] == found


def test_a_name_of_several_cities_lists_them(pack_places: Places) -> None:
    answer = pack_places.find([("Springfield", "USA")])[0]
    assert isinstance(answer, Unfound)
    assert answer.several
    assert answer.why.count("geonameid") > 2


def test_a_misspelled_name_proposes_the_right_one(pack_places: Places) -> None:
    answer = pack_places.find([("Munchn", "DEU")])[0]
    assert isinstance(answer, Unfound)
    assert "did you mean Munich (DEU" in answer.why


def test_a_city_of_another_country_is_named(pack_places: Places) -> None:
    answer = pack_places.find([("Warschau", "DEU")])[0]
    assert isinstance(answer, Unfound)
    assert "in another country there is Warsaw (POL" in answer.why


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(name: str) -> None:
    assert folded(folded(name)) == folded(name)


# --- reading


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16", b""), ("cp1252", b"")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_spreadsheets_of_any_kind_are_read(tmp_path: Path, encoding: str, mark: bytes, end: str) -> None:
    text = "Name;Country;Lat;Lon;Population\nNeustadt am Flüsschen;Deutsch;52,4;13,1;1.185.000\n;;;;\n"
    text = text.replace("Deutsch", "DE").replace("\n", end)
    (tmp_path / "cities.csv").write_bytes(mark + text.encode(encoding))
    report = Report()
    row = read_tables(tmp_path, report)["cities"][0]
    assert not report.faults
    assert (row["name"], row["lat"], row["population"]) == ("Neustadt am Flüsschen", 52.4, 1_185_000)


@given(number=st.floats(-90, 90), delimiter=st.sampled_from(";\t"))
def test_a_decimal_comma_is_read_as_the_number(
    tmp_path_factory: pytest.TempPathFactory, number: float, delimiter: str
) -> None:
    folder = tmp_path_factory.mktemp("comma")
    written = f"{number:.6f}".replace(".", ",")
    rows = [["name", "iso3", "lat", "lon", "population"], ["X", "DEU", written, "0", "5"]]
    tables(folder, cities="".join(delimiter.join(row) + "\n" for row in rows))
    assert read_tables(folder, Report())["cities"][0]["lat"] == pytest.approx(number, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("cities", "name,iso3,lat,lon,population\nX,DEU,95,0,5\n", "cities.csv: row 2: lat: found '95', must be a number between -90 and 90"),
        ("cities", "name,iso3,lat,lon,population\nX,DEU,1.2.3,0,5\n", "cities.csv: row 2: lat: found '1.2.3'"),
        ("cities", "name,iso3\nAtlantis,DEU\n", "cities.csv: row 2: lat, lon, population: found nothing"),
        ("cities", "name,iso3\nBerlin,DEU\nberlin,DEU\n", "cities.csv: row 3: name: found 'berlin', is in row 2 already"),
        ("cities", "name,iso3\nBerlin,Utopia\n", "cities.csv: row 2: iso3: found 'Utopia', must be a country"),
        ("cities", "name,isso3\nBerlin,DEU\n", "cities.csv: header: isso3: unknown column, did you mean 'iso3'?"),
        ("cities", "name,Name,iso3\nBerlin,Berlin,DEU\n", "names the column name a second time"),
        ("cities", "name,iso3\nBerlin,DEU,7\n", "cities.csv: row 2: found 3 cells, the header has 2"),
        ("cities", "name,iso3\nSpringfield,USA\n", "row 2: name: found 'Springfield' (USA), which may be Springfield"),
        ("memberships", "network,city\nC40,Berlin\n", "memberships.csv: row 2: iso3: found nothing, must be filled in"),
        ("memberships", "city,iso3\nBerlin,DEU\n", "memberships.csv: header: network: column not found"),
        ("memberships", "network,city,iso3\nC4O,Berlin,DEU\n", "row 2: network: found 'C4O', which is no network"),
        ("memberships", "network,city,iso3\nC40,Berln,DEU\n", "did you mean Berlin (DEU"),
        ("memberships", "network,city,iso3,status\nC40,Leipzig,DEU,former\n", "found 'former', but the pack has none"),
        ("memberships", "network,geonameid\nC40,7\n", "row 2: geonameid: found 7, must be a geonameid of the pack"),
        ("networks", "network,scope\nX,regional\n", "networks.csv: row 2: region: found nothing, must be filled in"),
        ("networks", "network,climate\nX,0\n", "found no weight above 0"),
        ("networks", "network,scope\nX,galactic\n", "scope: found 'galactic', must be one of global, regional"),
        ("twinning", "name_a,iso3_a,name_b,iso3_b\nBerlin,DEU,Berlin,DEU\n", "found the same city twice"),
        ("conflicts", "iso3_a,iso3_b\nDEU,DEU\n", "conflicts.csv: row 2: iso3_b: found the same state twice"),
        ("countries", "iso3,gini\nDEU,400\n", "countries.csv: row 2: gini: found '400', must be a number between 0 and 100"),
        ("cites", "name\nBerlin\n", "cites.csv: unknown table, did you mean cities.csv?"),
        ("cities", "", "cities.csv: holds no header"),
    ],
)  # fmt: skip
def test_a_fault_names_file_row_field_and_what_is_allowed(
    tmp_path: Path, name: str, text: str, fault: str
) -> None:
    found = faults_of(tmp_path, **{name: text})
    assert len(found) == 1
    assert fault in found[0]


def test_all_faults_are_told_at_once_and_the_error_counts_what_it_leaves_out(tmp_path: Path) -> None:
    rows = "".join(f"C40,Nowhere {number},DEU\n" for number in range(30))
    folder = tables(tmp_path, memberships="network,city,iso3\n" + rows)
    assert len(faults_of(tmp_path)) == 30
    with pytest.raises(DataError) as error:
        World.real(data=folder)
    assert len(error.value.messages) == 21
    assert error.value.messages[-1].startswith("and 10 more; `citysim world check")


def test_a_workbook_under_another_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "cities.csv").write_bytes(b"PK\x03\x04rest")
    assert "save the sheet as CSV" in faults_of(tmp_path)[0]


def test_the_tables_are_those_that_may_be_named() -> None:
    assert tuple(TABLES) == NAMES
    assert {*ReplaceKind.__args__} == {*NAMES} - {"countries"}


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_template_is_a_row_without_fault(tmp_path: Path, name: str, delimiter: str) -> None:
    lines = template(name, delimiter).splitlines()
    example = lines[-2].removeprefix("# ")
    (tmp_path / f"{name}.csv").write_text("\n".join([*lines, example]) + "\n", encoding="utf-8")
    if name == "memberships":
        (tmp_path / "networks.csv").write_text("network\nRiver Cities\n", encoding="utf-8")
    report = checked(tmp_path)[1]
    assert not report.faults


def test_templates_change_nothing_and_overwrite_nothing(tmp_path: Path) -> None:
    write_templates(tmp_path / "new")
    assert World.real(data=tmp_path / "new").digest == World.real().digest
    with pytest.raises(DataError, match="exists already"):
        write_templates(tmp_path / "new")


# --- laying over


def test_a_network_of_ones_own_has_its_members(tmp_path: Path) -> None:
    world = World.real(data=tables(tmp_path, networks=RIVERS, memberships=MEMBERS))
    assert members(world, "River Cities") == {"Köln", "Milan", "Vienna"}
    assert world.n_networks == World.real().n_networks + 1
    CityModel(world, rng=1, quarters=2).run()


def test_order_of_rows_and_columns_and_the_way_of_naming_make_no_difference(tmp_path: Path) -> None:
    one = tables(tmp_path / "one", networks=RIVERS, memberships=MEMBERS)
    header, *rows = MEMBERS.splitlines()
    shuffled = "\n".join(";".join(reversed(line.split(";"))) for line in [header, *reversed(rows)]).replace(
        "Mailand", "milano"
    )
    two = tables(tmp_path / "two", networks=RIVERS.replace(";", ","), memberships=shuffled + "\n")
    assert World.real(data=one).digest == World.real(data=two).digest


def test_members_of_small_places_come_into_the_world(tmp_path: Path) -> None:
    own = tables(tmp_path, memberships="network,city,iso3\nC40,Frankfurt (Oder),DEU\n")
    assert "Frankfurt (Oder)" not in World.real().city_name
    world = World.real(data=own)
    assert "Frankfurt (Oder)" in members(world, "C40")
    assert world.n_cities == World.real().n_cities + 1


def test_a_new_city_gets_its_values_and_the_rules_of_the_pack_fill_the_rest(tmp_path: Path) -> None:
    text = "name,iso3,lat,lon,population,capacity\nNeuland,DEU,50,10,300000,0.31\n"
    world = World.real(data=tables(tmp_path, cities=text))
    city = world.city_name.index("Neuland")
    assert world.capacity[city] == 0.31
    assert world.population[city] == 300_000
    germans = world.state == world.state[city]
    assert world.state_iso3[world.state[city]] == "DEU"
    assert world.autonomy[city] == world.autonomy[germans][0]
    assert any(
        item.field == "development" and item.filled == 1 and item.rule.startswith("own city")
        for item in world.imputations
    )


def test_replacing_takes_the_place_of_the_packs_table(tmp_path: Path) -> None:
    text = "name_a,iso3_a,name_b,iso3_b\nBerlin,DEU,Paris,FRA\nBerlin,DEU,Tokyo,JPN\n".replace(
        "Paris,FRA", "Lyon,FRA"
    )
    own = tables(tmp_path, twinning=text)
    added, replaced = World.real(data=own), World.real(data=own, replace=["twinning"])
    assert len(replaced.twin_a) == 2
    assert len(added.twin_a) >= len(World.real().twin_a)
    assert replaced.network_name == added.network_name


def test_cities_alone_can_be_the_world(tmp_path: Path) -> None:
    own = tables(tmp_path, cities="name,iso3\nBerlin,DEU\nLyon,FRA\nTokyo,JPN\n")
    world = World.real(data=own, replace=["cities"])
    assert set(world.city_name) == {"Berlin", "Lyon", "Tokyo"}
    CityModel(world, rng=1, quarters=2).run()


def test_former_members_and_ended_conflicts_go(tmp_path: Path) -> None:
    pack = World.real()
    name = sorted(members(pack, "C40"))[0]
    city = pack.city_name.index(name)
    code = pack.state_iso3[pack.state[city]]
    world = World.real(
        data=tables(
            tmp_path,
            memberships=f"network,geonameid,status\nC40,{pack.city_id[city]},former\n",
            conflicts="iso3_a,iso3_b,status\nUKR,RUS,peace\n",
        )
    )
    assert members(world, "C40") == members(pack, "C40") - {name}, code
    assert not world.conflict.any()


def test_values_of_countries_reach_their_cities(tmp_path: Path) -> None:
    pack = World.real()
    world = World.real(data=tables(tmp_path, countries="iso3,local_autonomy_proxy,grants\nPOL,0.99,0.1\n"))
    poland = world.state_iso3.index("POL")
    assert np.all(world.autonomy[world.state == poland] == 0.99)
    assert world.state_grants[poland] < pack.state_grants[poland]


def test_a_table_to_replace_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"world\.replace: found 'twinning'"):
        World.real(data=tables(tmp_path, networks=RIVERS), replace=["twinning"])


# --- keeping


def test_what_is_kept_of_the_world() -> None:
    world = World.real()
    europe = World.real(regions=["Europe"])
    assert set(europe.city_id) == set(world.city_id[world.region == europe.region[0]])
    german = World.real(countries=["DEU"], min_population=1_000_000)
    assert german.state_iso3 == ("DEU",)
    assert german.population.min() >= 1_000_000
    only = World.real(networks=["C40"])
    assert only.network_name == ("C40",)
    assert members(only, "C40") == members(world, "C40")
    bare = World.real(ties=False)
    assert len(bare.membership_city) == len(bare.twin_a) == 0
    assert bare.network_name == world.network_name
    for kept in (europe, german, only, bare):
        CityModel(kept, rng=1, quarters=2).run()


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"countries": ["Germny"]}, "world.countries: found 'Germny', it is none of the data's"),
        ({"networks": ["C4O"]}, "world.networks: found 'C4O', did you mean 'C40'?"),
        ({"regions": ["Europa"]}, "world.regions: found 'Europa', did you mean 'Europe'?"),
        ({"countries": ["DEU"], "min_population": 40_000_000}, "no city is left"),
    ],
)
def test_what_is_not_there_cannot_be_kept(asked: dict, text: str) -> None:
    with pytest.raises(ConfigError) as error:
        World.real(**asked)
    assert text in str(error.value)
