"""The loader accepts the shipped pack and names file, row and field of whatever is wrong in another."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from citysim.errors import DataError
from citysim.world.countries import DISASTER_YEARS
from citysim.world.pack import SHIPPED, load_pack
from citysim.world.schema import MAP_FILE, SCHEMA


def edit(path: Path, line: int, change: Callable[[list[str]], list[str]]) -> None:
    """Change the cells of one line (counted from 1) of a file without quoted cells in that line."""
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[line - 1] = ",".join(change(lines[line - 1].split(",")))
    path.write_text("\n".join(lines), encoding="utf-8")


def cell(path: Path, line: int, field: str, value: str) -> None:
    position = path.read_text(encoding="utf-8").split("\n")[0].split(",").index(field)

    def change(cells: list[str]) -> list[str]:
        cells[position] = value
        return cells

    edit(path, line, change)


def faults(path: Path) -> tuple[str, ...]:
    with pytest.raises(DataError) as caught:
        load_pack(path)
    return caught.value.messages


def test_the_shipped_pack_has_no_fault() -> None:
    assert set(load_pack().tables) == set(SCHEMA)


def test_disasters_are_counted_over_the_years_that_rates_are_made_of() -> None:
    column = SCHEMA["disasters_country.csv"]["years_with_event_1980_2020"]
    assert column.high == DISASTER_YEARS == 2020 - 1980 + 1


def test_every_file_of_the_pack_has_a_row_in_the_sources_and_the_other_way_round() -> None:
    listed = set(load_pack()["sources"]["file"])
    shipped = {path.name for path in SHIPPED.iterdir()}
    assert listed == shipped - {"sources.csv"}


def test_no_file_of_the_pack_is_large() -> None:
    assert max(path.stat().st_size for path in SHIPPED.iterdir()) < 3_000_000


def test_namibia_is_not_taken_for_a_missing_value() -> None:
    countries = load_pack()["countries"].set_index("iso3")
    assert countries.loc["NAM", "iso2"] == "NA"


# Cells with a wrong type or range: file, row, field, written value, what the message says is allowed.
WRONG_CELLS = [
    ("cities_all.csv", 2, "population", "many", "a whole number"),
    ("cities_all.csv", 3, "population", "-4", "between 0 and 5e+07"),
    ("cities_all.csv", 4, "lat", "91", "between -90 and 90"),
    ("cities_all.csv", 5, "lon", "nan", "a number"),
    ("cities_all.csv", 6, "name", "", "filled in"),
    ("cities_all.csv", 7, "tier", "5_village", "one of 1_pop300k, 2_network, 3_capital, 4_referenced"),
    ("twinning.csv", 9, "distance_km", "inf", "a number"),
    ("twinning.csv", 10, "geonameid_a", "99999999999999999999", "between 1 and 1e+10"),
    ("dyads.csv", 20, "un_ideal_distance", "-1", "between 0 and 10"),
    ("urban_share.csv", 30, "urban_population", "1.5", "a whole number"),
    ("network_traits.csv", 4, "scope", "galactic", "one of global, regional, national"),
    ("state_grants.csv", 2, "share", "1.2", "between 0 and 1"),
    ("state_grants.csv", 3, "basis", "guess", "one of country, mean of the OECD, mean of Africa"),
    ("disasters_country.csv", 2, "years_with_event_1980_2020", "42", "between 0 and 41"),
]
# Cells that contradict another cell or file.
CONTRADICTIONS = [
    ("cities_all.csv", 6, "iso3", "XYZ", "a code of countries.csv"),
    ("twinning.csv", 9, "geonameid_b", "1", "a geonameid of cities_all.csv"),
    ("memberships.csv", 12, "network", "C41", "a network of network_traits.csv"),
    ("memberships.csv", 13, "geonameid", "12", "a geonameid of cities_all.csv"),
    ("memberships.csv", 14, "source", "S99", "a source_id of membership_sources.csv"),
    ("dyads.csv", 20, "iso3_b", "QQQ", "a code of countries.csv"),
    ("network_traits.csv", 4, "region", "", "filled in for a regional network"),
    ("network_traits.csv", 11, "region", "Asia", "empty unless regional"),
    ("state_grants.csv", 4, "iso3", "QQQ", "a code of countries.csv"),
    ("sovereigns.csv", 2, "sovereign", "AIA", "a state, not itself a territory"),
    ("countries.csv", 3, "neighbours", "TKM|QQQ", "a code of countries.csv"),
]


@pytest.mark.parametrize("broken", [WRONG_CELLS, CONTRADICTIONS], ids=["wrong cells", "contradictions"])
def test_every_broken_cell_is_named_by_file_row_and_field(
    pack_copy: Path, broken: list[tuple[str, int, str, str, str]]
) -> None:
    for file, line, field, value, _ in broken:
        cell(pack_copy / file, line, field, value)
    found = faults(pack_copy)
    for file, line, field, _, allowed in broken:
        start, end = f"{file}: row {line}: {field}: found ", f"must be {allowed}"
        assert any(fault.startswith(start) and fault.endswith(end) for fault in found), (start, found)


def test_weights_that_do_not_sum_to_one_are_named(pack_copy: Path) -> None:
    cell(pack_copy / "network_traits.csv", 11, "climate", "0.5")
    assert any(
        re.match(r"network_traits.csv: row 11: .*sum 0.6.*sum to 1", fault) for fault in faults(pack_copy)
    )


@pytest.mark.parametrize("file", ["twinning.csv", "dyads.csv"])
def test_a_pair_in_reverse_order_is_a_duplicate(pack_copy: Path, file: str) -> None:
    path = pack_copy / file
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    a, b, *rest = lines[1].split(",")
    path.write_text("\n".join([*lines, ",".join([b, a, *rest])]) + "\n", encoding="utf-8")
    (fault,) = faults(pack_copy)
    assert fault.startswith(f"{file}: row {len(lines) + 1}: ")
    assert fault.endswith("must be there once only, in either order")


def test_a_tie_of_a_city_with_itself_is_named(pack_copy: Path) -> None:
    edit(pack_copy / "twinning.csv", 2, lambda cells: [cells[0], cells[0], *cells[2:]])
    assert any("twinning.csv: row 2: geonameid_a+geonameid_b" in fault for fault in faults(pack_copy))


def test_a_city_listed_twice_is_named(pack_copy: Path) -> None:
    path = pack_copy / "cities_all.csv"
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    path.write_text("\n".join([*lines, lines[-1]]) + "\n", encoding="utf-8")
    assert f"cities_all.csv: row {len(lines) + 1}: geonameid" in faults(pack_copy)[0]


@pytest.mark.parametrize(
    ("lat", "lon", "where"),
    [("48.85", "2.35", "in FRA"), ("0.0", "-30.0", "in the sea")],
    ids=["another country", "the sea"],
)
def test_a_city_outside_its_country_is_named(pack_copy: Path, lat: str, lon: str, where: str) -> None:
    cell(pack_copy / "cities_all.csv", 2, "lat", lat)
    cell(pack_copy / "cities_all.csv", 2, "lon", lon)
    # Shanghai's twinnings give it away too: their distances no longer hold.
    found = faults(pack_copy)
    assert any(fault.startswith("twinning.csv: row ") and "distance_km" in fault for fault in found)
    (pack_copy / "twinning.csv").write_text(_without_twins(pack_copy, "1796236"), encoding="utf-8")
    (fault,) = faults(pack_copy)
    assert fault.startswith("cities_all.csv: row 2: lat+lon")
    assert where in fault
    assert fault.endswith("must be in CHN")


def _without_twins(path: Path, city: str) -> str:
    lines = (path / "twinning.csv").read_text(encoding="utf-8").split("\n")
    return "\n".join(line for line in lines if city not in line.split(",")[:2])


def test_a_missing_file_is_one_line(pack_copy: Path) -> None:
    (pack_copy / "dyads.csv").unlink()
    assert faults(pack_copy) == ("dyads.csv: cannot be read (No such file or directory)",)


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path / "nowhere")
    assert "no such folder" in fault


def test_a_missing_column_is_named(pack_copy: Path) -> None:
    path = pack_copy / "countries.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("gdp_pc_usd", "gdp", 1), encoding="utf-8")
    (fault,) = faults(pack_copy)
    assert fault.startswith("countries.csv: row 1: gdp_pc_usd: column not found")


def test_an_empty_file_is_one_line(pack_copy: Path) -> None:
    (pack_copy / "twinning.csv").write_text("", encoding="utf-8")
    assert faults(pack_copy) == ("twinning.csv: is empty",)


def test_a_file_of_other_bytes_is_one_line(pack_copy: Path) -> None:
    (pack_copy / "cities_all.csv").write_bytes(b"\xff\xfe\x00\x81" * 100)
    assert faults(pack_copy) == ("cities_all.csv: is not UTF-8 text",)


def test_a_file_cut_off_in_a_row_is_named(pack_copy: Path) -> None:
    path = pack_copy / "urban_share.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex(",2045,") + 5], encoding="utf-8")
    last = text[: text.rindex(",2045,")].count("\n") + 1
    assert faults(pack_copy) == (f"urban_share.csv: row {last}: ends within the line, is cut off",)


@pytest.mark.parametrize(
    "text", ["{", '{"note": 1}', "[]", '{"countries": {}}', '{"countries": {"FRA": [[1, 2]]}}']
)
def test_a_broken_map_is_one_line(pack_copy: Path, text: str) -> None:
    (pack_copy / MAP_FILE).write_text(text, encoding="utf-8")
    (fault,) = faults(pack_copy)
    assert fault.startswith(f"{MAP_FILE}: ")


def test_all_faults_are_told_at_once_but_no_more_than_twenty(pack_copy: Path) -> None:
    path = pack_copy / "cities_all.csv"
    for line in range(2, 40):
        cell(path, line, "lat", "95")
    cell(pack_copy / "dyads.csv", 2, "contiguity", "7")
    found = faults(pack_copy)
    assert len(found) == 21
    assert found[-1] == "and 19 more faults in the data pack"


def test_outlines_cover_most_countries_with_cities() -> None:
    outlines = json.loads((SHIPPED / MAP_FILE).read_text(encoding="utf-8"))["countries"]
    cities = load_pack()["cities_all"]
    assert cities["iso3"].isin(list(outlines)).mean() > 0.95
