"""The command that holds the model against the record: ``validate``."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import ExecutorName, Overrides, Scheduler, Workers, named_folder, one_of
from citysim.language import DEFAULT
from citysim.plan.kinds import LanguageKind


def validate(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR]...",
            help="Results that are there: of hindcast, held and perturbed experiments, or of a calibration.",
            parser=named_folder,
        ),
    ] = None,
    posterior: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draws of a posterior: run everything under it too."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for runs, table, figure.", parser=named_folder),
    ] = Path("results/validation"),
    quick: Annotated[
        bool, typer.Option("--quick", help="Few replications and resamples: does it work at all?")
    ] = False,
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="Whether what is missing is run, or left out.")
    ] = True,
    workers: Workers = None,
    executor: ExecutorName = None,
    scheduler: Scheduler = None,
    set_: Overrides = None,
    language: Annotated[
        str,
        typer.Option(
            "--language",
            metavar="NAME",
            help=f"Of the figure: {', '.join(get_args(LanguageKind))}.",
            parser=one_of(LanguageKind),
        ),
    ] = DEFAULT,
) -> None:
    """Hold every pattern of the real world against the model: grown, held, perturbed.

    Reads the results in DIR..., runs the experiments that are missing (as `citysim run` does: interrupt it
    and give the same command to continue), and writes a table with the accepted range, the prediction under
    the prior and, with --posterior or such results, the posterior, and a verdict for each; a page; a figure.

    Example: citysim validate results/calibration --posterior results/calibration/posterior.parquet
    """
    with plain_errors():
        from citysim.cli.actions import validate as validation  # noqa: PLC0415  heavy, --help must be quick

        asked = validation.Asked(
            folders=folders or [],
            out=out,
            posterior=posterior,
            settings=set_ or [],
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            quick=quick,
            run=run,
            language=language,
        )
        validation.run(asked, validation.check(asked))
