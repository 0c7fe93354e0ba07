"""What a careful reader would find wrong with the texts of a figure."""

from collections.abc import Iterator
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from citysim.figures.sizes import size

#: Points that a text may stand out by, or reach into another: rounding, and room for letters it lacks.
SLACK_PT = 1.5
#: Rounding of type sizes.
_ROUNDING = 1e-6


def faults(figure: Figure) -> list[str]:
    """Texts of a figure that was laid out that overlap, are cut off or too small for the size drawn for."""
    figure.draw_without_rendering()
    # Of the words alone: an annotation would count its arrow too.
    texts = [(text, Text.get_window_extent(text)) for text in shown(figure)]
    return [*_cut_off(figure, texts), *_overlapping(figure, texts), *_small(texts)]


def shown(figure: Figure) -> list[Text]:
    """All texts that can be seen, once each."""
    of_axes = {id(text) for ax in figure.findobj(Axes) for text in _of_axes(ax)}
    seen = [text for ax in figure.axes if ax.get_visible() for text in _seen_of_axes(ax)]
    rest = [text for text in figure.findobj(Text) if id(text) not in of_axes]
    found = {id(text): text for text in (*seen, *rest) if isinstance(text, Text)}
    return [text for text in found.values() if text.get_visible() and text.get_text().strip()]


def _axes_of(ax: Axes) -> tuple[Axis, Axis]:
    return ax.xaxis, ax.yaxis


def _of_axes(ax: object) -> Iterator[object]:
    """Texts of both axes, shown or not."""
    if isinstance(ax, Axes):
        for axis in _axes_of(ax):
            yield from axis.findobj(Text)


def _seen_of_axes(ax: Axes) -> Iterator[Text]:
    """Labels of ticks within the panel, of the axes, and what all ticks have in common."""
    for axis in _axes_of(ax) if ax.axison else ():
        low, high = sorted(axis.get_view_interval())
        slack = 1e-6 * (high - low)
        for places, ticks in (
            (axis.get_majorticklocs(), axis.get_major_ticks),
            (axis.get_minorticklocs(), axis.get_minor_ticks),
        ):
            for place, tick in zip(places, ticks(len(places)), strict=True):
                if low - slack <= place <= high + slack:
                    yield tick.label1
                    yield tick.label2
        yield axis.label
        yield axis.get_offset_text()


def _cut_off(figure: Figure, texts: list[tuple[Text, Bbox]]) -> list[str]:
    slack, whole = SLACK_PT * figure.dpi / 72, figure.bbox
    return [
        f"cut off: {text.get_text()!r}"
        for text, box in texts
        if box.x0 < -slack or box.y0 < -slack or box.x1 > whole.width + slack or box.y1 > whole.height + slack
    ]


def _overlapping(figure: Figure, texts: list[tuple[Text, Bbox]]) -> list[str]:
    slack = SLACK_PT * figure.dpi / 72
    return [
        f"overlap: {one.get_text()!r} and {other.get_text()!r}"
        for (one, a), (other, b) in combinations(texts, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > slack / 2 and min(a.y1, b.y1) - max(a.y0, b.y0) > slack
    ]


def _small(texts: list[tuple[Text, Bbox]]) -> list[str]:
    least, scale = size().least_pt, size().scale
    return [
        f"below {least:g} pt: {text.get_text()!r}"
        for text, _ in texts
        if scale * float(text.get_fontsize()) < least - _ROUNDING
    ]
