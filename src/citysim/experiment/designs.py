"""Designs: how swept axes become design points."""

import itertools
from collections.abc import Callable, Mapping

import numpy as np

from citysim.experiment.axes import Axis, Range, Values
from citysim.experiment.checks import Value, is_whole
from citysim.experiment.config import DesignConfig

type Point = dict[str, Value]

# Key of the designs' random streams; every sampled design of equal size is the same.
_KEY = 0x64657369676E


def design_points(design: DesignConfig) -> list[Point]:
    """The points of a checked design in order; without axes, one empty point."""
    axes: Mapping[str, Axis] = design.axes
    if not axes:
        return [{}]
    return _KINDS[design.kind](axes, design.samples or 0)


def _grid(axes: Mapping[str, Axis], _samples: int) -> list[Point]:
    """Every combination, the last axis varying fastest."""
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*_values(axes))]


def _list(axes: Mapping[str, Axis], _samples: int) -> list[Point]:
    """The first values of all axes, then the second ones, and so on."""
    return [dict(zip(axes, values, strict=True)) for values in zip(*_values(axes), strict=True)]


def _values(axes: Mapping[str, Axis]) -> list[tuple[Value, ...]]:
    return [axis.values for axis in axes.values() if isinstance(axis, Values)]


def _latin_hypercube(axes: Mapping[str, Axis], samples: int) -> list[Point]:
    from scipy.stats import qmc  # noqa: PLC0415  takes a second, and workers design nothing

    sampler = qmc.LatinHypercube(d=len(axes), rng=_stream())
    return _scaled(axes, sampler.random(samples))


def _sobol(axes: Mapping[str, Axis], samples: int) -> list[Point]:
    """Scrambled Sobol points; the first half of 2n points are the n points of the smaller design."""
    from scipy.stats import qmc  # noqa: PLC0415  as above

    sampler = qmc.Sobol(d=len(axes), scramble=True, rng=_stream())
    return _scaled(axes, sampler.random(samples))


def _stream() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(_KEY)))


def _scaled(axes: Mapping[str, Axis], shares: np.ndarray) -> list[Point]:
    return [
        {name: _at(name, axis, float(share)) for (name, axis), share in zip(axes.items(), row, strict=True)}
        for row in shares
    ]


def _at(name: str, axis: Axis, share: float) -> Value:
    if not isinstance(axis, Range):
        raise TypeError(f"{name} is a list, and a sampled design needs a range")
    value = axis.at(share)
    return round(value) if is_whole(name) else value


_KINDS: dict[str, Callable[[Mapping[str, Axis], int], list[Point]]] = {
    "grid": _grid,
    "list": _list,
    "latin_hypercube": _latin_hypercube,
    "sobol": _sobol,
}
