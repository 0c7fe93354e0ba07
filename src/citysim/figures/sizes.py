"""The sizes that figures are drawn for, and the one that is drawn for now."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from citysim.errors import ResultError

#: What every figure is written as, and what it may be.
USUAL = ("png", "svg")
FORMATS = (*USUAL, "pdf")
#: A figure may need so many times the height that there is.
SQUEEZE = 1.7
#: A size with room for no more rows than this shows the first panels of a figure.
SMALL = 4


@dataclass(frozen=True, slots=True)
class Size:
    """A printed size, and what fits into it.

    A figure is laid out as for a page of text, and enlarged by ``scale``: a slide is read from afar.
    """

    name: str
    width_cm: float
    #: None: as high as a figure needs.
    height_cm: float | None = None
    #: Smallest type at the printed size.
    least_pt: float = 6.0
    scale: float = 1.0
    #: Panels side by side, and below one another.
    across: int = 2
    down: int = 99
    #: Whether the picture has its title and its notes in itself, since it stands alone.
    alone: bool = True

    def laid_out(self, needed_cm: float) -> tuple[float, float]:
        """Width and height that a figure is laid out in, before it is enlarged."""
        height = needed_cm if self.height_cm is None else self.height_cm / self.scale
        if needed_cm > SQUEEZE * height:
            raise ResultError(f"has more panels than a {self.name} has room for")
        return self.width_cm / self.scale, height

    @property
    def beside(self) -> int | None:
        """Panels of one row of a figure whose panels share their labels; None: all of them."""
        return None if self.down > SMALL else self.across

    def fitting[T](self, panels: Sequence[T], *, rows: bool = False) -> list[T]:
        """The first panels, as many as there is room for; with ``rows`` those that need a row each."""
        return list(panels[: self.down if rows else self.across * self.down])


#: Of reports, where title and notes stand beside the picture: the text width of an A4 page.
REPORT = Size("report", 16.0, alone=False)
SIZES = {
    each.name: each
    for each in (
        Size("slide", 25.4, 14.3, least_pt=14.0, scale=1.75, down=1),
        Size("deck", 30.8, 13.7, least_pt=14.0, scale=1.75, down=1, alone=False),  # below a slide's own title
        Size("column", 8.5, across=1, down=4),
        Size("page", 17.0),
    )
}
_SIZE: ContextVar[Size] = ContextVar("size", default=REPORT)


def size() -> Size:
    """The size that figures made now are drawn for."""
    return _SIZE.get()


@contextmanager
def sized(name: str | None) -> Iterator[Size]:
    """Have figures made within be drawn for a size of ``SIZES``, or without a name for a report."""
    before = _SIZE.set(SIZES[name] if name else REPORT)
    try:
        yield size()
    finally:
        _SIZE.reset(before)
