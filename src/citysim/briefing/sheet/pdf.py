"""The dialogue sheet as a PDF for print, tagged for screen readers (PDF/UA-1)."""

from pathlib import Path
from typing import Any

from citysim.briefing.pdf import BOX, boxed, tagged
from citysim.briefing.sheet.entries import Sheet
from citysim.briefing.short.sentences import head
from citysim.language import gettext, speaking
from citysim.store.files import writing
from citysim.store.outputs import write_output

#: Sizes of the letters that are tried, the largest first; with the least the answers have 7 points.
SCALES = tuple(step / 40 for step in range(44, 31, -1))


def write_sheet_pdf(sheet: Sheet, file: Path) -> None:
    """Write the sheet atomically, A4, on one page as long as letters can still be read.

    A box stands for each letter that the font lacks; one warning of the log names them. Raises
    ``ResultError`` where the file cannot be written.
    """
    with speaking(sheet.language):
        data = _data(sheet)
    made = tagged(Path(__file__).with_name("sheet.typ"), {"sheet": boxed(data, file)})
    write_output(file.parent, file.name, "brief", writing(made))


def _data(sheet: Sheet) -> dict[str, Any]:
    """What the template reads."""
    return {
        "language": sheet.language,
        "title": sheet.title,
        "kicker": sheet.kicker,
        "notes": sheet.notes,
        "entries": [
            {
                "question": each.short.question,
                "answer": each.short.answer,
                "missing": each.short.missing,
                "likely": each.short.likely,
                "number": each.number,
                "of": each.of,
                "interval": each.interval,
                "made_of": each.made_of,
            }
            for each in sheet.entries
        ],
        "names": {
            "missing": head("missing"),
            "scales": SCALES,
            "boxes": gettext(
                "{box} stands for a letter that cannot be shown here; the page shows it.", box=BOX
            ),
        },
    }
