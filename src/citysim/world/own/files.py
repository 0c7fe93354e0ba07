"""Which files of a folder are tables of one's own; needs no more than their names."""

from pathlib import Path

#: Tables that may be laid over the data pack; the file is NAME.csv.
NAMES = ("cities", "memberships", "networks", "twinning", "countries", "conflicts")


def csv_files(folder: Path) -> dict[str, Path]:
    """Every CSV file of a folder by its name without the ending, in small letters."""
    files = (file for file in sorted(folder.iterdir()) if file.suffix.lower() == ".csv" and file.is_file())
    return {file.stem.lower(): file for file in files if not file.name.startswith(".")}


def table_files(folder: Path) -> dict[str, Path]:
    """The tables of a folder by name; none where there is no such folder."""
    return (
        {name: file for name, file in csv_files(folder).items() if name in NAMES} if folder.is_dir() else {}
    )
