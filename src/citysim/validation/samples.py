"""What the runs in result folders predict: values of every statistic by experiment, arm and stage."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.plan.config import ExperimentConfig
from citysim.store.reader import StoredResults, load_results

#: Before calibration and after it.
type Stage = Literal["prior", "posterior"]
STAGES: tuple[Stage, ...] = ("prior", "posterior")
HINDCAST = "hindcast"
#: The first wave of a calibration is drawn from the prior, later waves from neither, and runs of its
#: predictive check from the posterior.
FIRST_WAVE, WAVES, PREDICTIVE = "wave-1", "wave-*", "predictive"
_STAGE_OF: dict[str, Stage] = {FIRST_WAVE: "prior", PREDICTIVE: "posterior"}
#: Draw of the runs that show what chance does.
_DEFAULTS = "defaults"


@dataclass(frozen=True)
class Source:
    """The results of one experiment at one stage."""

    results: StoredResults
    experiment: str
    stage: Stage


class Samples:
    """Statistics of the runs of some sources."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.sources = tuple(sources)
        self._table: dict[tuple[str, Stage], pd.DataFrame] = {}
        for source in self.sources:
            key = (source.experiment, source.stage)
            if key in self._table:
                raise ResultError(f"{source.results.path}: a second folder of {' '.join(key)}; name one")
            self._table[key] = _statistics(source.results)

    def values(self, experiment: str, arm: str, statistic: str, stage: Stage) -> Floats:
        """One per run, NaN where it has none; empty where there are no such runs."""
        table = self._table.get((experiment, stage))
        if table is None or statistic not in table.columns:
            return np.empty(0)
        return table.loc[table["arm"] == arm, statistic].to_numpy(dtype=np.float64)

    def config(self, experiment: str) -> ExperimentConfig | None:
        """The config of an experiment, of whichever stage there is."""
        return next((s.results.config for s in self.sources if s.experiment == experiment), None)


def sources_in(folders: Iterable[Path]) -> list[Source]:
    """What is in result folders, or in folders of calibrations: first wave and predictive check.

    Raises ``ResultError`` where one is neither, has no statistics, or draws neither from prior nor posterior.
    """
    found = []
    for folder in folders:
        if any(folder.glob(WAVES)):
            checked = folder / PREDICTIVE
            there = [folder / FIRST_WAVE, *([checked] if checked.is_dir() else [])]
            found += [_source(path, HINDCAST, _STAGE_OF[path.name]) for path in there]
        else:
            found.append(_source(folder))
    return found


def _source(folder: Path, name: str | None = None, stage: Stage | None = None) -> Source:
    """``name``, ``stage``: what the runs are taken for; by default as their config says."""
    results = load_results(folder)
    results.require_runs()
    drawn = stage or results.config.uncertainty.parameters
    if drawn == "defaults":
        raise ResultError(
            f"{folder}: [uncertainty] parameters: found 'defaults', allowed: prior, posterior; "
            "validation is of what is uncertain"
        )
    if not results.config.record.statistics:
        raise ResultError(f"{folder}: holds no statistics; set [record] statistics = true")
    return Source(results, name or results.config.name, drawn)


def _statistics(results: StoredResults) -> pd.DataFrame:
    """A row per run at drawn parameters: arm, and a column per statistic."""
    keys = results.runs[["run", "arm", "draw"]]
    table = results.statistics.merge(keys, on="run", how="inner")
    return table[table["draw"] != _DEFAULTS]
