"""Commands that report on results: ``effects``, ``figures``, ``compare``, ``brief``."""

from pathlib import Path
from typing import Annotated

import typer

from citysim.cli.errors import plain_errors
from citysim.cli.options import BriefingFormats, Folder, LanguageName, OutFolder, SheetFormats, named_folder
from citysim.execute.executors.forkserver import start_server
from citysim.execute.threads import worker_count


def effects(folder: Folder, out: OutFolder = None, language: LanguageName = None) -> None:
    """Tables of effects with intervals: headline.csv and effects.csv.

    Example: citysim effects results/claim
    """
    with plain_errors():
        from citysim.cli.actions import report  # noqa: PLC0415  heavy, and --help must be quick

        report.effects(folder, out, language)


def figures(
    folder: Folder,
    out: OutFolder = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Draw this figure alone, such as estimands; may be repeated."),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Draw them for a slide, a deck (below titles), a column or a page, into figures/SIZE.",
        ),
    ] = None,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="FORMAT", help="png, svg or pdf; may be repeated."),
    ] = None,
    language: LanguageName = None,
) -> None:
    """Draw the figures, PNG and SVG unless another format is named.

    Those of a report are always there as PNG and SVG too.

    Example: citysim figures results/claim --only makes_up --size slide --format pdf
    """
    with plain_errors():
        if not only and worker_count("auto") > 1:
            # It imports Matplotlib while this process reads.
            start_server("citysim.figures.formats")
        from citysim.cli.actions import report  # noqa: PLC0415  heavy, and --help must be quick

        report.figures(folder, out, tuple(only or ()), language, size, tuple(format_ or ()))


def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR…", help="Two result folders or more, such as results/claim.", parser=named_folder
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for what is written [default: 'compared' beside the first].",
            parser=named_folder,
        ),
    ] = None,
    language: LanguageName = None,
    formats: SheetFormats = None,
) -> None:
    """A dialogue sheet: question, answer and one number of each experiment on a page.

    Two experiments of the same kind are also drawn side by side, with the difference where their runs pair.
    Two results of one experiment that differ in the draws alone, before and after a calibration, are held
    against each other: compare.csv and a figure beside the second, from where 'citysim brief' takes them up.

    Example: citysim compare results/claim results/crises results/peace --language de
    """
    with plain_errors():
        from citysim.cli.actions import sheet  # noqa: PLC0415  heavy, and --help must be quick

        sheet.compare(folders, out, language, formats)


def brief(
    folder: Folder,
    out: OutFolder = None,
    beside: Annotated[
        Path | None,
        typer.Option(
            metavar="PRIOR_DIR",
            help="The same experiment under the prior, to compare with.",
            parser=named_folder,
        ),
    ] = None,
    language: LanguageName = None,
    formats: BriefingFormats = None,
) -> None:
    """Write briefing.pdf and briefing.html, or slides.

    Figures that are in another language are drawn anew.

    Example: citysim brief results/claim --language de --format pdf --format pptx
    """
    with plain_errors():
        from citysim.cli.actions import report  # noqa: PLC0415  heavy, and --help must be quick

        report.brief(folder, out, beside, language, formats)
