"""Implausibility of points of the cube, and new points among those not ruled out yet."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citysim.arrays import Bools, Floats
from citysim.calibration.data import Targets
from citysim.calibration.emulate import Emulator
from citysim.calibration.space import SEED
from citysim.errors import ResultError

#: Points that are looked at for each share of the prior.
LOOKED_AT = 16_384
#: Least share of them that must be left before points are sought by steps.
FEW = 0.02
#: Share of the points that each step keeps, its most steps, and moves of a point in each.
KEPT, STEPS, MOVES = 0.1, 12, 24


@dataclass(frozen=True, eq=False)
class Region:
    """What a wave has not ruled out: points whose implausibility is below ``cut``.

    I_k(x) = |E[f_k(x)] − z_k| / sqrt(Var[E f_k(x)] + noise_k + bootstrap_k² + discrepancy_k²)
    (Vernon, Goldstein & Bower 2010). ``rank``: 1 takes the highest of the statistics, 2 the second
    highest, for many statistics, of which one is off by chance or for want of a good emulator.
    """

    emulators: Sequence[Emulator]
    targets: Targets
    cut: float
    rank: int = 1

    def each(self, cube: Floats) -> Floats:
        """Implausibility by statistic at points of the cube, (n, P): (n, K)."""
        columns = []
        for k, law in enumerate(self.emulators):
            mean, variance = law.predict(cube)
            sd = np.sqrt(variance + law.noise + self.targets.error[k] ** 2)
            columns.append(np.abs(mean - self.targets.value[k]) / np.maximum(sd, 1e-300))
        return np.column_stack(columns) if columns else np.zeros((len(cube), 0))

    def measure(self, cube: Floats) -> Floats:
        """What is held against the cut, (n,); 0 where there are fewer statistics than ``rank``."""
        each = self.each(cube)
        if each.shape[1] < self.rank:
            return np.zeros(len(cube))
        return np.asarray(np.sort(each, axis=1)[:, -self.rank])

    def holds(self, cube: Floats) -> Bools:
        """Which points are not ruled out, (n,)."""
        return np.asarray(self.measure(cube) < self.cut)


@dataclass(frozen=True, eq=False)
class Left:
    """Share of the prior that some waves leave, with a standard error."""

    share: float
    error: float


def not_ruled_out(regions: Sequence[Region], points: int, dimensions: int, wave: int) -> tuple[Floats, Left]:
    """Points uniform in what no region rules out, (points, P), and its share; the same at every call.

    By rejection where enough is left. Else by subset simulation (Au & Beck 2001): the tenth of the points
    nearest to the region is moved about by random walks that stay as near, and so on until enough lie within;
    the share is the product of those of the steps. Raises ``ResultError`` where no point is found.
    """
    rng = np.random.default_rng([SEED, wave])

    def excess(cube: Floats) -> Floats:
        """Greatest implausibility as share of its cut: below 1 a point is not ruled out."""
        return np.asarray(
            np.max([region.measure(cube) / region.cut for region in regions], axis=0, initial=0.0),
            dtype=np.float64,
        )

    cube = rng.random((LOOKED_AT, dimensions))
    found, share = excess(cube), 1.0
    for _ in range(STEPS):
        within = found < 1.0
        here = float(within.mean())
        if here >= FEW or int(within.sum()) >= 4 * points:
            break
        limit = float(np.quantile(found, KEPT))
        share *= KEPT
        start = rng.choice(np.flatnonzero(found <= limit), LOOKED_AT)
        cube, found = cube[start], found[start]
        step = np.maximum(cube.std(axis=0), 0.02)
        for _ in range(MOVES):
            # A few parameters at a time: in a hundred dimensions no move of all of them stays near.
            moved = cube + step * rng.standard_normal(cube.shape) * (rng.random(cube.shape) < 3 / dimensions)
            moved = np.abs(moved) % 2.0
            moved = np.where(moved > 1.0, 2.0 - moved, moved)
            at = excess(moved)
            better = at <= max(limit, 1.0)
            cube, found = np.where(better[:, None], moved, cube), np.where(better, at, found)
    else:
        raise ResultError(
            f"wave {wave}: no point of the prior is left that the statistics do not rule out; state larger "
            "discrepancies for a reason, leave statistics out, or raise calibration.cut"
        )
    within = found < 1.0
    here = float(within.mean())
    kept = cube[within]
    chosen = kept[rng.choice(len(kept), points, replace=len(kept) < points)]
    return chosen, Left(share * here, share * float(np.sqrt(here * (1 - here) / LOOKED_AT)))
