"""The result folder: blocks of runs, each complete or absent, by one writer or by several.

Runs that a changed config no longer asks for are kept in ``unused/`` and taken back when it asks again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from citysim.plan.carried import WORLD_DATA, carried_files, carried_in
from citysim.plan.config import ExperimentConfig, config_toml
from citysim.plan.events import COUNTS
from citysim.plan.ids import has_old_ids
from citysim.plan.record import RecordConfig
from citysim.plan.runs import RunSpec, key_columns
from citysim.store.blocks import (
    DamagedError,
    check_rest,
    delete_block,
    of_another_shard,
    parquet,
    parse_table,
    read_beside,
    set_aside,
    shard_of,
    write_block,
)
from citysim.store.checked import digest_of, is_as_written, is_listed, list_digests, write_checked
from citysim.store.contents import (
    CONFIG,
    POSTERIOR,
    TABLES,
    UNUSED,
    block_names,
    check_ours,
    damaged_blocks,
    damaged_failures,
    failure_files,
    manifest_files,
)
from citysim.store.files import (
    disk_errors,
    locked,
    locked_for_others,
    make_folder,
    sweep_temporaries,
    writing,
)
from citysim.store.outputs import remove_written
from citysim.store.records import RunRecord, other_tables, runs_table
from citysim.store.scan import Block, scan

if TYPE_CHECKING:
    from citysim.world.world import World


class Store:
    """One writer's view of a result folder.

    ``shard`` names the part of the runs this writer does, such as ``3of100``; None for all of them.
    ``counts``: whether runs have columns that count what their events came to.
    """

    def __init__(
        self,
        folder: Path,
        record: RecordConfig,
        swept: Sequence[str],
        shard: str | None = None,
        *,
        counts: bool = False,
    ) -> None:
        self.folder = folder
        self.record = record
        self.swept = tuple(swept)
        self.shard = shard
        self.counts = COUNTS if counts else ()
        self.label = shard or "all"
        self.alone = shard is None  # nobody else writes to the folder …
        self.locks = True  # … as far as locks can tell
        self.tables = (*record.tables, "runs")

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Make and hold the folder, and sweep what a killed run left half written.

        Raises ``ResultError`` where the folder is in use, read-only, not a folder, or holds what is not
        citysim's and nothing that is.
        """
        check_ours(self.folder)
        make_folder(self.folder)
        with locked(self.folder, self.shard) as self.locks:
            self._prepare()
            yield

    @contextmanager
    def opened_for_others(self, *, alone: bool) -> Iterator[Callable[[], None]]:
        """The same, for processes elsewhere that write as shards once the function given has been called.

        Without ``alone`` they are at work already, and their files are left as they are.
        """
        check_ours(self.folder)
        make_folder(self.folder)
        with locked_for_others(self.folder, alone=alone) as share:
            self.alone = alone
            self._prepare()

            def let_in() -> None:
                share()
                self.alone = False

            yield let_in

    @property
    def tidies(self) -> bool:
        """Whether this writer may move and delete what others wrote: only where none can be at work."""
        return self.alone and self.locks

    def _prepare(self) -> None:
        for name in (".", *self.tables):
            make_folder(self.folder / name)
            if self.locks:
                sweep_temporaries(self.folder / name, None if self.alone else self.label)

    def blocks(self, *, unused: bool = False) -> list[str]:
        """File names of the blocks whose runs are complete."""
        return block_names(self._root(unused=unused))

    def _root(self, *, unused: bool) -> Path:
        return self.folder / UNUSED if unused else self.folder

    def finished(self, wanted: Sequence[RunSpec], warn: Callable[[str], None]) -> set[str]:
        """Ids of the wanted runs that are done: whose row is in a block of which every byte is as written.

        Sets damaged blocks aside as ``*.damaged``, each named through ``warn``, and deletes runs that another
        block holds too. Unless others write to the folder, moves runs between it and ``unused/`` so that it
        holds only wanted ones. A shard does not look at the blocks of other shards.
        """
        specs = {spec.run: spec for spec in wanted}
        done: set[str] = set()
        for unused in (False, True) if self.tidies else (False,):
            # A block that grew, and was killed before the smaller one was deleted, comes before that.
            for block in sorted(self._scan(warn, unused=unused), key=lambda block: -len(block.ids)):
                found = block.ids
                kept = [run for run in found if run in specs and run not in done]
                if (kept or not self.shard) and not self._whole(block, warn):
                    continue
                if self.tidies:
                    self._rearrange(block, kept, specs, unused=unused)
                elif done.issuperset(found) and shard_of(block.name) == self.shard:
                    delete_block(self.folder, block.name)
                done.update(kept)
        if self.tidies:
            self._drop_orphans()
        return done

    def _scan(self, warn: Callable[[str], None], *, unused: bool) -> Iterator[Block]:
        """Every whole block that can hold some of our runs; what lies beside the runs is looked at later."""
        root = self._root(unused=unused)
        others = [name for name in self.blocks(unused=unused) if of_another_shard(name, self.shard)]
        for block in scan(root, columns=None, check=(), skip=others):
            if block.damage:
                self._set_aside(block, block.damage, warn)
            else:
                yield block

    def _whole(self, block: Block, warn: Callable[[str], None]) -> bool:
        try:
            check_rest(block.root, block.name, block.runs, self.tables)
        except DamagedError as damage:
            if (block.root / "runs" / block.name).exists():
                self._set_aside(block, damage, warn)
            return False
        return True

    def _set_aside(self, block: Block, damage: DamagedError, warn: Callable[[str], None]) -> None:
        set_aside(block.root, block.name)
        warn(f"{damage}; set aside as *.damaged, its runs are done again")

    def _rearrange(self, block: Block, kept: list[str], specs: dict[str, RunSpec], *, unused: bool) -> None:
        """Split a block into its wanted and its unwanted runs; the original goes last, so nothing is lost."""
        runs, found = block.runs, block.ids
        away = [run for run in found if run not in specs]
        expected = ["run", "arm", "seed", "draw", *self.swept, *self.record.outcomes, *self.counts]
        as_wanted = away == found if unused else kept == found and runs.column_names == expected
        if as_wanted and not has_old_ids(runs):
            return
        written = set()
        tables = {name: read_beside(block.root, name, block.name, runs) for name in self.record.tables}
        tables["runs"] = runs
        for ids, to_unused in ((kept, False), (away, True)):
            if ids:
                part = {name: _only(table, ids) for name, table in tables.items()}
                if not to_unused:
                    part["runs"] = self._with_current_keys(part["runs"], specs)
                written.add((write_block(self._root(unused=to_unused), self.shard, part), to_unused))
        if (block.name, unused) not in written:
            delete_block(block.root, block.name)

    def _with_current_keys(self, runs: pa.Table, specs: dict[str, RunSpec]) -> pa.Table:
        """The runs with the swept columns of the config as it is now."""
        columns = key_columns([specs[run] for run in runs["run"].to_pylist()], self.swept)
        # What was kept before there were events had none.
        none = pa.array([0] * len(runs), pa.int64())
        counts = {name: runs[name] if name in runs.column_names else none for name in self.counts}
        return pa.table(columns | {name: runs[name] for name in self.record.outcomes} | counts)

    def _drop_orphans(self) -> None:
        """Delete trajectories whose runs were never written."""
        for unused in (False, True):
            root, complete = self._root(unused=unused), set(self.blocks(unused=unused))
            for name in TABLES[:-1]:
                for block in block_names(root, name):
                    if block not in complete:
                        file = root / name / block
                        with disk_errors(file, "cannot be deleted"):
                            file.unlink()

    def append(
        self,
        specs: Sequence[RunSpec],
        records: Sequence[RunRecord],
        world: "World",
        replaced: str | None = None,
    ) -> str:
        """Write finished runs of a world as one block and give its name.

        ``replaced`` is a block that holds some of these runs, and goes. Raises ``ResultError`` where the
        disk does not take it.
        """
        tables = other_tables(records, self.record, world)
        tables["runs"] = runs_table(
            specs, records, self.swept, self.record.outcomes, counts=bool(self.counts)
        )
        name = write_block(self.folder, self.shard, tables)
        if replaced not in (None, name):
            delete_block(self.folder, str(replaced))
        return name

    def write_design(
        self,
        design: pa.Table,
        posterior: pa.Table | None,
        config: ExperimentConfig,
        warn: Callable[[str], None],
    ) -> bool:
        """Write ``design.parquet``, draws of a posterior and ``config.toml``, where they are to change.

        Files that travel with the results are copied; those that do no more go. Gives whether anything was to
        change; what has changed by itself is replaced, each named through ``warn``.
        """
        tables = {"design.parquet": design, POSTERIOR: posterior}
        written = [
            self._keep(name, partial(parquet, table), warn, same=_same_table(self.folder / name, table))
            for name, table in tables.items()
            if table is not None
        ]
        written += self._carry(carried_files(config), warn)
        text = resolved_config(config).encode()
        return any([*written, self._keep_data(CONFIG, text, warn)])

    def _carry(self, files: Mapping[str, bytes], warn: Callable[[str], None]) -> list[bool]:
        """Copy what is not here yet, and delete what was copied for an earlier config."""
        gone = set(carried_in(self.folder)) - {self.folder / name for name in files} if self.tidies else ()
        for path in gone:
            with disk_errors(path, "cannot be deleted"):
                path.unlink(missing_ok=True)
        for name in files:
            make_folder((self.folder / name).parent)
        return [bool(gone), *(self._keep_data(name, data, warn) for name, data in files.items())]

    def _keep_data(self, name: str, data: bytes, warn: Callable[[str], None]) -> bool:
        path = self.folder / name
        with disk_errors(path, "cannot be read"):
            same = path.is_file() and path.read_bytes() == data
        return self._keep(name, lambda: data, warn, same=same)

    def _keep(self, name: str, data: Callable[[], bytes], warn: Callable[[str], None], *, same: bool) -> bool:
        """Have a file hold ``data``, and listed; gives whether it held anything but the ``same`` before."""
        path = self.folder / name
        if path.is_file() and not is_as_written(self.folder, name):
            warn(f"{path}: changed since citysim wrote it; replaced")
        elif same:
            if not is_listed(self.folder, name):
                with disk_errors(path, "cannot be read"):
                    digest = digest_of(path.read_bytes())
                list_digests(self.folder, {name: digest}, shard=self.shard)
            return False
        write_checked(self.folder, name, self.label, writing(data()), shard=self.shard)
        return not same

    def holds_runs(self) -> bool:
        """Whether any run has been kept."""
        return bool(self.blocks() or self.blocks(unused=True))

    def clear(self, keep: Iterable[Path]) -> None:
        """Delete the runs and what citysim has made from them, as the manifest lists it; all else stays.

        ``keep``: files that the sweep itself is made from.
        """
        kept = {path.resolve() for path in keep}
        remove_written(self.folder)
        files = [
            *(self.folder / name for name in ("design.parquet", CONFIG, POSTERIOR)),
            *failure_files(self.folder).values(),
            *damaged_failures(self.folder),
            *carried_in(self.folder),
        ]
        for root in (self.folder, self.folder / UNUSED):
            for name in reversed(TABLES):
                files += [root / name / block for block in block_names(root, name)]
                files += damaged_blocks(root, name)
        files += manifest_files(self.folder).values()
        with disk_errors(self.folder, "cannot be cleared"):
            for file in files:
                if file.resolve() not in kept:
                    file.unlink(missing_ok=True)


def resolved_config(config: ExperimentConfig) -> str:
    """The text of ``config.toml``: every default written out, the draws of a posterior beside it."""
    posterior = POSTERIOR if config.uncertainty.file else None
    return config_toml(config, posterior, WORLD_DATA if config.world.data else None)


def _only(table: pa.Table, runs: Sequence[str]) -> pa.Table:
    return table.filter(pc.is_in(table["run"], pa.array(runs, pa.string())))


def _same_table(path: Path, table: pa.Table) -> bool:
    try:
        found = parse_table(path.read_bytes())
        return not has_old_ids(found) and bool(found.equals(table))
    except (OSError, pa.ArrowException):
        return False
