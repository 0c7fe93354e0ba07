"""Empty tables to fill in, which say what each column is for."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from citysim.errors import DataError
from citysim.world.own.tables import TABLES, OwnColumn

#: Above the columns of every table.
_HEAD = (
    "Lines that begin with # are left out. Columns that you do not need may go, in any order.",
    "Rows are added to the data pack; [world] replace = [...] in the config puts a table in its place.",
)


def write_templates(folder: Path, delimiter: str = ",") -> list[Path]:
    """Write a template of every table into ``folder`` and give their paths.

    Raises ``DataError`` where one is there already, or the folder cannot be written to.
    """
    files = [folder / f"{name}.csv" for name in TABLES]
    there = [file for file in files if file.exists()]
    if there:
        raise DataError(f"{there[0]}: exists already, and is left as it is; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            # the mark at the beginning tells spreadsheets that it is UTF-8
            file.write_text(template(file.stem, delimiter), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise DataError(f"{error.filename or folder}: cannot be written ({error.strerror})") from None
    return files


def template(name: str, delimiter: str = ",") -> str:
    """A table without rows: its columns explained, an example, the header."""
    columns = TABLES[name]
    out = io.StringIO()
    lines = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    lines.writerows([f"# {text}"] for text in (*_HEAD, *map(explained, columns)))
    lines.writerow(["# for example:"])
    first, *rest = (_written(column, delimiter) for column in columns)
    lines.writerow([f"# {first}", *rest])
    lines.writerow([column.name for column in columns])
    return out.getvalue()


def explained(column: OwnColumn) -> str:
    """A column in one line: what it is, what it may hold, when it must be filled in."""
    return "; ".join([f"{column.name}: {column.what}", *_notes(column)])


def _notes(column: OwnColumn) -> Iterator[str]:
    if column.words or column.kind in ("number", "integer"):
        yield column.allowed + (f" ({column.unit})" if column.unit else "")
    if column.needed:
        yield f"needed {column.needed}"


def _written(column: OwnColumn, delimiter: str) -> str:
    decimal_comma = delimiter == ";" and column.kind == "number"
    return column.example.replace(".", ",") if decimal_comma else column.example
