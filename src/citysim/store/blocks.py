"""Blocks: the Parquet files of a result folder, about a hundred runs in each, and whether they are whole.

A block is one file of the same name in ``runs/``, ``trajectories/``, ``groups/``, ``cities/``,
``cities_over_time/`` and ``statistics/``, as far as they are recorded. Its ``runs/`` file is written last and
holds size and CRC-32 of the others; the block's name holds the digest of that file. So a row in ``runs/``
means that all of its run is on disk, and whether every bit is as it was written is known without reading a
value.
"""

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from citysim.plan.ids import with_current_ids
from citysim.store.contents import TABLES
from citysim.store.files import disk_errors, make_folder, write_atomically, writing
from citysim.store.places import PLACE

#: Before a table's name, the key of its checksum in the metadata of ``runs``.
_METADATA = "citysim."
_NAME = re.compile(r"part-(?:(?P<shard>\d+of\d+)-)?(?P<digest>[0-9a-f]{16})\.parquet")


class DamagedError(Exception):
    """A block's file that is not what was written, with what is wrong."""

    def __init__(self, file: Path, problem: str) -> None:
        super().__init__(f"{file}: damaged ({problem})")
        self.file, self.problem = file, problem


def shard_of(block: str) -> str | None:
    """The shard that wrote a block, such as ``3of100``; None where that was a writer of all runs."""
    match = _NAME.fullmatch(block)
    return match["shard"] if match else None


def of_another_shard(block: str, shard: str | None) -> bool:
    """Whether a block was written by another of equally many shards, which share no run with this one."""
    other = shard_of(block)
    if shard is None or other is None:
        return False
    return other != shard and other.partition("of")[2] == shard.partition("of")[2]


def write_block(root: Path, shard: str | None, tables: Mapping[str, pa.Table]) -> str:
    """Write a block's tables and give its name. Raises ``ResultError`` where the disk does not take them."""
    files: dict[str, bytes] = {}
    for table in TABLES:
        if table in tables:
            others = files.items() if table == "runs" else ()
            checksums = {_checksum_key(name): _checksum(data) for name, data in others}
            files[table] = parquet(tables[table].replace_schema_metadata(checksums or None))
    name = (
        f"part-{shard}-{_digest(files['runs'])}.parquet"
        if shard
        else f"part-{_digest(files['runs'])}.parquet"
    )
    for table, data in files.items():
        make_folder(root / table)
        write_atomically(root / table / name, shard or "all", writing(data))
    return name


def _checksum_key(table: str) -> bytes:
    return f"{_METADATA}{table}".encode()


def _checksum(data: bytes) -> str:
    """Size and CRC-32 of a file's content."""
    return f"{len(data)}:{zlib.crc32(data):08x}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def read_runs(root: Path, block: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The runs of a block, or some columns of them.

    Raises ``DamagedError``, and ``FileNotFoundError`` where it is gone.
    """
    file = root / "runs" / block
    match = _NAME.fullmatch(block)
    try:
        data = file.read_bytes()
        if match and _digest(data) != match["digest"]:
            raise DamagedError(file, "its bytes have changed")
        # Blocks of another name are of an earlier version, which had no digests.
        parquet_file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=match is None)
        table = parquet_file.read(columns if match else None)
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise DamagedError(file, _first_line(error)) from None
    if "run" not in table.column_names:
        raise DamagedError(file, "has no column 'run'")
    return with_current_ids(table)


def check_rest(root: Path, block: str, runs: pa.Table, tables: Sequence[str] | None = None) -> None:
    """Raise ``DamagedError`` unless the block's other tables are what was written beside its ``runs``.

    ``tables``: by default those of which ``runs`` has a checksum.
    """
    if tables is None:
        tables = [name for name in TABLES if _checksum_key(name) in (runs.schema.metadata or {})]
    for table in tables:
        if table != "runs":
            _read_whole(root / table / block, runs, table)


def read_beside(
    root: Path, table: str, block: str, runs: pa.Table, columns: Sequence[str] | None = None
) -> pa.Table:
    """A table of a block beside its ``runs``, or some columns of it, checked to the bit.

    Raises ``DamagedError``.
    """
    file = root / table / block
    data = _read_whole(file, runs, table)
    try:
        return with_current_ids(pq.ParquetFile(pa.BufferReader(data)).read(columns))
    except (OSError, pa.ArrowException) as error:
        raise DamagedError(file, _first_line(error)) from None


def _read_whole(file: Path, runs: pa.Table, table: str) -> bytes:
    """A file's bytes. Raises ``DamagedError`` unless they are those that ``runs`` has the checksum of."""
    expected = (runs.schema.metadata or {}).get(_checksum_key(table))
    try:
        data = file.read_bytes()
        if expected is None:
            problem = _lacks_runs(parse_table(data), runs)
        else:
            # Every byte, in a fraction of the time that its values would take.
            problem = None if _checksum(data) == expected.decode() else "its bytes have changed"
    except (OSError, pa.ArrowException) as error:
        problem = _first_line(error)
    if problem:
        raise DamagedError(file, problem)
    return data


def _lacks_runs(table: pa.Table, runs: pa.Table) -> str | None:
    """What is wrong with a table that has no checksum."""
    if "run" not in table.column_names:
        return "has no column 'run'"
    missing = set(runs["run"].to_pylist()) - set(table["run"].unique().to_pylist())
    return "lacks runs" if missing else None


def _first_line(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error).splitlines()[0]


def delete_block(root: Path, block: str) -> None:
    """Delete a block, its runs first, so that no row is left whose rest is gone."""
    for table in reversed(TABLES):
        file = root / table / block
        with disk_errors(file, "cannot be deleted"):
            file.unlink(missing_ok=True)


def set_aside(root: Path, block: str) -> None:
    """Rename a block's files to ``*.damaged``."""
    for table in reversed(TABLES):
        file = root / table / block
        with disk_errors(file, "cannot be renamed"):
            if file.exists():
                file.replace(file.with_name(f"{block}.damaged"))


def parquet(table: pa.Table) -> bytes:
    """A table as a Parquet file: zstd, byte-stream split floats, a checksum on every page.

    No dictionary but of what is the same in every run: places of cities, names of statistics.
    """
    repeated = [name for name in (*PLACE.names, "statistic") if name in table.column_names]
    floats = [
        field.name
        for field in table.schema
        if pa.types.is_floating(field.type) and field.name not in repeated
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=repeated or False,
        column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        write_page_checksum=True,
    )
    data: bytes = sink.getvalue().to_pybytes()
    return data


def write_table(path: Path, label: str, table: pa.Table) -> None:
    """Write a Parquet file atomically. Raises ``ResultError`` where the disk does not take it."""
    write_atomically(path, label, writing(parquet(table)))


def parse_table(data: bytes) -> pa.Table:
    """The table in a Parquet file's bytes. Raises ``ArrowException`` or ``OSError`` where they are none."""
    file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
    return with_current_ids(file.read())
