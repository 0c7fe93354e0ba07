import numpy as np
import pytest

from citysim.figures.style import arm_looks
from citysim.figures.world_map import (
    _pieces,
    great_circles,
    land_polygons,
    memberships_per_city,
    world_map_figure,
)


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


def test_map_draws_every_city(synthetic_world):
    (ax,) = world_map_figure(synthetic_world).axes
    assert max(len(collection.get_offsets()) for collection in ax.collections) == synthetic_world.n_cities


@pytest.mark.parametrize("count", [2, 5, 9])
def test_arms_differ_in_colour_or_marker(count):
    looks = arm_looks(["none", "twinning", "networks", "both", *(f"arm{i}" for i in range(count))])
    assert len(set(looks.values())) == len(looks)
