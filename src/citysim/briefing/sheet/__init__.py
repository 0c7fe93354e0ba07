"""The dialogue sheet: the questions of some experiments, with answer and one number each, on a page."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import get_args

from citysim.errors import ResultError
from citysim.plan.kinds import SheetKind
from citysim.store.files import make_folder

#: Stem of its files.
NAME = "dialogue_sheet"


def write_sheet(
    folders: Sequence[Path],
    out: Path,
    language: str,
    formats: Collection[str] = get_args(SheetKind),
) -> list[Path]:
    """Write the sheet of the results in some folders, in their order, into ``out``, and give the paths.

    ``formats``: of ``pdf``, ``html`` and ``csv``. Raises ``ResultError`` where there is no such format, a
    folder has no runs, its tables cannot be made, or ``out`` cannot be written.
    """
    from citysim.analysis.tables import write_csvs  # noqa: PLC0415  brings pandas
    from citysim.briefing.sheet.entries import sheet_of  # noqa: PLC0415
    from citysim.briefing.sheet.table import table_of  # noqa: PLC0415
    from citysim.language import speaking  # noqa: PLC0415

    for kind in formats:
        if kind not in get_args(SheetKind):
            raise ResultError(f"formats: found '{kind}', allowed: {', '.join(get_args(SheetKind))}")
    sheet = sheet_of(folders, language)
    make_folder(out)
    files = [out / f"{NAME}.{kind}" for kind in get_args(SheetKind) if kind in formats]
    for file in files:
        if file.suffix == ".pdf":
            from citysim.briefing.sheet.pdf import write_sheet_pdf  # noqa: PLC0415  what each takes a while

            write_sheet_pdf(sheet, file)
        elif file.suffix == ".html":
            from citysim.briefing.sheet.html import write_sheet_html  # noqa: PLC0415

            write_sheet_html(sheet, file)
        else:
            with speaking(language):
                write_csvs({file.name: table_of(sheet)}, out)
    return files
