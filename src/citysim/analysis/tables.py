"""Tables of an analysis as files: written whole or not at all, read with a word where that fails."""

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from pathlib import Path

import pandas as pd

from citysim.errors import ResultError
from citysim.store.checked import read_checked
from citysim.store.files import make_folder
from citysim.store.outputs import makes_into, write_output


def read_headline(folder: Path) -> pd.DataFrame:
    """The headline as written. Raises ``ResultError`` where it is missing or damaged."""
    return read_csv(folder / "headline.csv")


def read_effects(folder: Path) -> pd.DataFrame:
    """The effects as written. Raises ``ResultError`` where they are missing or damaged."""
    return read_csv(folder / "effects.csv")


def read_answer(folder: Path, name: str) -> pd.DataFrame:
    """The table of an analysis as written. Raises ``ResultError`` where it is missing or damaged."""
    return read_csv(folder / f"{name}.csv")


def read_csv(file: Path, made_by: str | None = None) -> pd.DataFrame:
    """A table as written. Raises ``ResultError`` where it is missing or changed, with what makes it."""
    command = made_by or f"citysim effects {makes_into(file.parent)}"
    if not file.is_file():
        raise ResultError(f"{file}: missing; make it with: {command}")
    data = read_checked(file.parent, file.name, f"make it again with: {command}")
    try:
        return pd.read_csv(BytesIO(data), keep_default_na=False, na_values=[""])
    except (ValueError, pd.errors.ParserError) as error:
        raise ResultError(f"{file}: damaged: {str(error).splitlines()[0]}") from error


def write_csvs(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write tables by the names of their files, each whole or not at all.

    Raises ``ResultError`` where the disk does not take them.
    """
    make_folder(folder)
    for name, table in tables.items():
        write_output(folder, name, "table", partial(table.to_csv, index=False))
