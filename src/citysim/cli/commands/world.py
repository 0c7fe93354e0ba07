"""Commands on worlds: ``world``, and on tables of one's own ``world template`` and ``world check``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import named_folder
from citysim.world.sizes import REAL_CITIES

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
Cities = Annotated[int, typer.Option(metavar="N", min=10, help="Number of largest cities.")]


@app.callback()
def world(context: typer.Context, cities: Cities = REAL_CITIES) -> None:
    """The real world, what was filled in, and the sources; tables of your own.

    Example: citysim world --cities 500
    """
    if context.invoked_subcommand is not None:
        return
    with plain_errors():
        from citysim.cli.actions import describe  # noqa: PLC0415  heavy, and --help must be quick

        describe.world(cities)


@app.command()
def template(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder for the tables.", parser=named_folder)
    ],
    semicolon: Annotated[
        bool, typer.Option("--semicolon", help="For spreadsheets whose decimal sign is a comma.")
    ] = False,
) -> None:
    """Write empty tables for your own cities, networks and ties, with every column explained.

    Example: citysim world template my_data
    """
    with plain_errors():
        from citysim.cli.actions import own_data  # noqa: PLC0415  heavy, and --help must be quick

        own_data.template(folder, ";" if semicolon else ",")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the tables.", parser=named_folder)],
    replace: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Table in place of the pack's; may be repeated."),
    ] = None,
    cities: Cities = REAL_CITIES,
) -> None:
    """Check tables of your own: every fault, and what they would change.

    Example: citysim world check my_data
    """
    with plain_errors():
        from citysim.cli.actions import own_data  # noqa: PLC0415  heavy, and --help must be quick

        own_data.check(folder, replace or [], cities)
