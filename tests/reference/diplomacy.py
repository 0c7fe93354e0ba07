"""Tension, conflict and the action capacity of states."""

import math
from typing import TYPE_CHECKING

from citysim.model.parameters import Parameters
from citysim.model.streams import Draws

from .agents import Dyad, NationState
from .arithmetic import DT, chance, clip, mean, uniforms

if TYPE_CHECKING:
    from .model import ReferenceModel


def begin(model: "ReferenceModel") -> None:
    """Start at the tension of a world without stall, with its real ties; onsets are H₀ a year there."""
    p, world = model.parameters, model.world
    trust = [0.0] * len(model.dyads)
    for a, b in zip(world.twin_a, world.twin_b, strict=True):
        dyad = model.dyad(model.cities[a].state, model.cities[b].state)
        if dyad is not None:
            trust[dyad.index] += p.trust_real
    full = [action_capacity(state, {d: d.mean_tension for d in state.dyads}, 0.0) for state in model.states]
    for dyad in model.dyads:
        contact = trust_density(model, trust[dyad.index])
        dyad.tension = tension_target(p, dyad, contact, full[dyad.first.index] * full[dyad.second.index])
        dyad.onset_weight = math.exp(p.conflict_contiguity) if dyad.contiguous else 1.0
    # mean of exp(β τ) over the stationary normal noise of an Ornstein-Uhlenbeck process, variance σ²/2κ
    noise = math.exp(p.conflict_tension**2 * p.tension_noise**2 / (2 * p.tension_reversion) / 2)
    total = noise * sum(relative_hazard(p, dyad) for dyad in model.dyads)
    model.onset_unit = p.conflict_rate / total if total > 0 else 0.0

    u = uniforms(model.streams.at("diplomacy", 0), "duration", len(model.dyads))
    for dyad in model.dyads:
        if world.conflict[dyad.first.index, dyad.second.index]:
            dyad.conflict_left = duration(p, u[dyad.index])
    for state in model.states:
        tension = {dyad: dyad.tension for dyad in state.dyads}
        state.reference_capacity = action_capacity(state, tension, 0.0)
        state.stall = stall_of_state(model, state, path_level(model, 0))
        state.action_capacity = action_capacity(state, tension, state.stall)


def step(model: "ReferenceModel", draw: Draws) -> None:
    """A quarter of tension, conflict and diplomacy; all read the quarter's beginning."""
    p, number = model.parameters, len(model.dyads)
    xi = draw.normal("tension", number).tolist()
    onset, length = uniforms(draw, "onset", number), uniforms(draw, "duration", number)
    level = council_stall(model) if p.stall == "endogenous" else path_level(model, model.quarters_done)
    tension = {dyad: next_tension(model, dyad, xi[dyad.index]) for dyad in model.dyads}

    model.conflict_onsets, model.conflict_hazard = 0, 0.0
    for dyad in model.dyads:
        dyad.just_begun = False
        if dyad.in_conflict:
            dyad.conflict_left -= 1
            continue
        hazard = model.onset_unit * relative_hazard(p, dyad)
        model.conflict_hazard += hazard * DT
        if onset[dyad.index] < chance(hazard):
            model.conflict_onsets += 1
            dyad.past_conflict = dyad.just_begun = True
            dyad.conflict_left = duration(p, length[dyad.index])
    for dyad in model.dyads:
        dyad.tension = tension[dyad]
    for state in model.states:
        state.stall = stall_of_state(model, state, level)
        state.action_capacity = action_capacity(state, tension, state.stall)


def path_level(model: "ReferenceModel", quarter: int) -> float:
    """Level of stall in a quarter: as of the last year named; nothing stalls before the first one."""
    stall = model.parameters.stall
    if not isinstance(stall, str):
        return stall
    level, year = 0.0, model.world.start_year + quarter // 4
    for entry in [] if stall == "endogenous" else stall.split(" + "):
        first, value = entry.split(":")
        if int(first) <= year:
            level = float(value)
    return level


def stall_of_state(model: "ReferenceModel", state: NationState, level: float) -> float:
    """A state's own level, else ``level`` if it is one of those that stall."""
    p = model.parameters
    for entry in p.stall_of.split(" + ") if p.stall_of else []:
        code, value = entry.split(":")
        if code == state.code:
            return float(value)
    return level if any(state.is_one_of(name) for name in p.stalled_states.split(" + ")) else 0.0


