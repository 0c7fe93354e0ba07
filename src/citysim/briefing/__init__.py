"""The briefing of an experiment: a PDF and a self-contained HTML page from one context."""

from pathlib import Path


def write_briefing(results_dir: Path, out: Path | None = None) -> list[Path]:
    """Write ``briefing.pdf`` and ``briefing.html`` and give their paths.

    ``out``: the folder of the tables and figures, and of the briefing, if not the results' own.
    Raises ``ResultError`` where the runs, the tables or the figures are missing (the message names the
    command that makes them), or the folder cannot be written.
    """
    from citysim.briefing.context import build_context  # noqa: PLC0415  pulls in pandas and the model
    from citysim.briefing.html import write_html  # noqa: PLC0415
    from citysim.briefing.pdf import write_pdf  # noqa: PLC0415  reportlab takes a while to import

    context = build_context(results_dir, out)
    folder = out or results_dir
    pdf, html = folder / "briefing.pdf", folder / "briefing.html"
    write_pdf(context, pdf)
    write_html(context, html)
    return [pdf, html]
