"""Cities of events are found by number, name or name and country, in any language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.model.events.cities import city_of
from citysim.world.world import World


@pytest.fixture(scope="module")
def real() -> World:
    return World.real()


@pytest.mark.parametrize(
    ("named", "own"),
    [
        ("Mailand", "Milan"),
        ("München", "Munich"),
        ("MUNCHEN, deu", "Munich"),
        ("Moskau", "Moscow"),
        ("東京", "Tokyo"),
        ("القاهرة", "Cairo"),
        ("Kairo, EGY", "Cairo"),
        ("Valencia, ESP", "Valencia"),
        (2867714, "Munich"),
    ],
)
def test_names_of_other_languages_are_found(real, named, own):
    assert real.city_name[city_of(real, named)] == own


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("Valencia", "found 'Valencia', which may be 'Valencia, VEN' or 'Valencia, ESP'"),
        ("Müncehn", "found 'Müncehn', did you mean 'Munich, DEU'?"),
        ("Mailnad, ITA", "found 'Mailnad, ITA', did you mean 'Milan, ITA'?"),
        ("Mailand, XXX", "found 'Mailand, XXX', 'XXX' is no code of a state of this world such as FRA"),
        ("Qqqqqq", "found 'Qqqqqq', the world has no city of a name like it"),
        (5, "found 5, no city of this world has that number of GeoNames"),
    ],
)
def test_a_name_of_none_or_of_several_lists_candidates(real, named, told):
    with pytest.raises(ValueError, match="found") as fault:
        city_of(real, named)
    assert str(fault.value) == told


@given(city=st.integers(0, 1999))
def test_a_city_is_found_by_what_the_world_calls_it(real, city):
    """By number always; by name and country it is that city, or one of the candidates."""
    assert city_of(real, int(real.city_id[city])) == city
    named = f"{real.city_name[city]}, {real.state_iso3[real.state[city]]}"
    try:
        assert city_of(real, named) == city
    except ValueError as fault:
        assert f"{real.city_id[city]} (" in str(fault)  # noqa: PT017  either is right


def test_numbers_of_a_synthetic_world_are_not_those_of_geonames(synthetic_world):
    with pytest.raises(ValueError, match="no city of a name like it"):
        city_of(synthetic_world, "Mailand")
