"""Letters that the font of figures and briefing lacks."""

import logging
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

log = logging.getLogger(__name__)

#: DejaVu Sans as shipped with matplotlib: it has ≥, −, – and every letter of the city names.
FONTS = {"Sans": "DejaVuSans.ttf", "Sans-Bold": "DejaVuSans-Bold.ttf"}
#: Letters that a warning names.
_NAMED = 12


def font_file(name: str) -> Path:
    """File of a font of ``FONTS``."""
    found = find_spec("matplotlib")  # which a briefing need not import
    if found is None or found.origin is None:
        raise ModuleNotFoundError("matplotlib, whose fonts figures and briefing have, is not installed")
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / FONTS[name]


@cache
def _held() -> frozenset[int]:
    """Code points that both weights have."""
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415  slow to import

    maps = [FT2Font(str(font_file(name))).get_charmap() for name in FONTS]
    return frozenset(maps[0]).intersection(*maps[1:])


def lacking(texts: Iterable[str]) -> set[str]:
    """Characters of some texts that the font lacks, but for those that are not drawn."""
    found = {character for text in texts for character in text if ord(character) not in _held()}
    # Cc, Cf: line breaks, marks of direction; Mn: variation selectors and the like say how another is drawn.
    return {character for character in found if unicodedata.category(character) not in ("Cc", "Cf")}


def named(letters: Iterable[str]) -> str:
    """Letters for a warning, the first with their code points."""
    ordered = sorted(letters)
    more = f" and {len(ordered) - _NAMED} more" if len(ordered) > _NAMED else ""
    return ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in ordered[:_NAMED]) + more


def warn_of_letters(what: str, letters: set[str]) -> None:
    """Say which letters a figure, or all of them, cannot show."""
    if letters:
        log.warning("%s: the font lacks %s; a box stands for each", what, named(letters))
