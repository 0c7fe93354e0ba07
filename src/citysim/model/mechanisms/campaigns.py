"""Campaigns: networks that a retreat of states calls forth among the willing (docs/model.md, 7.3)."""

import numpy as np

from citysim.arrays import Bools, Floats
from citysim.model.mechanisms.attention import propensity_factor
from citysim.model.mechanisms.founding import NOBODY, Founders, mean_need, topics
from citysim.model.setting import Setting
from citysim.model.state import ROUNDING, RunState
from citysim.model.streams import Draws

#: Rise of a state's stall above that of its last campaign that calls forth another one (assumed).
STEP = 0.1


def called(state: RunState, setting: Setting, draw: Draws, places: int) -> Founders:
    """Campaign networks founded in this quarter, one in each region where states retreat, at most ``places``.

    All who are willing join at once; the network is open to the region afterwards. The topic is drawn by
    unmet need.
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
    regions = np.flatnonzero(np.bincount(world.region[answers]) >= 2)[:places]
    topic = topics(mean_need(state.services, state.population), draw.uniform_of("campaign", regions))
    members = tuple(np.flatnonzero(answers & (world.region == region)) for region in regions)
    return Founders(topic, regions, members, campaign=True)


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
