"""Commands that report on results: ``effects``, ``figures``, ``brief``."""

from citysim.cli.commands.run import Folder, OutFolder
from citysim.cli.errors import plain_errors


def effects(folder: Folder, out: OutFolder = None) -> None:
    """Tables of effects with intervals: headline.csv and effects.csv.

    Example: citysim effects results/claim
    """
    with plain_errors():
        from citysim.cli.actions import report as reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.effects(folder, out)


def figures(folder: Folder, out: OutFolder = None) -> None:
    """Draw the figures, PNG and SVG.

    Example: citysim figures results/claim
    """
    with plain_errors():
        from citysim.cli.actions import report as reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.figures(folder, out)


def brief(folder: Folder, out: OutFolder = None) -> None:
    """Write briefing.pdf and briefing.html.

    Example: citysim brief results/claim
    """
    with plain_errors():
        from citysim.cli.actions import report as reporting  # noqa: PLC0415  heavy, and --help must be quick

        reporting.brief(folder, out)
