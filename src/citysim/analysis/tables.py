"""Tables of an analysis as files: written whole or not at all, read with a word where that fails."""

from pathlib import Path

import pandas as pd

from citysim.errors import ResultError
from citysim.store.files import write_atomically


def read_headline(folder: Path) -> pd.DataFrame:
    """The headline as written. Raises ``ResultError`` where it is missing or damaged."""
    return read_csv(folder / "headline.csv")


def read_effects(folder: Path) -> pd.DataFrame:
    """The effects as written. Raises ``ResultError`` where they are missing or damaged."""
    return read_csv(folder / "effects.csv")


def read_answer(folder: Path, name: str) -> pd.DataFrame:
    """The table of an analysis as written. Raises ``ResultError`` where it is missing or damaged."""
    return read_csv(folder / f"{name}.csv")


def read_csv(file: Path, made_by: str = "citysim effects") -> pd.DataFrame:
    """A table as written. Raises ``ResultError`` where it is missing, with what makes it, or damaged."""
    if not file.is_file():
        raise ResultError(f"{file}: missing; make it with: {made_by} {file.parent}")
    try:
        return pd.read_csv(file, keep_default_na=False, na_values=[""])
    except (ValueError, pd.errors.ParserError) as error:
        raise ResultError(f"{file}: damaged: {str(error).splitlines()[0]}") from error


def write_csv(table: pd.DataFrame, file: Path) -> None:
    """Write a table whole or not at all. Raises ``ResultError`` where the disk does not take it."""
    write_atomically(file, "table", lambda part: table.to_csv(part, index=False))
