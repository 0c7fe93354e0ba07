"""Campaigns: whom a retreat of states calls, when they come, and what the network does then."""

import math

import numpy as np
import pytest

from citysim.model.mechanisms import networks
from citysim.model.state import DT

from .chance import assert_exact, assert_share
from .test_networks import STILL, without_attention
from .worlds import advance, plain_world

pytestmark = pytest.mark.verification

#: A campaign of all willing, and no other change of networks.
CALLED = {**STILL, "campaign_pool": 0.4, "review_spread": 0.0}


def test_a_campaign_fills_at_once_and_calls_each_city_once() -> None:
    """Where stall rises to x a share ϖ x of a region's cities joins one campaign, ϖ (y − x) more at y.

    A rise of less than a step calls nobody, nor does stall that falls and comes back. Binomial tails over
    2 × 10,000 cities, false alarms 10⁻⁶ each.
    """
    cities = 20_000
    world = plain_world(cities, region=np.arange(cities) % 2)
    state, setting = without_attention(world, CALLED)
    found = 0
    for stall, more in ((0.05, 0.0), (0.5, 0.5), (0.55, 0.0), (0.1, 0.0), (0.5, 0.0), (0.8, 0.3)):
        state.stall = stall
        advance(state, setting, [networks])
        net = state.networks
        new, found = range(found, net.count), net.count
        assert len(new) == (2 if more else 0)
        assert net.campaign[new].all()
        for k in new:
            members = net.member_city[net.member_network == k]
            assert (world.region[members] == net.region[k]).all()
            assert_share(len(members), cities // 2, 0.4 * more)
    assert len(np.unique(net.member_city)) == len(net.key)


@pytest.mark.parametrize(("speed", "rate"), [(0.2, 0.65), (0.5, 0.0), (0.75, 4.0)])
def test_a_campaign_that_fills(speed: float, rate: float) -> None:
    """Of the ϖ x called 1 − (1 − s_C) e^{−r_W t} are members after t years, and no other city.

    Binomial tails over 10,000 cities in the quarter of the founding, after one more and after eight more;
    false alarms 10⁻⁶ each. A second retreat calls others, beside those who have yet to come.
    """
    cities = 20_000
    world = plain_world(cities, region=np.arange(cities) % 2)
    given = {**CALLED, "campaign_form": "gradual", "campaign_speed": speed, "campaign_filling": rate}
    state, setting = without_attention(world, given)
    whole = without_attention(world, CALLED)
    for some, of in ((state, setting), whole):
        some.stall = 0.5
        advance(some, of, [networks])
    willing = np.flatnonzero(np.isin(np.arange(cities), whole[0].networks.member_city))
    for quarter in range(9):
        if quarter:
            advance(state, setting, [networks])
        if quarter in (0, 1, 8):
            share = 0.4 * 0.5 * (1 - (1 - speed) * math.exp(-rate * quarter * DT))
            assert_share(len(state.networks.key), cities, share)
            assert len(np.unique(state.networks.member_city)) == len(state.networks.key)
            assert np.isin(state.networks.member_city, willing).all()
    state.stall = 0.9
    before = len(state.networks.key)
    waiting = 0.4 * 0.5 * (1 - speed) * math.exp(-rate * 8 * DT)
    advance(state, setting, [networks])
    more = waiting * -math.expm1(-rate * DT) + 0.4 * 0.4 * speed
    assert_share(len(state.networks.key) - before, cities, more)


def test_a_campaign_forgets_those_who_have_come_and_dies_with_its_network() -> None:
    """Nobody comes twice, and nobody comes to a campaign that has closed. Exact."""
    given = {**CALLED, "campaign_form": "gradual", "campaign_speed": 0.5, "campaign_filling": 1.0}
    state, setting = without_attention(plain_world(2_000), given, stall=1.0)
    advance(state, setting, [networks])
    net = state.networks
    assert net.called is not None
    come, left = net.called[:50], net.called[50:]
    net.key = np.sort(np.concatenate((net.key, come)))
    advance(state, setting, [networks])
    assert net.called is not None
    assert not np.isin(come, net.called).any()
    assert len(np.unique(net.key)) == len(net.key)
    assert np.isin(net.called, left).all()
    net.alive = np.zeros_like(net.alive)
    advance(state, setting, [networks])
    assert len(net.called) == 0


def test_a_campaign_at_full_speed_is_the_sudden_form() -> None:
    """With s_C = 1 the members are those of the form in which all join at once, quarter by quarter. Exact."""
    given = {**CALLED, "campaign_speed": 1.0, "leave_rate": 0.2, "review_rate": 0.5}
    forms = ("sudden", "gradual")
    runs = [without_attention(plain_world(500), {**given, "campaign_form": form}) for form in forms]
    for stall in (0.5, 0.5, 0.9, 0.9):
        for state, setting in runs:
            state.stall = stall
            advance(state, setting, [networks])
        assert len(runs[0][0].networks.key) > 50
        assert_exact(runs[0][0].networks.key, runs[1][0].networks.key)


def test_the_committed_answer_a_campaign_more() -> None:
    """The willing are ϖ x e^{σz − σ²/2} of cities of propensity z, as long as that is below 1.

    Binomial tails over 10,000 cities each, false alarms 10⁻⁶.
    """
    z = np.where(np.arange(20_000) % 2 == 0, -1.0, 0.5)
    state, setting = without_attention(
        plain_world(20_000, propensity=z), CALLED, review_spread=0.8, stall=0.6
    )
    advance(state, setting, [networks])
    for value in (-1.0, 0.5):
        share = 0.4 * 0.6 * math.exp(0.8 * value - 0.32)
        assert_share(int((z[state.networks.member_city] == value).sum()), 10_000, share)


def test_a_campaign_teaches_by_its_strength() -> None:
    """Voice counts q_C q of a campaign, and nothing at q_C = 0. Exact."""
    for strength in (0.0, 0.4):
        state, setting = without_attention(plain_world(50), CALLED, stall=1.0, campaign_strength=strength)
        advance(state, setting, [networks], 2)  # the secretariat is at work in the quarter after
        member = np.bincount(state.networks.member_city, minlength=50)
        assert 0 < member.sum() < 50
        q = state.networks.quality[0]
        assert q > 0.5
        assert_exact(networks.voice(state, setting), np.log1p(strength * q * member))
