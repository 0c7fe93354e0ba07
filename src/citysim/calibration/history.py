"""All waves so far, what they leave of the prior, and the posterior that they give."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from citysim.arrays import Bools, Floats
from citysim.calibration.abc import Posterior, posterior, with_errors
from citysim.calibration.data import Sample, Targets
from citysim.calibration.implausibility import Left, not_ruled_out
from citysim.calibration.recovery import RANKED, Recovered, chosen_truths, recover, recovery_table
from citysim.calibration.scales import Limits, spread_out, targets_spread_out
from citysim.calibration.space import SEED, Space, first_design
from citysim.calibration.waves import Each, Study, study
from citysim.calibration.weights import prior_weights
from citysim.errors import ResultError
from citysim.model.parameters import parameter_specs

_UNKNOWN = Left(np.nan, np.nan)


@dataclass(eq=False)
class History:
    """Waves of runs held against targets; ``cut``, ``rank``, ``least_r2`` and ``accepted`` as of a config.

    ``limits``: least and greatest value of each statistic, by which its scale is chosen (``scales.py``).
    """

    space: Space
    targets: Targets
    limits: Limits
    cut: float
    rank: int
    least_r2: float
    accepted: float
    each: Each = map
    _samples: list[Sample] = field(default_factory=list)
    _studies: list[Study] = field(default_factory=list)
    _left: list[Left] = field(default_factory=list)

    def design(self, points: int) -> Floats:
        """Points of the cube for the next wave, (points, P): Sobol's, then uniform in what is not ruled out.

        Raises ``ResultError`` where nothing is left.
        """
        if not self._samples:
            return first_design(points, len(self.space.names))
        regions = [each.region for each in self._studies]
        cube, self._left[-1] = not_ruled_out(regions, points, len(self.space.names), wave=len(self._samples))
        return cube

    @property
    def left(self) -> Left:
        """What the waves so far leave."""
        return self._left[-1] if self._left else Left(1.0, 0.0)

    def note_left(self, left: Left) -> None:
        """Have the waves so far leave what was measured before."""
        if self._left:
            self._left[-1] = left

    def take(self, sample: Sample) -> Study:
        """Add the runs of the next wave and study all so far.

        Raises ``ResultError`` where no statistic is moved by the parameters.
        """
        self._samples.append(sample)
        found = study(
            self.scaled,
            self.scaled_targets,
            self.space.names,
            least_r2=self.least_r2,
            cut=self.cut,
            rank=self.rank,
            each=self.each,
        )
        if not found.used.any():
            reasons = "; ".join(f"{r.statistic}: {r.reason}" for r in found.table.head(3).itertuples())
            raise ResultError(f"wave {len(self._samples)}: no statistic can calibrate ({reasons})")
        self._studies.append(found)
        self._left.append(_UNKNOWN)
        return found

    @property
    def sample(self) -> Sample:
        """All runs so far."""
        return Sample.together(self._samples)

    @property
    def scaled(self) -> Sample:
        """All runs so far, their statistics on the scales that emulators and posterior work on."""
        sample = self.sample
        return replace(sample, statistics=spread_out(sample.statistics, self.limits))

    @property
    def scaled_targets(self) -> Targets:
        """The targets on these scales."""
        return targets_spread_out(self.targets, self.limits)

    @property
    def last(self) -> Study:
        """The study of all runs so far."""
        return self._studies[-1]

    @property
    def used(self) -> Bools:
        """Statistics that calibrate, (K,)."""
        return self.last.used

    def close(self) -> None:
        """Measure what the last wave leaves; nothing where no point is found."""
        try:
            self.design(1)
        except ResultError:
            self._left[-1] = Left(0.0, np.nan)

    def waves(self) -> pd.DataFrame:
        """A row per wave: ``wave, runs, statistics`` (used), ``median_r2, share_left, share_error``."""
        rows = []
        for wave, (sample, found, left) in enumerate(
            zip(self._samples, self._studies, self._left, strict=True), start=1
        ):
            r2 = [law.r2 for law in found.region.emulators]
            rows.append(
                {
                    "wave": wave,
                    "runs": len(sample.wave),
                    "statistics": int(found.used.sum()),
                    "median_r2": float(np.median(r2)),
                    "share_left": left.share,
                    "share_error": left.error,
                }
            )
        return pd.DataFrame(rows)

    def weights(self) -> Floats:
        """What makes all runs a sample of the prior, (n,)."""
        regions = [[each.region for each in self._studies[:wave]] for wave in range(len(self._samples))]
        shares = [1.0, *(left.share for left in self._left[:-1])]
        return prior_weights(self.sample, regions, shares)

    def shown(self) -> Floats:
        """Statistics of all runs with a draw of the record's errors each, (n, K)."""
        return with_errors(self.sample, self.targets)

    def posterior(self, draws: int) -> Posterior:
        """Draws of the calibrated parameters given the record."""
        sample, targets = self.scaled, self.scaled_targets
        return posterior(
            sample.cube[:, self.space.columns],
            with_errors(sample, targets)[:, self.used],
            targets.value[self.used],
            self.weights(),
            accepted=self.accepted,
            draws=draws,
            unit=self._unit(),
        )

    def recovered(self, truths: int = RANKED) -> Recovered:
        """Posteriors of so many runs of the first wave, each from all others."""
        sample, targets = self.scaled, self.scaled_targets
        shown = with_errors(sample, targets)[:, self.used]
        return recover(
            sample.cube[:, self.space.columns],
            shown,
            self.weights(),
            chosen_truths(shown, sample.wave, truths),
            self.accepted,
            self._unit(),
        )

    def _unit(self) -> Floats:
        """Sd of each used statistic at given parameters, with the record's errors; on their scales."""
        noise = np.array([law.noise for law in self.last.region.emulators])
        return np.asarray(np.sqrt(noise + self.scaled_targets.error[self.used] ** 2))

    def recovery(self, found: Recovered) -> pd.DataFrame:
        """The table of ``recovered``."""
        return recovery_table(self.space.calibrated, found)


def prior_draws_of(names: Collection[str], draws: int) -> pd.DataFrame:
    """Prior draws of uncertain parameters that a calibration holds fixed, (draws) rows and a column each.

    Their values are of its own start; another experiment knows of them what it knew before.
    """
    specs = [spec for spec in parameter_specs().values() if spec.uncertain and spec.name in names]
    if not specs:
        return pd.DataFrame(index=range(draws))
    return Space(tuple(specs), ()).values(first_design(draws, len(specs), SEED + 2))


def whole_draws(space: Space, cube: Floats) -> Floats:
    """Posterior draws with the nuisances, (D, P): those are drawn from their prior, whatever ``cube`` is."""
    others = [i for i in range(len(space.names)) if i not in space.columns]
    full = np.empty((len(cube), len(space.names)))
    full[:, space.columns] = cube
    if others:
        full[:, others] = first_design(len(cube), len(others), SEED + 1)
    return full
