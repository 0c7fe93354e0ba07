from dataclasses import replace

import numpy as np
import pytest

from citysim.figures.style import arm_looks
from citysim.figures.world_map import (
    _pieces,
    great_circles,
    land_polygons,
    memberships_per_city,
    world_map_figure,
    world_map_title,
)
from citysim.language import speaking
from worlds import Size, small_world


def circles(*ends: tuple[float, float, float, float]) -> list[np.ndarray]:
    return great_circles(*np.array(ends).T)


class TestGreatCircles:
    def test_within_the_map_it_is_one_piece_between_its_ends(self):
        (piece,) = circles((13.4, 52.5, 37.6, 55.8))
        assert np.allclose(piece[[0, -1]], [(13.4, 52.5), (37.6, 55.8)])

    def test_bends_towards_the_pole(self):
        (piece,) = circles((0.0, 50.0, 100.0, 50.0))
        assert piece[:, 1].max() > 60

    def test_across_the_pacific_it_is_cut_in_two(self):
        pieces = circles((139.7, 35.7, -122.4, 37.8))  # Tokyo – San Francisco
        assert len(pieces) == 2
        assert all(np.abs(np.diff(piece[:, 0])).max() < 30 for piece in pieces)

    def test_many_at_once_are_those_one_at_a_time(self):
        ends = [(13.4, 52.5, 37.6, 55.8), (139.7, 35.7, -122.4, 37.8), (10.0, 50.0, 10.0, 50.0)]
        apart = [piece for one in ends for piece in circles(one)]
        assert all(map(np.array_equal, circles(*ends), apart))

    def test_twins_in_one_place_are_no_error(self):
        assert sum(len(piece) for piece in circles((10.0, 50.0, 10.0, 50.0))) >= 2


def test_no_land_reaches_across_the_whole_map():
    widths = [np.abs(np.diff(o.vertices[:, 0])).max() for rings in land_polygons() for o in _pieces(rings)]
    assert max(widths) < 2.0  # thousand km between neighbouring points of a coast


def test_memberships_add_up(synthetic_world):
    assert memberships_per_city(synthetic_world).sum() == len(synthetic_world.membership_city)


def tied(to: int):
    """Ten cities in Africa, each a member with a tie to the city so many places on, and ten in Asia."""
    world = small_world(Size(cities=20, states=4, memberships=1.0, ties=1.0), seed=1)
    region = np.repeat([0, 1], 10)
    ones = np.arange(10)
    return replace(
        world,
        region=region,
        membership_city=ones,
        membership_network=np.zeros(10, dtype=world.membership_network.dtype),
        twin_a=ones,
        twin_b=ones + to,
    )


class TestTitle:
    def test_it_says_where_ties_crowd(self):
        said = world_map_title(tied(to=10))
        assert said == (
            "Ties crowd in Africa: 50 % of the cities have 100 % of the memberships and 50 % of the twinnings"
        )
        with speaking("de"):
            assert world_map_title(tied(to=10)).startswith(
                "Verbindungen häufen sich in Afrika: 50 % der Städte"
            )

    def test_it_says_where_they_do_not(self):
        even = replace(tied(to=10), membership_city=np.arange(0, 20, 2))
        assert world_map_title(even) == (
            "Ties lie about as the cities do: Africa has 50 % of the cities, 50 % of the memberships and "
            "50 % of the twinnings"
        )

    def test_it_says_that_there_are_none(self):
        none = {name: np.zeros(0, dtype=int) for name in ("membership_city", "membership_network", "twin_a")}
        lonely = replace(tied(to=10), **none, twin_b=np.zeros(0, dtype=int))
        assert world_map_title(lonely) == "20 cities, none of them with a tie"


def test_map_draws_every_city(synthetic_world):
    (ax,) = world_map_figure(synthetic_world).axes
    assert max(len(collection.get_offsets()) for collection in ax.collections) == synthetic_world.n_cities


@pytest.mark.parametrize("count", [2, 5, 9])
def test_arms_differ_in_colour_or_marker(count):
    looks = arm_looks(["none", "twinning", "networks", "both", *(f"arm{i}" for i in range(count))])
    assert len(set(looks.values())) == len(looks)
