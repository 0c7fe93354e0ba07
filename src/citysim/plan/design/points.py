"""Designs: how swept axes become design points.

A list of values in a sampled design is crossed with the sampled points, as the arms are.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from citysim.arrays import Floats
from citysim.plan.config import DesignConfig
from citysim.plan.design.axes import GRID_KINDS, Axis, Range, Values
from citysim.plan.faults import Value, is_whole

type Point = dict[str, Value]

# Key of the designs' random streams; every sampled design of equal size is the same.
_KEY = 0x64657369676E


def design_points(design: DesignConfig) -> list[Point]:
    """The points of a checked design in order; without axes, one empty point.

    Points that whole numbers make equal are all there, so that an analysis finds the design's structure.
    """
    if not design.axes:
        return [{}]
    if design.kind in GRID_KINDS:
        return _GRIDS[design.kind](design.axes)
    crossed = _grid(_lists(design.axes))
    return [{**values, **point} for point in sampled_points(design) for values in crossed]


def number_of_points(design: DesignConfig) -> int:
    """Length of ``design_points``, without making them."""
    lengths = [len(axis.values) for axis in _lists(design.axes).values()]
    if design.kind == "list":
        return max(lengths, default=1)
    ranges, n = len(sampled_names(design)), design.samples or 0
    sampled = {
        "grid": 1,
        "saltelli": n * ((2 if design.second_order else 1) * ranges + 2),
        "morris": n * (ranges + 1),
    }
    return math.prod(lengths) * sampled.get(design.kind, n)


def sampled_names(design: DesignConfig) -> list[str]:
    """Axes that are sampled, in the order of the columns of ``sampled_shares``."""
    return [name for name, axis in design.axes.items() if isinstance(axis, Range)]


def sampled_points(design: DesignConfig) -> list[Point]:
    """The sampled axes of a design at every row of ``sampled_shares``."""
    names = sampled_names(design)
    columns = [
        _column(name, design.axes[name], shares)
        for name, shares in zip(names, sampled_shares(design).T.tolist(), strict=True)
    ]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def sampled_shares(design: DesignConfig) -> Floats:
    """Where in its ranges a sampled design is: float (points, ranges) in [0, 1], before rounding.

    ``saltelli``: rows a, ab₁ … ab_D, b for each of N base points (and ba₁ … ba_D before b with
    ``second_order``); ``morris``: trajectories of D + 1 rows. Both in the order that SALib's analysis takes.
    """
    return _SAMPLERS[design.kind](design)


def salib_problem(design: DesignConfig) -> dict[str, Any]:
    """The sampled axes as SALib's ``problem``, over shares of their ranges."""
    names = sampled_names(design)
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _lists(axes: Mapping[str, Axis]) -> dict[str, Values]:
    return {name: axis for name, axis in axes.items() if isinstance(axis, Values)}


def _grid(axes: Mapping[str, Axis]) -> list[Point]:
    """Every combination, the last axis varying fastest."""
    lists = [axis.values for axis in _lists(axes).values()]
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*lists)]


def _list(axes: Mapping[str, Axis]) -> list[Point]:
    """The first values of all axes, then the second ones, and so on."""
    lists = [axis.values for axis in _lists(axes).values()]
    return [dict(zip(axes, values, strict=True)) for values in zip(*lists, strict=True)]


def _latin_hypercube(design: DesignConfig) -> Floats:
    from scipy.stats import qmc  # noqa: PLC0415  takes a second, and workers design nothing

    sampler = qmc.LatinHypercube(d=len(sampled_names(design)), rng=_stream())
    return sampler.random(design.samples or 0)


def _sobol(design: DesignConfig) -> Floats:
    """Scrambled Sobol points; the first half of 2n points are the n points of the smaller design."""
    from scipy.stats import qmc  # noqa: PLC0415  as above

    sampler = qmc.Sobol(d=len(sampled_names(design)), scramble=True, rng=_stream())
    return sampler.random(design.samples or 0)


def _saltelli(design: DesignConfig) -> Floats:
    """Saltelli's extension of a scrambled Sobol sequence (Saltelli et al. 2010); grows as Sobol's does."""
    from SALib.sample.sobol import sample  # noqa: PLC0415  as above

    second = bool(design.second_order)
    shares: Floats = sample(salib_problem(design), design.samples, calc_second_order=second, seed=_stream())
    return shares


def _morris(design: DesignConfig) -> Floats:
    """Morris's trajectories (Morris 1991); more of them leave the earlier ones as they were."""
    from SALib.sample.morris import sample  # noqa: PLC0415  as above

    shares: Floats = sample(
        salib_problem(design), design.samples, num_levels=design.levels or 4, seed=_stream()
    )
    return shares


def _stream() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(_KEY)))


def _column(name: str, axis: Axis, shares: Sequence[float]) -> list[Value]:
    if not isinstance(axis, Range):
        raise TypeError(f"{name} is a list, and only a range is sampled")
    # The C library's exp and log, not numpy's, which differ between processors in the last bit.
    return [axis.whole_at(share) if is_whole(name) else axis.at(share) for share in shares]


_GRIDS: dict[str, Callable[[Mapping[str, Axis]], list[Point]]] = {"grid": _grid, "list": _list}
_SAMPLERS: dict[str, Callable[[DesignConfig], Floats]] = {
    "latin_hypercube": _latin_hypercube,
    "sobol": _sobol,
    "saltelli": _saltelli,
    "morris": _morris,
}
