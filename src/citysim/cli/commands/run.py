"""Commands that simulate: ``run``, ``status``, ``profile``, ``rerun``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors


def named_folder(text: str) -> Path:
    """A folder that is named: an empty text, as of a variable that is not set, would be the one we are in."""
    if not text.strip():
        raise typer.BadParameter("empty, expected a folder such as results/claim; is its variable set?")
    return Path(text)


Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Result folder, such as results/claim.", parser=named_folder)
]
OutFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Folder for what is written [default: the results' own].",
        parser=named_folder,
    ),
]


def run(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML file of the experiment.")],
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Worker processes, or 'auto': one per processor.")
    ] = None,
    executor: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where runs are computed: local, dask or slurm.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Dask: scheduler, such as tcp://host:8786, or its file."),
    ] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Do the I-th of N parts of the runs and no more.")
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Result folder [default: results/NAME].")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the config; may be repeated."),
    ] = None,
    seeds: Annotated[int | None, typer.Option(metavar="N", help="Number of paired replications.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete earlier runs first.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Also try again the runs that failed earlier.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be run, and run nothing.")
    ] = False,
) -> None:
    """Simulate an experiment, then effects, figures and briefing.

    Runs that are done are not done again: interrupt it and give the same command to continue.
    Runs that failed are left alone unless you give --retry-failed.

    Exit status: 0 done, 2 bad input or a fault of the machine, 3 some runs failed, 130 interrupted.

    Example: citysim run experiments/claim.toml --workers 2 --set parameters.contact_effect=0.2
    """
    with plain_errors():
        from citysim.cli.request import Request  # noqa: PLC0415  heavy, and --help must be quick

        request = Request(
            config, workers, executor, scheduler, shard, out, tuple(set_ or ()), seeds, fresh, retry_failed
        )
        checked = request.check()
        if dry_run:
            from citysim.cli.actions import dry_run as previewing  # noqa: PLC0415  as above

            raise typer.Exit(previewing.preview(request))
        done = request.finished(checked)
        if done:
            from citysim.cli.actions import watch as watching  # noqa: PLC0415  as above

            raise typer.Exit(watching.nothing_to_do(request.folder(checked), done))
        request.check_free(checked)
        request.start_workers(checked)
        from citysim.cli.actions import run as running  # noqa: PLC0415  as above

        raise typer.Exit(running.run(request))


def status(folder: Folder) -> None:
    """Runs done, failed and missing, rate and time left.

    Example: citysim status results/claim
    """
    with plain_errors():
        from citysim.cli.actions import watch as watching  # noqa: PLC0415  not for --help

        watching.status(folder)


def profile(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML file of the experiment.")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the config; may be repeated."),
    ] = None,
    runs: Annotated[int, typer.Option(metavar="N", min=1, help="Runs to take the mean of.")] = 4,
) -> None:
    """Share of a run's time by mechanism; nothing is written.

    Takes runs from all over the design.

    Example: citysim profile experiments/claim.toml --runs 8
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
