"""Scope: cities' autonomy at home and reach abroad grow with their voice (docs/model.md, 7.6)."""

import numpy as np

from citysim.model.kernels import cities as kernel
from citysim.model.mechanisms.diplomacy import in_conflict
from citysim.model.mechanisms.networks import voice
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Autonomy ℓ and reach w: gain with voice, return to their baselines, loss in conflict.

    Exact step of dx = [gain · v (1 − x) − back (x − baseline) − loss x] dt; stays in [0, 1].
    """
    p, world = setting.parameters, setting.world
    gain = p.scope_gain_national, p.scope_gain_reach
    back = p.scope_return_national, p.scope_return_reach
    v, war = voice(state, setting), in_conflict(state, setting)
    rate, exponent = kernel.scope_rates(v, war, world.state, gain, back, p.scope_conflict, dt=DT)
    kernel.move_scope(
        values=(state.autonomy, state.reach),
        baselines=(world.autonomy, world.reach),
        voice=v,
        gain=gain,
        back=back,
        rate=rate,
        kept=np.exp(exponent, out=exponent),
    )
