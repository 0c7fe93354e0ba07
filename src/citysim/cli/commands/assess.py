"""Commands that say what a result hangs on: ``sensitivity``, ``verdict``, ``knowing``, ``scenarios``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import (
    Config,
    ExecutorName,
    Folder,
    Fresh,
    LanguageName,
    OutFolder,
    Overrides,
    ResultFolder,
    RetryFailed,
    Scheduler,
    Workers,
)

Stall = Annotated[
    float | None,
    typer.Option(metavar="X", help="Stall level to show [default: the config's, or the nearest to 0.5]."),
]


def sensitivity(
    config: Config,
    workers: Workers = None,
    executor: ExecutorName = None,
    scheduler: Scheduler = None,
    out: ResultFolder = None,
    set_: Overrides = None,
    seeds: Annotated[int | None, typer.Option(metavar="N", help="Seeds at each point of the design.")] = None,
    fresh: Fresh = False,
    retry_failed: RetryFailed = False,
    language: LanguageName = None,
) -> None:
    """Sobol or Morris indices over the uncertain parameters.

    The config's design is of kind 'saltelli' (Sobol indices) or 'morris' (the cheap screen). Runs that are
    done are not done again. One parameter at a time is not offered: it misses interactions.

    What it would cost: citysim run CONFIG --dry-run. A part of the runs: citysim run CONFIG --shard I/N.

    Example: citysim sensitivity sensitivity_morris --workers 2
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
            seeds=seeds,
            fresh=fresh,
            retry_failed=retry_failed,
            language=language,
        )
        checked = request.check()
        from citysim.cli.actions import sensitivity as indices  # noqa: PLC0415  as above

        indices.check(config, checked)
        request.check_free(checked)
        request.start_workers(checked)
        raise typer.Exit(indices.sensitivity(request))


def verdict(
    folder: Folder,
    stall: Stall = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Parameter to break the probability down by; may be repeated."),
    ] = None,
    sensitivity: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Results of 'citysim sensitivity', for what matters most."),
    ] = None,
    out: OutFolder = None,
    language: LanguageName = None,
) -> None:
    """Probability that cities act because states stall, and compensate, over the prior.

    Over the replications of an experiment, each a draw of the uncertain parameters: the probability of
    substitution > 0, of response > 0, of C ≥ 1 and of harm, each with its interval; that of the first and
    third by third of the parameters that they hang on most.

    Example: citysim verdict results/claim --stall 0.75
    """
    with plain_errors():
        from citysim.cli.actions import verdict as verdicts  # noqa: PLC0415  heavy, and --help must be quick

        verdicts.verdict(folder, stall, by or [], sensitivity, out, language)


def knowing(
    folder: Folder,
    stall: Stall = None,
    arm: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Arm [default: that which is shown].")
    ] = None,
    outcome: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Outcome [default: all of the headline].")
    ] = None,
    out: OutFolder = None,
    language: LanguageName = None,
) -> None:
    """Which measurement would settle the claim.

    For every uncertain parameter, group of them, and all: the share of the variance that knowing it would
    explain, and by how much the probability of judging the verdict right would rise. From the replications
    of any experiment that draws parameters, of the prior or of a posterior; a few hundred tell most.

    Example: citysim knowing results/verdict --outcome development
    """
    with plain_errors():
        from citysim.cli.actions import knowing as measuring  # noqa: PLC0415  heavy, and --help must be quick

        measuring.knowing(folder, stall, arm or [], outcome or [], out, language)


def scenarios(
    folder: Folder,
    stall: Stall = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Arm [default: last for C ≥ 1, networks for harm]."),
    ] = None,
    outcome: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Outcome [default: all of the headline].")
    ] = None,
    out: OutFolder = None,
    language: LanguageName = None,
) -> None:
    """Boxes of parameters in which cities compensate, or do harm.

    PRIM over the replications of an experiment, with coverage and density on replications held out. Takes a
    hundred replications or more to find anything. Needs the EMA workbench: pip install 'citysim[scenarios]'

    Example: citysim scenarios results/claim --outcome development
    """
    with plain_errors():
        from citysim.cli.actions import verdict as verdicts  # noqa: PLC0415  heavy, and --help must be quick

        verdicts.scenarios(folder, stall, arm or [], outcome or [], out, language)
