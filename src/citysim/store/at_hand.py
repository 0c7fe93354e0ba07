"""Runs that no result folder holds, read as one is."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from citysim.plan.config import ExperimentConfig
from citysim.store.places import places
from citysim.store.reader import StoredResults
from citysim.store.records import RunFailure

if TYPE_CHECKING:
    from citysim.world.world import World


class RunsAtHand(StoredResults):
    """Runs of an experiment as a result folder would give them; ``path`` is for what is said of them.

    ``design``: a row per run that is asked for; ``tables``: of each finished run, by its id and then by the
    names that they have in a result folder; ``failed``: by id. Runs that are not asked for may be there too.
    """

    def __init__(
        self,
        path: Path,
        config: ExperimentConfig,
        world: "World",
        design: pa.Table,
        tables: Mapping[str, Mapping[str, pa.Table]],
        failed: Mapping[str, RunFailure],
    ) -> None:
        super().__init__(path)
        self.config = config
        self.design = design.to_pandas()
        self.places = places(world)
        self.world_digest = world.digest
        self._tables = tables
        rows = [(run, failed[run].error) for run in self.design["run"] if run in failed]
        self.failures = pd.DataFrame(rows, columns=["run", "error"])

    def _blocks(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        part: Callable[[pa.Table], pa.Table] = lambda table: table,
    ) -> pa.Table:
        asked = (self._tables[run] for run in self.design["run"] if run in self._tables)
        found = [of[name] for of in asked if name in of]
        if not found:
            return self._nothing(columns)
        whole = pa.concat_tables(found, promote_options="default")
        return part(whole if columns is None else whole.select(columns))
