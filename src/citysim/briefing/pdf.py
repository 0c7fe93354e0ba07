"""The briefing as a PDF for print, A4."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    ListFlowable,
    ListItem,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Table,
    TableStyle,
)

from citysim.briefing.context import WORD_COLUMNS, Context, Picture
from citysim.briefing.short.sentences import head
from citysim.errors import ResultError
from citysim.figures.letters import FONTS, font_file, lacking, named, right_to_left
from citysim.language import gettext, speaking
from citysim.store.outputs import write_output

log = logging.getLogger(__name__)

MARGIN = 1.7 * cm
WIDTH = A4[0] - 2 * MARGIN
INK = colors.HexColor("#222222")
MUTED = colors.HexColor("#5f5f5f")
LINE = colors.HexColor("#d8d8d8")
ACCENT = colors.HexColor("#0b4f7c")
PANEL = colors.HexColor("#f3f6f9")
WARNING = colors.HexColor("#b34700")
#: Stands for a letter that the font lacks.
BOX = "□"
#: Share of the text width of each column of the headline table.
_SHARES = (0.13, 0.175, 0.055, 0.08, 0.145, 0.07, 0.07, 0.075, 0.08, 0.12)
#: A table of at most so many rows is not split between pages.
ROWS_KEPT_TOGETHER = 24
#: A picture leaves room for its title and caption on its page.
TALLEST = 19 * cm
TOP, BOTTOM = 1.5 * cm, 1.6 * cm
#: Room for text and pictures on a page, within reportlab's padding of 6 points.
PAGE_WIDTH, PAGE_HEIGHT = WIDTH - 12, A4[1] - TOP - BOTTOM - 13
#: The picture of page 1 is never lower than this.
LEAST = 4.5 * cm
_TABLE_LOOK = TableStyle(
    [
        ("SPAN", (0, 0), (-1, 0)),
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 1.1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("LINEBELOW", (0, 2), (-1, -1), 0.3, LINE),
        ("LINEBELOW", (0, 1), (-1, 1), 0.8, INK),
    ]
)


def write_pdf(context: Context, file: Path) -> None:
    """Write the PDF atomically, in the language of the context; equal contexts give equal files.

    Letters that cannot be set are named in one warning of the log, and a box stands for each. Raises
    ``ResultError`` where it cannot be written or a figure is damaged.
    """
    _register_fonts()
    texts = list(_texts(context))
    # reportlab sets letters from left to right and unjoined.
    letters = lacking(texts, _held()) | right_to_left(texts)
    if letters:
        log.warning(
            "%s: cannot show %s; a box stands for each, and briefing.html shows them", file, named(letters)
        )
    with speaking(context.language):
        write_output(file.parent, file.name, "brief", partial(_build, context, letters))


def _texts(value: object) -> Iterator[str]:
    """All texts in a context or a part of it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


def _boxed[T](value: T, boxes: dict[int, str]) -> T:
    """A context or a part of it with boxes for the letters that cannot be set."""
    found: Any = value
    if isinstance(found, str):
        found = found.translate(boxes)
    elif isinstance(found, tuple):
        found = tuple(_boxed(item, boxes) for item in found)
    elif is_dataclass(found) and not isinstance(found, type):
        names = [field.name for field in fields(found)]
        found = replace(found, **{name: _boxed(getattr(found, name), boxes) for name in names})
    return cast("T", found)


def _register_fonts() -> None:
    for name in FONTS:
        pdfmetrics.registerFont(TTFont(name, font_file(name)))
    pdfmetrics.registerFontFamily(
        "Sans", normal="Sans", bold="Sans-Bold", italic="Sans", boldItalic="Sans-Bold"
    )


def _held() -> set[int]:
    """Code points that both weights have."""
    return set.intersection(*(set(pdfmetrics.getFont(name).face.charToGlyph) for name in FONTS))


def _build(context: Context, letters: set[str], file: Path) -> None:
    document = SimpleDocTemplate(
        str(file),
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=TOP,
        bottomMargin=BOTTOM,
        title=context.short.question,
        author="citysim",
        subject=gettext("Briefing of experiment {title}", title=context.title),
        lang=context.language,
        invariant=1,
    )
    # The document's title keeps its letters: the reader's own font shows it.
    context = _boxed(context, dict.fromkeys(map(ord, letters), BOX))
    footer = partial(_footer, title=context.title)
    with _binary():
        document.build(_story(context, boxed=bool(letters)), onFirstPage=footer, onLaterPages=footer)


