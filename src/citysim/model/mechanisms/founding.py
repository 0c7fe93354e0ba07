"""Founding of networks: who founds them, on which topic and where (docs/model.md, 7.3)."""

from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats, Ints
from citysim.model.kernels import joining as kernel
from citysim.model.kernels.cities import weighted_services
from citysim.model.mechanisms.attention import overload, review_factor
from citysim.model.mechanisms.practices import initial_services
from citysim.model.mechanisms.recorded import there
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import N_DOMAINS, Networks, RunState
from citysim.model.streams import Draws

#: Weight of a founded network's own topic; the other domains share the rest.
TOPIC_FOCUS = 0.7
#: Share of founded networks that are confined to the founder's region.
REGIONAL_SHARE = 0.5


@dataclass(frozen=True)
class Founders:
    """Networks founded in a quarter, (F,)."""

    topic: Ints
    region: Ints  # −1 for none
    members: tuple[Ints, ...]
    campaign: bool = False  # in answer to a retreat of states
    called: tuple[Ints, ...] = ()  # cities that are to join each campaign later


#: Nobody founds anything.
NOBODY = Founders(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), ())


def asked(p: Parameters) -> int:
    """Networks asked for at the start, 0 where the data decides."""
    return p.initial_networks if p.networks and isinstance(p.initial_networks, int) else 0


def slots_of(setting: Setting) -> int:
    """Places for all networks of a run."""
    p, known = setting.parameters, setting.world.n_networks
    later = known - int(there(setting.world).sum())  # keep a slot each
    return max(p.max_networks, known if p.networks else 0, asked(p) + later, 1)


def founders(state: RunState, setting: Setting, draw: Draws, count: int, first: int = 0) -> Founders:
    """Topic, region and first members of ``count`` networks, the draws keyed from ``first`` on.

    The topic is drawn by unmet need; the founder and its first partners by need, by what makes cities
    review networks (lasting propensity and reach), and by spare attention.
    """
    p, world = setting.parameters, setting.world
    need = mean_need(state.services, state.population)
    shape = draw.uniform_of("shape", _places(first, count, 2)).reshape(count, 2)
    topic = topics(need, shape[:, 0])
    openness = setting.derive(review_factor) * np.exp(-p.join_cost * overload(state))
    chance = draw.uniform_of("members", _places(first, count, world.n_cities))
    clock = np.log(np.maximum(chance, 1e-300)).reshape(count, world.n_cities)
    together = max(2, round(p.founding_share * world.n_cities))
    groups = [
        kernel.founders(
            openness=openness,
            services=state.services,
            topic=k,
            clock=time,
            region=world.region,
            regional=scope < REGIONAL_SHARE,
            together=together,
        )
        for k, scope, time in zip(topic, shape[:, 1], clock, strict=True)
    ]
    regions = np.array([region for region, _ in groups], dtype=np.int64)
    return Founders(topic, regions, tuple(members for _, members in groups))


def topics(need: Floats, uniform: Floats) -> Ints:
    """Topics drawn by unmet ``need`` (domains,), one for each ``uniform`` number."""
    place = np.searchsorted(np.cumsum(need), uniform * need.sum(), side="right")
    return place.clip(max=N_DOMAINS - 1).astype(np.int64)


def _places(first: int, count: int, width: int) -> Ints:
    """Keys of rows ``first`` … ``first + count`` of a table of draws, flat."""
    return np.arange(first * width, (first + count) * width)


def mean_need(services: Floats, population: Floats) -> Floats:
    """What services leave unmet in each domain, the mean over people, (domains,)."""
    return 1.0 - weighted_services(services, population) / population.sum()


def initial_need(setting: Setting) -> float:
    """Mean unmet need in the world of the start."""
    return float(mean_need(setting.at_start(initial_services), setting.world.population).mean())


def establish(networks: Networks, founded: Founders, step: int) -> Ints:
    """Give each founded network the next slot; keys of its first memberships."""
    keys = [NOBODY.topic]
    if founded.called:
        slots = range(networks.count, networks.count + len(founded.called))
        waiting = [cities * networks.slots + slot for cities, slot in zip(founded.called, slots, strict=True)]
        known = [] if networks.called is None else [networks.called]
        networks.called = np.sort(np.concatenate((*known, *waiting)))
    for topic, region, members in zip(founded.topic, founded.region, founded.members, strict=True):
        slot = networks.count
        networks.focus[slot] = (1.0 - TOPIC_FOCUS) / (N_DOMAINS - 1)
        networks.focus[slot, topic] = TOPIC_FOCUS
        networks.region[slot] = region
        networks.alive[slot] = True
        networks.founded[slot] = step
        networks.campaign[slot] = founded.campaign
        networks.count += 1
        keys.append(members * networks.slots + slot)
    return np.concatenate(keys)
