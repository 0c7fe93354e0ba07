"""Runs that other writers of a result folder have settled since one last looked."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from citysim.execute.executors.base import Kept, Outcome
from citysim.store.blocks import DamagedError, read_runs, read_table
from citysim.store.contents import block_names, failure_files
from citysim.store.records import RunFailure


class Arrivals:
    """Looks into a folder in which shards, ``count`` in number, are at work; reads every block once."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.count = count
        self._blocks: set[str] = set()
        self._failures: dict[Path, int] = {}

    def new(self) -> Iterator[Outcome]:
        """What has come since the last call; what cannot be read is looked at again the next time."""
        for block in block_names(self.folder):
            if block not in self._blocks:
                yield from self._kept(block)
        for shard, path in failure_files(self.folder).items():
            if shard is not None and shard.endswith(f"of{self.count}"):
                yield from self._failed(path)

    def _kept(self, block: str) -> Iterator[Kept]:
        try:
            runs = read_runs(self.folder, block, ["run"])["run"].to_pylist()
        except (OSError, DamagedError):
            return
        self._blocks.add(block)
        yield from map(Kept, runs)

    def _failed(self, path: Path) -> Iterator[RunFailure]:
        try:
            changed = path.stat().st_mtime_ns
            if self._failures.get(path) == changed:
                return
            rows = read_table(path).to_pylist()
        except (OSError, pa.ArrowException):
            return
        self._failures[path] = changed
        for row in rows:
            yield RunFailure(str(row["run"]), str(row["error"]), str(row["traceback"]))
