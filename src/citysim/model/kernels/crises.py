"""Loops of crises over cities: whom an event reaches, and what it does there.

Types are numbered as in the mechanism: the exogenous ones, violence, war.
"""

import numpy as np

from citysim.arrays import Bools, Floats, Ints
from citysim.model.compiled import compiled
from citysim.model.kernels.events import first_above, happens
from citysim.model.state import ROUNDING
from citysim.model.streams import Words, uniform_at


@compiled
def blows(
    counts: Ints,
    epicentre: Floats,
    event: Words,
    unrest: Floats,
    violence_rate: float,
    at_war: Bools,
    home: Ints,
    war_rate: float,
    endogenous: Words,
    dt: float,
) -> tuple[Ints, Ints, Floats]:
    """City (or centre) and type of every event, and the number of its severity, (events,) each.

    Of each exogenous type there are ``counts``, with two numbers each in the stream ``event``; ``epicentre``
    (types, N) is the cumulative probability. Violence and war, where ``at_war`` (S,), have an event and a
    severity stream each in ``endogenous``.
    """
    kinds, n = epicentre.shape
    room = counts.sum() + 2 * n
    city, kind = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    number = np.empty(room)
    count = 0
    for exogenous in range(kinds):
        for row in range(counts[exogenous]):
            place = first_above(epicentre[exogenous], uniform_at(event[exogenous], 2 * row))
            city[count], kind[count] = min(place, n - 1), exogenous
            number[count] = uniform_at(event[exogenous], 2 * row + 1)
            count += 1
    for i in range(n):
        if happens(violence_rate * unrest[i] * dt, uniform_at(endogenous[0], i)):
            city[count], kind[count], number[count] = i, kinds, uniform_at(endogenous[1], i)
            count += 1
    for i in range(n):
        if at_war[home[i]] and happens(war_rate * dt, uniform_at(endogenous[2], i)):
            city[count], kind[count], number[count] = i, kinds + 1, uniform_at(endogenous[3], i)
            count += 1
    return city[:count].copy(), kind[:count].copy(), number[:count].copy()


@compiled
def struck(
    city: Ints,
    kind: Ints,
    strength: Floats,
    xyz: Floats,
    northward: Ints,
    height: Floats,
    radius: Floats,
    share: float,
    reach: Words,
    violence_severity: float,
) -> tuple[Floats, Bools]:
    """Severity of each type in each city, of the worst event that reaches it, (N, types); where violence is.

    An exogenous event reaches the cities within its type's ``radius`` (a chord), or, where that is NaN, a
    ``share`` of all cities and its centre, by the next stream of ``reach``. ``northward``: the cities by
    ``height``, their third coordinate.
    """
    n, kinds = len(xyz), len(radius)
    severity, violence = np.zeros((n, kinds + 2)), np.zeros(n, dtype=np.bool_)
    anywhere = 0
    for event in range(len(city)):
        k, centre, worst = kind[event], city[event], strength[event]
        if k == kinds:
            severity[centre, k], violence[centre] = violence_severity * worst, True
        elif k > kinds:
            severity[centre, k] = worst
        elif np.isnan(radius[k]):
            for i in range(n):
                if i == centre or uniform_at(reach[anywhere], i) < share:
                    severity[i, k] = max(severity[i, k], worst)
            anywhere += 1
        else:
            x, y, z = xyz[centre, 0], xyz[centre, 1], xyz[centre, 2]
            band = radius[k] * ROUNDING + 1e-12  # no city is nearer than its height
            place = first_above(height, z - band)
            while place < n and height[place] <= z + band:
                i = northward[place]
                away = (xyz[i, 0] - x) ** 2 + (xyz[i, 1] - y) ** 2 + (xyz[i, 2] - z) ** 2
                if away <= radius[k] ** 2:
                    severity[i, k] = max(severity[i, k], worst)
                place += 1
    return severity, violence


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
