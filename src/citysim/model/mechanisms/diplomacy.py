"""Diplomacy: tension, conflict and the action capacity of states (docs/model.md, 7.1)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from citysim.arrays import Bools, Floats, Ints
from citysim.model.kernels.dyads import (
    Relaxation,
    onsets,
    relaxed_tension,
    retreated,
    sides_taken,
    state_sums,
    states_at_war,
    trust_by_dyad,
)
from citysim.model.mechanisms.stall import by_state, level_in
from citysim.model.parameters import Parameters
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws
from citysim.world.world import World


@dataclass(frozen=True)
class Constants:
    """Fixed by world and parameters; nothing here depends on an arm."""

    mean_tension: Floats  # τ̄ (D,)
    onset_rate: Floats  # (D,) hazard a year at zero tension without a past, so that the world's rate is H₀
    reference_tension: Floats  # (D,) mean tension at stall 0 with the real ties; where runs start
    reference_capacity: Floats  # φ at stall 0 and that tension, (S,)
    powers: Bools  # (D,) both states are powers


def constants(setting: Setting) -> Constants:
    """Normalise the onset hazard on the world of the start: its real ties, states acting fully."""
    world, p, dyads = setting.world, setting.parameters, setting.dyads
    still_acting = np.zeros(world.n_states)
    mean_tension = dyads.vector(world.tension)
    capacity = _action_capacity(world, mean_tension, still_acting)
    pair = dyads.index[world.state[world.twin_a], world.state[world.twin_b]]
    contact = trust_density(setting, pair, np.full(len(pair), p.trust_real), np.zeros(len(pair), dtype=bool))
    peace, still = np.zeros(len(mean_tension), dtype=bool), np.zeros(len(mean_tension))
    at_once = Relaxation(p.contact_effect, p.diplomacy_effect, from_conflict=0.0, kept=0.0, noise=0.0)
    target = relaxed_tension(
        tension=mean_tension,
        mean=mean_tension,
        contact=contact,
        capacity=capacity,
        conflict=peace,
        xi=still,
        r=at_once,
    )
    weight = np.exp(p.conflict_contiguity * dyads.vector(world.contiguous))
    # the lognormal factor is the mean of exp(βτ) over the stationary noise of τ
    variance = (p.conflict_tension * p.tension_noise) ** 2 / (2 * p.tension_reversion)
    spread = math.exp(min(variance / 2, 500.0))  # bounded, so that no allowed values overflow
    past = np.exp(p.conflict_past * dyads.vector(world.past_conflict))
    total = float(np.sum(weight * past * np.exp(p.conflict_tension * target)) * spread)
    return Constants(
        mean_tension=mean_tension,
        onset_rate=weight * (p.conflict_rate / total if total > 0 else 0.0),
        reference_tension=target,
        reference_capacity=_action_capacity(world, target, still_acting),
        powers=dyads.vector(world.state_is_power[:, None] & world.state_is_power[None, :]),
    )


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Advance tension (exact Ornstein-Uhlenbeck step), conflicts and action capacity by a quarter."""
    p, c = setting.parameters, setting.derive(constants)
    conflict = state.conflict
    ties = state.twinnings
    contact = trust_density(setting, ties.pair, ties.trust, ties.suspended)
    kept = math.exp(-p.tension_reversion * DT)
    noise = p.tension_noise * math.sqrt((1 - kept**2) / (2 * p.tension_reversion))
    xi = draw.normal("tension", len(conflict))
    tension = relaxed_tension(
        tension=state.tension,
        mean=c.mean_tension,
        contact=contact,
        capacity=state.action_capacity,
        conflict=conflict,
        xi=xi,
        r=Relaxation(
            p.contact_effect,
            p.diplomacy_effect,
            from_conflict=p.tension_from_conflict / p.tension_reversion,
            kept=kept,
            noise=noise,
        ),
    )
    hazard = np.exp(p.conflict_tension * state.tension)
    word, after_past = draw.word("onset"), math.exp(p.conflict_past)
    onset, expected = onsets(
        hazard=hazard,
        weight=c.onset_rate,
        past=state.past_conflict,
        conflict=conflict,
        after_past=after_past,
        word=word,
        dt=DT,
    )
    fighting = np.flatnonzero(conflict)
    left = state.conflict_left.copy()
    left[fighting] -= 1
    left[onset] = _duration(p, draw.uniform_of("duration", onset))
    past = state.past_conflict.copy()
    past[onset] = True

    endogenous = p.stall == "endogenous"
    level = _council_stall(p, state, setting) if endogenous else level_in(state.step, setting)
    lost = by_state(level, setting)
    state.past_conflict = past
    state.conflict_left = left
    state.tension = tension
    state.stall = lost
    state.action_capacity = _action_capacity(setting.world, tension, lost)
    state.flows.conflict_onsets = len(onset)
    state.flows.conflict_hazard = expected


