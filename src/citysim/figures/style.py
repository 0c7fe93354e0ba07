"""One look for every figure: size, type, colours, reference lines, direct labels, saving."""

import logging
import textwrap
import warnings
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from citysim.figures.letters import lacking, named
from citysim.store.files import make_folder
from citysim.store.outputs import write_output

log = logging.getLogger(__name__)

#: Printed width of every figure: the text width of an A4 page.
WIDTH_CM = 16.0
DPI = 200
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


def save(figure: Figure, folder: Path, name: str, lacked: set[str] | None = None) -> list[Path]:
    """Write ``name.png`` and ``name.svg`` into ``figures`` of a folder; gives their paths.

    Both have the one layout, which takes longer to find than a figure to draw.
    Raises ``ResultError`` where the folder cannot be written.

    Letters that the font lacks are added to ``lacked``, or told in one warning where that is None.
    """
    stamps: dict[str, dict[str, Any]] = {"png": {"Software": None}, "svg": {"Date": None}}
    make_folder(folder / "figures")
    files = []
    letters = lacking(text.get_text() for text in figure.findobj(Text))
    if lacked is None:
        warn_of_letters(f"figure {name}", letters)
    else:
        lacked |= letters
    with style(), warnings.catch_warnings():
        # Matplotlib has a warning for each letter, figure and format.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        _lay_out(figure)
        for kind, stamp in stamps.items():
            file = f"figures/{name}.{kind}"
            draw = partial(figure.savefig, format=kind, dpi=DPI, metadata=stamp)
            write_output(folder, file, "figures", draw)
            files.append(folder / file)
    return files


def _lay_out(figure: Figure) -> None:
    """Place all that a figure holds, once and for all formats."""
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:
        figure.set_dpi(DPI)
        engine.execute(figure)
        figure.set_layout_engine(None)


def warn_of_letters(what: str, letters: set[str]) -> None:
    """Say which letters a figure, or all of them, cannot show."""
    if letters:
        log.warning("%s: the font lacks %s; a box stands for each", what, named(letters))


def arm_looks(arms: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker of every arm, the same in all figures of an experiment."""
    others = [arm for arm in arms if arm not in _KNOWN]
    rest = {arm: (_FURTHER[i % len(_FURTHER)], _MARKERS[i % len(_MARKERS)]) for i, arm in enumerate(others)}
    return {arm: (_KNOWN | rest)[arm] for arm in arms}


def percent_axis(
    ax: Axes, stalls: Iterable[float], label: str = "Stall: action capacity of states lost"
) -> None:
    """Ticks of a stall axis in per cent."""
    levels = sorted(set(stalls))
    if len(levels) <= 6:
        ax.set_xticks(levels)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.set_xlabel(label)


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
    return "\n".join(textwrap.wrap(text, width))
