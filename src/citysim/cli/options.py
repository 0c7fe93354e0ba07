"""Arguments and options that commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from citysim.plan.kinds import BriefingKind, ExecutorKind, LanguageKind, SheetKind


def named_folder(text: str) -> Path:
    """A folder that is named: an empty text, as of a variable that is not set, would be the one we are in."""
    if not text.strip():
        raise typer.BadParameter("empty, expected a folder such as results/claim; is its variable set?")
    return Path(text)


def one_of(kinds: Any) -> Callable[[str], str]:
    """A parser that takes the names of a ``Literal`` alone."""
    allowed = get_args(kinds)

    def parsed(text: str) -> str:
        if text not in allowed:
            raise typer.BadParameter(f"found '{text}', allowed: {', '.join(allowed)}")
        return text

    return parsed


Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML file, or name of a shipped experiment.")]
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
ResultFolder = Annotated[
    str | None, typer.Option("--out", metavar="DIR", help="Result folder [default: results/NAME].")
]
Workers = Annotated[
    str | None, typer.Option(metavar="N", help="Worker processes, or 'auto': one per processor.")
]
ExecutorName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help=f"Where runs are computed: {', '.join(get_args(ExecutorKind))}."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Dask: scheduler, such as tcp://host:8786, or its file."),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the config; may be repeated."),
]
Posterior = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Draws of the parameters: posterior.parquet of 'citysim calibrate', or a CSV."
    ),
]
LanguageName = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="NAME",
        help=f"Of figures and sentences: {', '.join(get_args(LanguageKind))} [default: the config's].",
        parser=one_of(LanguageKind),
    ),
]
BriefingFormats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"{', '.join(get_args(BriefingKind))}; may be repeated [default: html and pdf].",
        parser=one_of(BriefingKind),
    ),
]
SheetFormats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"{', '.join(get_args(SheetKind))}; may be repeated [default: all].",
        parser=one_of(SheetKind),
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Delete earlier runs first.")]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Also try again the runs that failed earlier.")
]
