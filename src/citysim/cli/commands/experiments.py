"""Commands on the experiments that come with citysim: ``experiments``, ``new``."""

from typing import Annotated

import typer

from citysim.cli.errors import plain_errors


def experiments() -> None:
    """The experiments that come with citysim: name, runs, question.

    Run one by its name, or copy one with 'citysim new' and change it.

    Example: citysim experiments
    """
    with plain_errors():
        from citysim.cli.actions import experiments as shipping  # noqa: PLC0415  heavy, and --help must be quick

        shipping.experiments()


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the new experiment; its file is NAME.toml.")
    ],
    source: Annotated[
        str, typer.Option("--from", metavar="NAME", help="Shipped experiment to start from.")
    ] = "claim",
) -> None:
    """Copy a shipped experiment to a file here, to change it.

    Nothing is overwritten. 'citysim run NAME' takes the file here before a shipped experiment of that name.

    Example: citysim new mine --from partnerships
    """
    with plain_errors():
        from citysim.cli.actions import experiments as shipping  # noqa: PLC0415  heavy, and --help must be quick

        shipping.new(name, source)
