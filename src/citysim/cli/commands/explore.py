"""Command for the explorer: ``explore``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import named_folder


def explore(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="Result folders, such as results/claim.", parser=named_folder),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page, one HTML file.")] = Path(
        "explorer.html"
    ),
) -> None:
    """Write one HTML page on which levers move results: map, charts, answer, from disk and offline.

    Colours of cities need [record] cities = true.

    Example: citysim explore results/claim --out explorer.html
    """
    with plain_errors():
        from citysim.cli.actions import explore as exploring  # noqa: PLC0415  heavy, and --help must be quick

        exploring.explore(folders, out)
