"""The briefing of an experiment: a PDF and a self-contained HTML page from one context."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citysim.analysis.results import RunSet


def write_briefing(results_dir: Path, out: Path | None = None, language: str | None = None) -> list[Path]:
    """Write ``briefing.pdf`` and ``briefing.html`` and give their paths.

    ``out``: the folder of the tables and figures, and of the briefing, if not the results' own;
    ``language``: that of the figures, if not the config's.
    Raises ``ResultError`` where the runs, the tables or the figures are missing (the message names the
    command that makes them), or the folder cannot be written.
    """
    from citysim.analysis.results import read_results  # noqa: PLC0415  pulls in pandas and the model

    return write_briefing_of(read_results(results_dir, out, language))


def write_briefing_of(results: "RunSet") -> list[Path]:
    """``write_briefing`` of runs that have been read."""
    from citysim.briefing.context import context_of  # noqa: PLC0415
    from citysim.briefing.html import write_html  # noqa: PLC0415
    from citysim.briefing.pdf import write_pdf  # noqa: PLC0415  typst takes a while to import

    context, folder = context_of(results), results.out
    pdf, html = folder / "briefing.pdf", folder / "briefing.html"
    write_pdf(context, pdf)
    write_html(context, html)
    return [pdf, html]
