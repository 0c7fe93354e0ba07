"""Results as CSV: UTF-8, a comma between columns, a point in numbers, an empty field where there is none."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from citysim.experiment.export.columns import Column, as_table, describe
from citysim.experiment.export.finished import Finished
from citysim.experiment.files import write_atomically


def write_csv(finished: Finished, out: Path, label: str) -> list[Path]:
    """Write ``runs.csv``, the tables recorded beside it, and ``columns.csv``; gives their paths."""
    columns: list[Column] = []
    files = []

    def write(name: str, tables: Iterable[pa.Table]) -> None:
        rest = iter(tables)
        first = next(rest)
        if name != "columns":
            columns.extend(describe(name, first.schema))
        files.append(out / f"{name}.csv")
        write_atomically(files[-1], label, lambda path: _write(path, first, rest))

    write("runs", [pa.Table.from_pandas(finished.runs, preserve_index=False)])
    for name in finished.tables():
        write(name, finished.slabs(name))
    write("columns", [as_table(columns)])
    return files


def _write(path: Path, first: pa.Table, rest: Iterator[pa.Table]) -> None:
    options = pa.csv.WriteOptions(quoting_style="needed")
    with pa.csv.CSVWriter(path, first.schema, write_options=options) as writer:
        writer.write_table(_without_nan(first))
        for table in rest:
            writer.write_table(_without_nan(table))


def _without_nan(table: pa.Table) -> pa.Table:
    """NaN as null, whose field is empty: a word there would turn the column into text in R."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(place)
            known = pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)
            table = table.set_column(place, field, known)
    return table
