"""Commands that say what goes into a run: ``params``, ``networks``, ``world``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.world.sizes import REAL_CITIES

_Cities = Annotated[int, typer.Option(metavar="N", min=10, help="Number of largest cities.")]


def params(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="[CONFIG]", help="Also those of the extensions of this experiment."),
    ] = None,
) -> None:
    """Every parameter and switch, with range and source.

    Example: citysim params
    """
    with plain_errors():
        from citysim.cli.actions import describe  # noqa: PLC0415  heavy, and --help must be quick

        describe.params(config)


def networks(cities: _Cities = REAL_CITIES) -> None:
    """City networks and how many members are known.

    Example: citysim networks --cities 500
    """
    with plain_errors():
        from citysim.cli.actions import describe  # noqa: PLC0415  heavy, and --help must be quick

        describe.networks(cities)


def world(cities: _Cities = REAL_CITIES) -> None:
    """The real world, what was filled in, and the sources.

    Example: citysim world --cities 500
    """
    with plain_errors():
        from citysim.cli.actions import describe  # noqa: PLC0415  heavy, and --help must be quick

        describe.world(cities)
