"""A result folder as the analysis, the figures and the briefing read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from citysim.errors import ResultError
from citysim.model.outcomes import OUTCOMES
from citysim.plan.config import ExperimentConfig
from citysim.plan.design.axes import Values
from citysim.plan.events import COUNTS
from citysim.store.manifest import any_manifest
from citysim.store.reader import StoredResults, load_results

#: The arm without cooperation of cities, against which every other one is held.
BASELINE_ARM = "none"
#: Runs at the default parameters, which only the random numbers tell apart.
DEFAULTS = "defaults"
KEYS = ("run", "arm", "seed", "draw", "stall")


@dataclass(frozen=True, eq=False)
class RunSet:
    """Finished runs of one experiment, as analysis, figures and briefing take them.

    ``runs`` has one row per run; ``arms`` are in the order of the config, the baseline first;
    ``outcomes`` are those recorded, in the model's order; ``sweep`` are swept columns other than stall.
    ``asked``: number of runs the config asks for; ``elsewhere``: folder of what is made of them, if another;
    ``stored``: the folder as it was read; ``asked_language``: of what is made of them, if not the config's;
    ``made``: tables that no file holds, by name.
    """

    path: Path
    runs: pd.DataFrame
    arms: tuple[str, ...]
    outcomes: tuple[str, ...]
    sweep: tuple[str, ...]
    config: ExperimentConfig
    asked: int
    elsewhere: Path | None = None
    stored: StoredResults | None = None
    asked_language: str | None = None
    made: Mapping[str, pd.DataFrame] | None = None

    @property
    def language(self) -> str:
        """Language of figures, sentences and briefing."""
        return self.asked_language or self.config.report.language

    @property
    def out(self) -> Path:
        """Folder of the tables, figures and briefing."""
        return self.elsewhere or self.path

    @property
    def sampled(self) -> bool:
        """Whether the design samples the swept values, so that no combination of them repeats."""
        return self.config.design.kind not in ("grid", "list")

    @property
    def draw(self) -> str:
        """Draw of the replications that carry the parameter uncertainty; defaults where there is none."""
        drawn = [name for name in self.runs["draw"].unique() if name != DEFAULTS]
        return str(drawn[0]) if drawn else DEFAULTS

    def trajectories(
        self,
        outcomes: Iterable[str],
        groups: Iterable[str],
        runs: Iterable[str] | None = None,
        *,
        last: bool = False,
    ) -> pd.DataFrame | None:
        """Quarters of the runs for some outcomes and groups, with each run's arm, seed, draw and stall.

        ``runs``: only of these; ``last``: only the last quarter. None where the experiment recorded no
        trajectories.
        """
        if not self.config.record.trajectories:
            return None
        recorded = [name for name in outcomes if name in self.config.record.outcomes]
        stored = self.stored or load_results(self.path)
        table = stored.quarters(recorded, groups, runs, last=last)
        return table.merge(self.runs[list(KEYS)], on="run", how="inner")

    def exposures(self) -> dict[str, tuple[float, float]]:
        """Number of cities of every group of exposure to the arms' events, and their people at the start.

        Raises ``ResultError`` where the runs are not grouped so.
        """
        sizes = any_manifest(self.path).get("exposures")
        if sizes is None:
            raise ResultError(f"{self.path}: holds no groups of cities by exposure to events; run it again")
        return {name: (size["cities"], size["people"]) for name, size in sizes.items()}

    def groups(self) -> pd.DataFrame:
        """One row per run and group of cities: keys, swept values, outcomes over the run.

        Raises ``ResultError`` where the experiment recorded none.
        """
        table = (self.stored or load_results(self.path)).groups
        return table.merge(self.runs[[*KEYS, *self.sweep]], on="run", how="inner")

    def statistics(self) -> pd.DataFrame:
        """One row per run: keys, swept values, statistics of its course (``citysim.patterns``).

        Raises ``ResultError`` where the experiment recorded none.
        """
        table = (self.stored or load_results(self.path)).statistics
        return table.merge(self.runs[[*KEYS, *self.sweep]], on="run", how="inner")


def read_results(path: Path, out: Path | None = None, language: str | None = None) -> RunSet:
    """Read the runs of a result folder; ``out``: where what is made of them lies, if not there too.

    ``language``: of figures, sentences and briefing, if not the config's.

    Raises ``ResultError`` where the folder, its runs or a column is missing, all runs failed, or a file is
    damaged.
    """
    stored = load_results(path)
    stored.require_runs()
    return runs_of(stored, out, language)


def runs_of(
    stored: StoredResults,
    out: Path | None = None,
    language: str | None = None,
    made: Mapping[str, pd.DataFrame] | None = None,
) -> RunSet:
    """``read_results`` of a folder that has runs and is open already; ``made``: see ``RunSet``."""
    runs, path = stored.runs, stored.path
    missing = [key for key in KEYS if key not in runs]
    if missing:
        raise ResultError(f"{path / 'runs'}: lacks column {', '.join(missing)}; run the experiment again")
    found = set(runs["arm"])
    arms = tuple(dict.fromkeys(a for a in (BASELINE_ARM, *stored.config.arms, *sorted(found)) if a in found))
    outcomes = tuple(name for name in OUTCOMES if name in runs)
    sweep = tuple(c for c in runs.columns if c not in {*KEYS, *OUTCOMES, *COUNTS})
    return RunSet(
        path=path,
        runs=runs,
        arms=arms,
        outcomes=outcomes,
        sweep=sweep,
        config=stored.config,
        asked=len(stored.design),
        elsewhere=out,
        stored=stored,
        asked_language=language,
        made=made,
    )


def first_sweep(table: pd.DataFrame, results: RunSet) -> pd.DataFrame:
    """Rows of the first combination of the swept values beside stall, first as the design lists them."""
    for column in results.sweep:
        if column in table and len(table):
            axis = results.config.design.axes.get(column)
            listed = axis.values if isinstance(axis, Values) else ()
            first = next((value for value in listed if (table[column] == value).any()), table[column].iloc[0])
            table = table[table[column] == first]
    return table
