"""Commands that report on results: ``effects``, ``figures``, ``brief``."""

from citysim.cli.errors import plain_errors
from citysim.cli.sweep import Folder


def effects(folder: Folder) -> None:
    """Tables of effects with intervals: headline.csv and effects.csv.

    Example: citysim effects results/claim
    """
    with plain_errors():
        from citysim.cli import reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.effects(folder)


def figures(folder: Folder) -> None:
    """Draw the figures, PNG and SVG.

    Example: citysim figures results/claim
    """
    with plain_errors():
        from citysim.cli import reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.figures(folder)


def brief(folder: Folder) -> None:
    """Write briefing.pdf and briefing.html.

    Example: citysim brief results/claim
    """
    with plain_errors():
        from citysim.cli import reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.brief(folder)
