"""Commands that say what goes into a run: ``params``, ``networks``, ``world``."""

from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.world.sizes import REAL_CITIES

_Cities = Annotated[int, typer.Option(metavar="N", min=10, help="Number of largest cities.")]


def params() -> None:
    """Every parameter and switch, with range and source.

    Example: citysim params
    """
    with plain_errors():
        from citysim.cli.actions import describe  # noqa: PLC0415  heavy, and --help must be quick

        describe.params()


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
