"""Diplomacy: tension, conflict and the action capacity of states (docs/model.md, 7.1)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels import dyads as kernel
from citysim.model.mechanisms.stall import by_state, level_in
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws

_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Reference:
    """The world of the start with its real ties and states acting fully, which runs are normalised on."""

    mean_tension: Floats  # τ̄ (D,)
    tension: Floats  # (D,) mean tension at stall 0 with the real ties; where runs start
    capacity: Floats  # φ at stall 0 and that tension, (S,)
    onsets: float  # sum of the onset hazards, relative to the rate of a dyad


@dataclass(frozen=True)
class Constants:
    """Fixed by world and parameters; nothing here depends on an arm."""

    mean_tension: Floats  # τ̄ (D,)
    onset_rate: Floats  # (D,) hazard a year at zero tension without a past, so that the world's rate is H₀
    powers: Ints  # dyads of two powers
    relaxation: kernel.Relaxation
    after_past: float  # factor of the hazard after a conflict in the past


def reference(setting: Setting) -> Reference:
    """Tension, action capacity and hazards of onset in the world of the start."""
    world, p, dyads = setting.world, setting.parameters, setting.dyads
    still_acting = np.zeros(world.n_states)
    mean_tension = dyads.vector(world.tension)
    capacity = kernel.action_capacity(mean_tension, world.state_capacity, still_acting)
    pair = dyads.index[world.state[world.twin_a], world.state[world.twin_b]]
    joined, contact = trust_density(
        setting, pair, np.full(len(pair), p.trust_real), np.zeros(len(pair), dtype=bool)
    )
    peace, still = np.zeros(len(mean_tension), dtype=np.int64), np.zeros(len(mean_tension))
    at_once = kernel.Relaxation(p.contact_effect, p.diplomacy_effect, from_conflict=0.0, kept=0.0, noise=0.0)
    target = kernel.relaxed_tension(
        tension=mean_tension,
        mean=mean_tension,
        joined=joined,
        contact=contact,
        capacity=capacity,
        conflict_left=peace,
        xi=still,
        r=at_once,
    )
    weight = setting.derive(_contiguity)
    # the lognormal factor is the mean of exp(βτ) over the stationary noise of τ
    variance = (p.conflict_tension * p.tension_noise) ** 2 / (2 * p.tension_reversion)
    spread = math.exp(min(variance / 2, 500.0))  # bounded, so that no allowed values overflow
    past = np.exp(p.conflict_past * dyads.vector(world.past_conflict))
    return Reference(
        mean_tension=mean_tension,
        tension=target,
        capacity=kernel.action_capacity(target, world.state_capacity, still_acting),
        onsets=float(np.sum(weight * past * np.exp(p.conflict_tension * target)) * spread),
    )


def _contiguity(setting: Setting) -> Floats:
    """Factor of the hazard of each dyad, e^β_c of contiguous states, (D,)."""
    return np.exp(setting.parameters.conflict_contiguity * setting.dyads.vector(setting.world.contiguous))


def constants(setting: Setting) -> Constants:
    """Normalise the onset hazard on the world of the start: its real ties, states acting fully."""
    world, p, dyads = setting.world, setting.parameters, setting.dyads
    start = setting.at_start(reference)
    weight, total = setting.derive(_contiguity), start.onsets
    kept = math.exp(-p.tension_reversion * DT)
    noise = p.tension_noise * math.sqrt((1 - kept**2) / (2 * p.tension_reversion))
    return Constants(
        mean_tension=start.mean_tension,
        onset_rate=weight * (p.conflict_rate / total if total > 0 else 0.0),
        powers=np.flatnonzero(dyads.vector(world.state_is_power[:, None] & world.state_is_power[None, :])),
        relaxation=kernel.Relaxation(
            p.contact_effect,
            p.diplomacy_effect,
            from_conflict=p.tension_from_conflict / p.tension_reversion,
            kept=kept,
            noise=noise,
        ),
        after_past=math.exp(p.conflict_past),
    )


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Advance tension (exact Ornstein-Uhlenbeck step), conflicts and action capacity by a quarter."""
    p, c, ties = setting.parameters, setting.derive(constants), state.twinnings
    joined, contact = trust_density(setting, ties.pair, ties.trust, ties.suspended)
    tension = kernel.relaxed_tension(
        tension=state.tension,
        mean=c.mean_tension,
        joined=joined,
        contact=contact,
        capacity=state.action_capacity,
        conflict_left=state.conflict_left,
        xi=draw.normal("tension", len(state.tension)),
        r=c.relaxation,
    )
    hazard = p.conflict_tension * state.tension
    np.exp(hazard, out=hazard)
    onset, expected = kernel.onsets(
        hazard=hazard,
        weight=c.onset_rate,
        past=state.past_conflict,
        conflict_left=state.conflict_left,
        after_past=c.after_past,
        word=draw.word("onset"),
        dt=DT,
    )
    if len(onset) > 0:
        state.conflict_left[onset] = _duration(p, draw.uniform_of("duration", onset))
        state.past_conflict = state.past_conflict.copy()
        state.past_conflict[onset] = True
    level = _council_stall(p, state, setting) if p.stall == "endogenous" else level_in(state.step, setting)
    state.tension = tension
    stall = by_state(level, setting)
    state.stall = stall if state.events is None else state.events.stall_over(stall)
    state.action_capacity = kernel.action_capacity(tension, setting.world.state_capacity, state.stall)
    state.flows.conflict_begun = onset if p.rupture_form == "burst" else None
    state.flows.conflict_onsets = len(onset)
    state.flows.conflict_hazard = expected


