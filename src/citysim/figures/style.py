"""One look for every figure: size, type, colours, reference lines, direct labels, its two formats."""

import textwrap
import warnings
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter
from PIL import Image

from citysim.figures.letters import lacking
from citysim.language import gettext, numeral

#: Printed width of every figure: the text width of an A4 page.
WIDTH_CM = 16.0
DPI = 200
#: Level of compression of a PNG: beyond it half as much time again gains a hundredth.
PACKED = 3
INK = "#222222"
MUTED = "#6b6b6b"
GRID = "#dddddd"
#: Okabe & Ito (2008): told apart with every kind of colour blindness.
_KNOWN = {
    "none": ("#5f5f5f", "o"),
    "twinning": ("#D55E00", "^"),
    "networks": ("#0072B2", "s"),
    "both": ("#009E73", "D"),
}
_FURTHER = ("#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#000000")
_MARKERS = ("v", "P", "X", "<", ">", "p", "h")

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.5,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "text.color": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    # Equal results give equal files.
    "svg.hashsalt": "citysim",
    "svg.fonttype": "path",
}


def style() -> AbstractContextManager[None]:
    """Context in which figures are drawn; leaves the caller's own settings alone."""
    return mpl.rc_context(cast("Any", _RC))


def new_figure(height_cm: float, width_cm: float = WIDTH_CM) -> Figure:
    """An empty figure of the printed size, apart from pyplot and any display."""
    figure = Figure(figsize=(width_cm / 2.54, height_cm / 2.54), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def letters_lacked(figure: Figure) -> set[str]:
    """Letters of a figure that the font lacks."""
    return lacking(text.get_text() for text in figure.findobj(Text))


def pictures(figure: Figure) -> dict[str, bytes]:
    """A figure as the content of a PNG and an SVG file, by format.

    Both have the one layout, which takes longer to find than a figure to draw.
    """
    with style(), warnings.catch_warnings():
        # Matplotlib has a warning for each letter, figure and format.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        _lay_out(figure)
        svg = BytesIO()
        figure.savefig(svg, format="svg", dpi=DPI, metadata={"Date": None})
        return {"png": _png(figure), "svg": svg.getvalue()}


def _png(figure: Figure) -> bytes:
    """As Matplotlib's own, without transparency, which no figure has: smaller, and faster to pack."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    png = BytesIO()
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = Image.fromarray(pixels[..., :3])
    image.save(png, format="png", dpi=(DPI, DPI), compress_level=PACKED)
    return png.getvalue()


def _lay_out(figure: Figure) -> None:
    """Place all that a figure holds, once and for all formats."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_Numerals())
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:
        figure.set_dpi(DPI)
        engine.execute(figure)
        figure.set_layout_engine(None)


class _Numerals(ScalarFormatter):
    """Matplotlib's own numbers, in the form of the language spoken."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of a tick."""
        return numeral(super().__call__(x, pos))

    def get_offset(self) -> str:
        """What all labels of an axis have in common."""
        return numeral(super().get_offset())


def arm_looks(arms: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker of every arm, the same in all figures of an experiment."""
    others = [arm for arm in arms if arm not in _KNOWN]
    rest = {arm: (_FURTHER[i % len(_FURTHER)], _MARKERS[i % len(_MARKERS)]) for i, arm in enumerate(others)}
    return {arm: (_KNOWN | rest)[arm] for arm in arms}


def percent_axis(ax: Axes, stalls: Iterable[float]) -> None:
    """Ticks of a stall axis in per cent."""
    levels = sorted(set(stalls))
    if len(levels) <= 6:
        ax.set_xticks(levels)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.set_xlabel(gettext("Stall: action capacity of states lost"))


def wrap_axes(figure: Figure, count: int, columns: int = 2) -> list[Axes]:
    """``count`` axes in rows of ``columns``."""
    columns = min(columns, count)
    grid = figure.subplots(-(-count // columns), columns, squeeze=False).ravel().tolist()
    for spare in grid[count:]:
        spare.set_axis_off()
    return list(grid[:count])


def outer_labels(axes: Sequence[Axes], *, y: bool = False) -> None:
    """Keep the x label (and, with ``y``, the y label) only where no panel lies below (left of) it."""
    for ax in axes:
        place = ax.get_subplotspec()
        if place is None:
            continue
        below = [other.get_subplotspec() for other in axes]
        if any(
            o is not None and o.colspan == place.colspan and o.rowspan.start > place.rowspan.start
            for o in below
        ):
            ax.set_xlabel("")
        if y and not place.is_first_col():
            ax.set_ylabel("")


def wrapped(text: str, width: int = 26) -> str:
    """A label broken into lines, so that it stays within its panel."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False))
