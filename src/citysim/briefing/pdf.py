"""The briefing as a PDF for print, A4, tagged for screen readers (PDF/UA-1)."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import typst

from citysim.briefing.context import WORD_COLUMNS, Context
from citysim.briefing.picture import damaged
from citysim.briefing.short.sentences import head
from citysim.figures.letters import font_file, lacking, named
from citysim.language import gettext, speaking
from citysim.store.files import writing
from citysim.store.outputs import write_output

log = logging.getLogger(__name__)

TEMPLATE = Path(__file__).with_name("briefing.typ")
#: Stands for a letter that the font lacks.
BOX = "□"


def write_pdf(context: Context, file: Path) -> None:
    """Write the PDF atomically, in the language of the context; equal contexts give equal files.

    Letters that the font lacks are named in one warning of the log, and a box stands for each. Raises
    ``ResultError`` where it cannot be written or a figure is damaged.
    """
    with speaking(context.language):
        text = boxed(_data(context), file, ", and briefing.html shows them")
        write_output(file.parent, file.name, "brief", writing(_compiled(context, text)))


def boxed(data: Mapping[str, object], file: Path, elsewhere: str = "") -> str:
    """Data of a template as JSON, with ``boxed``: whether a box stands for letters that the font lacks.

    These are named in one warning of the log; ``elsewhere``: what it says of where they are shown.
    """
    letters = lacking(json.dumps(data, ensure_ascii=False))
    if letters:
        log.warning("%s: cannot show %s; a box stands for each%s", file, named(letters), elsewhere)
    text = json.dumps({**data, "boxed": bool(letters)}, ensure_ascii=False)
    return text.translate(dict.fromkeys(map(ord, letters), BOX))


def tagged(template: Path, inputs: dict[str, str], root: Path | None = None) -> bytes:
    """A template as a PDF for screen readers (PDF/UA-1), set in our font alone; ``root``: of its pictures."""
    made: bytes = typst.compile(
        template,
        root=root,
        font_paths=[font_file("Sans").parent],
        ignore_system_fonts=True,
        sys_inputs=inputs,
        pdf_standards=["ua-1"],
    )
    return made


def _compiled(context: Context, briefing: str) -> bytes:
    pictures = {picture.caption.name: str(picture.sharpest.resolve()) for picture in context.shown}
    inputs = {
        "briefing": briefing,
        "pictures": json.dumps(pictures),
        # As written: the reader's own font shows it.
        "title": context.short.question,
    }
    try:
        return tagged(TEMPLATE, inputs, Path("/"))
    except typst.TypstError as error:
        # It does not say which.
        if not re.match("failed to (decode image|parse SVG)|file not found", error.message):
            raise
        folder = context.shown[0].png.parent
        raise damaged(folder, folder.parent) from error


def _data(context: Context) -> dict[str, object]:
    """What the template reads."""
    captions = [asdict(picture.caption) for picture in context.pictures]
    first = asdict(context.picture.caption) if context.picture else None
    said = {**asdict(context), "pictures": captions, "picture": first}
    return said | {"names": _names(context), "words": WORD_COLUMNS}


def _names(context: Context) -> dict[str, str]:
    """Headings and labels."""
    return {
        "subject": gettext("Briefing of experiment {title}", title=context.title),
        "kicker": gettext("citysim · briefing of experiment “{title}”", title=context.title),
        "boxes": gettext(
            "{box} stands for a letter that cannot be shown here; briefing.html shows it.", box=BOX
        ),
        "missing": f"{head('missing')}:",
        "sure": head("sure"),
        "limits": f"{head('limits')}:",
        "answer": gettext("The answer in full"),
        "compared": gettext("Before and after calibration"),
        "reading": gettext("How to read it"),
        "figures": gettext("Further figures") if context.picture else gettext("Figures"),
        "about": gettext("The picture of page 1:"),
        "assumed": gettext("What was assumed, and where it stops"),
        "again": gettext("How to do it again"),
        "sources": gettext("Sources and licences"),
        "table": gettext("All numbers of the headline"),
        "no_table": gettext("There is no compensation ratio; the differences are in effects.csv."),
    }
