"""Commands that say what goes into a run: ``params``, ``networks``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.commands.world import Cities
from citysim.cli.errors import plain_errors
from citysim.world.sizes import REAL_CITIES


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


def networks(cities: Cities = REAL_CITIES) -> None:
    """City networks and how many members are known.

    Example: citysim networks --cities 500
    """
    with plain_errors():
        from citysim.cli.actions import describe  # noqa: PLC0415  heavy, and --help must be quick

        describe.networks(cities)
