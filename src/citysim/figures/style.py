"""One look for every figure: type, colours, panels, reference lines, direct labels."""

import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text

from citysim.figures.letters import lacking
from citysim.figures.lines import break_text
from citysim.figures.sizes import size
from citysim.language import gettext

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
    # Text that can be searched and edited, in a font that the file brings.
    "pdf.fonttype": 42,
}


@contextmanager
def style() -> Iterator[None]:
    """Context in which figures are drawn; leaves the caller's own settings alone."""
    with mpl.rc_context(cast("Any", _RC)), warnings.catch_warnings():
        # Matplotlib has a warning for each letter, figure and format; we tell them once.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        yield


def new_figure(height_cm: float) -> Figure:
    """An empty figure of the size that is drawn for, apart from pyplot and any display.

    ``height_cm``: what it needs, where the size leaves that to it. Raises ``ResultError`` where that is far
    more than the size has.
    """
    width, height = size().laid_out(height_cm)
    figure = Figure(figsize=(width / 2.54, height / 2.54), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def letters_lacked(figure: Figure) -> set[str]:
    """Letters of a figure that the font lacks."""
    return lacking(text.get_text() for text in figure.findobj(Text))


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


def wrap_axes(figure: Figure, count: int, columns: int | None = None) -> list[Axes]:
    """``count`` axes in rows of ``columns``, or of as many as the size has room for."""
    columns = min(columns or size().across, count)
    grid = figure.subplots(-(-count // columns), columns, squeeze=False).ravel().tolist()
    for spare in grid[count:]:
        spare.set_axis_off()
    return list(grid[:count])


def outside_legend(
    figure: Figure | SubFigure, handles: Sequence[Artist], loc: Any, ncols: int, **kwargs: Any
) -> None:
    """A legend above or below all panels, in as many of ``ncols`` columns as there is room for."""
    least = size().least_pt / size().scale
    kwargs["fontsize"] = max(least, kwargs.get("fontsize", _RC["legend.fontsize"]))
    for columns in range(max(min(ncols, len(handles)), 1), 0, -1):
        legend = figure.legend(handles=handles, loc=loc, ncols=columns, **kwargs)
        break_text(legend.get_title(), 0.94 * figure.bbox.width)
        if columns == 1 or legend.get_window_extent().width <= 0.96 * figure.bbox.width:
            return
        legend.remove()


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
