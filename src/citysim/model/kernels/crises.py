"""Loops of crises over cities: whom an event reaches, and what it does there."""

import numpy as np

from citysim.arrays import Floats, Ints
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
) -> tuple[Floats, Floats]:
    """Loss without services, and with them, of ``severity`` (N, types), each summed over types, (N,)."""
    expected, impact = np.zeros(len(severity)), np.zeros(len(severity))
    for i in range(len(severity)):
        for kind in range(severity.shape[1]):
            if severity[i, kind] > 0.0:
                exposed = severity[i, kind] * (floor + marginalised[i])
                expected[i] += exposed
                impact[i] += exposed * (1.0 - prevention * services[i, prevented_by[kind]])
    return expected, impact