def trust_density(setting: Setting, pair: Ints, trust: Floats, suspended: Bools) -> Floats:
    """T ∈ [0, 1) per dyad of states, (D,): 1 − exp(−summed trust of its live ties / scale).

    The scale is T₀ per thousand cities, so that a world with more cities is not a more trustful one.
    """
    density = trust_by_dyad(pair, trust, suspended, len(setting.dyads.first))
    joined = np.flatnonzero(density > 0.0)  # few dyads have any tie
    scale = setting.parameters.trust_saturation * setting.world.n_cities / 1000
    density[joined] = -np.expm1(-density[joined] / scale)
    return density


def initial_action_capacity(setting: Setting) -> Floats:
    """φ at the start, (S,): an exogenous stall holds from the first day."""
    tension = setting.derive(constants).reference_tension
    return _action_capacity(setting.world, tension, by_state(level_in(0, setting), setting))


def initial_conflicts(setting: Setting) -> Ints:
    """Quarters that the conflicts under way at the start still last, (D,)."""
    conflict = setting.dyads.vector(setting.world.conflict)
    fighting, left = np.flatnonzero(conflict), np.zeros(len(conflict), dtype=np.int64)
    u = setting.streams.at("diplomacy", 0).uniform_of("duration", fighting)
    left[fighting] = _duration(setting.parameters, u)
    return left


def retreat(state: RunState, setting: Setting) -> Floats:
    """How far each state has retreated from what it does at stall 0, (S,) ∈ [0, 1]."""
    return retreated(state.action_capacity, setting.derive(constants).reference_capacity)


def in_conflict(state: RunState, setting: Setting) -> Bools:
    """Whether each state is in any conflict, (S,)."""
    dyads = setting.dyads
    return states_at_war(state.conflict_left, dyads.first, dyads.second, setting.world.n_states)


def sides(state: RunState, setting: Setting) -> Floats:
    """How far a third state stands with the other side of a state's conflicts, (D,) ∈ [0, 1]."""
    dyads = setting.dyads
    return sides_taken(state.conflict_left, dyads.first, dyads.second, dyads.index, setting.world.aligned)


def _action_capacity(world: World, tension: Floats, stall: Floats) -> Floats:
    """φ = (1 − stall) κ (1 − mean tension with all others), (S,); ``stall`` (S,)."""
    others = max(world.n_states - 1, 1)
    mean = state_sums(tension, world.n_states) / others
    acting: Floats = (1.0 - stall) * world.state_capacity * (1.0 - mean)
    return np.minimum(np.maximum(acting, 0.0), 1.0)


def _council_stall(p: Parameters, state: RunState, setting: Setting) -> float:
    """Stall = 1 − P(the council agrees), each power agreeing with 1 − mean tension among the powers."""
    powers = setting.derive(constants).powers
    n = int(setting.world.state_is_power.sum())
    agree = 1.0 - float(state.tension[powers].mean()) if powers.any() else 1.0
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
