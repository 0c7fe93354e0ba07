"""Commands that say what goes into a run: ``params``, ``networks``."""

from citysim.cli.commands.world import Cities
from citysim.cli.errors import plain_errors
from citysim.world.sizes import REAL_CITIES


def params() -> None:
    """Every parameter and switch, with range and source.

    Example: citysim params
    """
    with plain_errors():
        from citysim.cli.actions import describe  # noqa: PLC0415  heavy, and --help must be quick

        describe.params()


def networks(cities: Cities = REAL_CITIES) -> None:
    """City networks and how many members are known.

    Example: citysim networks --cities 500
    """
    with plain_errors():
        from citysim.cli.actions import describe  # noqa: PLC0415  heavy, and --help must be quick

        describe.networks(cities)
