"""Command for the card of a city: ``city``."""

from typing import Annotated

import typer

from citysim.cli.commands.assess import Stall
from citysim.cli.errors import plain_errors
from citysim.cli.options import Folder, LanguageName, OutFolder


def city(
    folder: Folder,
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help='City: name, "Munich, DEU", or its number of GeoNames.'),
    ],
    stall: Stall = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="NAME", help="text, or json, which draws nothing.")
    ] = "text",
    out: OutFolder = None,
    language: LanguageName = None,
) -> None:
    """A card per city: networks, twins, services, and what cooperation changes for it.

    For every outcome the paired difference of each arm to no cooperation, with its interval and the city's
    rank among its peers, printed and drawn into figures/. Needs [record] cities = true. Names are found in
    any language. No fit of a single city has been validated.

    Example: citysim city results/claim "Munich, DEU" Mailand --language de
    """
    with plain_errors():
        from citysim.cli.actions import city as cards  # noqa: PLC0415  heavy, and --help must be quick

        cards.city(folder, names, stall, format_, out, language)
