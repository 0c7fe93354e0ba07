"""Networks of the record in a run: there at the start, founded at their dates, or never."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.model.mechanisms.networks import NETWORKS_PER_CITY
from citysim.model.mechanisms.recorded import founders_of
from citysim.model.model import CityModel
from citysim.patterns.chronicle import Chronicle
from citysim.world.world import World
from worlds import Size, small_world

N = 60
BASE = small_world(Size(cities=N, states=6, networks=8, memberships=3.0, ties=3.0), seed=4)
NOTHING = np.empty(0, dtype=np.int64)
FOUNDED = np.array([1961.0, 1985.0, 1986.0, 1986.0, 1987.0, 1988.0, np.nan, 1986.0])
WORLD = replace(
    BASE,
    start_year=1985,
    membership_city=NOTHING,
    membership_network=NOTHING,
    network_known_members=np.zeros(8, dtype=np.int64),
    twin_a=NOTHING,
    twin_b=NOTHING,
    network_founded=FOUNDED,
    joined_city=np.array([5, 6, 7, 8, 9]),
    joined_network=np.array([2, 2, 2, 2, 3]),
    joined_year=np.array([1984, 1986, 1986, 1990, 1986]),
)
#: Nobody leaves and nothing closes or is founded but by date.
STILL = {"leave_rate": 0.0, "review_rate": 0.0, "closing_rate": 0.0, "founding_rate": 0.0}


def run(quarters: int, rng: int = 7, world: World = WORLD, **parameters) -> CityModel:
    return CityModel(world, {**STILL, **parameters}, rng=rng, quarters=quarters).run()


def members(model: CityModel, network: int) -> set[int]:
    networks = model.state.networks
    return set(networks.member_city[networks.member_network == network].tolist())


def test_at_the_start_those_exist_that_were_founded_by_then():
    networks = CityModel(WORLD, rng=7).state.networks
    assert np.flatnonzero(networks.alive).tolist() == [0, 1]
    assert networks.founded[:8].tolist() == [0, 0, -1, -1, -1, -1, -1, -1]
    assert (networks.closed == -1).all()
    assert networks.count == 8


def test_their_founders_are_as_many_as_found_a_network_and_may_join():
    model = CityModel(WORLD, {"founding_share": 0.1}, rng=7)
    assert len(members(model, 0)) == len(members(model, 1)) == 6
    rules = model.state.networks
    for network in (0, 1):
        for city in members(model, network):
            assert rules.region[network] in (-1, WORLD.region[city])
            assert WORLD.population[city] >= rules.min_population[network]


@pytest.mark.parametrize("quarters", [3, 4, 5, 8, 9, 13])
def test_each_is_founded_in_the_first_quarter_of_its_year(quarters):
    networks = run(quarters, initial_networks="dated").state.networks
    last = 1985 + (quarters - 1) / 4  # begin of the last quarter
    assert networks.alive[:8].tolist() == (last >= FOUNDED).tolist()
    for network in np.flatnonzero((FOUNDED > 1985) & (last >= FOUNDED)):
        assert networks.founded[network] == 4 * (FOUNDED[network] - 1985)


def test_the_record_names_founders_where_it_dates_two():
    model = run(9, initial_networks="dated", founding_share=0.1)
    assert members(model, 2) == {5, 6, 7}  # who joined later is left to the model
    assert len(members(model, 3)) == len(members(model, 7)) == 6  # one dated member found nothing alone


def test_unless_asked_nothing_is_founded_by_date():
    networks = run(20).state.networks
    assert np.flatnonzero(networks.alive).tolist() == [0, 1]
    assert (networks.founded[2:8] == -1).all()


def test_absent_networks_stay_away_and_no_networks_means_none():
    assert not run(20, initial_networks="dated", absent_networks="network 2").state.networks.alive[2]
    assert not run(20, initial_networks="dated", networks=False).state.networks.alive.any()


@given(st.integers(0, 12))
def test_a_number_of_networks_is_that_number_at_the_start(asked):
    networks = CityModel(WORLD, {"initial_networks": asked}, rng=7).state.networks
    assert networks.alive.sum() == asked
    assert networks.alive[:8].sum() == min(asked, 2)


def test_founding_by_date_leaves_the_draws_of_all_else_alone():
    """Founders of one network do not depend on which others there are."""
    alone = replace(WORLD, network_founded=np.where(np.arange(8) == 4, FOUNDED, np.nan))
    parameters = {"initial_networks": "dated", "attention": False}
    assert members(run(9, world=alone, **parameters), 4) == members(run(9, **parameters), 4)


def test_founders_are_drawn_by_openness():
    """Over 400 seeds the third of the cities most open is drawn more often than an even draw would have it.

    A binomial of chance 1/3: five standard deviations above it, false alarm below 3e-7.
    """
    state_of = [CityModel(WORLD, rng=seed) for seed in range(400)]
    drawn = np.concatenate([founders_of(0, model.state, model.setting) for model in state_of])
    may = np.flatnonzero(
        (WORLD.population >= WORLD.network_min_population[0])
        & np.isin(WORLD.network_region[0], (-1, *WORLD.region))
    )
    keen = may[np.argsort(-WORLD.reach[may])[: len(may) // 3]]
    share, expected = np.isin(drawn, keen).mean(), len(keen) / len(may)
    assert share > expected + 5 * np.sqrt(expected * (1 - expected) / len(drawn))


def test_reviews_grow_against_all_networks_that_the_data_knows():
    assert CityModel(WORLD, rng=1).state.networks.initial_count == 8
    assert CityModel(BASE, rng=1).state.networks.initial_count == 8
    real = World.real()
    assert pytest.approx(real.n_networks / real.n_cities) == NETWORKS_PER_CITY


def test_a_world_that_knows_no_network_has_as_many_to_grow_against_as_the_real_one_a_city():
    world = World.synthetic(400, 12, 1)
    names = [name for name in vars(world) if name.startswith("network_") and getattr(world, name) is not None]
    bare = replace(
        world,
        membership_city=NOTHING,
        membership_network=NOTHING,
        **{name: getattr(world, name)[:0] for name in names},
    )
    assert CityModel(bare, rng=1).state.networks.initial_count == round(400 * NETWORKS_PER_CITY)
    assert CityModel(bare, {"networks": False}, rng=1).state.networks.initial_count == 0


def test_a_course_tells_when_each_network_was_founded():
    model = CityModel(WORLD, {**STILL, "initial_networks": "dated"}, rng=7, quarters=9)
    chronicle = Chronicle(model)
    while model.running:
        model.step()
        chronicle.note()
    networks = chronicle.course().networks
    # in the first quarter of the year, noted at its end
    expected = np.where(FOUNDED <= 1985, FOUNDED, np.where(FOUNDED <= 1987, FOUNDED + 0.25, np.nan))
    np.testing.assert_array_equal(networks.founded[:8], expected)


def test_paths_of_rates_are_by_the_years_of_the_run():
    path = {1985: 0.1, 1987: 0.2}
    model = CityModel(WORLD, {"urban_noise": path}, rng=1, quarters=8)
    assert model.setting.parameters.urban_noise == 0.1
    for expected in (0.1, 0.1125, 0.125):
        model.step()
        assert model.setting.parameters.urban_noise == pytest.approx(expected)
