"""Results as CSV: UTF-8 with a byte order mark, by which Excel knows it; an empty field where nothing is."""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from citysim.errors import ConfigError
from citysim.plan import faults as checks
from citysim.store.checked import read_checked
from citysim.store.export.columns import Column, as_table, describe
from citysim.store.export.slabs import Finished
from citysim.store.files import disk_errors, write_atomically

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_DECIMALS = {"point": ".", "comma": ","}
#: Tables of effects that are made of the runs, beside those of the analyses.
_EFFECTS = ("headline", "effects", "contour")
#: A number that stands in a column of text, as beside the word of a swept value.
_NUMBER_AS_TEXT = r"^([-+]?\d+)\.(\d+(?:e[-+]?\d+)?)$"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What stands between columns, and what before decimals."""

    delimiter: str = ","
    decimal: str = "."


def dialect_of(delimiter: str | None, decimal: str | None) -> Dialect:
    """The dialect of two options, each a word or the character itself.

    A decimal comma has a semicolon between columns where nothing else is asked for, as in Excel.
    Raises ``ConfigError`` with all faults.
    """
    faults: list[str] = []
    before = _one_of("--decimal", decimal or "point", _DECIMALS, faults)
    between = _one_of(
        "--delimiter", delimiter or ("semicolon" if before == "," else "comma"), _DELIMITERS, faults
    )
    if before == between == ",":
        faults.append("--delimiter: found a comma, which --decimal has too; allowed with it: semicolon, tab")
    if faults:
        raise ConfigError.from_messages(faults)
    return Dialect(between, before)


def _one_of(option: str, found: str, allowed: dict[str, str], faults: list[str]) -> str:
    if found not in allowed and found not in allowed.values():
        faults.append(f"{option}: found {found!r}, {checks.suggestion(found, allowed)}")
    return allowed.get(found, found)


def write_csv(finished: Finished, out: Path, label: str, dialect: Dialect = Dialect()) -> list[Path]:
    """Write ``runs.csv``, the tables recorded beside it, ``columns.csv``, and the tables of effects.

    Statistics are a row per run and a column each.

    ``columns.csv`` says what every column of a run's tables is; effects are written as they were last made.
    Gives the files' paths.
    """
    columns: list[Column] = []
    files: list[Path] = []

    def write(name: str, tables: Iterable[pa.Table], *, described: bool = False) -> None:
        rest = iter(tables)
        first = next(rest)
        if described:
            columns.extend(describe(name, first.schema))
        files.append(out / f"{name}.csv")
        all_ = chain([first], rest)
        write_atomically(files[-1], label, partial(_write, schema=first.schema, tables=all_, dialect=dialect))

    write("runs", [pa.Table.from_pandas(finished.runs, preserve_index=False)], described=True)
    for name in finished.tables():
        write(name, finished.slabs(name), described=True)
    if finished.results.config.record.statistics:
        write("statistics", [pa.Table.from_pandas(finished.results.statistics, preserve_index=False)])
    write("columns", [as_table(columns)])
    for name in (*_EFFECTS, *finished.results.config.analyses):
        made = finished.results.path / f"{name}.csv"
        if made.is_file():
            write(name, [_read(made)])
    return files


def _read(path: Path) -> pa.Table:
    options = pyarrow.csv.ConvertOptions(null_values=[""], strings_can_be_null=True)
    again = f"make it again with: citysim effects {path.parent}"
    data = pa.BufferReader(read_checked(path.parent, path.name, again))
    with disk_errors(path, f"damaged, {again}"):
        return pyarrow.csv.read_csv(data, convert_options=options)


def _write(path: Path, schema: pa.Schema, tables: Iterable[pa.Table], dialect: Dialect) -> None:
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)
        if dialect.decimal == ".":
            _write_with_point(file, schema, tables, dialect)
        else:
            _write_with_comma(file, tables, dialect)


def _write_with_point(
    file: IO[bytes], schema: pa.Schema, tables: Iterable[pa.Table], dialect: Dialect
) -> None:
    options = pa.csv.WriteOptions(quoting_style="needed", delimiter=dialect.delimiter)
    with pa.csv.CSVWriter(file, schema, write_options=options) as writer:
        for table in tables:
            writer.write_table(_finite(table))


def _write_with_comma(file: IO[bytes], tables: Iterable[pa.Table], dialect: Dialect) -> None:
    """The same by pandas, which takes longer, as Arrow knows no other mark than the point."""
    for place, table in enumerate(tables):
        _text_with_comma(_finite(table)).to_pandas().to_csv(
            file,
            mode="wb",
            encoding="utf-8",
            sep=dialect.delimiter,
            decimal=dialect.decimal,
            index=False,
            header=place == 0,
            lineterminator="\n",
        )


def _finite(table: pa.Table) -> pa.Table:
    """NaN and infinity as null, whose field is empty: nan is text in R, and -inf a wrong formula in Excel."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(place)
            known = pc.if_else(pc.is_finite(column), column, pa.scalar(None, field.type))
            table = table.set_column(place, field, known)
    return table


def _text_with_comma(table: pa.Table) -> pa.Table:
    """Numbers in columns of text with a comma too: Excel would take 1.5 for a day in May."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            text = pc.replace_substring_regex(table.column(place), _NUMBER_AS_TEXT, r"\1,\2")
            table = table.set_column(place, field, text)
    return table
