"""Title, measure and notes in the picture itself, for those that stand alone."""

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from citysim.figures.caption import Caption
from citysim.figures.lines import break_text
from citysim.figures.sizes import size
from citysim.figures.style import INK, MUTED

TITLE_PT, SUBTITLE_PT, FOOT_PT = 10.0, 8.0, 6.5
#: Marks the texts that the layout leaves where they are.
HEAD = "head"
_MARGIN_PT = 4.0


def add_heading(figure: Figure, caption: Caption) -> None:
    """Write title and subtitle above the panels and the footer below them, with room of their own."""
    width, height = (72 * inches for inches in figure.get_size_inches())
    texts = [(caption.title, TITLE_PT, INK, "bold"), (caption.subtitle, SUBTITLE_PT, INK, "normal")]
    head = [_text(figure, *each, width) for each in texts if each[0]]
    foot = [_text(figure, caption.footer, FOOT_PT, MUTED, "normal", width)] if caption.footer else []
    above, below = (_MARGIN_PT + sum(_height(t) + _MARGIN_PT for t in part) for part in (head, foot))
    if size().height_cm is None:
        height += above + below
        figure.set_size_inches(width / 72, height / 72)
    down = _MARGIN_PT
    for text in head:
        text.set_position((_MARGIN_PT / width, 1 - down / height))
        down += _height(text) + _MARGIN_PT
    for text in foot:
        text.set_verticalalignment("bottom")
        text.set_position((_MARGIN_PT / width, _MARGIN_PT / height))
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0.0, below / height, 1.0, 1 - (above + below) / height))


def _text(figure: Figure, said: str, points: float, colour: str, weight: str, width: float) -> Text:
    """A text of the figure, broken into lines that fit its width."""
    points = max(points, size().least_pt / size().scale)
    text = figure.text(
        0, 0, said, fontsize=points, color=colour, fontweight=weight, va="top", gid=HEAD, in_layout=False
    )
    break_text(text, (width - 2 * _MARGIN_PT) * figure.dpi / 72)
    return text


def _height(text: Text) -> float:
    """In points."""
    figure = text.get_figure(root=True)
    assert figure is not None  # noqa: S101  it was made in one
    return text.get_window_extent().height / (figure.dpi / 72)
