"""What stands with a figure."""

from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Caption:
    """File stem, title, caption, and a text for those who cannot see the figure."""

    name: str
    title: str
    caption: str
    alt: str


type Drawn = tuple[Figure, Caption]
