"""Scope: cities' autonomy at home and reach abroad grow with their voice (docs/model.md, 7.6)."""

from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels import cities as kernel
from citysim.model.mechanisms.diplomacy import in_conflict
from citysim.model.mechanisms.networks import voice
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws


@dataclass(frozen=True)
class Rates:
    """Of autonomy and of reach, (2,) each, per year."""

    gain: Floats
    back: Floats


def rates(setting: Setting) -> Rates:
    """The parameters side by side."""
    p = setting.parameters
    return Rates(
        gain=np.array([p.scope_gain_national, p.scope_gain_reach]),
        back=np.array([p.scope_return_national, p.scope_return_reach]),
    )


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Autonomy ℓ and reach w: gain with voice, return to their baselines, loss in conflict.

    Exact step of dx = [gain · v (1 − x) − back (x − baseline) − loss x] dt; stays in [0, 1].
    """
    world, r = setting.world, setting.derive(rates)
    v, war = voice(state, setting), in_conflict(state, setting)
    rate = kernel.scope_rates(v, war, world.state, r.gain, r.back, setting.parameters.scope_conflict)
    kept = np.exp(-rate * DT)
    state.autonomy, state.reach = kernel.scopes_after(
        state.autonomy, state.reach, world.autonomy, world.reach, v, r.gain, r.back, rate, kept
    )
