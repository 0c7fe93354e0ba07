"""Command for the explorer: ``explore``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import LanguageName, Workers, named_folder


def explore(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR...]", help="Result folders; with --live a config instead.", parser=named_folder
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The page [default: explorer.html].")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Serve the page, and run what is asked for there.")
    ] = False,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Where --live listens; beyond this machine with a token."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of --live; 0: any that is free.")] = 8322,
    seeds: Annotated[int, typer.Option(metavar="N", help="Replications of --live.")] = 8,
    workers: Workers = None,
    language: LanguageName = None,
) -> None:
    """One HTML page on which levers move results: map, charts, answer; from disk and offline.

    Colours of cities need [record] cities = true, a map that follows time cities_every as well. With --live
    the page has a panel of all parameters besides (needs citysim[explorer]); what is tried there is run by
    the model.

    Example: citysim explore results/claim --out explorer.html
    """
    with plain_errors():
        from citysim.cli.actions import explore as exploring  # noqa: PLC0415  heavy, and --help must be quick

        if live:
            exploring.explore_live(
                folders or [], out, host=host, port=port, seeds=seeds, workers=workers, language=language
            )
        else:
            exploring.explore(folders or [], out, language)
