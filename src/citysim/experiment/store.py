"""The result folder: blocks of runs in Parquet, each complete or absent.

A block is one file of the same name in ``runs/``, ``trajectories/`` and ``cities/``, as far as they are
recorded. Its ``runs/`` file is written last, so a row there implies the rest of that run.
Runs that a changed config no longer asks for are kept in ``unused/`` and taken back when it asks again.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from citysim.experiment.config import RecordConfig
from citysim.experiment.files import (
    disk_errors,
    locked,
    locked_for_others,
    make_folder,
    sweep_temporaries,
    write_atomically,
    write_text,
)
from citysim.experiment.records import RunRecord, cities_table, runs_table, trajectories_table
from citysim.experiment.runs import RunSpec, key_columns

UNUSED = "unused"
_MADE = (
    *("design.parquet", "config.toml", "headline.csv", "effects.csv", "briefing.pdf", "briefing.html"),
    *("failures*.parquet", "manifest*.json", "posterior.parquet", "figures/*.png", "figures/*.svg"),
)
_TABLES = ("trajectories", "cities", "runs")  # in the order of writing


class Store:
    """One writer's view of a result folder.

    ``shard`` names the part of the runs this writer does, such as ``3of100``; None for all of them.
    """

    def __init__(
        self, folder: Path, record: RecordConfig, swept: Sequence[str], shard: str | None = None
    ) -> None:
        self.folder = folder
        self.record = record
        self.swept = tuple(swept)
        self.shard = shard
        self.label = shard or "all"
        self.alone = shard is None  # nobody else writes to the folder
        parts = {"runs": True, "trajectories": record.trajectories, "cities": record.cities}
        self.tables = tuple(name for name in _TABLES if parts[name])

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Make and hold the folder, and sweep what a killed run left half written.

        Raises ``ResultError`` where the folder is in use, read-only or not a folder.
        """
        make_folder(self.folder)
        with locked(self.folder, self.shard):
            self._prepare()
            yield

    @contextmanager
    def opened_for_others(self, *, alone: bool) -> Iterator[Callable[[], None]]:
        """The same, for processes elsewhere that write as shards once the function given has been called.

        Without ``alone`` they are at work already, and their files are left as they are.
        """
        make_folder(self.folder)
        with locked_for_others(self.folder, alone=alone) as share:
            self.alone = alone
            self._prepare()
            yield share

    def _prepare(self) -> None:
        for name in (".", *self.tables):
            make_folder(self.folder / name)
            sweep_temporaries(self.folder / name, None if self.alone else self.label)

    def blocks(self, *, unused: bool = False) -> list[str]:
        """File names of the blocks whose runs are complete."""
        return sorted(file.name for file in (self._root(unused=unused) / "runs").glob("*.parquet"))

    def _root(self, *, unused: bool) -> Path:
        return self.folder / UNUSED if unused else self.folder

    def take_stock(self, wanted: Sequence[RunSpec], warn: Callable[[str], None]) -> set[str]:
        """Ids of the wanted runs that are done.

        Sets damaged blocks aside as ``*.damaged``, each named through ``warn``. Unless this is one shard
        among others, moves runs between the folder and ``unused/`` so that the folder holds only wanted ones.
        """
        specs = {spec.run: spec for spec in wanted}
        done: set[str] = set()
        for unused in (False, True) if self.alone else (False,):
            for block in self.blocks(unused=unused):
                tables = self._read_block(block, warn, unused=unused)
                if tables is None:
                    continue
                found = tables["runs"]["run"].to_pylist()
                kept = [run for run in found if run in specs]
                done.update(kept)
                if self.alone and self._misplaced(tables["runs"], found, kept, unused=unused):
                    self._rearrange(block, tables, specs, unused=unused)
        if self.alone:
            self._drop_orphans()
        return done

    def _read_block(
        self, block: str, warn: Callable[[str], None], *, unused: bool
    ) -> dict[str, pa.Table] | None:
        """All tables of a block, or None where one is damaged or lacks a run: then it is set aside."""
        root = self._root(unused=unused)
        tables: dict[str, pa.Table] = {}
        for name in reversed(self.tables):
            file = root / name / block
            try:
                tables[name] = read_table(file)
                problem = None if "run" in tables[name].column_names else "has no column 'run'"
                if problem is None and set(tables["runs"]["run"].unique().to_pylist()) - set(
                    tables[name]["run"].unique().to_pylist()
                ):
                    problem = "lacks runs"
            except (OSError, pa.ArrowException) as error:
                problem = str(error).splitlines()[0]
            if problem:
                self._set_aside(root, block)
                warn(f"{file}: damaged ({problem}); set aside as *.damaged, its runs are done again")
                return None
        return tables

    def _set_aside(self, root: Path, block: str) -> None:
        for name in reversed(self.tables):
            file = root / name / block
            with disk_errors(file, "cannot be renamed"):
                if file.exists():
                    file.rename(file.with_name(f"{block}.damaged"))

    def _misplaced(self, runs: pa.Table, found: list[str], kept: list[str], *, unused: bool) -> bool:
        if unused:
            return bool(kept)
        expected = ["run", "arm", "seed", "draw", *self.swept, *self.record.outcomes]
        return len(kept) < len(found) or runs.column_names != expected

    def _rearrange(
        self, block: str, tables: dict[str, pa.Table], specs: dict[str, RunSpec], *, unused: bool
    ) -> None:
        """Split a block into its wanted and its unwanted runs; the original goes last, so nothing is lost."""
        runs = tables["runs"]
        kept = pc.is_in(runs["run"], pa.array(list(specs), pa.string()))
        written: list[Path] = []
        for wanted, mask in ((True, kept), (False, pc.invert(kept))):
            ids = runs["run"].filter(mask).to_pylist()
            if not ids:
                continue
            part = {
                name: table.filter(pc.is_in(table["run"], pa.array(ids, pa.string())))
                for name, table in tables.items()
            }
            if wanted:
                part["runs"] = self._with_current_keys(part["runs"], [specs[run] for run in ids])
            written.append(self._write_block(part, ids, unused=not wanted))
        original = self._root(unused=unused) / "runs" / block
        if original not in written:
            for name in reversed(self.tables):
                file = self._root(unused=unused) / name / block
                with disk_errors(file, "cannot be deleted"):
                    file.unlink(missing_ok=True)

    def _with_current_keys(self, runs: pa.Table, specs: list[RunSpec]) -> pa.Table:
        """The runs with the swept columns of the config as it is now."""
        columns = key_columns(specs, self.swept)
        return pa.table(columns | {name: runs[name] for name in self.record.outcomes})

    def _drop_orphans(self) -> None:
        """Delete trajectories whose runs were never written."""
        for unused in (False, True):
            root, complete = self._root(unused=unused), set(self.blocks(unused=unused))
            for name in ("trajectories", "cities"):
                for file in (root / name).glob("*.parquet"):
                    if file.name not in complete:
                        with disk_errors(file, "cannot be deleted"):
                            file.unlink()

    def append(self, specs: Sequence[RunSpec], records: Sequence[RunRecord]) -> None:
        """Write finished runs as one block. Raises ``ResultError`` where the disk does not take it."""
        tables = {"runs": runs_table(specs, records, self.swept, self.record.outcomes)}
        if self.record.trajectories:
            tables["trajectories"] = trajectories_table(records, self.record.groups, self.record.outcomes)
        if self.record.cities:
            tables["cities"] = cities_table(records)
        self._write_block(tables, [record.run for record in records], unused=False)

    def _write_block(self, tables: dict[str, pa.Table], runs: Sequence[str], *, unused: bool) -> Path:
        """Write a block, named after the runs it holds, and give the path of its runs."""
        root = self._root(unused=unused)
        name = f"part-{hashlib.sha256(''.join(sorted(runs)).encode()).hexdigest()[:12]}.parquet"
        for table in self.tables:
            make_folder(root / table)
            write_table(root / table / name, self.label, tables[table])
        return root / "runs" / name

    def write_design(self, design: pd.DataFrame, config: str) -> None:
        """Write ``design.parquet`` and ``config.toml``, where they have changed."""
        table = pa.Table.from_pandas(design, preserve_index=False).replace_schema_metadata(None)
        if not _same_table(self.folder / "design.parquet", table):
            write_table(self.folder / "design.parquet", self.label, table)
        path = self.folder / "config.toml"
        with disk_errors(path, "cannot be read"):
            same = path.is_file() and path.read_bytes() == config.encode()
        if not same:
            write_text(path, self.label, config)

    def holds_runs(self) -> bool:
        """Whether any run has been kept."""
        return bool(self.blocks() or self.blocks(unused=True))

    def clear(self) -> None:
        """Delete the runs and what was made from them; files that are not ours stay."""
        with disk_errors(self.folder, "cannot be cleared"):
            for root in (self.folder, self.folder / UNUSED):
                for name in _TABLES:
                    for file in (root / name).glob("part-*.parquet*"):
                        file.unlink()
            for pattern in _MADE:
                for file in self.folder.glob(pattern):
                    file.unlink()


def write_table(path: Path, label: str, table: pa.Table) -> None:
    """Write a Parquet file atomically: zstd, byte-stream split floats, checksums on every page."""
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    words = [field.name for field in table.schema if pa.types.is_string(field.type)]

    def write(temporary: Path) -> None:
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            use_dictionary=words,
            column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
            write_page_checksum=True,
        )

    write_atomically(path, label, write)


def read_table(path: Path) -> pa.Table:
    """Read and verify a whole Parquet file; ``OSError`` or ``ArrowException`` where it is damaged."""
    return pq.ParquetFile(path, page_checksum_verification=True).read()


def _same_table(path: Path, table: pa.Table) -> bool:
    try:
        return bool(read_table(path).equals(table))
    except (OSError, pa.ArrowException):
        return False
