"""Commands to begin with: ``experiments``, ``new``, ``schema``."""

from pathlib import Path
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
        str | None,
        typer.Option(
            "--from",
            metavar="NAME",
            help="Shipped experiment to copy [default: every section, explained].",
        ),
    ] = None,
) -> None:
    """Write a config to start from: every section, its keys explained.

    With --from, a copy of a shipped experiment. Nothing is overwritten. 'citysim run NAME' takes the file
    here before a shipped experiment of that name.

    Example: citysim new mine
    """
    with plain_errors():
        from citysim.cli.actions import experiments as shipping  # noqa: PLC0415  heavy, and --help must be quick

        shipping.new(name, source)


def schema(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="[CONFIG]", help="With the names that extensions of this experiment add."),
    ] = None,
) -> None:
    """JSON Schema of a config, for editors.

    A config whose first line is '#:schema ./citysim.schema.json' is completed and checked by it.

    Example: citysim schema > citysim.schema.json
    """
    with plain_errors():
        from citysim.cli.actions import experiments as shipping  # noqa: PLC0415  heavy, and --help must be quick

        shipping.schema(config)
