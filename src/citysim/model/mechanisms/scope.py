"""Scope: cities' autonomy at home and reach abroad grow with their voice (docs/model.md, 7.6)."""

import numpy as np

from citysim.model.mechanisms.diplomacy import in_conflict
from citysim.model.mechanisms.networks import voice
from citysim.model.setting import Setting
from citysim.model.state import DT, State
from citysim.model.streams import Draws
from citysim.world.world import Floats


def step(state: State, setting: Setting, draw: Draws) -> None:
    """Autonomy ℓ and reach w: gain with voice, return to their baselines, loss in conflict."""
    p, world = setting.parameters, setting.world
    v = voice(state)
    war = in_conflict(state, setting)[world.state]
    loss = np.where(war, p.scope_conflict, 0.0)
    autonomy = relax(state.autonomy, world.autonomy, p.scope_gain_national * v, p.scope_return_national, loss)
    reach = relax(state.reach, world.reach, p.scope_gain_reach * v, p.scope_return_reach, loss)
    state.autonomy, state.reach = autonomy, reach


def relax(value: Floats, baseline: Floats, gain: Floats, back: float, loss: Floats) -> Floats:
    """Exact step of dx = [gain (1 − x) − back (x − baseline) − loss x] dt; stays in [0, 1]."""
    rate = gain + back + loss
    target = np.divide(gain + back * baseline, rate, out=value.copy(), where=rate > 0)
    relaxed: Floats = target + (value - target) * np.exp(-rate * DT)
    return relaxed
