"""Command for maps of the cities: ``map``."""

from typing import Annotated

import typer

from citysim.cli.commands.assess import Stall
from citysim.cli.errors import plain_errors
from citysim.cli.options import Folder, LanguageName, OutFolder


def map_(
    folder: Folder,
    outcome: Annotated[
        str | None, typer.Option(metavar="NAME", help="Outcome in the last quarter, by colour.")
    ] = None,
    arm: Annotated[
        str | None, typer.Option(metavar="NAME", help="Arm [default: that of all cooperation].")
    ] = None,
    less: Annotated[
        str | None, typer.Option(metavar="ARM", help="Show the change against this arm, paired.")
    ] = None,
    network: Annotated[
        str | None, typer.Option(metavar="NAME", help="Members of a network at the start.")
    ] = None,
    city: Annotated[
        str | None, typer.Option(metavar="NAME", help="Twinnings of a city at the start, in any language.")
    ] = None,
    stall: Stall = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="For a slide, a deck (below a title), a column or a page.",
        ),
    ] = None,
    format_: Annotated[
        list[str] | None, typer.Option("--format", metavar="FORMAT", help="png, svg or pdf; may be repeated.")
    ] = None,
    out: OutFolder = None,
    language: LanguageName = None,
) -> None:
    """Draw a map into figures/: an outcome, its change, the members of a network, the ties of a city.

    An outcome of cities needs [record] cities = true. Of a change, cities are grey whose interval holds none.

    Example: citysim map results/claim --outcome development --less none --size slide
    """
    with plain_errors():
        from citysim.cli.actions import maps  # noqa: PLC0415  heavy, and --help must be quick

        asked = maps.Asked(outcome, arm, less, network, city, stall)
        maps.draw_map(folder, asked, out, language, size, tuple(format_ or ()))
