"""The finished runs of a result folder in design order, slab by slab, so that they need not fit in memory."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from citysim.errors import ResultError
from citysim.store.places import with_places
from citysim.store.reader import StoredResults
from citysim.store.scan import Block, scan

#: Values that a slab holds at most, about 32 MB of a trajectory's; a slab is a power of two of runs.
_SLAB_VALUES = 2**23
#: Blocks kept as they were read; neighbouring slabs take theirs from the same ones.
_KEPT_BLOCKS = 8


@dataclass(frozen=True, eq=False)
class Finished:
    """Finished runs: a row each in ``runs``, with what was drawn, and the block that holds the rest."""

    results: StoredResults
    runs: pd.DataFrame
    block_of: dict[str, Block]

    def tables(self) -> list[str]:
        """Tables that were recorded beside ``runs`` and have equally many rows of every run."""
        return [name for name in self.results.config.record.tables if name != "statistics"]

    def first_run(self, table: str) -> pa.Table:
        """The rows of the first run, which show what those of every run look like."""
        run = str(self.runs["run"].iloc[0])
        block = self._read(table, self.block_of[run])
        return block.filter(pc.equal(block["run"], run))

    def slab_size(self, table: str) -> int:
        """Runs of a slab, a power of two."""
        record = self.results.config.record
        values = max(len(self.first_run(table)) * (len(record.outcomes) + 4), 1)
        return 1 << int(np.log2(max(_SLAB_VALUES / values, 1)))

    def slabs(self, table: str) -> Iterator[pa.Table]:
        """Rows of a table in design order, some runs at a time; every run has as many rows as the first.

        Raises ``ResultError`` where a file is damaged or lacks rows.
        """
        order, size, rows = self.runs["run"].tolist(), self.slab_size(table), len(self.first_run(table))
        kept: OrderedDict[Block, pa.Table] = OrderedDict()
        for start in range(0, len(order), size):
            yield self._slab(table, order[start : start + size], rows, kept)

    def _slab(
        self, table: str, runs: Sequence[str], rows: int, kept: OrderedDict[Block, pa.Table]
    ) -> pa.Table:
        parts = []
        of_block: dict[Block, list[str]] = {}
        for run in runs:
            of_block.setdefault(self.block_of[run], []).append(run)
        for block, wanted in of_block.items():
            if block not in kept:
                kept[block] = self._read(table, block)
            kept.move_to_end(block)
            part = kept[block].filter(pc.is_in(kept[block]["run"], pa.array(wanted, pa.string())))
            if len(part) != rows * len(wanted):
                path = self.results.path / table / block.name
                raise ResultError(f"{path}: damaged, lacks rows of its runs; run the experiment again")
            parts.append(part)
            while len(kept) > _KEPT_BLOCKS:
                kept.popitem(last=False)
        slab = pa.concat_tables(parts)
        place = pc.index_in(slab["run"], pa.array(runs, pa.string())).to_numpy()
        return slab.take(np.argsort(place, kind="stable"))

    def _read(self, table: str, block: Block) -> pa.Table:
        found = block.read(table)
        if found is None:
            path = self.results.path / table / block.name
            raise ResultError(f"{path}: replaced by a larger one meanwhile; export again")
        return with_places(found, lambda: self.results.places) if table == "cities" else found


def finished_runs(results: StoredResults) -> Finished:
    """The finished runs of a result folder. Raises ``ResultError`` where there are none yet."""
    block_of: dict[str, Block] = {}
    for block in scan(results.path, check=()):
        for run in block.runs["run"].to_pylist():
            block_of.setdefault(run, block)
    results.require_runs()
    outcomes = list(results.config.record.outcomes)
    runs = results.design.merge(results.runs[["run", *outcomes]], on="run", how="inner", validate="1:1")
    return Finished(results, runs, block_of)
