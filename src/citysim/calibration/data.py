"""What calibration works on: runs at points of the cube with their statistics, and targets."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citysim.arrays import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Targets:
    """K statistics of the record: ``ARM/STATISTIC``, value, and the two errors it is held against with.

    ``bootstrap`` is the sd of the estimate from the record, ``discrepancy`` that of what the model leaves
    out; ``use`` is ``"C"`` where a statistic may calibrate and ``"V"`` where it validates alone.
    ``of_runs``: the statistic of runs that each is held against, the same for all sources of one.
    """

    name: tuple[str, ...]
    of_runs: tuple[str, ...]
    value: Floats
    bootstrap: Floats
    discrepancy: Floats
    use: tuple[str, ...]

    @property
    def statistics(self) -> list[str]:
        """The statistics alone, without their arms."""
        return [name.partition("/")[2] for name in self.of_runs]

    @property
    def error(self) -> Floats:
        """Sd of the record about what the model says in expectation, without chance within a run, (K,)."""
        return np.asarray(np.hypot(self.bootstrap, self.discrepancy))

    @property
    def calibrating(self) -> Bools:
        """Which may calibrate, (K,)."""
        return np.array([use == "C" for use in self.use], dtype=bool)

    def take(self, kept: Bools | Ints) -> "Targets":
        """The targets at ``kept``."""
        at = np.arange(len(self.name))[kept]
        return Targets(
            name=tuple(self.name[i] for i in at),
            of_runs=tuple(self.of_runs[i] for i in at),
            value=self.value[at],
            bootstrap=self.bootstrap[at],
            discrepancy=self.discrepancy[at],
            use=tuple(self.use[i] for i in at),
        )

    def named(self, names: Collection[str]) -> "Targets":
        """Those of some names: any selection, by time or by kind, makes another calibration."""
        return self.take(np.array([name in names for name in self.name], dtype=bool))


@dataclass(frozen=True, eq=False)
class Sample:
    """n runs: points of the cube (n, P), statistics (n, K) with NaN where a run has none, and wave (n,)."""

    cube: Floats
    statistics: Floats
    wave: Ints

    def take(self, kept: Bools | Ints) -> "Sample":
        """The runs at ``kept``."""
        return Sample(self.cube[kept], self.statistics[kept], self.wave[kept])

    def of(self, statistics: Bools | Ints) -> "Sample":
        """The same runs with some of the statistics."""
        return Sample(self.cube, self.statistics[:, statistics], self.wave)

    @classmethod
    def together(cls, parts: Iterable["Sample"]) -> "Sample":
        """The runs of all ``parts``, at least one, in their order."""
        all_ = [(part.cube, part.statistics, part.wave) for part in parts]
        return cls(*(np.concatenate(arrays) for arrays in zip(*all_, strict=True)))


def by_arm(runs: pd.DataFrame, statistics: pd.DataFrame) -> pd.DataFrame:
    """Statistics of the arms side by side: a row per seed, a column per ``ARM/STATISTIC``.

    ``runs`` has columns ``run, arm, seed, draw``, ``statistics`` has ``run`` and a column each. Runs at the
    default parameters are left out.
    """
    table = runs.loc[runs["draw"] != "defaults", ["run", "arm", "seed"]].merge(statistics, on="run")
    parts = [
        part.drop(columns=["run", "arm"]).set_index("seed").add_prefix(f"{arm}/")
        for arm, part in table.groupby("arm", sort=False)
    ]
    return pd.concat(parts, axis=1).sort_index()


def sample_of(cube: Floats, table: pd.DataFrame, names: Iterable[str], wave: int) -> Sample:
    """Runs of one wave; ``table`` as of ``by_arm``, in whose index seed s is row s − 1 of ``cube``."""
    values = table[list(names)].to_numpy(dtype=float)
    return Sample(cube[table.index.to_numpy() - 1], values, np.full(len(table), wave, dtype=np.int64))
