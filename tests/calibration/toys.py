"""Toy models whose posterior is known in closed form."""

from dataclasses import dataclass

import numpy as np

from citysim.arrays import Floats
from citysim.calibration.data import Sample, Targets
from citysim.calibration.space import first_design


@dataclass(frozen=True)
class Linear:
    """Statistics A x + b + noise over the unit cube: Gaussian posterior, where the prior's edges are far."""

    slopes: Floats  # (K, Q)
    noise: float
    error: float
    dimensions: int  # of the cube, of which the first Q matter

    def sample(self, runs: int, seed: int = 0) -> Sample:
        """Runs of a first wave."""
        rng = np.random.default_rng(seed)
        cube = first_design(runs, self.dimensions, seed)
        return Sample(cube, self.run(cube, rng), np.zeros(runs, dtype=np.int64))

    def run(self, cube: Floats, rng: np.random.Generator) -> Floats:
        """Statistics at points of the cube."""
        mean = cube[:, : self.slopes.shape[1]] @ self.slopes.T
        return mean + self.noise * rng.standard_normal(mean.shape)

    def targets(self, value: Floats) -> Targets:
        """Targets of the record ``value`` (K,)."""
        count = len(value)
        names = tuple(f"arm/toy.{k}" for k in range(count))
        return Targets(
            name=names,
            of_runs=names,
            value=value,
            bootstrap=np.full(count, self.error),
            discrepancy=np.zeros(count),
            use=("C",) * count,
        )

    def exact(self, value: Floats) -> tuple[Floats, Floats]:
        """Mean and sd of the posterior of the parameters that matter, with a flat prior."""
        precision = self.slopes.T @ self.slopes / (self.noise**2 + self.error**2)
        covariance = np.linalg.inv(precision)
        mean = covariance @ self.slopes.T @ value / (self.noise**2 + self.error**2)
        return mean, np.sqrt(np.diag(covariance))


TOY = Linear(
    slopes=np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.5], [0.5, -0.5, 1.0], [1.0, 1.0, 0.0]]),
    noise=0.06,
    error=0.05,
    dimensions=8,
)
