"""The state of a run at its start, the first quarter of the world's year."""

from functools import lru_cache

import numpy as np

from citysim.arrays import Ints
from citysim.model.events.happen import begun
from citysim.model.initial_networks import found_first, initial_networks
from citysim.model.mechanisms import attention, crises, dependence, diplomacy, practices, stall, twinning
from citysim.model.mechanisms import networks as networks_mechanism
from citysim.model.mechanisms.urbanisation import trend
from citysim.model.setting import Setting
from citysim.model.state import Dyads, Flows, RunState, Twinnings
from citysim.world.world import World


def initial_state(setting: Setting) -> RunState:
    """Arrays of their own for one run, from the world and the streams of step 0."""
    world, dyads, n = setting.world, setting.dyads, setting.world.n_cities
    state = RunState(
        step=0,
        population=world.population.copy(),
        growth=trend(setting, 0),
        capacity=world.capacity.copy(),
        autonomy=world.autonomy.copy(),
        reach=world.reach.copy(),
        practices=setting.derive(practices.initial_practices).copy(),
        services=setting.derive(practices.initial_services).copy(),
        stress=np.zeros(n),
        marginalised=world.marginalised.copy(),
        development=world.development.copy(),
        unrest=np.zeros(n),
        attention=np.full(n, np.inf),
        used=np.zeros(n),
        engagement=np.ones(n),
        action_capacity=diplomacy.initial_action_capacity(setting),
        law=setting.derive(practices.initial_law).copy(),
        stall=stall.by_state(stall.level_in(0, setting), setting),
        tension=setting.derive(diplomacy.reference).tension.copy(),
        conflict_left=diplomacy.initial_conflicts(setting),
        past_conflict=dyads.vector(world.past_conflict).copy(),
        networks=initial_networks(setting),
        twinnings=initial_twinnings(setting),
        flows=Flows.none(n),
        events=begun(setting),
    )
    state.capacity = dependence.means_left(state, setting)
    if setting.parameters.twinning and world.network_founded is not None:
        twinning.before(state, setting)
    if setting.parameters.attention:
        attention.step(state, setting, setting.streams.at("attention", 0))
    found_first(state, setting)
    size = np.bincount(state.networks.member_network, minlength=state.networks.slots)
    state.networks.quality = networks_mechanism.quality(state, size, setting)
    state.unrest = crises.unrest(state, setting)
    return state


@lru_cache(maxsize=4)  # shared by the runs of a process
def _ties_of(world: World) -> tuple[Ints, Ints, Ints, Ints]:
    """Key, cities and dyad of the ties of the data, sorted by key, (E,) each."""
    key = world.twin_a * world.n_cities + world.twin_b
    order = np.argsort(key, kind="stable")
    a, b = world.twin_a[order], world.twin_b[order]
    return key[order], a, b, Dyads.of(world.n_states).index[world.state[a], world.state[b]]


def initial_twinnings(setting: Setting) -> Twinnings:
    """Ties of the data at the trust of old ties; none where twinning is switched off."""
    world, p = setting.world, setting.parameters
    key, a, b, pair = _ties_of(world)
    ties = len(key) if p.twinning else 0
    return Twinnings(
        key=key[:ties].copy(),
        a=a[:ties].copy(),
        b=b[:ties].copy(),
        pair=pair[:ties].copy(),
        trust=np.full(ties, p.trust_real),
        suspended=np.zeros(ties, dtype=bool),
        start=np.zeros(ties, dtype=np.int64),
    )