@contextmanager
def _binary() -> Iterator[None]:
    """Streams as they are: as text they are larger by a quarter, and take most of the time."""
    before, rl_config.useA85 = rl_config.useA85, 0
    try:
        yield
    finally:
        rl_config.useA85 = before


def _footer(canvas: Any, document: Any, *, title: str) -> None:
    canvas.saveState()
    canvas.setFont("Sans", 7)
    canvas.setFillColor(MUTED)
    canvas.drawString(MARGIN, 0.9 * cm, f"citysim · {title}")
    canvas.drawRightString(A4[0] - MARGIN, 0.9 * cm, f"{document.page}")
    canvas.restoreState()


def _marked(text: str) -> str:
    """Text as markup; a number stays on one line with its per cent."""
    return escape(text).replace(" %", "\u00a0%")


def _style(size: float, **changes: Any) -> ParagraphStyle:
    base: dict[str, Any] = {
        "fontName": "Sans",
        "fontSize": size,
        "leading": 1.36 * size,
        "textColor": INK,
        "spaceAfter": 3,
        "bulletFontName": "Sans",
    }
    return ParagraphStyle("text", **(base | changes))


_TITLE = _style(17, fontName="Sans-Bold", textColor=ACCENT, spaceAfter=6)
_KICKER = _style(8, textColor=MUTED)
_HEAD = _style(10.5, fontName="Sans-Bold", textColor=ACCENT, spaceBefore=7, keepWithNext=1)
_TEXT = _style(8.2)
_ANSWER = _style(13, fontName="Sans-Bold", spaceAfter=2)
_LINE = _style(10.5, spaceAfter=6)
_POINT = _style(10.5, spaceAfter=6, leftIndent=12)
_SMALL = _style(6.7, textColor=MUTED, spaceAfter=2)
_FIGURE = _style(9, fontName="Sans-Bold", spaceBefore=5)
_PART = _style(8, fontName="Sans-Bold", spaceAfter=0)
_CELL = _style(6.4, spaceAfter=0)
_NUMBER = _style(6.4, spaceAfter=0, alignment=TA_RIGHT)
_HEADER = _style(6.4, fontName="Sans-Bold", spaceAfter=0)
_NUMBER_HEADER = _style(6.4, fontName="Sans-Bold", spaceAfter=0, alignment=TA_RIGHT)


def _story(context: Context, *, boxed: bool) -> list[Flowable]:
    story: list[Flowable] = [
        *_first_page(context, boxed=boxed),
        PageBreak(),
        Paragraph(gettext("The answer in full"), _HEAD),
        *(Paragraph(_marked(text), _TEXT) for text in context.answer),
        *([Paragraph(_marked(context.caveat), _SMALL)] if context.caveat else []),
        *(_labelled(f"{name}:", text, _SMALL) for name, text in context.notes),
        *([Paragraph(gettext("Before and after calibration"), _HEAD)] if context.compared else []),
        *(Paragraph(_marked(text), _TEXT) for text in context.compared),
        Paragraph(gettext("How to read it"), _HEAD),
        *(Paragraph(_marked(text), _TEXT) for text in context.how_to_read),
        *(
            [_labelled(gettext("The picture of page 1:"), context.about_picture, _TEXT)]
            if context.about_picture
            else []
        ),
        *(_figure(picture, i + 1) for i, picture in enumerate(context.pictures)),
        Paragraph(gettext("What was assumed, and where it stops"), _HEAD),
        _bullets(context.limits, _style(7.8, spaceAfter=1)),
        Paragraph(gettext("How to do it again"), _HEAD),
        *(_labelled(f"{name}:", text, _style(7, spaceAfter=0)) for name, text in context.reproduce),
        Paragraph(gettext("Sources and licences"), _HEAD),
        _bullets(context.credits, _SMALL),
        *_table(context),
    ]
    return story


def _boxes_note() -> str:
    return gettext("{box} stands for a letter that cannot be shown here; briefing.html shows it.", box=BOX)


def _first_page(context: Context, *, boxed: bool) -> list[Flowable]:
    """Question, answer, picture, bullets; the picture as large as the page allows."""
    short = context.short
    above: list[Flowable] = [
        Paragraph(
            _marked(gettext("citysim · briefing of experiment “{title}”", title=context.title)), _KICKER
        ),
        Paragraph(_marked(short.question), _TITLE),
        *([Paragraph(_boxes_note(), _SMALL)] if boxed else []),
        *([_framed(_labelled(f"{head('missing')}:", short.missing, _LINE))] if short.missing else []),
        _panel(short.answer),
    ]
    below: list[Flowable] = [
        *(_labelled(f"{name}:", text, _POINT, bullet="•") for name, text in short.bullets),
        _labelled(head("sure"), short.sure, _LINE),
        _labelled(f"{head('limits')}:", short.limits, _style(9.5, textColor=MUTED)),
    ]
    if context.picture is None:
        return above + below
    title = Paragraph(_marked(context.picture.caption.title), _FIGURE)
    text = "" if context.about_picture else _marked(context.picture.caption.caption)
    caption = Paragraph(text, _style(7.5, textColor=MUTED, spaceAfter=7))
    room = PAGE_HEIGHT - sum(map(_height, (*above, title, caption, *below)))
    return [*above, title, _image(context.picture, PAGE_WIDTH, max(room, LEAST)), caption, *below]


