"""Numbers along axes, as many as there is room for."""

import re
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure

#: Points between two numbers at least.
_APART_PT = 1.0
_NUMBER = re.compile(r"[−-]?\d[\d.,]*( %)?")


def thin(figure: Figure) -> bool:
    """Leave out every second number of axes whose numbers touch, until none do; gives whether any was."""
    found = [_thinned(axis) for ax in figure.axes for axis in _axes_of(ax)]
    return any(found)


def _axes_of(ax: Axes) -> tuple[Axis, ...]:
    return (ax.xaxis, ax.yaxis) if ax.get_visible() and ax.axison else ()


def _thinned(axis: Axis) -> bool:
    """Of one axis; names are no numbers, and stay."""
    low, high = sorted(axis.get_view_interval())
    places = [float(place) for place in axis.get_majorticklocs() if low <= place <= high]
    texts = list(axis.get_major_formatter().format_ticks(places)) if places else []
    if not texts or not all(_NUMBER.fullmatch(text) for text in texts):
        return False
    step = 1
    while len(places[::step]) > 2 and _touch(axis, places[::step], texts[::step]):
        step += 1
        axis.set_ticks(places[::step], labels=texts[::step])
    return step > 1


def _touch(axis: Axis, places: list[float], texts: list[str]) -> bool:
    """Whether numbers at some places, as far as they are shown, reach into one another."""
    figure = axis.get_figure(root=True)
    assert figure is not None  # noqa: S101  it was made in one
    apart = _APART_PT * figure.dpi / 72
    boxes = []
    for tick, place, text in zip(axis.get_major_ticks(len(places)), places, texts, strict=True):
        tick.update_position(place)
        for label in (tick.label1, tick.label2):  # on either side of a panel
            label.set_text(text)
            if label.get_visible():
                boxes.append(label.get_window_extent())
    across = isinstance(axis, XAxis)
    ends = sorted((box.x0, box.x1) if across else (box.y0, box.y1) for box in boxes)
    return any(after[0] - before[1] < apart for before, after in pairwise(ends))
