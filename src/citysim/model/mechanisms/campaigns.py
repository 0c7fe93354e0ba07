"""Campaigns: networks that a retreat of states calls forth among the willing (docs/model.md, 7.3)."""

import math

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.mechanisms.attention import propensity_factor
from citysim.model.mechanisms.founding import NOBODY, Founders, mean_need, topics
from citysim.model.setting import Setting
from citysim.model.state import DT, ROUNDING, RunState
from citysim.model.streams import Draws

#: Rise of a state's stall above that of its last campaign that calls forth another one (assumed).
STEP = 0.1


def called(state: RunState, setting: Setting, draw: Draws, places: int) -> Founders:
    """Campaign networks founded in this quarter, one in each region where states retreat, at most ``places``.

    All who are willing join at once; of the form ``gradual`` a share of them, and the others ``later``. The
    network is open to the region afterwards. The topic is drawn by unmet need.
    """
    p, world, networks = setting.parameters, setting.world, state.networks
    if p.campaign_pool == 0.0:
        return NOBODY
    stall = state.stall  # the retreat that all can see; noise of tension is no occasion
    retreats = (stall - networks.answered) * ROUNDING >= STEP
    if not retreats.any():
        return NOBODY
    answers = _willing(networks.answered, np.where(retreats, stall, networks.answered), setting)
    networks.answered = np.where(retreats, stall, networks.answered)
    first, gradual = answers, p.campaign_form == "gradual"
    if gradual:
        first = answers & (
            setting.streams.at("networks", 0).uniform("at once", world.n_cities) < p.campaign_speed
        )
    regions = np.flatnonzero(np.bincount(world.region[first]) >= 2)[:places]
    topic = topics(mean_need(state.services, state.population), draw.uniform_of("campaign", regions))
    return Founders(
        topic,
        regions,
        members=_by_region(first, regions, setting),
        campaign=True,
        called=_by_region(answers & ~first, regions, setting) if gradual else (),
    )


def later(state: RunState, setting: Setting, draw: Draws) -> Ints:
    """Keys of memberships of those who join a campaign that has called them, each at rate r_W.

    Forgets those who have come in another way, and campaigns that have closed.
    """
    p, networks = setting.parameters, state.networks
    if networks.called is None or not len(networks.called):
        return NOBODY.topic
    missing = ~np.isin(networks.called, networks.key, assume_unique=True)
    called = networks.called[missing & networks.alive[networks.called % networks.slots]]
    comes = draw.uniform_of("called", called) < -math.expm1(-p.campaign_filling * DT)
    networks.called = called[~comes]
    return called[comes]


def _by_region(cities: Bools, regions: Ints, setting: Setting) -> tuple[Ints, ...]:
    """Of ``cities`` (N,) those of each region."""
    return tuple(np.flatnonzero(cities & (setting.world.region == region)) for region in regions)


def _willing(before: Floats, now: Floats, setting: Setting) -> Bools:
    """Cities that stall ``now`` (S,) makes willing and stall ``before`` did not, (N,).

    A city has one threshold for the whole run, so that a second retreat finds only those whom the first
    did not: the pool is finite.
    """
    p, world = setting.parameters, setting.world
    chance = p.campaign_pool * propensity_factor(setting, p.review_spread)
    threshold = setting.streams.at("networks", 0).uniform_of("willing", np.arange(world.n_cities))
    willing: Bools = (threshold >= chance * before[world.state]) & (threshold < chance * now[world.state])
    return willing
