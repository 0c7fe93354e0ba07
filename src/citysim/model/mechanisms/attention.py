"""Attention: every tie costs some, and beyond the budget each dilutes all others (docs/model.md, 7.3)."""

import numpy as np

from citysim.arrays import Floats
from citysim.model.kernels.memberships import attention_shared
from citysim.model.setting import Setting
from citysim.model.state import RunState
from citysim.model.streams import Draws


def propensity_factor(setting: Setting, spread: float) -> Floats:
    """Log-normal factor of mean 1 from the cities' lasting propensity for outside ties, (N,)."""
    return np.exp(spread * setting.world.propensity - spread**2 / 2)


def attention_factor(setting: Setting) -> Floats:
    """What the propensity makes of a city's attention, (N,)."""
    return propensity_factor(setting, setting.parameters.attention_spread)


def review_factor(setting: Setting) -> Floats:
    """What propensity and reach make of a city's reviews of networks, mean 1 over the cities, (N,).

    By reach of the start, since that is what the record's elasticity is of.
    """
    p, world = setting.parameters, setting.world
    drive = propensity_factor(setting, p.review_spread) * world.reach**p.review_reach
    mean = drive.mean()
    return drive / mean if mean > 0.0 else drive


def step(state: RunState, setting: Setting, draw: Draws) -> None:
    """A = A₀ (½ + 2a) · propensity; used = c_N memberships + c_T twinnings; e = min(1, A / used)."""
    p, ties, factor = setting.parameters, state.twinnings, setting.derive(attention_factor)
    attention_shared(
        capacity=state.capacity,
        factor=factor,
        start=state.networks.rows(len(factor)),
        a=ties.a,
        b=ties.b,
        budget=p.attention_budget,
        of_membership=p.membership_cost,
        of_twinning=p.twinning_cost,
        attention=state.attention,
        used=state.used,
        engagement=state.engagement,
    )


def overload(state: RunState) -> Floats:
    """Attention asked for beyond the budget, as share of the budget, (N,)."""
    return np.maximum(state.used / state.attention - 1.0, 0.0)
