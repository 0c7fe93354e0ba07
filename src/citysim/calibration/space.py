"""The space of uncertain parameters as a unit cube, and the first design in it."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import qmc

from citysim.arrays import Floats
from citysim.model.parameter_fields import ParameterSpec
from citysim.model.parameters import parameter_specs
from citysim.plan.faults import is_whole

#: Seed of every design; a wave or a purpose adds its own number.
SEED = 20


@dataclass(frozen=True)
class Space:
    """P uncertain parameters, each from 0 to 1 over its prior; uniform in the cube is the prior.

    ``calibrated``: names of those that data may move. The others, nuisances, are drawn from their prior in
    every run, so that what is not known of them widens what is learnt of the calibrated ones.
    """

    specs: tuple[ParameterSpec, ...]
    calibrated: tuple[str, ...]

    @classmethod
    def of(
        cls,
        calibrated: Collection[str] | None,
        fixed: Collection[str] = (),
        ranges: Mapping[str, tuple[float, float]] | None = None,
    ) -> "Space":
        """All uncertain parameters but those ``fixed``; ``calibrated``: names, or None for all of them.

        ``ranges``: of parameters whose prior here is another than their own, or that have none.
        """
        own = ranges or {}
        specs = tuple(
            replace(spec, prior=own.get(spec.name, spec.prior))
            for spec in parameter_specs().values()
            if (spec.uncertain or spec.name in own) and spec.name not in fixed
        )
        wanted = {spec.name for spec in specs} if calibrated is None else set(calibrated)
        return cls(specs, tuple(spec.name for spec in specs if spec.name in wanted))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all, the columns of the cube."""
        return tuple(spec.name for spec in self.specs)

    @cached_property
    def columns(self) -> list[int]:
        """Columns of the calibrated parameters."""
        return [self.names.index(name) for name in self.calibrated]

    @cached_property
    def _log(self) -> list[bool]:
        return [spec.scale == "log" for spec in self.specs]

    @cached_property
    def _ends(self) -> tuple[Floats, Floats]:
        priors = [spec.prior or (spec.low, spec.high) for spec in self.specs]
        ends = [
            [math.log(end) if log else end for end in prior]
            for prior, log in zip(priors, self._log, strict=True)
        ]
        low, high = np.array(ends, dtype=float).reshape(-1, 2).T
        return low, high

    def values(self, cube: Floats) -> pd.DataFrame:
        """Parameters at points of the cube, (n, P); a column each, those that count something rounded."""
        low, high = self._ends
        own = low + cube * (high - low)
        table = {}
        for i, spec in enumerate(self.specs):
            found = np.exp(own[:, i]) if self._log[i] else own[:, i]
            if spec.prior is not None:  # rounding may lead over the ends
                found = np.clip(found, *spec.prior)
            table[spec.name] = np.round(found).astype(np.int64) if is_whole(spec.name) else found
        return pd.DataFrame(table)

    def cube(self, values: pd.DataFrame | Mapping[str, Floats]) -> Floats:
        """Points of the cube of parameters in a table with a column each, (n, P)."""
        low, high = self._ends
        own = [
            np.log(values[name]) if log else np.asarray(values[name], dtype=float)
            for name, log in zip(self.names, self._log, strict=True)
        ]
        return np.asarray((np.column_stack(own) - low) / (high - low))


def first_design(points: int, dimensions: int, seed: int = SEED) -> Floats:
    """Points of a scrambled Sobol sequence in the unit cube, (points, dimensions) (Owen 1998)."""
    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    return np.asarray(sampler.random_base2(math.ceil(math.log2(max(points, 1))))[:points])
