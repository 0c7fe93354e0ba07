"""Ids of runs: of what decides a run, never a position in a list."""

import hashlib
import re

import pyarrow as pa
import pyarrow.compute as pc

#: Spreadsheets turn ``12e4…`` and long rows of digits into numbers; with a letter before it, it stays text.
_LETTER = "r"
_DIGITS = 16
_MARK = b"citysim.ids"
_OLD = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")


def id_of(text: str) -> str:
    """A letter and the first 16 hex digits of a SHA-256 over all that decides a run."""
    return _LETTER + hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def current_id(run: str) -> str:
    """An id as it is written now; those of version 0.1.0 had no letter."""
    return _LETTER + run if _OLD.fullmatch(run) else run


def number_of(run: str) -> int:
    """An id as a number, evenly spread over 64 bits."""
    return int(run.removeprefix(_LETTER), 16)


def begins_with(run: str, start: str) -> bool:
    """Whether an id begins so, with its letter or without."""
    return run.startswith(start) or run.removeprefix(_LETTER).startswith(start)


def has_old_ids(table: pa.Table) -> bool:
    """Whether a table read from a file had ids of version 0.1.0 there."""
    return _MARK in (table.schema.metadata or {})


def with_current_ids(table: pa.Table) -> pa.Table:
    """A table, its column ``run`` with ids as they are written now."""
    if "run" not in table.column_names or not pa.types.is_string(table["run"].type):
        return table
    runs = table["run"]
    length = pc.utf8_length(runs)
    if pc.min(length).as_py() != _DIGITS:
        return table
    old = pc.equal(length, _DIGITS)
    current = pc.if_else(old, pc.binary_join_element_wise(_LETTER, runs, ""), runs)
    marked = table.set_column(table.column_names.index("run"), "run", current)
    return marked.replace_schema_metadata((table.schema.metadata or {}) | {_MARK: b"1"})