def trust_density(setting: Setting, pair: Ints, trust: Floats, suspended: Bools) -> tuple[Ints, Floats]:
    """Dyads of states with live ties, (J,), and T ∈ [0, 1) of each: 1 − exp(−summed trust / scale).

    The scale is T₀ per thousand cities, so that a world with more cities is not a more trustful one.
    """
    scale = setting.parameters.trust_saturation * setting.world.n_cities / 1000
    joined, contact = kernel.trust_by_dyad(
        pair=pair, trust=trust, suspended=suspended, dyads=len(setting.dyads.first), scale=scale
    )
    np.expm1(contact, out=contact)
    return joined, np.negative(contact, out=contact)


def initial_action_capacity(setting: Setting) -> Floats:
    """φ at the start, (S,): an exogenous stall holds from the first day."""
    tension = setting.at_start(reference).tension
    stall = by_state(level_in(0, setting), setting)
    return kernel.action_capacity(tension, setting.world.state_capacity, stall)


def initial_conflicts(setting: Setting) -> Ints:
    """Quarters that the conflicts under way at the start still last, (D,)."""
    conflict = setting.dyads.vector(setting.world.conflict)
    fighting, left = np.flatnonzero(conflict), np.zeros(len(conflict), dtype=np.int64)
    u = setting.streams.at("diplomacy", 0).uniform_of("duration", fighting)
    left[fighting] = _duration(setting.parameters, u)
    return left


def retreat(state: RunState, setting: Setting) -> Floats:
    """How far each state has retreated from what it does at stall 0, (S,) ∈ [0, 1]."""
    return kernel.retreated(state.action_capacity, setting.at_start(reference).capacity)


def in_conflict(state: RunState, setting: Setting) -> Bools:
    """Whether each state is in any conflict, (S,)."""
    dyads = setting.dyads
    return kernel.states_at_war(state.conflict_left, dyads.first, dyads.second, setting.world.n_states)


def sides(state: RunState, setting: Setting) -> Floats:
    """How far a third state stands with the other side of a state's conflicts, (D,) ∈ [0, 1]."""
    dyads = setting.dyads
    side, _ = kernel.sides_taken(
        conflict_left=state.conflict_left,
        first=dyads.first,
        second=dyads.second,
        index=dyads.index,
        aligned=setting.world.aligned,
        begun=_NONE,
        fade=1.0,
    )
    return side


def begun(state: RunState) -> Ints:
    """Dyads whose conflict began in this quarter, by the model's own law or by an event."""
    of_events = state.events.begun if state.events is not None else []
    own = state.flows.conflict_begun
    if not of_events:
        return _NONE if own is None else own
    return np.concatenate((_NONE if own is None else own, np.array(of_events, dtype=np.int64)))


def _council_stall(p: Parameters, state: RunState, setting: Setting) -> float:
    """Stall = 1 − P(the council agrees), each power agreeing with 1 − mean tension among the powers."""
    powers = setting.derive(constants).powers
    n = int(setting.world.state_is_power.sum())
    agree = 1.0 - float(state.tension[powers].mean()) if len(powers) > 0 else 1.0
    if p.decision_rule == "unanimity":
        return 1.0 - agree**n
    return float(bdtr(n // 2, n, agree))


def _duration(p: Parameters, uniform: Floats) -> Ints:
    """Quarters, from a Pareto law truncated at the longest conflict; at least one."""
    low, high, tail = (
        p.conflict_duration_min,
        max(p.conflict_duration_max, p.conflict_duration_min),
        p.conflict_duration_tail,
    )
    years = low * (1 - uniform * (1 - (low / high) ** tail)) ** (-1 / tail)
    quarters: Ints = np.maximum(np.ceil(years / DT), 1).astype(np.int64)
    return quarters
