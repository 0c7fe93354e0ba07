"""Runs that no result folder holds, read as one is."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from citysim.plan.config import ExperimentConfig
from citysim.store.reader import StoredResults
from citysim.store.records import RunFailure


class RunsAtHand(StoredResults):
    """Runs of an experiment as a result folder would give them; ``path`` is for what is said of them.

    ``design``: a row per run that is asked for; ``tables``: of each finished run, by its id and then by the
    names that they have in a result folder; ``failed``: by id. Runs that are not asked for may be there too.
    """

    def __init__(
        self,
        path: Path,
        config: ExperimentConfig,
        world_digest: str,
        design: pa.Table,
        tables: Mapping[str, Mapping[str, pa.Table]],
        failed: Mapping[str, RunFailure],
    ) -> None:
        super().__init__(path)
        self.config = config
        self.world_digest = world_digest
        self.design = design.to_pandas()
        self._by_run = tables
        rows = [(run, failed[run].error) for run in self.design["run"] if run in failed]
        self.failures = pd.DataFrame(rows, columns=["run", "error"])

    def _tables(self, name: str, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        asked = (self._by_run[run] for run in self.design["run"] if run in self._by_run)
        found = [of[name] for of in asked if name in of]
        if found:  # as one, which copies nothing, so that its part is taken once
            whole = pa.concat_tables(found, promote_options="default")
            yield whole if columns is None else whole.select(columns)
