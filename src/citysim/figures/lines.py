"""Labels broken into lines, so that they stay within what there is for them."""

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text


def break_text(text: Text, room: float) -> bool:
    """Break a text into lines of at most ``room`` dots, at spaces; gives whether it was longer."""
    said = text.get_text()
    long = _length(text) > room
    letters = max(map(len, said.split("\n")))
    while _length(text) > room and letters > 1:
        letters = min(letters - 1, int(letters * room / _length(text)) + 2)
        lines = [
            part for line in said.split("\n") for part in textwrap.wrap(line, letters, break_long_words=False)
        ]
        if text.get_text() == "\n".join(lines) and letters < max(map(len, said.split())):
            break  # a word alone is too long
        text.set_text("\n".join(lines))
    return long


def break_long(figure: Figure) -> bool:
    """Break titles and labels of axes that are longer than their panels have room; gives whether any was."""
    broken: dict[str, str] = {}
    found = [each for ax in figure.axes if ax.get_visible() for each in _labels(ax, figure)]
    for text, room in found:
        said = text.get_text()
        if said.strip() and break_text(text, room):
            broken[said] = text.get_text()
    # The same label of another panel that has a little more room.
    for text, _ in found:
        text.set_text(broken.get(text.get_text(), text.get_text()))
    return bool(broken)


def _labels(ax: Axes, figure: Figure) -> list[tuple[Text, float]]:
    """Titles and labels of a panel, with the length that there is for each."""
    box, whole = ax.get_window_extent(), figure.bbox
    place = ax.get_subplotspec()
    if place is None:  # colours beside or below the panels
        across = 2 * min((box.x0 + box.x1) / 2, whole.width - (box.x0 + box.x1) / 2)
        return [(ax.xaxis.label, across), (ax.yaxis.label, 1.1 * box.height)]
    grid = place.get_gridspec()
    width = whole.width * len(place.colspan) / grid.ncols
    height = whole.height * len(place.rowspan) / grid.nrows
    middle = (box.x0 + box.x1) / 2
    across = min(width, 2 * min(middle, whole.width - middle))
    left = ax.get_title("left")
    titles = [
        text for text in ax.get_children() if isinstance(text, Text) and left and text.get_text() == left
    ]
    return [
        (ax.xaxis.label, across),
        (ax.yaxis.label, min(height, 1.1 * box.height)),
        *((text, min(width, whole.width - box.x0)) for text in titles),
    ]


def _length(text: Text) -> float:
    """Along the direction that it is written in."""
    box = text.get_window_extent()
    return box.height if text.get_rotation() == 90 else box.width
