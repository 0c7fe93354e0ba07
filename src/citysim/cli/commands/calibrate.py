"""Commands on what is known of the parameters: ``calibrate``, ``average``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import (
    Config,
    ExecutorName,
    Fresh,
    LanguageName,
    Overrides,
    ResultFolder,
    RetryFailed,
    Scheduler,
    Workers,
    named_folder,
)


def average(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR…", help="Results of one experiment, a form each.", parser=named_folder),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the tables.", parser=named_folder)
    ],
    calibration: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Calibration of each form, in the same order.", parser=named_folder),
    ] = None,
) -> None:
    """The verdict over several calibrated forms of the model.

    Each form counts by how well it foretells the statistics that calibrated nothing (stacking of predictive
    distributions); the verdict is given under each form and averaged.

    Example: citysim average results/h results/b --calibration cal/h --calibration cal/b --out results/average
    """
    with plain_errors():
        from citysim.cli.actions import average as averaging  # noqa: PLC0415  heavy, and --help must be quick

        averaging.average(folders, calibration or [], out)


def calibrate(
    config: Config,
    quick: Annotated[
        bool, typer.Option("--quick", help="The settings of [calibration] quick: a small try.")
    ] = False,
    workers: Workers = None,
    executor: ExecutorName = None,
    scheduler: Scheduler = None,
    out: ResultFolder = None,
    set_: Overrides = None,
    fresh: Fresh = False,
    retry_failed: RetryFailed = False,
    language: LanguageName = None,
) -> None:
    """Hold the parameters against the record: waves of runs, then a posterior.

    Waves of history matching, each an ordinary result folder DIR/wave-N, then regression-adjusted ABC: DIR
    holds posterior.parquet, which [uncertainty] parameters = "posterior" reads, tables and figures. Runs that
    are done are not done again: interrupt it and give the same command to continue.

    Exit status: 0 done, 2 bad input or a fault of the machine, 3 some runs failed, 130 interrupted.

    Example: citysim calibrate calibration --quick --workers 2
    """
    with plain_errors():
        from citysim.cli.request import Request  # noqa: PLC0415  heavy, and --help must be quick

        request = Request(
            config=config,
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            out=out,
            overrides=tuple(set_ or ()),
            fresh=fresh,
            retry_failed=retry_failed,
            language=language,
        )
        from citysim.cli.actions import calibrate as calibrating  # noqa: PLC0415  as above

        raise typer.Exit(calibrating.calibrate(request, quick=quick))