def standing_with_the_other(model: "ReferenceModel", dyad: Dyad) -> tuple[float, float]:
    """How far one of two states stands with the enemy of the other, in the conflict where it does most.

    And the same where conflicts older than a quarter have faded, if breaks come in a burst.
    """
    p, most, most_faded = model.parameters, 0.0, 0.0
    for third, side in ((dyad.first, dyad.second), (dyad.second, dyad.first)):
        for enemy in model.states:
            conflict = model.dyad(side, enemy)
            if enemy in (third, side) or conflict is None or not conflict.in_conflict:
                continue
            lean = aligned(model, third, enemy) - aligned(model, third, side)
            if lean >= 0.25:
                old = p.rupture_form == "burst" and not conflict.just_begun
                most = max(most, lean)
                most_faded = max(most_faded, lean * p.rupture_fade if old else lean)
    return most, most_faded


def aligned(model: "ReferenceModel", one: NationState, other: NationState) -> float:
    """Alignment of the data."""
    return float(model.world.aligned[one.index, other.index])


def next_tension(model: "ReferenceModel", dyad: Dyad, xi: float) -> float:
    """Exact step of dτ = κ (target − τ) dt + χ C dt + σ dB, then kept in [0, 1]."""
    p = model.parameters
    trust = sum(
        tie.trust
        for city in dyad.first.cities
        for tie in city.live_ties
        if tie.other(city).state is dyad.second
    )
    acting = dyad.first.action_capacity * dyad.second.action_capacity
    target = tension_target(p, dyad, trust_density(model, trust), acting)
    if dyad.in_conflict:
        target += p.tension_from_conflict / p.tension_reversion
    decay = math.exp(-p.tension_reversion * DT)
    variance = p.tension_noise**2 * (1 - math.exp(-2 * p.tension_reversion * DT)) / (2 * p.tension_reversion)
    return clip(target + (dyad.tension - target) * decay + math.sqrt(variance) * xi)


def tension_target(p: Parameters, dyad: Dyad, contact: float, acting: float) -> float:
    """τ̄ (1 − η T)(1 − η_D φ φ)."""
    return dyad.mean_tension * (1 - p.contact_effect * contact) * (1 - p.diplomacy_effect * acting)


def trust_density(model: "ReferenceModel", trust: float) -> float:
    """T = 1 − exp(−summed trust / T₀), T₀ being per 1,000 cities of the world."""
    return 1.0 - math.exp(-trust / (model.parameters.trust_saturation * len(model.cities) / 1000))


def relative_hazard(p: Parameters, dyad: Dyad) -> float:
    """Onset hazard relative to a dyad without tension, border and past."""
    past = math.exp(p.conflict_past) if dyad.past_conflict else 1.0
    return dyad.onset_weight * past * math.exp(p.conflict_tension * dyad.tension)


def action_capacity(state: NationState, tension: dict[Dyad, float], stall: float) -> float:
    """φ = (1 − stall) κ (1 − mean tension with the others)."""
    strain = mean(tension[dyad] for dyad in state.dyads) if state.dyads else 0.0
    return clip((1.0 - stall) * state.own_capacity * (1.0 - strain))


def council_stall(model: "ReferenceModel") -> float:
    """Chance that the council of powers does not agree; each agrees with 1 − mean tension among them."""
    n = sum(state.is_power for state in model.states)
    gaps = [dyad.tension for dyad in model.dyads if dyad.first.is_power and dyad.second.is_power]
    agree = 1.0 - mean(gaps) if gaps else 1.0
    if model.parameters.decision_rule == "unanimity":
        return 1.0 - agree**n
    majority = range(n // 2 + 1, n + 1)
    return 1.0 - sum(math.comb(n, yes) * agree**yes * (1.0 - agree) ** (n - yes) for yes in majority)


def duration(p: Parameters, u: float) -> int:
    """Quarters of a conflict: inverse of a Pareto law between the shortest and the longest, rounded up."""
    low, high = p.conflict_duration_min, max(p.conflict_duration_max, p.conflict_duration_min)
    longer_than_all = (low / high) ** p.conflict_duration_tail
    survival = 1.0 - u * (1.0 - longer_than_all)
    return max(1, math.ceil(low * survival ** (-1.0 / p.conflict_duration_tail) / DT))
