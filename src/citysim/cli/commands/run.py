"""Commands that simulate: ``run``, ``status``, ``profile``, ``rerun``."""

from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import (
    Config,
    ExecutorName,
    Folder,
    Fresh,
    LanguageName,
    Overrides,
    Posterior,
    ResultFolder,
    RetryFailed,
    Scheduler,
    Workers,
)


def run(
    config: Config,
    workers: Workers = None,
    executor: ExecutorName = None,
    scheduler: Scheduler = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Do the I-th of N parts of the runs and no more.")
    ] = None,
    out: ResultFolder = None,
    set_: Overrides = None,
    seeds: Annotated[int | None, typer.Option(metavar="N", help="Number of paired replications.")] = None,
    posterior: Posterior = None,
    language: LanguageName = None,
    fresh: Fresh = False,
    retry_failed: RetryFailed = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be run, and run nothing.")
    ] = False,
) -> None:
    """Simulate an experiment, then effects, figures and briefing.

    Runs that are done are not done again: interrupt it and give the same command to continue.
    Runs that failed are left alone unless you give --retry-failed.

    With --posterior its parameters are drawn from what a calibration left, in place of the prior.

    Exit status: 0 done, 2 bad input or a fault of the machine, 3 some runs failed, 130 interrupted.

    Example: citysim run claim --workers 2 --set parameters.contact_effect=0.2
    """
    with plain_errors():
        from citysim.cli.request import Request  # noqa: PLC0415  heavy, and --help must be quick

        request = Request(
            config=config,
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            shard=shard,
            out=out,
            overrides=tuple(set_ or ()),
            seeds=seeds,
            fresh=fresh,
            retry_failed=retry_failed,
            posterior=posterior,
            language=language,
        )
        checked = request.check()
        if dry_run:
            from citysim.cli.actions import dry_run as previewing  # noqa: PLC0415  as above

            raise typer.Exit(previewing.preview(request))
        done = request.finished(checked)
        if done:
            from citysim.cli.actions import watch  # noqa: PLC0415  as above

            raise typer.Exit(watch.nothing_to_do(request.folder(checked), done))
        request.check_free(checked)
        request.start_workers(checked)
        from citysim.cli.actions import run as running  # noqa: PLC0415  as above

        raise typer.Exit(running.run(request))


def status(folder: Folder) -> None:
    """Runs done, failed and missing, rate and time left.

    Example: citysim status results/claim
    """
    with plain_errors():
        from citysim.cli.actions import watch  # noqa: PLC0415  not for --help

        watch.status(folder)


def profile(
    config: Config,
    set_: Overrides = None,
    runs: Annotated[int, typer.Option(metavar="N", min=1, help="Runs to take the mean of.")] = 4,
) -> None:
    """Share of a run's time by mechanism; nothing is written.

    Takes runs from all over the design.

    Example: citysim profile claim --runs 8
    """
    with plain_errors():
        from citysim.cli.actions import run as running  # noqa: PLC0415  heavy, and --help must be quick

        running.profile(config, tuple(set_ or ()), runs)


def rerun(
    folder: Folder,
    run_id: Annotated[str, typer.Argument(metavar="ID", help="The run's id, or its beginning.")],
) -> None:
    """Repeat one run and compare it bit for bit.

    Exit status: 0 equal, 3 different or failed.

    Example: citysim rerun results/claim 3f9c2a
    """
    with plain_errors():
        from citysim.cli.actions import run as running  # noqa: PLC0415  heavy, and --help must be quick

        raise typer.Exit(running.rerun(folder, run_id))
