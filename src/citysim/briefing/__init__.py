"""The briefing of an experiment: a PDF, a self-contained HTML page and slides, from one context."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from citysim.errors import ResultError
from citysim.plan.kinds import BriefingKind

if TYPE_CHECKING:
    from citysim.analysis.results import RunSet
    from citysim.figures.drawing import Each

#: Files that are made where none is asked for.
DEFAULT_FORMATS = ("pdf", "html")


def write_briefing(
    results_dir: Path,
    out: Path | None = None,
    language: str | None = None,
    formats: Collection[str] = DEFAULT_FORMATS,
) -> list[Path]:
    """Write ``briefing.pdf`` and ``briefing.html``, or what ``formats`` names, and give their paths.

    ``out``: the folder of the tables and figures, and of the briefing, if not the results' own;
    ``language``: that of the figures, if not the config's; ``formats``: of ``pdf``, ``html`` and ``pptx``.
    Raises ``ResultError`` where the runs, the tables or the figures are missing (the message names the
    command that makes them), the folder cannot be written, or there is no such format.
    """
    from citysim.analysis.results import read_results  # noqa: PLC0415  pulls in pandas and the model

    return write_briefing_of(read_results(results_dir, out, language), formats)


def write_briefing_of(
    results: "RunSet", formats: Collection[str] = DEFAULT_FORMATS, each: "Each" = map
) -> list[Path]:
    """``write_briefing`` of runs that have been read; ``each``: what maps drawing for slides over names."""
    from citysim.briefing.context import context_of  # noqa: PLC0415

    for kind in formats:
        if kind not in get_args(BriefingKind):
            raise ResultError(f"formats: found '{kind}', allowed: {', '.join(get_args(BriefingKind))}")
    context, folder = context_of(results), results.out
    files = []
    if "pdf" in formats:
        from citysim.briefing.pdf import write_pdf  # noqa: PLC0415  what each imports takes a while

        files.append(folder / "briefing.pdf")
        write_pdf(context, files[-1])
    if "html" in formats:
        from citysim.briefing.html import write_html  # noqa: PLC0415

        files.append(folder / "briefing.html")
        write_html(context, files[-1])
    if "pptx" in formats:
        from citysim.briefing.pptx import write_pptx  # noqa: PLC0415
        from citysim.figures.drawing import sheets_of  # noqa: PLC0415

        files.append(folder / "briefing.pptx")
        names = [picture.caption.name for picture in context.shown]
        write_pptx(context, files[-1], sheets_of(results, names, "deck", each))
    return files
