"""Loops of the laws that states make on practices."""

import numpy as np

from citysim.arrays import Bools, Floats
from citysim.model.compiled import compiled
from citysim.model.kernels.events import happens
from citysim.model.kernels.teaching import States, through_state
from citysim.model.state import BANNED, MANDATED, ROUNDING, Laws
from citysim.model.streams import uniform_at


@compiled
def legislated(
    law: Laws, states: States, years: float, word: np.uint64, mandate_rate: float, ban_rate: float
) -> Laws:
    """Laws after some years at rates of what states know × ``mandate_rate`` and ``ban_rate``, (S, P)."""
    national, own, foreign, weight, most, known = states
    after, rate = law.copy(), mandate_rate + ban_rate
    for s in range(law.shape[0]):
        for p in range(law.shape[1]):
            u = uniform_at(word, s * law.shape[1] + p)
            if u >= rate * most[s, p] * years * ROUNDING or law[s, p] != 0:
                continue
            knows = through_state(
                national=national, own=own, foreign=foreign, weight=weight, known=known, s=s, p=p
            )
            expected = rate * knows * years
            if happens(expected, u):
                mandates = u * rate < -np.expm1(-expected) * mandate_rate
                after[s, p] = MANDATED if mandates else BANNED
    return after


@compiled
def law_factors(law: Laws, mandate: float, known: Bools) -> Floats:
    """Factor of pledging under each state's laws, (S, P): 0 forbidden, 1 none, ``mandate`` mandated.

    It is 0 also of practices that nobody has had yet, which nobody can take up.
    """
    factor = np.empty(law.shape)
    for s in range(law.shape[0]):
        for p in range(law.shape[1]):
            legal = mandate if law[s, p] == MANDATED else (0.0 if law[s, p] == BANNED else 1.0)
            factor[s, p] = legal if known[p] else 0.0
    return factor