def _height(flowable: Flowable) -> float:
    """What a flowable takes of a page."""
    return float(
        flowable.wrap(PAGE_WIDTH, PAGE_HEIGHT)[1] + flowable.getSpaceBefore() + flowable.getSpaceAfter()
    )


def _framed(line: Flowable) -> Flowable:
    """A line that must not be missed."""
    look = [("BOX", (0, 0), (-1, -1), 1.2, WARNING), ("BOTTOMPADDING", (0, 0), (-1, -1), 3)]
    return Table([[line]], colWidths=[WIDTH], style=TableStyle(look), spaceAfter=6)


def _panel(answer: str) -> Flowable:
    """The answer on a tinted ground."""
    lines = [Paragraph(_marked(answer), _ANSWER)]
    look = [
        ("BACKGROUND", (0, 0), (-1, -1), PANEL),
        ("LINEBEFORE", (0, 0), (0, -1), 3, ACCENT),
        ("LEFTPADDING", (0, 0), (-1, -1), 9),
        ("RIGHTPADDING", (0, 0), (-1, -1), 9),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
    ]
    return Table([[lines]], colWidths=[WIDTH], style=TableStyle(look), spaceAfter=5)


def _image(picture: Picture, width: float, height: float) -> Flowable:
    """A picture as large as fits into a width and height. Raises ``ResultError`` where it is damaged."""
    try:
        across, down = ImageReader(str(picture.png)).getSize()
    except OSError as error:
        folder = picture.png.parent.parent
        raise ResultError(f"{picture.png}: damaged; make it again with: citysim figures {folder}") from error
    shown = min(width, height * across / down)
    return Image(str(picture.png), width=shown, height=shown * down / across)


def _figure(picture: Picture, index: int) -> Flowable:
    return KeepTogether(
        [
            Paragraph(f"{index}. {_marked(picture.caption.title)}", _FIGURE),
            _image(picture, 13.5 * cm, TALLEST),
            Paragraph(_marked(picture.caption.caption), _SMALL),
        ]
    )


def _table(context: Context) -> list[Flowable]:
    """One table per outcome; split over pages, its head stands on each."""
    above: list[Flowable] = [Paragraph(gettext("All numbers of the headline"), _HEAD)]
    if not context.parts:
        return [
            *above,
            Paragraph(gettext("There is no compensation ratio; the differences are in effects.csv."), _TEXT),
        ]
    above.append(Paragraph(_marked(context.table_note), _SMALL))
    heads = [_HEADER if word else _NUMBER_HEADER for word in WORD_COLUMNS]
    cells = [_CELL if word else _NUMBER for word in WORD_COLUMNS]
    header = [Paragraph(_marked(name), look) for name, look in zip(context.columns, heads, strict=True)]
    story: list[Flowable] = []
    for part in context.parts:
        title = [Paragraph(_marked(part.title), _PART), *[""] * (len(header) - 1)]
        body = [
            [Paragraph(_marked(cell), look) for cell, look in zip(row, cells, strict=True)]
            for row in part.rows
        ]
        widths = [share * WIDTH for share in _SHARES]
        table = Table([title, header, *body], colWidths=widths, repeatRows=2, style=_TABLE_LOOK, spaceAfter=7)
        together = [*above, table] if part is context.parts[0] else [table]
        story += [KeepTogether(together)] if len(body) <= ROWS_KEPT_TOGETHER else together
    return story


def _bullets(lines: tuple[str, ...], style: ParagraphStyle) -> Flowable:
    items = [ListItem(Paragraph(_marked(line), style), leftIndent=10) for line in lines]
    return ListFlowable(
        items, bulletType="bullet", start="•", bulletFontName="Sans", bulletFontSize=7, leftIndent=10
    )


def _labelled(name: str, text: str, style: ParagraphStyle, bullet: str | None = None) -> Flowable:
    return Paragraph(f"<b>{_marked(name)}</b> {_marked(text)}", style, bulletText=bullet)
