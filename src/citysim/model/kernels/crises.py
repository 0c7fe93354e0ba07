"""Loops of crises over cities: whom an event reaches, and what it does there."""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.streams import uniform_at


@compiled
def strike_near(severity: Floats, xyz: Floats, centre: Ints, radius: float, strength: Floats) -> None:
    """Raise the severity (N,) in all cities within ``radius`` (a chord) of each centre to its strength."""
    for event in range(len(centre)):
        x, y, z = xyz[centre[event], 0], xyz[centre[event], 1], xyz[centre[event], 2]
        for i in range(len(severity)):
            away = (xyz[i, 0] - x) ** 2 + (xyz[i, 1] - y) ** 2 + (xyz[i, 2] - z) ** 2
            if away <= radius**2:
                severity[i] = max(severity[i], strength[event])


@compiled
def strike_anywhere(severity: Floats, word: np.uint64, share: float, centre: int, strength: float) -> None:
    """Raise the severity (N,) in a share of all cities, and at the centre, to the event's strength."""
    for i in range(len(severity)):
        if i == centre or uniform_at(word, i) < share:
            severity[i] = max(severity[i], strength)


@compiled
def impacts(
    severity: Floats,
    marginalised: Floats,
    services: Floats,
    prevented_by: Ints,
    prevention: float,
    floor: float,
    insurable: Bools,
    moving: Bools,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Loss without services, with them, and the latter of insurable types and of those that move donors.

    Of ``severity`` (N, types), each summed over its types, (N,).
    """
    n = len(severity)
    expected, impact, insured, moved = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        for kind in range(severity.shape[1]):
            if severity[i, kind] > 0.0:
                exposed = severity[i, kind] * (floor + marginalised[i])
                expected[i] += exposed
                felt = exposed * (1.0 - prevention * services[i, prevented_by[kind]])
                impact[i] += felt
                if insurable[kind]:
                    insured[i] += felt
                if moving[kind]:
                    moved[i] += felt
    return expected, impact, insured, moved
