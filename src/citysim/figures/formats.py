"""A figure laid out, and written as PNG, SVG and PDF."""

import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any, cast

import numpy as np
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import Op, PdfFile, RendererPdf
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter
from PIL import Image

from citysim.figures.headed import HEAD
from citysim.figures.lines import break_long
from citysim.figures.sizes import FORMATS, USUAL, size
from citysim.figures.style import style
from citysim.figures.ticks import thin
from citysim.language import numeral

DPI = 200
#: Level of compression of a PNG: beyond it half as much time again gains a hundredth.
PACKED = 3


def pictures(figure: Figure, formats: Iterable[str] = USUAL) -> dict[str, bytes]:
    """A figure as the content of its files, by format.

    All have the one layout, which takes longer to find than a figure to draw.
    """
    with style():
        lay_out(figure)
        # PNG last: it has another resolution.
        made = {name: _WRITERS[name](figure) for name in sorted(formats, key=FORMATS.index, reverse=True)}
        return {name: made[name] for name in formats}


def _svg(figure: Figure) -> bytes:
    svg = BytesIO()
    figure.savefig(svg, format="svg", dpi=DPI, metadata={"Date": None})
    if size().scale == 1.0:
        return svg.getvalue()
    # What is drawn stays; the box that it is shown in is larger.
    enlarged = re.compile(rb'((?:width|height)=")([\d.]+)pt"')
    return enlarged.sub(
        lambda found: b'%s%.6gpt"' % (found[1], size().scale * float(found[2])), svg.getvalue(), count=2
    )


def _pdf(figure: Figure) -> bytes:
    """As Matplotlib's own, enlarged."""
    width, height = figure.get_size_inches()
    scale = size().scale
    figure.set_dpi(72)
    target = BytesIO()
    file = PdfFile(target, metadata={"CreationDate": None})  # type: ignore[no-untyped-call]
    file.newPage(scale * width, scale * height)  # type: ignore[no-untyped-call]
    file.output(scale, 0, 0, scale, 0, 0, Op.concat_matrix)  # type: ignore[no-untyped-call]
    page = RendererPdf(file, DPI, height, width)  # type: ignore[no-untyped-call]
    renderer: Any = MixedModeRenderer(figure, width, height, DPI, page)  # type: ignore[no-untyped-call]
    figure.draw(renderer)
    renderer.finalize()
    file.finalize()  # type: ignore[no-untyped-call]
    file.close()  # type: ignore[no-untyped-call]
    return target.getvalue()


def _png(figure: Figure) -> bytes:
    """As Matplotlib's own, without transparency, which no figure has: smaller, and faster to pack."""
    figure.set_dpi(DPI * size().scale)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    png = BytesIO()
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = Image.fromarray(pixels[..., :3])
    image.save(png, format="png", dpi=(DPI, DPI), compress_level=PACKED)
    return png.getvalue()


_RAISED = str.maketrans("−-0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_WRITERS = {"png": _png, "svg": _svg, "pdf": _pdf}


def lay_out(figure: Figure) -> None:
    """Place all that a figure holds, once and for all formats."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_Numerals())
                _say_power(axis)
    least = size().least_pt / size().scale
    for text in cast("list[Text]", figure.findobj(Text)):
        text.set_fontsize(max(text.get_fontsize(), least))
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:
        figure.set_dpi(DPI)
        engine.execute(figure)
        # Both, whatever the first has done.
        if any([break_long(figure), thin(figure)]):
            engine.execute(figure)
        figure.set_layout_engine(None)
        if isinstance(engine, ConstrainedLayoutEngine):
            _keep_within(figure, engine.get()["rect"])


def _keep_within(figure: Figure, rect: tuple[float, float, float, float]) -> None:
    """Move legends and a common label of the axes to the edges of what is left for the panels.

    The engine places them at those of the figure, where title and notes are.
    """
    bottom = rect[1]
    for legend in figure.legends:
        legend.set_bbox_to_anchor(rect, transform=figure.transFigure)
    for text in figure.texts:
        x, y = text.get_position()
        if text.get_gid() != HEAD and y < bottom:
            text.set_position((x, y + bottom))


def _say_power(axis: Axis) -> None:
    """Have the power of ten that all ticks share in the label of their axis, where it hides no other text."""
    formatter, label = axis.get_major_formatter(), axis.get_label_text()
    formatter.format_ticks(list(axis.get_majorticklocs()))
    power = re.fullmatch(r"1e([−-]?\d+)", formatter.get_offset())
    if power is not None and label:
        axis.set_label_text(f"{label} (× 10{power[1].translate(_RAISED)})")
        axis.get_offset_text().set_visible(False)


class _Numerals(ScalarFormatter):
    """Matplotlib's own numbers, in the form of the language spoken."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of a tick."""
        return numeral(super().__call__(x, pos))

    def get_offset(self) -> str:
        """What all labels of an axis have in common."""
        return numeral(super().get_offset())
