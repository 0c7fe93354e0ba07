"""A figure of the results as a briefing shows it."""

from dataclasses import dataclass
from pathlib import Path

from citysim.errors import ResultError
from citysim.figures.caption import Caption
from citysim.store.files import disk_errors


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the results with its caption."""

    caption: Caption
    png: Path
    svg: Path

    @property
    def sharpest(self) -> Path:
        """The SVG, or the PNG where that is much smaller."""
        with disk_errors(self.png, "cannot be read"):
            svg, png = (file.stat().st_size for file in (self.svg, self.png))
        return self.svg if svg <= 1.5 * png else self.png


def damaged(place: Path, folder: Path) -> ResultError:
    """What to say of a figure, or of a folder with one, that cannot be shown; ``folder``: its results'."""
    return ResultError(f"{place}: damaged; make it again with: citysim figures {folder}")
