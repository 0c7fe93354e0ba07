"""Commands that report on results: ``effects``, ``figures``, ``brief``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors

_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Result folder, such as results/claim.")]


def effects(folder: _Folder) -> None:
    """Tables of effects with intervals: headline.csv and effects.csv.

    Example: citysim effects results/claim
    """
    with plain_errors():
        from citysim.cli import reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.effects(folder)


def figures(folder: _Folder) -> None:
    """Draw the figures, PNG and SVG.

    Example: citysim figures results/claim
    """
    with plain_errors():
        from citysim.cli import reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.figures(folder)


def brief(folder: _Folder) -> None:
    """Write briefing.pdf and briefing.html.

    Example: citysim brief results/claim
    """
    with plain_errors():
        from citysim.cli import reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.brief(folder)
