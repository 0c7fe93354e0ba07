"""The smallest and oddest worlds run like any other."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.model.agents import City
from citysim.model.model import CityModel
from citysim.model.outcomes import OUTCOMES
from citysim.model.parameters import switches
from citysim.world.world import World
from worlds import BUSY, Size, small_world, without_ties

EDGES = {
    "one city": small_world(Size(cities=1, states=1)),
    "two cities": small_world(Size(cities=2, states=2), twin_a=np.array([0]), twin_b=np.array([1])),
    "two cities at one place": small_world(
        Size(cities=2, states=2), latitude=np.zeros(2), longitude=np.zeros(2)
    ),
    "one state": small_world(Size(cities=20, states=1)),
    "all cities in one of two states": small_world(Size(states=2), state=np.zeros(24, np.int64)),
    "two states at war": small_world(Size(states=2, conflicts=1.0)),
    "every state a city": small_world(Size(cities=8, states=8)),
    "no networks": small_world(Size(networks=0)),
    "no memberships": small_world(Size(memberships=0.0)),
    "no ties": small_world(Size(ties=0.0)),
    "nothing at the start": without_ties(small_world(Size(networks=0))),
    "no neighbours": small_world(neighbours=np.full((24, 5), -1)),
    "no capacity": small_world(capacity=np.zeros(24), state_capacity=np.zeros(4)),
    "no reach": small_world(reach=np.zeros(24), autonomy=np.zeros(24)),
    "all at the top": small_world(
        **dict.fromkeys(("capacity", "autonomy", "reach", "development", "marginalised"), np.ones(24))
    ),
    "no powers": small_world(state_is_power=np.zeros(4, bool)),
    "no tension": small_world(tension=np.zeros((4, 4))),
    "full tension": small_world(tension=1.0 - np.eye(4)),
    "shrinking": small_world(urban_growth=np.full((4, 28), -0.05)),
    "one city as large as all others": small_world(population=np.r_[2.3e7, np.full(23, 1e6)]),
}
by_world = pytest.mark.parametrize("world", EDGES.values(), ids=EDGES.keys())


def checked(world: World, parameters: dict, quarters: int = 6) -> CityModel:
    """A run in which all outcomes of the world are finite, shares of nothing apart."""
    model = CityModel(world, parameters, rng=2, quarters=quarters).run()
    values = model.recorder.series[:, 0, :]
    for place, name in enumerate(OUTCOMES):
        assert np.isfinite(values[:, place]).all() or name == "ties_in_conflict", name
    return model


@by_world
@pytest.mark.parametrize("stall", [0.0, 1.0, "endogenous"])
def test_runs(world, stall):
    checked(world, {**BUSY, "stall": stall})


@by_world
def test_runs_at_the_defaults_and_shows_its_agents(world):
    model = checked(world, {}, quarters=3)
    assert len(model.agents_by_type[City]) == world.n_cities
    assert all(city.state in model.states for city in model.agents_by_type[City])


@by_world
def test_with_everything_off_nothing_changes_but_is_recorded(world):
    off = dict.fromkeys(switches(), False)
    model = checked(world, {**BUSY, **off})
    assert model.state.step == len(model.recorder.series) == 6
    moving = {"urban_share"}  # the UN's path of all people goes on
    for place, name in enumerate(OUTCOMES):
        values = model.recorder.series[:, :, place]
        if name not in moving:
            assert np.array_equal(values, np.repeat(values[:1], 6, axis=0), equal_nan=True), name


@pytest.mark.parametrize("switch", switches())
def test_any_mechanism_may_be_the_only_one(switch):
    only = {**dict.fromkeys(switches(), False), switch: True}
    checked(small_world(Size(conflicts=0.3)), {**BUSY, **only})


@pytest.mark.parametrize("stall", [0.0, 0.5, 1.0])
def test_one_quarter_is_a_run(stall):
    model = checked(small_world(), {"stall": stall}, quarters=1)
    assert not model.running
    assert model.trajectory["year"].unique().tolist() == [2023.25]


def test_full_stall_leaves_states_no_capacity_to_act():
    model = checked(small_world(), {**BUSY, "stall": 1.0})
    assert (model.state.action_capacity == 0).all()
    assert model.summary()["relief_state"] == 0
    assert model.summary()["action_capacity"] == 0


@pytest.mark.parametrize("rule", ["unanimity", "majority"])
def test_endogenous_stall_follows_the_tension_of_powers(rule):
    peaceful = {"stall": "endogenous", "decision_rule": rule, "tension_noise": 0.0, "conflict_rate": 0.0}
    calm, tense = (
        checked(replace(EDGES[world], conflict=np.zeros((4, 4), bool)), peaceful)
        for world in ("no tension", "full tension")
    )
    assert calm.state.stall == pytest.approx(0.0, abs=1e-12)
    assert (tense.state.stall > 0.5).all()


@pytest.mark.parametrize("places", [1, 5, 6])
def test_no_network_is_founded_where_there_is_no_place(places):
    """The world has five networks; those stay even where fewer may ever exist."""
    model = checked(small_world(), {**BUSY, "founding_rate": 1.0, "max_networks": places}, quarters=12)
    assert model.state.networks.count == max(places, 5)


def test_a_world_without_networks_founds_none():
    """Founding is a rate per live network."""
    model = checked(EDGES["no networks"], {**BUSY, "founding_rate": 1.0}, quarters=12)
    assert model.state.networks.count == 0


def test_cities_alone_have_no_twins():
    assert len(checked(EDGES["one city"], BUSY, quarters=12).state.twinnings.key) == 0
    two = checked(EDGES["two cities"], {**BUSY, "ending_rate": 0.0, "suspension": 0.0}, quarters=12)
    assert two.state.twinnings.key.tolist() == [1]


def test_a_city_on_its_own_is_its_own_world():
    model = checked(EDGES["one city"], BUSY)
    frame = model.trajectory.set_index(["quarter", "group"])
    home = model.recorder.groups[10:][int(EDGES["one city"].region[0]) - 1]
    assert home in model.recorder.groups
    assert frame.loc[(5, "world"), "stress"] == model.state.stress[0]


def test_labels_of_cities_and_states_do_not_matter():
    world = small_world()
    renamed = replace(world, city_name=("x",) * 24, state_name=("y",) * 4, city_id=world.city_id + 1_000)
    one, other = checked(world, BUSY), checked(renamed, BUSY)
    assert np.array_equal(one.recorder.values, other.recorder.values, equal_nan=True)
    assert world.digest != renamed.digest


def test_a_synthetic_world_runs_to_2050(synthetic_world):
    model = checked(synthetic_world, {"stall": 0.5}, quarters=112)
    assert model.trajectory["year"].max() == 2051.0
    assert 0.5 < model.summary()["urban_share"] < 1
