"""Command for what the record says: ``patterns``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.commands.world import Cities
from citysim.cli.errors import plain_errors
from citysim.world.sizes import REAL_CITIES, START_YEAR


def patterns(
    cities: Cities = REAL_CITIES,
    start: Annotated[int, typer.Option(metavar="YEAR", help="Of the world whose record it is.")] = START_YEAR,
    lists: Annotated[
        str,
        typer.Option(metavar="WHICH", help="Twinnings of all lists, or of those in several: all, several."),
    ] = "all",
    resamples: Annotated[
        int, typer.Option(metavar="N", min=2, help="Of the bootstrap; 200 take two minutes.")
    ] = 200,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write the table to a file.")
    ] = None,
) -> None:
    """What the record says of ties, memberships, networks and adoption, with 90 % intervals.

    Every statistic that runs are held against, worked out on the world's own data (docs/statistics.md).
    A hindcast is held against the record of its own world: --start 1985.

    Example: citysim patterns --csv targets.csv
    """
    with plain_errors():
        from citysim.cli.actions import patterns as shown  # noqa: PLC0415  heavy, and --help must be quick

        shown.patterns(cities, start, lists, resamples, csv)
