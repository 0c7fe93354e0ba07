"""Reading tables of one's own: CSV as spreadsheets of any country write it, every cell checked."""

import csv
import difflib
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citysim.errors import DataError
from citysim.world.folded import folded
from citysim.world.own.files import csv_files
from citysim.world.own.tables import ALIASES, TABLES, OwnColumn

#: Lines of an error at most; ``citysim world check`` prints all.
MAX_LINES = 20
MAX_BYTES = 50_000_000
_COMMENT = "#"
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([ .,'’\u00a0\u202f])\d{3})(?:\1\d{3})*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")

type Row = dict[str, Any]


@dataclass
class Report:
    """Faults of a folder of tables, one line each, and what is worth a second look."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cell(self, file: Path, row: Row, column: str, allowed: str) -> None:
        """Fault of a cell of a row."""
        found = row.get(column)
        shown = "nothing" if found in (None, "") else repr(found)
        self.at(file, row, column, f"found {shown}, must be {allowed}")

    def at(self, file: Path, row: Row, column: str, what: str) -> None:
        """Fault of a row, said otherwise."""
        self.faults.append(f"{file}: row {row['row']}: {column}: {what}")

    def raise_any(self, folder: Path) -> None:
        """Raise ``DataError`` with the faults, at most ``MAX_LINES`` of them."""
        if not self.faults:
            return
        more = len(self.faults) - MAX_LINES
        last = [f"and {more} more; `citysim world check {folder}` lists all"] if more > 0 else []
        raise DataError(*self.faults[:MAX_LINES], *last)


@dataclass(frozen=True)
class OwnTables:
    """The tables of a folder: rows as dicts with every column of their table, and ``row``, the line in the
    file; a cell that is empty is None.
    """

    folder: Path
    tables: dict[str, list[Row]]

    def __getitem__(self, name: str) -> list[Row]:
        """Rows of NAME.csv; none where there is no such file."""
        return self.tables.get(name, [])

    def file(self, name: str) -> Path:
        """Path of a table."""
        return self.folder / f"{name}.csv"


def read_tables(folder: Path, report: Report) -> OwnTables:
    """Read and check every table of ``folder`` cell by cell; what is wrong is added to ``report``.

    Raises ``DataError`` where there is no such folder, or no table in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; it must hold tables such as cities.csv")
    files = csv_files(folder)
    unknown = [file for name, file in files.items() if name not in TABLES]
    for file in unknown:
        near = difflib.get_close_matches(file.stem.lower(), TABLES, n=1)
        hint = f"did you mean {near[0]}.csv?" if near else f"known are {_files()}"
        report.faults.append(f"{file}: unknown table, {hint}")
    if not files:
        raise DataError(f"{folder}: holds no table; known are {_files()}")
    known = {name: file for name, file in files.items() if name in TABLES}
    return OwnTables(folder, {name: list(_rows(name, file, report)) for name, file in known.items()})


def _files() -> str:
    return ", ".join(f"{name}.csv" for name in TABLES)


def _rows(name: str, file: Path, report: Report) -> Iterator[Row]:
    text = _text(file, report)
    if text is None:
        return
    comma = _delimiter(text) != ","
    header: list[OwnColumn | None] | None = None
    for line, cells in _lines(file, text, report):
        if header is None:
            header = _header(name, file, cells, report)
            if header is None:
                return
            continue
        row = _row(file, header, cells, line, report, comma=comma)
        if row is not None:
            yield {column.name: row.get(column.name) for column in TABLES[name]} | row
    if header is None:
        report.faults.append(
            f"{file}: holds no header, must begin with names of columns such as {_names(name)}"
        )


def _lines(file: Path, text: str, report: Report) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is neither empty nor a comment."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for cells in lines:
            if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith(_COMMENT):
                yield lines.line_num, cells
    except csv.Error as error:
        report.faults.append(f"{file}: row {lines.line_num}: is not a line of a CSV file ({error})")


def _names(name: str) -> str:
    return ", ".join(column.name for column in TABLES[name][:4])


def _text(file: Path, report: Report) -> str | None:
    """The file as text: UTF-8 or UTF-16 with its mark, else as spreadsheets on Windows write it."""
    try:
        if file.stat().st_size > MAX_BYTES:
            report.faults.append(f"{file}: found {file.stat().st_size:,} bytes, allowed: {MAX_BYTES:,}")
            return None
        content = file.read_bytes()
    except OSError as error:
        report.faults.append(f"{file}: cannot be read ({error.strerror or error})")
        return None
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        report.faults.append(f"{file}: is a workbook under another name; save the sheet as CSV (UTF-8)")
        return None
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        report.notes.append(f"{file}: is not UTF-8; read as Windows-1252")
    if "\0" in text:
        report.faults.append(f"{file}: is not a text file")
        return None
    return text


def _delimiter(text: str) -> str:
    """What parts the cells of the header: a semicolon where the decimal sign is a comma."""
    for line in text.splitlines():
        if line.strip() and not line.lstrip(' "').startswith(_COMMENT):
            return max(";\t,", key=line.count)
    return ","


def _header(name: str, file: Path, cells: Sequence[str], report: Report) -> list[OwnColumn | None] | None:
    """The column of each cell; None for one without a name, or where the header is wrong."""
    columns = {folded(column.name): column for column in TABLES[name]}
    header: list[OwnColumn | None] = []
    before = len(report.faults)
    for cell in cells:
        found = folded(cell)
        alias = folded(ALIASES.get(found, ""))
        column = columns.get(found) or columns.get(alias)
        if found and column is None:
            near = difflib.get_close_matches(found, columns, n=1)
            hint = (
                f"did you mean '{columns[near[0]].name}'?"
                if near
                else f"known are {', '.join(c.name for c in columns.values())}"
            )
            report.faults.append(f"{file}: header: {cell.strip()}: unknown column, {hint}")
        elif column is not None and column in header:
            report.faults.append(
                f"{file}: header: {cell.strip()}: names the column {column.name} a second time"
            )
        header.append(column)
    given = {column.name for column in header if column is not None}
    for column in TABLES[name]:
        if column.needed == "always" and column.name not in given:
            report.faults.append(
                f"{file}: header: {column.name}: column not found, must be there ({column.what})"
            )
    return header if len(report.faults) == before else None


def _row(
    file: Path,
    header: Sequence[OwnColumn | None],
    cells: Sequence[str],
    line: int,
    report: Report,
    *,
    comma: bool,
) -> Row | None:
    row: Row = {"row": line}
    before = len(report.faults)
    if any(cell.strip() for cell in cells[len(header) :]):
        report.faults.append(f"{file}: row {line}: found {len(cells)} cells, the header has {len(header)}")
    for column, cell in zip(header, cells, strict=False):
        text = " ".join(cell.split())
        if column is None or not text:
            continue
        value = _value(column, text, comma=comma)
        row[column.name] = text if value is None else value
        if value is None:
            report.cell(file, row, column.name, column.allowed)
    for column in header:
        if column is not None and column.needed == "always" and row.get(column.name) is None:
            report.cell(file, row, column.name, f"filled in: {column.what}")
    return row if len(report.faults) == before else None


def _value(column: OwnColumn, text: str, *, comma: bool) -> Any:
    """A cell in its column's type; None where it cannot be."""
    if column.words:
        words = {folded(word): word for word in column.words}
        return words.get(folded(text))
    if column.kind in ("text", "country"):
        return text
    number = _number(text, comma=comma, whole=column.kind == "integer")
    if number is None or (column.kind == "integer" and number != math.floor(number)):
        return None
    if (column.low is not None and number < column.low) or (column.high is not None and number > column.high):
        return None
    return int(number) if column.kind == "integer" else number


def _number(text: str, *, comma: bool, whole: bool) -> float | None:
    """A number as it is written: 52.5, with ``comma`` also 52,5; a whole one also in groups, 1.250.000."""
    if whole and _GROUPED.fullmatch(text):
        text = re.sub(r"[^\d+-]", "", text)
    elif comma and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    return number if math.isfinite(number) else None
