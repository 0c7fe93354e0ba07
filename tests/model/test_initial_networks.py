"""The levers on the networks of the start: fewer, more, absent, or with members drawn at random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.model.mechanisms.admission import eligible
from citysim.model.model import CityModel
from worlds import Size, small_world

WORLD = small_world(Size(cities=60, states=6, networks=8, memberships=3.0, ties=3.0), seed=4)


def start(**parameters):
    return CityModel(WORLD, parameters, rng=7).state.networks


def members(networks, network):
    return set(networks.member_city[networks.member_network == network].tolist())


def may_join(network):
    city = np.arange(WORLD.n_cities)
    setting = CityModel(WORLD, rng=7).setting
    fits = eligible(start(), WORLD.population, setting, city, np.full(WORLD.n_cities, network))
    return set(np.flatnonzero(fits).tolist())


#: A network that more cities may join than are members.
OPEN = next(k for k in range(8) if len(may_join(k)) > len(members(start(), k)) + 10)


def test_the_data_decides_unless_asked():
    assert np.array_equal(start().key, start(initial_networks=WORLD.n_networks).key)


@given(st.integers(0, 8), st.integers(0, 8))
def test_fewer_networks_are_a_part_of_more(one, other):
    less, more = (set(np.flatnonzero(start(initial_networks=k).alive)) for k in sorted((one, other)))
    assert len(less) == min(one, other)
    assert less <= more


@given(st.integers(9, 60), st.integers(0, 30))
def test_more_networks_are_founded_before_the_first_quarter(asked, further):
    networks, larger = start(initial_networks=asked), start(initial_networks=asked + further)
    assert networks.alive.sum() == networks.count == asked
    assert networks.initial_count == WORLD.n_networks
    # the same ones come first, in lots of twenty
    same = min(asked - (asked - 8) % 20, asked)
    assert all(members(networks, k) == members(larger, k) for k in range(same))


def test_absent_networks_have_no_members_and_all_others_stay():
    networks, usual = start(absent_networks="network 2 + network 5"), start()
    assert set(np.flatnonzero(~networks.alive[:8])) == {2, 5}
    assert all(members(networks, k) == (set() if k in (2, 5) else members(usual, k)) for k in range(8))


def test_absent_networks_stay_away():
    model = CityModel(WORLD, {"absent_networks": "network 2", "review_rate": 10.0}, rng=7, quarters=12).run()
    assert not members(model.state.networks, 2)


def test_a_placebo_has_as_many_members_drawn_from_those_that_may_join():
    networks, usual = start(placebo_networks=f"network {OPEN}"), start()
    drawn = members(networks, OPEN)
    assert len(drawn) == len(members(usual, OPEN))
    assert drawn != members(usual, OPEN)
    assert drawn <= may_join(OPEN)
    assert all(members(networks, k) == members(usual, k) for k in range(8) if k != OPEN)


def test_members_of_a_placebo_are_drawn_with_equal_chances():
    """Each that may join is drawn in a share size/N of 300 seeds, within 5 sigma: false alarm below 4e-5."""
    counts = np.zeros(60)
    for seed in range(300):
        model = CityModel(WORLD, {"placebo_networks": f"network {OPEN}"}, rng=seed)
        counts[list(members(model.state.networks, OPEN))] += 1
    may = may_join(OPEN)
    share = len(members(start(), OPEN)) / len(may)
    assert set(np.flatnonzero(counts)) <= may
    assert np.abs(counts[list(may)] / 300 - share).max() < 5 * np.sqrt(share * (1 - share) / 300)


@pytest.mark.parametrize("parameter", ["absent_networks", "placebo_networks"])
def test_an_unknown_network_is_named(parameter):
    with pytest.raises(
        ValueError, match=f"{parameter}: unknown network 'netwrk 3', did you mean 'network 3'"
    ):
        CityModel(WORLD, {parameter: "network 1 + netwrk 3"}, rng=1)


def test_switched_off_networks_have_none_to_leave_out():
    networks = start(networks=False, absent_networks="network 1", initial_networks=20)
    assert networks.count == 0
    assert not networks.alive.any()


def test_grants_not_shared_leave_quality_as_it_was_with_the_data():
    """With κ_G = 0 a topic's grants do not depend on how many networks share them."""
    few, many = (start(grant_crowding=0.0, initial_networks=k).quality[:8] for k in ("data", 40))
    assert few == pytest.approx(many, rel=1e-12)
    assert (start(initial_networks=40).quality[:8] < start().quality[:8]).all()


def test_losses_are_recovered_from_or_left_at_the_end():
    """Σ loss = Σ recovered + Σ recovered by services + stress at the end / ψ_z in every city, to rounding."""
    model = CityModel(WORLD, {"crisis_rate": 1.0}, rng=3, quarters=12)
    total = np.zeros((4, 60))
    for _ in range(12):
        model.step()
        flows = model.state.flows
        left = flows.loss - flows.recovered - flows.recovered_services
        total += [flows.loss, flows.recovered, flows.recovered_services, left]
    assert total[0].sum() > 0
    assert total[2].sum() > 0
    stress = model.state.stress / model.parameters.stress_from_loss
    assert total[3] == pytest.approx(stress, rel=1e-9, abs=1e-15)


def test_losses_without_stress_count_as_recovered():
    model = CityModel(WORLD, {"crisis_rate": 1.0, "stress_from_loss": 0.0}, rng=3, quarters=4)
    model.step()
    assert np.array_equal(model.state.flows.recovered, model.state.flows.loss)
