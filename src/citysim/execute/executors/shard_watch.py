"""Runs that other writers of a result folder have settled since one last looked."""

from collections.abc import Iterator
from pathlib import Path

from citysim.errors import ResultError
from citysim.execute.executors.base import Kept, Outcome
from citysim.store.checked import read_checked_table
from citysim.store.contents import failure_files
from citysim.store.records import RunFailure
from citysim.store.scan import scan


class ShardWatch:
    """Looks into a folder in which shards, ``count`` in number, are at work; reads every block once."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.count = count
        self._blocks: set[str] = set()
        self._failures: dict[Path, int] = {}

    def new(self) -> Iterator[Outcome]:
        """What has come since the last call; what cannot be read is looked at again the next time."""
        for block in scan(self.folder, check=(), skip=self._blocks):
            if not block.damage:
                self._blocks.add(block.name)
                yield from map(Kept, block.ids)
        for shard, path in failure_files(self.folder).items():
            if shard is not None and shard.endswith(f"of{self.count}"):
                yield from self._failed(path)

    def _failed(self, path: Path) -> Iterator[RunFailure]:
        try:
            changed = path.stat().st_mtime_ns
            if self._failures.get(path) == changed:
                return
            rows = read_checked_table(self.folder, path.name).to_pylist()
        except (OSError, ResultError):
            return
        self._failures[path] = changed
        for row in rows:
            yield RunFailure(str(row["run"]), str(row["error"]), str(row["traceback"]))
