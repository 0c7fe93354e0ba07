"""The briefing as slides whose text can be edited: the short answer, then one finding a slide."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Length, Pt

from citysim.briefing.context import Context
from citysim.briefing.picture import Picture, damaged
from citysim.briefing.short.sentences import head
from citysim.figures.caption import Caption
from citysim.figures.drawing import Sheet
from citysim.language import gettext, speaking
from citysim.store.files import writing
from citysim.store.outputs import write_output

WIDTH, HEIGHT, MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
ACROSS = Emu(WIDTH - 2 * MARGIN)
#: Top and height of what is on a slide; the first has more above its picture.
KICKER, TITLE, BODY, FOOT, FIRST_TITLE, FIRST_BODY = (
    (Inches(top), Inches(tall))
    for top, tall in ((0.25, 0.4), (0.4, 0.95), (1.45, 5.4), (6.95, 0.35), (0.6, 1.25), (1.95, 4.9))
)
#: Size of a title, and of the question above the first.
TITLED, ASKED = 24, 16
LEAST = 10
#: Width of a letter in a wide font, as share of its size: bold as titles are, and not.
BOLD, PLAIN = 0.64, 0.53
MUTED = RGBColor(0x5F, 0x5F, 0x5F)  # type: ignore[no-untyped-call]
DATE, FOOTER, SLIDE_NUMBER = PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER
#: Of everything in the file: equal contexts give equal files.
MADE = datetime(2000, 1, 1, tzinfo=UTC)

type Line = tuple[str, str]  # its head, which may be empty, and its text


def write_pptx(context: Context, file: Path, drawn: Mapping[str, Sheet] | None = None) -> None:
    """Write the slides atomically, in the language of the context; equal arguments give equal files.

    ``drawn``: figures as drawn for slides, by name, in place of those of the pages. Raises ``ResultError``
    where they cannot be written or a figure is damaged.
    """
    with speaking(context.language):
        data = _Deck(context, drawn or {}).data()
    write_output(file.parent, file.name, "brief", writing(data))


class _Deck:
    """Slides in the making."""

    def __init__(self, context: Context, drawn: Mapping[str, Sheet]) -> None:
        self.context, self.drawn = context, drawn
        self.presentation = _blank()
        self.listed, self.titled = self.presentation.slide_layouts

    def data(self) -> bytes:
        """The file."""
        context, short = self.context, self.context.short
        self._answer()
        self._list(
            short.question, short.lines, 16, [(gettext("How to read it"), ""), *_plain(context.how_to_read)]
        )
        for number, picture in enumerate(context.pictures, 1):
            caption = self._caption(picture)
            slide = self._slide(self.titled, caption.title)
            self._picture(slide, picture, BODY)
            self._foot(slide, gettext(" (figure {number})", number=number))
            self._note(slide, [("", caption.caption), *self._origin()])
        stops = gettext("What was assumed, and where it stops")
        in_full = [(stops, ""), *_plain(context.limits)] if context.limits != context.limits_in_short else []
        self._list(stops, _plain(context.limits_in_short), 16, [*in_full, *self._origin()])
        self._list(gettext("Sources and licences"), _plain(context.credits), 16, self._origin())
        return _packed(self.presentation, context)

    def _answer(self) -> None:
        """The first slide: question, answer and the picture that shows it."""
        context, short = self.context, self.context.short
        slide = self._slide(self.titled, short.answer)
        _put(slide.shapes.title, FIRST_TITLE)
        lead = f"{head('missing')}: {short.missing}" if short.missing else ""
        said = "  ·  ".join(filter(None, (short.question, lead)))
        self._box(slide, KICKER, said, _fitting(said, ASKED, 1, PLAIN), first=True)
        caption = context.about_picture
        if context.picture:
            caption = caption or context.picture.caption.caption
            self._picture(slide, context.picture, FIRST_BODY)
        self._foot(slide)
        full = [(gettext("The answer in full"), ""), *_plain((*context.answer, context.caveat))]
        self._note(slide, [*_plain((caption,)), *full, *context.notes, *self._origin()])

    def _origin(self) -> list[Line]:
        return [(gettext("How to do it again"), ""), *self.context.reproduce]

    def _slide(self, layout: Any, title: str) -> Any:
        slide = self.presentation.slides.add_slide(layout)
        self._fill(slide.shapes.title.text_frame, [("", title)], _fitting(title, TITLED, 2, BOLD))
        return slide

    def _list(self, title: str, lines: Sequence[Line], size: int, note: Iterable[Line]) -> None:
        slide = self._slide(self.listed, title)
        self._fill(slide.placeholders[1].text_frame, lines, size)
        self._foot(slide)
        self._note(slide, note)

    def _foot(self, slide: Any, more: str = "") -> None:
        """The line below, which is read last."""
        self._box(slide, FOOT, f"citysim · {self.context.title}{more}", 11)

    def _box(
        self, slide: Any, place: tuple[Length, Length], text: str, size: int, *, first: bool = False
    ) -> None:
        box = slide.shapes.add_textbox(MARGIN, place[0], ACROSS, place[1])
        if first:  # also for those who hear it
            slide.shapes.title._element.addprevious(box._element)  # noqa: SLF001  no other way
        box.text_frame.word_wrap = True
        self._fill(box.text_frame, [("", text)], size)
        for run in box.text_frame.paragraphs[0].runs:
            run.font.color.rgb = MUTED

    def _picture(self, slide: Any, picture: Picture, place: tuple[Length, Length]) -> None:
        """A picture as large as its room, in the middle of it."""
        caption, sheet = self._caption(picture), self.drawn.get(picture.caption.name)
        image = BytesIO(sheet.pictures["png"]) if sheet else str(picture.png)
        try:
            shown = slide.shapes.add_picture(image, MARGIN, place[0], height=place[1])
        except (OSError, ValueError) as error:
            raise damaged(picture.png, picture.png.parent.parent) from error
        if shown.width > ACROSS:
            shown.width, shown.height = ACROSS, Emu(shown.height * ACROSS // shown.width)
        shown.left = Emu((WIDTH - shown.width) // 2)
        shown.name = caption.title
        shown._element.nvPicPr.cNvPr.set("descr", caption.alt)  # noqa: SLF001  no other way

    def _caption(self, picture: Picture) -> Caption:
        """That of the figure as it is shown: one for a slide may have fewer panels."""
        sheet = self.drawn.get(picture.caption.name)
        return sheet.caption if sheet and sheet.caption else picture.caption

    def _note(self, slide: Any, lines: Iterable[Line]) -> None:
        self._fill(slide.notes_slide.notes_text_frame, lines)

    def _fill(self, frame: Any, lines: Iterable[Line], size: int | None = None) -> None:
        for index, (name, text) in enumerate(lines):
            paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
            label = name if not text or name.endswith("?") or not name else f"{name}:"
            for part, bold in ((label, True), (text, None)):
                if part:
                    run = paragraph.add_run()
                    run.text = f"{part} " if bold and text else part.replace(" %", "\u00a0%")
                    run.font.bold = bold
                    run.font.size = Pt(size) if size else None
                    run._r.get_or_add_rPr().set("lang", self.context.language)  # noqa: SLF001  as above


def _fitting(text: str, most: int, lines: int, letter: float) -> int:
    """The size in points, ``most`` or less, at which a text has room in so many lines."""
    room = 0.95 * lines * (ACROSS - Inches(0.2)) / Pt(1)
    return max(min(most, int(room / (letter * max(len(text), 1)))), LEAST)


def _put(shape: Any, place: tuple[Length, Length]) -> None:
    shape.left, shape.top, shape.width, shape.height = MARGIN, place[0], ACROSS, place[1]


def _plain(texts: Iterable[str]) -> list[Line]:
    return [("", text) for text in texts if text]


def _blank() -> Any:
    """No slides, wide; two layouts that look as the master does: a title with a list, and a title alone."""
    presentation = Presentation()
    presentation.slide_width, presentation.slide_height = WIDTH, HEIGHT
    for layout in list(presentation.slide_layouts):
        if layout.name not in ("Title Only", "Title and Content"):
            presentation.slide_layouts.remove(layout)
    master = presentation.slide_master
    for shape, place in zip(master.placeholders, (TITLE, BODY), strict=False):
        _put(shape, place)
    master.placeholders[0].text_frame.vertical_anchor = MSO_ANCHOR.TOP
    for each in (master, *presentation.slide_layouts):
        for shape in list(each.placeholders):
            if shape.placeholder_format.type in (DATE, FOOTER, SLIDE_NUMBER):
                shape._element.getparent().remove(shape._element)  # noqa: SLF001  no other way
    title = master.element.find(f".//{qn('p:titleStyle')}/{qn('a:lvl1pPr')}")
    title.set("algn", "l")
    look = title.find(qn("a:defRPr"))
    look.set("sz", f"{100 * TITLED}")
    look.set("b", "1")
    look.find(f".//{qn('a:schemeClr')}").set("val", "tx2")  # the theme's dark blue
    return presentation


def _packed(presentation: Any, context: Context) -> bytes:
    """The file, with nothing in it that tells when it was made."""
    about = presentation.core_properties
    about.title, about.author, about.language = context.short.question, "citysim", context.language
    about.subject = gettext("Briefing of experiment {title}", title=context.title)
    about.last_modified_by, about.created, about.modified = "citysim", MADE, MADE
    made, packed = BytesIO(), BytesIO()
    presentation.save(made)
    with ZipFile(made) as before, ZipFile(packed, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(ZipInfo(name, MADE.timetuple()[:6]), before.read(name), ZIP_DEFLATED)
    return packed.getvalue()
