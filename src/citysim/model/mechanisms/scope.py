"""Scope: cities' autonomy at home and reach abroad grow with their voice (docs/model.md, 7.6)."""

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels import cities as kernel
from citysim.model.mechanisms.diplomacy import in_conflict
from citysim.model.mechanisms.networks import voice
from citysim.model.setting import Setting
from citysim.model.state import DT, RunState
from citysim.model.streams import Draws


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """Autonomy ℓ and reach w: gain with voice, return to their baselines, loss in conflict."""
    p, world = setting.parameters, setting.world
    v, war = voice(state, setting), in_conflict(state, setting)

    def relaxed(value: Floats, baseline: Floats, gain: float, back: float) -> Floats:
        """Exact step of dx = [gain · v (1 − x) − back (x − baseline) − loss x] dt; stays in [0, 1]."""
        rate = kernel.scope_rates(gain, v, back, p.scope_conflict, war, world.state)
        return kernel.scope_after(
            value=value, baseline=baseline, gain=gain, voice=v, back=back, rate=rate, kept=np.exp(-rate * DT)
        )

    state.autonomy, state.reach = (
        relaxed(state.autonomy, world.autonomy, p.scope_gain_national, p.scope_return_national),
        relaxed(state.reach, world.reach, p.scope_gain_reach, p.scope_return_reach),
    )
